"""A training run as a folder: plan, state, progress, and the jobs that work on it."""
