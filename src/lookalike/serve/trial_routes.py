"""``/v1/trial``: two ways of answering share the lists of searches, for those who may write."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from lookalike.errors import InvalidQuery
from lookalike.search.people.way import LIVE
from lookalike.serve.desk import Desk, desk_of
from lookalike.serve.document import json_response
from lookalike.serve.openapi.trials import DELETE_TRIAL_DESCRIPTION, GET_TRIAL_DESCRIPTION, PUT_TRIAL_DESCRIPTION
from lookalike.serve.search_request import read_json_object
from lookalike.serve.write_guard import require_writer

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["trial"])


@router.get("/trial", summary="What is tried, and what came of it", openapi_extra=GET_TRIAL_DESCRIPTION)
async def get_trial(request: Request) -> Response:
    """The trial that takes part in searches, and what events said of every trial until now."""
    desk = desk_of(request)
    require_writer(request, desk.settings)
    return json_response(await desk.read(lambda: _told(desk)))


@router.put("/trial", summary="Try a change on real traffic", openapi_extra=PUT_TRIAL_DESCRIPTION)
async def put_trial(request: Request) -> Response:
    """Let two ways of answering share the lists of searches from now on; a trial that runs ends."""
    desk = desk_of(request)
    require_writer(request, desk.settings)
    document = read_json_object(await desk.body(request))
    unknown = sorted(set(document) - {"a", "b"})
    if unknown:
        raise InvalidQuery(f"unknown field(s) {', '.join(unknown)}; known are a, b")
    a, b = document.get("a", LIVE), document.get("b")
    if not isinstance(b, str):
        raise InvalidQuery(f"a trial needs b, the way that is tried, as text, received {b!r}")
    if not isinstance(a, str):
        raise InvalidQuery(f"a, the way that b is compared with, must be text, received {a!r}: leave it out for live")
    started = await desk.writes.run(lambda: desk.engine.start_trial(b, a=a))
    return json_response(started.as_dict())


@router.delete("/trial", summary="End the trial", openapi_extra=DELETE_TRIAL_DESCRIPTION)
async def delete_trial(request: Request) -> Response:
    """End the trial that runs; what it found stays."""
    desk = desk_of(request)
    require_writer(request, desk.settings)
    return json_response({"stopped": await desk.writes.run(desk.engine.stop_trial)})


def _told(desk: Desk) -> dict[str, object]:
    running = desk.engine.trial()
    return {
        "running": None if running is None else running.as_dict(),
        "trials": [one.as_dict() for one in desk.engine.credits() if one.trial is not None],
    }
