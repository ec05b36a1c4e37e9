"""House numbers: synthetic crops, and the photographs of SVHN."""

LONGEST, NONE = 5, 10
"""Maximum number of digits, and the class of a place without a digit (Goodfellow et al.)."""
