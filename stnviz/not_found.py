"""What is not here, and has to be got from somewhere."""

from __future__ import annotations


class ResourceNotFound(RuntimeError):
    """Pictures or weights are not here; the message says where to get them."""
