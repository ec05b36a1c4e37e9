"""The Inside page: one spatial transformer, opened down to the pixel."""
