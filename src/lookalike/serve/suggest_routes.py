"""``GET /v1/suggest``: completions of a question that is being typed."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from lookalike.serve.desk import desk_of
from lookalike.serve.document import json_response
from lookalike.serve.openapi.suggestions import SUGGEST_DESCRIPTION
from lookalike.serve.unread import with_unread

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["search"])


@router.get("/suggest", summary="Complete a question", openapi_extra=SUGGEST_DESCRIPTION)
async def suggest(request: Request, text: str, k: int = 8) -> Response:
    """Values, titles and words of the catalogue that go on from `text`."""
    desk = desk_of(request)
    found = await desk.read(lambda: desk.engine.suggest(text, k=k))
    document = {"suggestions": [{"text": one.text, "kind": one.kind} for one in found]}
    return json_response(with_unread(request, document), headers={"Cache-Control": "no-store"})
