"""Who may change products over HTTP.

With a token, whoever sends it. Without one, only a program on this machine: the server must be bound to a loopback
address, the connection must come from one, the ``Host`` must name one (a page elsewhere whose name was pointed at
127.0.0.1 fails here), and no proxy may have forwarded the request.
"""

from __future__ import annotations

import hmac
import ipaddress

from starlette.requests import Request

from lookalike.serve.failure import Failure
from lookalike.serve.settings import ServeSettings

__all__ = ["require_writer", "writes_are_open"]

_FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def writes_are_open(settings: ServeSettings) -> bool:
    """Whether anybody at all could write: there is a token, or the server is bound to loopback."""
    return bool(settings.write_token) or _is_loopback(settings.host)


def require_writer(request: Request, settings: ServeSettings) -> None:
    """Return if the request may change products.

    Raises:
        Failure: 401 without the right token where there is one, 403 where there is none and the request is not local.
    """
    if settings.write_token:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        right = hmac.compare_digest(token.strip().encode(), settings.write_token.encode())
        if scheme.lower() != "bearer" or not right:
            raise Failure(
                401,
                "unauthorised",
                "changing products needs the server's write token",
                hint="send it as 'Authorization: Bearer TOKEN'",
                headers={"WWW-Authenticate": 'Bearer realm="lookalike"'},
            )
        return
    client = request.client.host if request.client is not None else ""
    local = (
        _is_loopback(settings.host)
        and _is_loopback(client)
        and _is_loopback(_host_name(request.headers.get("host", "")))
        and not any(name in request.headers for name in _FORWARDING)
    )
    if not local:
        raise Failure(
            403,
            "writes_closed",
            "without a write token, products can be changed only from the machine that serves them",
            hint="set LOOKALIKE_WRITE_TOKEN on the server and send it as 'Authorization: Bearer TOKEN'",
        )


def _host_name(header: str) -> str:
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
