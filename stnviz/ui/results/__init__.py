"""The Results page: its computations and its table."""
