"""``POST /v1/explain``: a photograph and a product in, why they are alike out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from lookalike.explain.document import explanation_document
from lookalike.serve.desk import desk_of
from lookalike.serve.document import json_response
from lookalike.serve.explain_request import ExplainRequest, explain_from_form, explain_from_json
from lookalike.serve.failure import Failure, missing
from lookalike.serve.form import parse_form
from lookalike.serve.openapi.explanations import EXPLAIN_DESCRIPTION
from lookalike.serve.unread import with_unread

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["search"])


@router.post("/explain", summary="Say why a product is alike", openapi_extra=EXPLAIN_DESCRIPTION)
async def explain(request: Request) -> Response:
    """Take the similarity of a photograph and a product apart into pairs of parts, and into a map for each picture.

    `pairs` and `remainder` add up to `similarity`, which is the one that a search shows. The photograph is needed
    again: it was not kept. It is decoded in memory and forgotten with the answer.
    """
    desk = desk_of(request)
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in ("multipart/form-data", "application/json"):
        raise Failure(
            415,
            "unsupported_media_type",
            f"a question is multipart/form-data or application/json, received {kind or 'no content type'!r}",
            hint="curl -F image=@photo.jpg -F product_id=ID sends the right one",
        )
    body = await desk.body(request)
    asked = explain_from_json(body) if kind == "application/json" else explain_from_form(parse_form(body, content_type))
    with missing(_named(asked)):
        explained = await desk.searches.run(
            lambda: desk.engine.explain(
                asked.image, asked.product_id, crop=asked.crop, against=asked.against, where=asked.where
            )
        )
    timing = ", ".join(f"{stage};dur={taken:.2f}" for stage, taken in explained.timings_ms.items())
    told = with_unread(request, explanation_document(explained))
    return json_response(told, headers={"Cache-Control": "no-store", "Server-Timing": timing})


def _named(asked: ExplainRequest) -> str:
    others = "" if asked.against is None else f" or {asked.against!r}"
    return f"product {asked.product_id!r}{others} of which a vector and a copy of the picture are kept"
