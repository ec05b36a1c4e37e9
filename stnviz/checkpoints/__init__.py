"""Checkpoints: folders with a trained network's card and weights, and the library of them."""
