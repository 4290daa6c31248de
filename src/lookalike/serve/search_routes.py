"""``POST /v1/search``: a photograph, words, a product or a link's vector in, ranked products out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from lookalike.search.answer import Answer
from lookalike.search.people.trial import RUNNING
from lookalike.serve.desk import Desk, desk_of
from lookalike.serve.document import answer_document, json_response
from lookalike.serve.failure import Failure
from lookalike.serve.form import parse_form
from lookalike.serve.openapi.searches import SEARCH_DESCRIPTION
from lookalike.serve.quantised_vector import quantise, restore
from lookalike.serve.search_request import SearchRequest, search_from_form, search_from_json
from lookalike.serve.shopper_guard import require_shopper
from lookalike.serve.unread import with_unread
from lookalike.serve.write_guard import require_writer

__all__ = ["read_search", "router"]

router = APIRouter(prefix="/v1", tags=["search"])


@router.post("/search", summary="Find products", openapi_extra=SEARCH_DESCRIPTION)
async def search(request: Request) -> Response:
    """Rank the catalogue by likeness to one of `image`, `like` and `vector`, by `text`, or by both.

    The picture is decoded in memory and forgotten with the answer. `vector` in the answer asks again without it.
    """
    desk = desk_of(request)
    asked = await read_search(request, desk)
    if asked.shopper is not None:
        require_shopper(request, desk.settings, asked.shopper)
    if asked.against not in (RUNNING, "off"):
        # Whoever may ask for anything might have any release loaded.
        require_writer(request, desk.settings)
    answer, vector = await desk.searches.run(lambda: _answer(desk, asked))
    desk.metrics.search(answer.timings_ms)
    desk.audit.offer(answer, asked.where)
    timing = ", ".join(f"{stage};dur={milliseconds:.2f}" for stage, milliseconds in answer.timings_ms.items())
    told = with_unread(request, answer_document(answer, vector))
    return json_response(told, headers={"Cache-Control": "no-store", "Server-Timing": timing})


async def read_search(request: Request, desk: Desk) -> SearchRequest:
    """The question in a request's form or document.

    Raises:
        Failure: neither of the two, or too large.
        InvalidQuery: naming every field that cannot be used.
    """
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in ("multipart/form-data", "application/json"):
        raise Failure(
            415,
            "unsupported_media_type",
            f"a search is multipart/form-data or application/json, received {kind or 'no content type'!r}",
            hint="curl -F image=@photo.jpg sends the right one",
        )
    body = await desk.body(request)
    if kind == "application/json":
        return search_from_json(body, max_hits=desk.settings.max_hits)
    return search_from_form(parse_form(body, content_type), max_hits=desk.settings.max_hits)


def _answer(desk: Desk, asked: SearchRequest) -> tuple[Answer, str | None]:
    vector = fingerprint = colouring = None
    if asked.vector is not None:
        model = desk.engine.model
        fingerprint = model.fingerprint
        vector, colouring = restore(asked.vector, fingerprint, model.dimension)
    answer = desk.engine.search(
        asked.image,
        text=asked.text,
        audio=asked.audio,
        like=asked.like,
        unlike=asked.unlike,
        vector=vector,
        fingerprint=fingerprint,
        colouring=colouring,
        crop=asked.crop,
        where=asked.where,
        k=asked.k,
        offset=asked.offset,
        by=asked.by,
        shopper=asked.shopper,
        parts=asked.parts,
        ranking=asked.ranking,
        against=None if asked.against == "off" else asked.against,
    )
    if answer.vector is None:
        return answer, None
    return answer, asked.vector or quantise(answer.vector, desk.fingerprint_of(answer.release), answer.colouring)
