"""Trained networks as folders: cards, weights, and the library of all that are there."""
