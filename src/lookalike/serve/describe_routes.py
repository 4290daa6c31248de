"""``POST /v1/describe``: a photograph in, what it may be called out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from lookalike.serve.desk import desk_of
from lookalike.serve.document import json_response
from lookalike.serve.failure import Failure
from lookalike.serve.openapi.descriptions import DESCRIBE_DESCRIPTION
from lookalike.serve.search_routes import read_search
from lookalike.serve.unread import with_unread

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["search"])


@router.post("/describe", summary="Suggest words for a photograph", openapi_extra=DESCRIBE_DESCRIPTION)
async def describe(request: Request) -> Response:
    """Suggest titles and attributes for a photograph: those of what looks like it, and what kind of thing it is.

    Takes `image` and `crop` as a search does. The photograph is decoded in memory and forgotten with the answer.
    """
    desk = desk_of(request)
    asked = await read_search(request, desk)
    image = asked.image
    if image is None:
        raise Failure(422, "invalid_query", "a description needs the photograph in image")
    found = await desk.searches.run(lambda: desk.engine.describe(image, crop=asked.crop))
    return json_response(with_unread(request, found.as_dict()), headers={"Cache-Control": "no-store"})
