"""Parameters of an address that an operation does not read.

They are ignored, because proxies and campaigns add some of their own, but told: a mistyped filter does not silently
find everything. Nor does the first of two filters get lost in silence, of which the last counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import cast

from fastapi import Request
from fastapi.routing import APIRoute

__all__ = ["with_unread"]

_MOST_TOLD = 10
_LONGEST_NAME = 80


def with_unread(request: Request, document: Mapping[str, object]) -> dict[str, object]:
    """`document` with one more sentence in its `warnings` for each parameter of the address that was not read, or of
    which only the last value was; as it is where there is none.
    """
    route = request.scope.get("route")
    known = [field.alias for field in route.dependant.query_params] if isinstance(route, APIRoute) else []
    unread = [_told(name, known) for name in dict.fromkeys(request.query_params) if name not in known]
    unread += [
        f"the address's parameter {name!r} was given with several values: only the last counts"
        for name in known
        if len(set(request.query_params.getlist(name))) > 1
    ]
    if not unread:
        return dict(document)
    before = cast("list[object]", document.get("warnings", []))
    return {**document, "warnings": [*before, *unread[:_MOST_TOLD]]}


def _told(name: str, known: list[str]) -> str:
    said = f"the address's parameter {name[:_LONGEST_NAME]!r} was ignored"
    if not known:
        return f"{said}: this operation reads its body"
    alike = get_close_matches(name[:_LONGEST_NAME].lower(), known, n=1)
    return f"{said}: " + (f"did you mean {alike[0]!r}?" if alike else f"known are {', '.join(known)}")
