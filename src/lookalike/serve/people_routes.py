"""``/v1/events``, ``/v1/recommend`` and ``/v1/people/…``: what shoppers do, what is shown to them, what they may ask.

The shopper's id is always in the body: an address ends up in logs.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from fastapi import APIRouter, Request, Response

from lookalike.errors import InvalidQuery
from lookalike.search.people.recommendations import Rival
from lookalike.serve.desk import Desk, desk_of
from lookalike.serve.document import json_response
from lookalike.serve.openapi.people import (
    ERASE_DESCRIPTION,
    EVENTS_DESCRIPTION,
    EXPORT_DESCRIPTION,
    RECOMMEND_DESCRIPTION,
    SHOW_DESCRIPTION,
    SWITCH_DESCRIPTION,
)
from lookalike.serve.search_request import read_json_object
from lookalike.serve.shopper_guard import is_own_key, require_shopper
from lookalike.serve.unread import with_unread
from lookalike.sources.cells import Cell
from lookalike.sources.event import Event
from lookalike.sources.event_log import event_of

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["people"])

_PRIVATE = {"Cache-Control": "no-store"}
_MOST_EVENTS = 1_000


@router.post("/events", summary="Tell what a shopper did", openapi_extra=EVENTS_DESCRIPTION)
async def events(request: Request) -> Response:
    """Keep one event, or several in `events`: all of them or, if one cannot be used, none."""
    desk = desk_of(request)
    document = read_json_object(await desk.body(request))
    given = document.get("events", [document])
    if not isinstance(given, list) or not 1 <= len(given) <= _MOST_EVENTS:
        raise InvalidQuery(f"events must be a list of 1 to {_MOST_EVENTS} events")
    found = [_event(one, number) for number, one in enumerate(given, 1)]
    for shopper in {event.shopper for event in found}:
        require_shopper(request, desk.settings, shopper)
    # Whoever may not change products does not say either when something happened.
    now = time.time()
    kept = [replace(event, at=min(event.at, now)) if is_own_key(event.shopper) else event for event in found]
    done = await desk.writes.run(lambda: desk.engine.record_events(kept))
    return json_response({"added": done.added, "known": done.known, "refused": done.refused}, headers=_PRIVATE)


@router.post("/recommend", summary="Find products without a question", openapi_extra=RECOMMEND_DESCRIPTION)
async def recommend(request: Request) -> Response:
    """Products by a shopper's taste, each with the products of theirs that speak for it; popular ones to a stranger."""
    desk = desk_of(request)
    document = _known(read_json_object(await desk.body(request)), {"shopper", "k", "where", "repeats", "against"})
    shopper, k = _shopper(document, needed=False), document.get("k", 10)
    if not isinstance(k, int) or isinstance(k, bool) or not 1 <= k <= desk.settings.max_hits:
        raise InvalidQuery(f"k must be 1 to {desk.settings.max_hits}, received {k!r}")
    where, repeats = document.get("where"), document.get("repeats", False)
    if not (where is None or isinstance(where, str)) or not isinstance(repeats, bool):
        raise InvalidQuery("where must be text, and repeats true or false")
    against = _rival(document.get("against"))
    if shopper is not None:
        require_shopper(request, desk.settings, shopper)
    found = await desk.searches.run(
        lambda: desk.engine.recommend(shopper, where=where or None, k=k, repeats=repeats, against=against)
    )
    return json_response(with_unread(request, found.as_dict()), headers=_PRIVATE)


@router.post("/people/show", summary="What is kept of a shopper", openapi_extra=SHOW_DESCRIPTION)
async def show(request: Request) -> Response:
    """Counts, products and interests."""
    desk, shopper, _ = await _asked(request)
    found = await desk.read(lambda: desk.engine.shopper(shopper))
    return json_response({"shopper": shopper, **found.as_dict()}, headers=_PRIVATE)


@router.post("/people/export", summary="All of it", openapi_extra=EXPORT_DESCRIPTION)
async def export(request: Request) -> Response:
    """Every event."""
    desk, shopper, _ = await _asked(request)
    return json_response(await desk.read(lambda: desk.engine.export_shopper(shopper)), headers=_PRIVATE)


@router.post("/people/erase", summary="Forget a shopper", openapi_extra=ERASE_DESCRIPTION)
async def erase(request: Request) -> Response:
    """Take away everything that is kept, so that no byte of it stays in the store's files."""
    desk, shopper, _ = await _asked(request)
    gone = await desk.writes.run(lambda: desk.engine.erase_shopper(shopper))
    return json_response({"erased": gone}, headers=_PRIVATE)


@router.post("/people/switch", summary="Switch personal results on or off", openapi_extra=SWITCH_DESCRIPTION)
async def switch(request: Request) -> Response:
    """Off: nothing more is recorded, and nothing that is kept is used."""
    desk, shopper, document = await _asked(request, also={"personal"})
    on = document.get("personal")
    if not isinstance(on, bool):
        raise InvalidQuery(f"personal must be true or false, received {on!r}")
    await desk.writes.run(lambda: desk.engine.switch_personal(shopper, on=on))
    return json_response({"personal": on}, headers=_PRIVATE)


async def _asked(
    request: Request, also: frozenset[str] | set[str] = frozenset()
) -> tuple[Desk, str, Mapping[str, object]]:
    desk = desk_of(request)
    document = _known(read_json_object(await desk.body(request)), {"shopper", *also})
    shopper = _shopper(document, needed=True)
    assert shopper is not None
    require_shopper(request, desk.settings, shopper)
    return desk, shopper, document


def _known(document: Mapping[str, object], names: set[str]) -> Mapping[str, object]:
    unknown = sorted(set(document) - names)
    if unknown:
        raise InvalidQuery(f"unknown field(s) {', '.join(unknown)}; known are {', '.join(sorted(names))}")
    return document


def _shopper(document: Mapping[str, object], *, needed: bool) -> str | None:
    shopper = document.get("shopper")
    if shopper is None and not needed:
        return None
    if not isinstance(shopper, str) or not shopper.strip():
        raise InvalidQuery(f"shopper must be an id, received {shopper!r}")
    return shopper


def _rival(name: object) -> Rival | None:
    if name is None or name == "":
        return None
    found = next((one for one in get_args(Rival) if one == name), None)
    if found is None:
        raise InvalidQuery(f"against must be one of {', '.join(get_args(Rival))}, received {name!r}")
    return found


def _event(one: object, number: int) -> Event:
    if not isinstance(one, dict):
        raise InvalidQuery(f"event {number} must be an object, received {type(one).__name__}")
    cells: dict[str, Cell] = {
        str(name): value for name, value in one.items() if value is None or isinstance(value, str | int | float | bool)
    }
    try:
        return event_of(cells, now=time.time())
    except ValueError as error:
        raise InvalidQuery(f"event {number}: {error}") from error
