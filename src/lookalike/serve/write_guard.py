"""Who may change products over HTTP.

With a token, whoever sends it. Without one, only a program on this machine: the server must be bound to a loopback
address, the connection must come from one, the ``Host`` must name one (a page elsewhere whose name was pointed at
127.0.0.1 fails here), no proxy may have forwarded the request, and no page of another site may have sent it.
"""

from __future__ import annotations

import contextlib
import hmac
import ipaddress
from collections.abc import Iterator

from starlette.requests import Request

from lookalike.serve.failure import Failure
from lookalike.serve.settings import ServeSettings

__all__ = ["may_write", "refuse_other_sites", "require_writer", "writes_are_open"]

_FORWARDING = ("forwarded", "x-real-ip", "via")
_FORWARDING_FAMILY = "x-forwarded-"


def writes_are_open(settings: ServeSettings) -> bool:
    """Whether anybody at all could write: there is a token, or the server is bound to loopback."""
    return bool(settings.write_token) or _is_loopback(settings.host)


def require_writer(request: Request, settings: ServeSettings) -> None:
    """Return if the request may change products.

    Raises:
        Failure: 401 without the right token where there is one, 403 where there is none and the request is not local
            or comes from a page of another site.
    """
    if settings.write_token:
        scheme, _, token = request.headers.get("authorization", "").encode("latin-1").partition(b" ")
        right = [hmac.compare_digest(token.strip(), each) for each in _spellings(settings.write_token)]
        if scheme.lower() != b"bearer" or not any(right):
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
        and not any(name in _FORWARDING or name.startswith(_FORWARDING_FAMILY) for name in request.headers)
    )
    if not local:
        raise Failure(
            403,
            "writes_closed",
            "without a write token, products can be changed only from the machine that serves them",
            hint="set LOOKALIKE_WRITE_TOKEN on the server and send it as 'Authorization: Bearer TOKEN'",
        )
    refuse_other_sites(request, settings)


def may_write(request: Request, settings: ServeSettings) -> bool:
    """Whether the request, with what it has, might change products."""
    try:
        require_writer(request, settings)
    except Failure:
        return False
    return True


def refuse_other_sites(request: Request, settings: ServeSettings) -> None:
    """Return unless a browser sent the request for a page of another site; the settings may name sites that may.

    Programs send neither ``Sec-Fetch-Site`` nor ``Origin``. Where a browser sends the first it alone counts: a proxy
    may have changed the ``Host`` that the second is compared with.

    Raises:
        Failure: 403, a page of another site sent it.
    """
    origin = request.headers.get("origin")
    if origin is not None and origin in settings.cors_origins:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        own = site in ("same-origin", "none")
    else:
        host = request.headers.get("host", "")
        own = origin is None or origin in (f"http://{host}", f"https://{host}")
    if not own:
        raise Failure(
            403,
            "other_site",
            "a page of another site may not do this through a browser",
            hint="let your own server pass the request on, or name the page's origin in cors_origins",
        )


def _spellings(token: str) -> Iterator[bytes]:
    """The bytes by which clients send a token: programs in UTF-8, browsers in Latin-1, which agree on ASCII."""
    yield token.encode(errors="surrogateescape")
    with contextlib.suppress(UnicodeEncodeError):
        yield token.encode("latin-1")


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
