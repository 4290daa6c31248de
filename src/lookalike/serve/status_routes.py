"""What operators ask: is it alive, is it ready, what does it hold, how is it doing."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from lookalike.errors import LookalikeError
from lookalike.serve.desk import Desk, desk_of
from lookalike.serve.document import counts_document, json_response, model_document
from lookalike.serve.failure import Failure, failure_of
from lookalike.serve.openapi.status import STATUS_DESCRIPTION
from lookalike.serve.write_guard import may_write, writes_are_open

__all__ = ["router"]

router = APIRouter(tags=["status"])


@router.get("/v1/status", summary="What the server holds", openapi_extra=STATUS_DESCRIPTION)
async def status(request: Request) -> Response:
    """Counts, model, live release, columns, limits, kinds of question it can answer, and what it keeps of them."""
    desk = desk_of(request)
    told = await desk.read(lambda: _status(desk, request.app.version))
    told["may_write"] = may_write(request, desk.settings)
    return json_response(told, headers={"Cache-Control": "no-store"})  # others may be told otherwise


def _status(desk: Desk, version: str) -> dict[str, object]:
    return {
        "version": version,
        "release": desk.engine.release,
        "model": model_document(desk.engine.model),
        "counts": counts_document(desk.engine.counts()),
        "columns": dict(desk.engine.columns()),
        "limits": {
            "max_upload_bytes": desk.settings.max_upload_bytes,
            "max_clip_bytes": desk.settings.max_clip_bytes,
            "max_hits": desk.settings.max_hits,
        },
        "questions": ["image", "text", *(["audio"] if desk.engine.hears else []), "like", "vector"],
        "writes": writes_are_open(desk.settings) and not desk.engine.read_only,
        "personal": desk.settings.personal,
        "keeps": ["unmet_pictures"] if desk.engine.keeps_unmet_pictures else [],
    }


@router.get("/healthz", summary="Is the process alive")
async def healthz() -> Response:
    """200 as long as the event loop turns; touches neither store nor model."""
    return json_response({"alive": True})


@router.get("/readyz", summary="Can it answer searches")
async def readyz(request: Request) -> Response:
    """200 when the store can be read, 503 otherwise."""
    desk = desk_of(request)
    try:
        counts = await desk.checks.run(desk.engine.counts)
    except LookalikeError as error:
        failure = failure_of(error)
        raise Failure(503, "not_ready", str(failure), headers={"Retry-After": "5"}) from error
    return json_response({"ready": True, "release": desk.engine.release, "products": counts.products})


@router.get("/metrics", summary="Numbers for Prometheus")
async def metrics(request: Request) -> Response:
    """Requests, durations, stages of searches, errors, lanes and the size of the store."""
    desk = desk_of(request)
    counts = await desk.checks.run(desk.engine.counts)
    recall = desk.audit.recall()
    text = desk.metrics.text(
        [
            ("lookalike_lane_taken", "lane", {lane.name: lane.taken for lane in desk.lanes}),
            ("lookalike_lane_refused", "lane", {lane.name: lane.refused for lane in desk.lanes}),
            ("lookalike_store", "holds", counts_document(counts)),
            ("lookalike_audit", "of", desk.audit.counts()),
            ("lookalike_audit_recall", "at", {} if recall is None else {"10": recall}),
        ]
    )
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
