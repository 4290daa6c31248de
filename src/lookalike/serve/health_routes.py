"""``/v1/catalogue/health``: what there is to put right in the catalogue, for those who may write."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from lookalike.evaluate.health.report import health_document
from lookalike.serve.desk import desk_of
from lookalike.serve.document import json_response
from lookalike.serve.openapi.health import HEALTH_DESCRIPTION
from lookalike.serve.visits import UnderWay
from lookalike.serve.write_guard import require_writer

__all__ = ["router"]

router = APIRouter(prefix="/v1/catalogue", tags=["catalogue"])


@router.get("/health", summary="What to put right in the catalogue", openapi_extra=HEALTH_DESCRIPTION)
async def health(request: Request) -> Response:
    """Findings, worst first. While the catalogue is being looked at the answer is 202 with how far that is."""
    desk = desk_of(request)
    require_writer(request, desk.settings)
    answer = await desk.visits.report(desk.engine, await desk.read(desk.engine.sequence))
    if isinstance(answer, UnderWay):
        told = {"under_way": {"done": answer.done, "total": answer.total}}
        return json_response(told, 202, {"Retry-After": "1"})
    return json_response(
        {
            "files": answer.files,
            "ok": answer.ok,
            **health_document(answer),
            "sequence": answer.sequence,
            "seconds": round(answer.seconds, 3),
        },
        headers={"Cache-Control": "no-store"},
    )
