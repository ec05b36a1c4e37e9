"""Training runs as folders: plan, state, progress, and the queue of jobs."""
