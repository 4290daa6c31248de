"""What a URL may hold that nobody else shall read: the user name and password before its host."""

from __future__ import annotations

__all__ = ["bare_url", "without_credentials"]


def without_credentials(location: str) -> str:
    """`location` without user name and password where it is an http or https URL; everything else as it is."""
    scheme, separator, _ = location.partition("://")
    return bare_url(location) if separator and scheme.strip().lower() in ("http", "https") else location


def bare_url(url: str) -> str:
    """`url` without user name and password, of whichever scheme."""
    scheme, separator, rest = url.partition("://")
    end = min((place for sign in "/?#" if (place := rest.find(sign)) >= 0), default=len(rest))
    return f"{scheme}{separator}{rest[:end].rpartition('@')[2]}{rest[end:]}"
