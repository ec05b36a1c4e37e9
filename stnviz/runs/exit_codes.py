"""Exit codes of the commands, which jobs that launch them also read."""

from __future__ import annotations

DONE, DIFFERS, REFUSED, INTERRUPTED = 0, 1, 2, 130
"""Success; a measurement or training is not as expected; refused, with a sentence that says why;
interrupted by the user, with everything saved."""
