"""A grid of images side by side."""
