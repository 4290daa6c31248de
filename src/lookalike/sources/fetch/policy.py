"""How URLs are fetched."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from lookalike.errors import InvalidConfiguration

__all__ = ["FetchPolicy"]


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """Bounds, manners and exceptions of fetching.

    Attributes:
        max_bytes: size of one picture, as transferred and after undoing a content encoding.
        max_feed_bytes: size of a table that is itself fetched; it is held in memory.
        connect_timeout_seconds: looking up the host, then connecting, then the TLS handshake: each of them.
        read_timeout_seconds: longest silence of a server that has accepted.
        total_timeout_seconds: one attempt from the first look-up to the last byte, redirects included. Neither
            retries nor waiting for a turn at a host count.
        max_redirects: hops after the first.
        per_host: requests under way at once to one host.
        retries: attempts after the first, for what may pass: 408, 425, 429, 5xx, broken connections, silence.
        backoff_seconds: pause before the first retry; doubled for each further one, times 0.5 to 1.5 at random.
        max_wait_seconds: longest pause; a host that asks for more (``Retry-After``) is left alone.
        allowed_hosts: names, addresses or networks (``10.0.0.0/8``) that may be fetched from although they are
            private, loopback, link-local or otherwise not public. A name allows whatever it resolves to.
        user_agent: what the servers are told.

    Raises:
        InvalidConfiguration: any of them out of range; all such fields are named at once.
    """

    max_bytes: int = 64 * 2**20
    max_feed_bytes: int = 512 * 2**20
    connect_timeout_seconds: float = 5.0
    read_timeout_seconds: float = 10.0
    total_timeout_seconds: float = 30.0
    max_redirects: int = 5
    per_host: int = 4
    retries: int = 3
    backoff_seconds: float = 0.5
    max_wait_seconds: float = 30.0
    allowed_hosts: frozenset[str] = frozenset()
    user_agent: str = "lookalike/0.1 (product picture indexer)"

    def __post_init__(self) -> None:
        problems: list[str] = []
        for name, least in (
            ("max_bytes", 1),
            ("max_feed_bytes", 1),
            ("max_redirects", 0),
            ("per_host", 1),
            ("retries", 0),
        ):
            value = getattr(self, name)
            if value < least:
                problems.append(f"{name} must be at least {least}, received {value}")
        for name in ("connect_timeout_seconds", "read_timeout_seconds", "total_timeout_seconds"):
            value = getattr(self, name)
            if not 0 < value <= 86_400:
                problems.append(f"{name} must be above 0 and at most 86400, received {value}")
        for name in ("backoff_seconds", "max_wait_seconds"):
            value = getattr(self, name)
            if not 0 <= value <= 86_400:
                problems.append(f"{name} must be 0 to 86400, received {value}")
        if not self.user_agent.isprintable() or not self.user_agent.isascii():
            problems.append(f"user_agent must be printable ASCII, received {self.user_agent!r}")
        problems += [
            f"allowed_hosts takes names, addresses and networks without scheme or port, received {host!r}"
            for host in self.allowed_hosts
            if not host.strip() or "://" in host or any(sign in host for sign in "@?#\\ ")
        ]
        if problems:
            raise InvalidConfiguration("fetching: " + "; ".join(problems))

    def allows(self, host: str, address: str) -> bool:
        """Whether `host`, which resolved to `address`, is one of the exceptions."""
        name = host.lower().rstrip(".").strip("[]")
        number = ipaddress.ip_address(address.partition("%")[0])
        for allowed in self.allowed_hosts:
            entry = allowed.strip().lower().rstrip(".").strip("[]")
            if entry == name:
                return True
            try:
                network = ipaddress.ip_network(entry, strict=False)
            except ValueError:
                continue
            if number in network:
                return True
        return False
