"""Experiments: data sets, the networks compared on them, losses and error measures."""
