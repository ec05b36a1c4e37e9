"""What a command's process ends with: the command says it, jobs that launched it read it."""

from __future__ import annotations

DONE, DIFFERS, REFUSED, INTERRUPTED = 0, 1, 2, 130
"""All is well; something measured or trained is not as it should be; nothing was begun, and a
sentence says why; stopped by a person, with everything kept."""
