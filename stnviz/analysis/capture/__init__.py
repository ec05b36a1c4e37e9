"""Capture: what any PyTorch model samples, without a change to its code."""
