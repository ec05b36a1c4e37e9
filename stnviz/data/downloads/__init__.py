"""Downloading of data sets: sources, transfer, unpacking, installation."""
