"""Puts the server together: lanes, routes, failures, headers, page. Does not own the engine and never closes it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import numpy as np

from lookalike.serve.settings import ServeSettings

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.routing import BaseRoute
    from starlette.types import Scope

    from lookalike.serve.engine_port import EnginePort

__all__ = ["create_app"]

_ABOUT = """
Visual search over a product catalogue. Send a photograph, get products.

Errors are `{"error": {"code", "message", "reason"?, "hint"?}}`. Photographs are decoded in memory and forgotten.
"""


_LONGEST = 1800.0
"""Seconds that a promotion may take."""

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

_THUMBNAILS = 32
"""So many times more thumbnails may wait than other requests."""


def create_app(engine: EnginePort, settings: ServeSettings | None = None) -> FastAPI:
    """An ASGI application that answers for `engine`.

    Args:
        engine: thread-safe and open for as long as the application runs; shared by all requests.
        settings: limits and permissions; defaults are safe on one machine.
    """
    from fastapi import FastAPI
    from fastapi.exceptions import RequestValidationError
    from starlette.exceptions import HTTPException
    from starlette.requests import Request
    from starlette.responses import Response

    from lookalike.errors import LookalikeError
    from lookalike.serve import (
        clip_routes,
        demand_routes,
        describe_routes,
        explain_routes,
        health_routes,
        people_routes,
        product_routes,
        release_routes,
        rules_routes,
        search_routes,
        status_routes,
        suggest_routes,
        trial_routes,
    )
    from lookalike.serve.audit import Audit
    from lookalike.serve.body_budget import BodyBudget
    from lookalike.serve.desk import Desk
    from lookalike.serve.doorway import Doorway
    from lookalike.serve.failure import Failure, failure_of
    from lookalike.serve.lane import Lane
    from lookalike.serve.metrics import Metrics
    from lookalike.serve.single_blas import single_blas

    settings = settings or ServeSettings()
    metrics = Metrics()

    def lane(name: str, threads: int, waiting: int = settings.waiting) -> Lane:
        return Lane(name, threads=threads, waiting=waiting, timeout_seconds=settings.request_timeout_seconds)

    desk = Desk(
        engine,
        settings,
        metrics,
        lane("search", settings.search_threads),
        lane("read", settings.read_threads),
        # A page asks for dozens at once, and each takes milliseconds.
        lane("thumbnail", settings.read_threads, _THUMBNAILS * settings.waiting),
        # Whoever watches the server is answered while it is full, too.
        lane("check", 1),
        lane("write", settings.write_threads),
        # One at a time, and as long as it takes: a comparison embeds hundreds of pictures with two models.
        Lane("promotion", threads=1, waiting=1, timeout_seconds=max(_LONGEST, settings.request_timeout_seconds)),
        # Decoding fills both cores by itself.
        Lane("clip", threads=1, waiting=min(4, settings.waiting), timeout_seconds=settings.clip_timeout_seconds),
        BodyBudget(settings.max_held_bytes),
        Audit(
            lambda answer, where: (0, 0) if answer.vector is None else engine.missed(answer.vector, where=where),
            settings.audit_share,
            np.random.default_rng(),
        ),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None, None]:
        # Requests have threads of their own: BLAS's would make each wait for all others, one product at a time.
        with single_blas():
            yield
        for each in desk.lanes:
            each.close()
        desk.visits.close()
        desk.audit.close()

    app = FastAPI(
        title="Lookalike",
        description=_ABOUT,
        version=_version(),
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=lifespan,
    )
    app.state.desk = desk

    def told(failure: Failure) -> Response:
        reason = failure.error.get("reason")
        metrics.failure(str(failure.error["code"]), None if reason is None else str(reason))
        return Response(failure.body, failure.status, failure.headers, media_type="application/json")

    async def on_known(_: Request, error: Exception) -> Response:
        return told(failure_of(error))

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            allowed = ", ".join(_methods_of(app, request.scope))
            return told(
                Failure(405, "method_not_allowed", f"this address takes {allowed} only", headers={"Allow": allowed})
            )
        code = {404: "not_found"}.get(error.status_code, "refused")
        return told(Failure(error.status_code, code, str(error.detail), headers=error.headers))

    async def on_invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        problems = "; ".join(f"{problem['loc'][-1]}: {problem['msg']}" for problem in error.errors())
        return told(Failure(422, "invalid_parameter", problems))

    app.add_exception_handler(LookalikeError, on_known)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_middleware(Doorway, metrics=metrics, bodies=desk.bodies, cors_origins=settings.cors_origins)
    for routes in (
        search_routes,
        describe_routes,
        explain_routes,
        product_routes,
        people_routes,
        demand_routes,
        release_routes,
        rules_routes,
        health_routes,
        status_routes,
        suggest_routes,
        trial_routes,
        clip_routes,
    ):
        app.include_router(routes.router)
    if settings.page:
        from lookalike.serve.page_files import page_router

        app.include_router(page_router())
    _keep_nulls_in_examples(app)
    return app


def _methods_of(app: FastAPI, scope: Scope) -> list[str]:
    """Every method that the address of `scope` takes: the framework names those of the first route alone."""
    from starlette.routing import Match

    def is_taken(method: str) -> bool:
        asked = {**scope, "method": method}
        return any(route.matches(asked)[0] is Match.FULL for route in app.router.routes)

    taken = [method for method in _METHODS if is_taken(method)]
    return ["GET", "HEAD", *taken[1:]] if "GET" in taken else taken


def _keep_nulls_in_examples(app: FastAPI) -> None:
    """FastAPI drops every null from the description, also where it is the point of an example."""
    from fastapi.routing import APIRoute

    whole = app.openapi()
    for module_routes in _described_routes():
        for route in module_routes:
            if not isinstance(route, APIRoute):
                continue
            for method in route.methods or ():
                operation = whole["paths"][route.path_format][method.lower()]
                extra = dict(route.openapi_extra or {})
                operation["responses"].update(extra.pop("responses", {}))
                operation.update(extra)


def _described_routes() -> list[list[BaseRoute]]:
    from lookalike.serve import (
        clip_routes,
        demand_routes,
        describe_routes,
        explain_routes,
        health_routes,
        people_routes,
        product_routes,
        release_routes,
        rules_routes,
        search_routes,
        status_routes,
        suggest_routes,
        trial_routes,
    )

    modules = (
        search_routes,
        describe_routes,
        explain_routes,
        product_routes,
        people_routes,
        demand_routes,
        release_routes,
        rules_routes,
        health_routes,
        status_routes,
        suggest_routes,
        trial_routes,
        clip_routes,
    )
    return [module.router.routes for module in modules]


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("lookalike")
    except PackageNotFoundError:
        return "0"
