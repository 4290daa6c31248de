"""``/v1/demand``: what shoppers looked for in vain. For those who may change products, and nobody else."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from lookalike.search.demand import DEFAULT_LIKENESS
from lookalike.serve.desk import desk_of
from lookalike.serve.document import json_response
from lookalike.serve.failure import missing
from lookalike.serve.openapi.demand import DEMAND_DESCRIPTION, ERASE_DESCRIPTION, PICTURE_DESCRIPTION
from lookalike.serve.unread import with_unread
from lookalike.serve.write_guard import require_writer
from lookalike.types import EXACT_INTEGERS

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["demand"])

_PRIVATE = {"Cache-Control": "no-store"}


@router.get("/demand", summary="What was looked for in vain", openapi_extra=DEMAND_DESCRIPTION)
async def get_demand(
    request: Request,
    likeness: Annotated[float, Query(gt=0, le=1, description="Cosine that makes a cluster.")] = DEFAULT_LIKENESS,
) -> Response:
    """Clusters of photographs that were told "not in this catalogue", where remembering them was switched on."""
    desk = desk_of(request)
    require_writer(request, desk.settings)
    found = await desk.read(lambda: desk.engine.demand(likeness=likeness))
    return json_response(with_unread(request, found.as_dict()), headers=_PRIVATE)


@router.delete("/demand", summary="Forget them", openapi_extra=ERASE_DESCRIPTION)
async def erase_demand(request: Request) -> Response:
    """Erase every remembered photograph and vector."""
    desk = desk_of(request)
    require_writer(request, desk.settings)
    erased = await desk.writes.run(desk.engine.erase_demand)
    return json_response({"erased": erased}, headers=_PRIVATE)


@router.get("/demand/pictures/{key}", summary="One of their pictures", openapi_extra=PICTURE_DESCRIPTION)
async def demand_picture(request: Request, key: Annotated[int, Path(ge=1, le=EXACT_INTEGERS - 1)]) -> Response:
    """The small copy of a photograph, where keeping photographs was switched on."""
    desk = desk_of(request)
    require_writer(request, desk.settings)
    with missing(f"photograph {key}"):
        data = await desk.read(lambda: desk.engine.demand_picture(key))
    return Response(data, media_type="image/jpeg", headers=_PRIVATE)
