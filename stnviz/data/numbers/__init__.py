"""House numbers: crops drawn by our own code, and the real ones of SVHN."""

LONGEST, NONE = 5, 10
"""Digits of the longest number, and the class of a place that holds none (Goodfellow et al.)."""
