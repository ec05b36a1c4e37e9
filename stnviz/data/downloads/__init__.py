"""Downloading data sets: where they come from, the transfer, unpacking, installing."""
