"""Loopback addresses: names and addresses that always refer to the local machine.

Another site cannot own such a name and make it point here (DNS rebinding).
"""

from __future__ import annotations

import ipaddress


def address_of(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that ``name`` spells out, or None if it is not one."""
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def is_loopback(name: str) -> bool:
    """Whether a name or address can only refer to the local machine."""
    address = address_of(name)
    return name == "localhost" or (address is not None and address.is_loopback)
