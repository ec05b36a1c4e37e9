"""Watching a training: traces of a few fixed images, and a warning when a transformer falls ill."""
