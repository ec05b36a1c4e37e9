"""Health: what is wrong with the transformers of a trace, why, and what cures it."""
