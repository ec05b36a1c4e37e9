"""Few digits and short recipes."""

from tests.small_training import digits, few_digits, recipe, tiny, training

__all__ = ["digits", "few_digits", "recipe", "tiny", "training"]
