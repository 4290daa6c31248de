"""``/v1/rules``: what the shop pins, buries and boosts, for those who may write."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from lookalike.search.rank.rules import MOST_VALUES, RuleBook
from lookalike.serve.desk import desk_of
from lookalike.serve.document import json_response
from lookalike.serve.openapi.ranking import GET_RULES_DESCRIPTION, PUT_RULES_DESCRIPTION
from lookalike.serve.search_request import read_json_object
from lookalike.serve.write_guard import require_writer

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["rules"])


@router.get("/rules", summary="The shop's rules", openapi_extra=GET_RULES_DESCRIPTION)
async def get_rules(request: Request) -> Response:
    """Every rule, in the order in which they apply."""
    desk = desk_of(request)
    require_writer(request, desk.settings)
    book = await desk.read(desk.engine.shop_rules)
    return json_response(book.as_dict())


@router.put("/rules", summary="Replace the shop's rules", openapi_extra=PUT_RULES_DESCRIPTION)
async def put_rules(request: Request) -> Response:
    """Keep these rules instead of those before; the next search applies them. An empty list forgets all."""
    desk = desk_of(request)
    require_writer(request, desk.settings)
    book = RuleBook.from_dict(read_json_object(await desk.body(request), most_values=MOST_VALUES))
    kept = await desk.writes.run(lambda: desk.engine.set_shop_rules(book))
    return json_response(kept.as_dict())
