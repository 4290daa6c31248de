"""What OpenAPI says about shoppers: bodies and answers with examples."""

from __future__ import annotations

from lookalike.serve.openapi.answers import WRITERS, Json, ok
from lookalike.serve.openapi.bodies import body, document
from lookalike.sources.event import KINDS

__all__ = [
    "ERASE_DESCRIPTION",
    "EVENTS_DESCRIPTION",
    "EXPORT_DESCRIPTION",
    "RECOMMEND_DESCRIPTION",
    "SHOW_DESCRIPTION",
    "SWITCH_DESCRIPTION",
]

_ME = "me-0123456789abcdef0123456789abcdef"
_SHOPPER: Json = {
    "type": "string",
    "description": "me- and 32 random hexadecimal digits; any other id needs the right to change products.",
}


def _described(properties: Json, example: Json, required: list[str], answer: Json, what: str) -> Json:
    return {
        **body(document({"type": "object", "properties": properties, "required": required}, example)),
        "responses": {**ok({"type": "object"}, answer, what), **WRITERS},
    }


_EVENT: Json = {
    "shopper": _SHOPPER,
    "product_id": {"type": "string"},
    "kind": {"type": "string", "enum": list(KINDS)},
    "time": {"type": "string", "description": "ISO 8601, or seconds since 1970; now where it is missing."},
    "session": {"type": "string", "description": "Which visit."},
    "query": {"type": "string", "description": "Id of the search whose answer showed the product."},
    "position": {"type": "integer", "minimum": 1, "description": "Its place in that answer."},
}
_ONE: Json = {"shopper": _ME, "product_id": "mug-017", "kind": "like"}

EVENTS_DESCRIPTION = _described(
    {**_EVENT, "events": {"type": "array", "items": {"type": "object", "properties": _EVENT}, "maxItems": 1000}},
    _ONE,
    [],
    {"added": 1, "known": 0, "refused": 0},
    "Kept; what was known already, and what its shopper refuses, is counted.",
)

RECOMMEND_DESCRIPTION = _described(
    {
        "shopper": _SHOPPER,
        "k": {"type": "integer", "minimum": 1, "default": 10},
        "where": {"type": "string", "description": "Filter expression."},
        "repeats": {"type": "boolean", "description": "Show what the shopper met already too."},
        "against": {
            "type": "string",
            "enum": ["popularity", "off", "cooccurrence"],
            "description": "Let this ranker share the list; `trial` of the answer says which brought what.",
        },
    },
    {"shopper": _ME, "k": 8},
    [],
    {
        "hits": [
            {
                "product_id": "mug-021",
                "variant_id": None,
                "image": "mugs/021.jpg",
                "image_key": 84,
                "title": "Glazed mug",
                "score": 1.0,
                "because": ["mug-017"],
                "attributes": {"category": "Mugs"},
                "variants": [],
            }
        ],
        "personal": {"on": True, "weight": 1.0, "events": 7, "because": ["mug-017"], "basis": "taste"},
        "release": "r1",
    },
    "Best first.",
)

SHOW_DESCRIPTION = _described(
    {"shopper": _SHOPPER},
    {"shopper": _ME},
    ["shopper"],
    {
        "shopper": _ME,
        "personal": True,
        "events": 7,
        "kinds": {"view": 6, "like": 1},
        "products": ["mug-017", "bowl-003"],
        "first": "2026-03-01T09:30:00+00:00",
        "last": "2026-03-01T09:41:00+00:00",
        "now": ["mug-017"],
        "interests": [{"share": 0.7, "products": ["mug-017"]}, {"share": 0.3, "products": ["bowl-003"]}],
    },
    "What is kept, and the interests that were read from it.",
)

EXPORT_DESCRIPTION = _described(
    {"shopper": _SHOPPER},
    {"shopper": _ME},
    ["shopper"],
    {
        "shopper": _ME,
        "personal": True,
        "events": [
            {
                "product_id": "mug-017",
                "kind": "view",
                "time": "2026-03-01T09:30:00+00:00",
                "session": "9c1f0a7b21d3e845",
                "query": None,
                "position": None,
            }
        ],
    },
    "Every event; sessions as the store has them, hashed.",
)

ERASE_DESCRIPTION = _described({"shopper": _SHOPPER}, {"shopper": _ME}, ["shopper"], {"erased": 7}, "Gone.")

SWITCH_DESCRIPTION = _described(
    {"shopper": _SHOPPER, "personal": {"type": "boolean"}},
    {"shopper": _ME, "personal": False},
    ["shopper", "personal"],
    {"personal": False},
    "Switched.",
)
