"""Which addresses mean the machine that says them, and so lead no stranger here."""

from __future__ import annotations

import ipaddress


def address_of(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a name spells out, if it does."""
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def is_loopback(name: str) -> bool:
    """Whether a name or address can only mean the machine that says it."""
    address = address_of(name)
    return name == "localhost" or (address is not None and address.is_loopback)
