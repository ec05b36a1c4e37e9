"""A wall of pictures."""
