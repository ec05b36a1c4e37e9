"""QR codes of links."""

from __future__ import annotations

from typing import Any


def qr_code(link: object) -> dict[str, Any] | None:
    """The QR code of a link that a browser has asked for.

    Args:
        link: text; anything else has no code.

    Returns:
        ``link``, and ``rows``: the modules of each row without the margin, a ``1`` for a dark one;
        none if the link is too long for any code (about 2,900 characters). None without a link.
    """
    if not isinstance(link, str) or not link:
        return None
    import segno  # only a visitor who opens the dialog needs it

    try:
        modules = segno.make_qr(link).matrix
    except ValueError:
        return {"link": link, "rows": []}
    return {"link": link, "rows": ["".join("01"[bool(dark)] for dark in row) for row in modules]}
