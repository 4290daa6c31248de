"""The outermost layer: security headers, HEAD, failures as JSON, metrics. Plain ASGI, so it costs microseconds."""

from __future__ import annotations

import time
from collections.abc import Sequence

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lookalike.serve.body_budget import BodyBudget
from lookalike.serve.failure import Failure, failure_of
from lookalike.serve.metrics import Metrics

__all__ = ["Doorway"]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_HEADERS = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(self), geolocation=()"),
]


class Doorway:
    """Wraps the whole application.

    Args:
        app: what answers.
        metrics: where requests are counted.
        bodies: where requests that are answered give back what they had set aside.
        cors_origins: origins whose pages may read answers; ``*`` for all. Credentials are never allowed.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, bodies: BodyBudget, cors_origins: Sequence[str] = ()) -> None:
        self._app = app
        self._metrics = metrics
        self._bodies = bodies
        self._origins = frozenset(cors_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection's request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0
        method = scope["method"]
        if method == "HEAD":  # whatever can be read is answered, without what would be read
            scope = {**scope, "method": "GET"}
        origin_headers = self._origin_headers(scope)
        # Also where nobody is named: a cache between may hand out to one origin what it kept of another.
        vary = [(b"vary", b"Origin")] if self._origins else []

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                # A client that reads its answer slowly, or not at all, keeps no room from the bodies of others.
                self._bodies.release(scope)
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *_HEADERS, *vary, *origin_headers]
            elif method == "HEAD" and message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        try:
            if method == "OPTIONS" and origin_headers:
                await _preflight()(scope, receive, send_with_headers)
            else:
                await self._app(scope, receive, send_with_headers)
        except Exception as error:  # noqa: BLE001 - the last place where a failure can still become an answer
            failure = failure_of(error)
            if status == 0:
                await self.answer(failure)(scope, receive, send_with_headers)
        finally:
            self._bodies.release(scope)
            route = getattr(scope.get("route"), "path", "(none)")
            self._metrics.request(method, route, status, time.perf_counter() - began)

    def answer(self, failure: Failure) -> Response:
        """The response that tells `failure`, counted."""
        self._metrics.failure(str(failure.error["code"]), str(failure.error.get("reason", "")))
        return Response(failure.body, failure.status, failure.headers, media_type="application/json")

    def _origin_headers(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        if not self._origins:
            return []
        origin = next((value for name, value in scope["headers"] if name == b"origin"), b"")
        if not origin or not ({"*", origin.decode("latin-1")} & self._origins):
            return []
        return [(b"access-control-allow-origin", origin)]


def _preflight() -> Response:
    headers = {
        "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
        "Access-Control-Allow-Headers": "Authorization, Content-Type",
        "Access-Control-Max-Age": "3600",
    }
    return Response(status_code=204, headers=headers)
