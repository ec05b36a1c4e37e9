"""Training: experiments, the loop, checkpoints, evaluation."""
