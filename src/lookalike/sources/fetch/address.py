"""Which internet addresses are public: reachable by everybody, so that fetching from them tells nobody a secret.

The tables are our own rather than `ipaddress.is_global`, whose answer differs between releases of Python.

Reference:
    IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and updates). Deviations: 6to4, Teredo and
    IPv4-compatible addresses are refused altogether, since they end at an IPv4 address of the sender's choice; so is
    168.63.129.16, which is a public number that inside Azure means the host's own metadata service.
"""

from __future__ import annotations

import ipaddress
from typing import Final

__all__ = ["why_not_public"]

_V4: Final = tuple(
    (ipaddress.IPv4Network(network), words)
    for network, words in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "a cloud's metadata service"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "for documentation"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_V6_PUBLIC: Final = ipaddress.IPv6Network("2000::/3")
_V6: Final = tuple(
    (ipaddress.IPv6Network(network), words)
    for network, words in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("ff00::/8", "multicast"),
        ("2001::/32", "a Teredo tunnel"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "for documentation"),
        ("2002::/16", "a 6to4 tunnel"),
        ("3fff::/20", "for documentation"),
    )
)
_MAPPED: Final = ipaddress.IPv6Network("::ffff:0:0/96")
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")


def why_not_public(address: str) -> str | None:
    """What makes `address` (a numeric IPv4 or IPv6 address, with or without zone) not public; None if it is public.

    An IPv4 address inside an IPv6 one (mapped, or translated by NAT64) is judged as the IPv4 address.

    Raises:
        ValueError: `address` is no numeric address.
    """
    number = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(number, ipaddress.IPv6Address) and (number in _MAPPED or number in _TRANSLATED):
        number = ipaddress.IPv4Address(int(number) & 0xFFFFFFFF)
    if isinstance(number, ipaddress.IPv4Address):
        return next((words for network, words in _V4 if number in network), None)
    words = next((words for network, words in _V6 if number in network), None)
    return words or (None if number in _V6_PUBLIC else "reserved")
