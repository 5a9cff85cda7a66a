"""Which addresses a program of ours may connect to at somebody's wish.

A URL that a user typed must not reach what only this machine or its network can: checking the name
is not enough, because a name may mean another address the next time it is asked. Whoever connects
asks this of the address itself. `ALLOWED` in the environment names private networks that an
administrator allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

ALLOWED = "PRISM_ALLOWED_ADDRESSES"
"""Private addresses and networks that may be reached, by ',': `127.0.0.1,10.1.0.0/16`."""

Network = IPv4Network | IPv6Network

_TRANSLATED = IPv6Network("64:ff9b::/96")


def allowed_networks(environment: Mapping[str, str]) -> list[Network]:
    """The private networks that the environment allows. Raises `ValueError` naming a wrong one."""
    return [ip_network(part.strip()) for part in environment.get(ALLOWED, "").split(",") if part]


def may_be_reached(address: str, allowed: Sequence[Network]) -> bool:
    """Whether an address is public, or in one of the allowed networks."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        # An IPv4 address in IPv6's clothes reaches what the IPv4 address reaches.
        if found in _TRANSLATED:
            found = ip_address(int(found) & 0xFFFFFFFF)
        else:
            found = found.ipv4_mapped or found.sixtofour or found
    if any(found in network for network in allowed):
        return True
    return found.is_global and not found.is_multicast


def plain_address(url: str) -> str:
    """The address of a server as a recipe may name it. Raises `ValueError` naming what is wrong."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no address; write https://host/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("an address holds no secrets and no parameters; name a key instead")
    return url.rstrip("/")
