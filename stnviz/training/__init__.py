"""Training: the loop, the objective, the probe, devices, processes and evaluation."""
