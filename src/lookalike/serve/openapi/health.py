"""What OpenAPI says about the catalogue's health; plain values, because the route answers without models."""

from __future__ import annotations

from lookalike.serve.openapi.answers import Json

__all__ = ["HEALTH_DESCRIPTION"]

_EXAMPLE: Json = {
    "files": 120,
    "ok": 117,
    "findings": [
        {
            "kind": "shared_picture",
            "severity": "high",
            "product_id": "mug-017",
            "image": "images/mug-017-cream-1.jpg",
            "image_key": 412,
            "detail": "2 different products show the same file: at most one of them can be right",
            "score": 1.0,
            "others": [{"product_id": "bowl-003", "image": "images/bowl-003-1.jpg", "image_key": 87}],
            "evidence": {"products": 2, "images": 2, "exact": True, "overlap": 1.0},
        }
    ],
    "summary": {
        "findings": 1,
        "products": 40,
        "products_affected": 1,
        "by_kind": {"shared_picture": 1},
        "by_severity": {"high": 1, "medium": 0, "low": 0},
        "unchecked": [],
    },
    "views": None,
    "sequence": 9,
    "seconds": 3.1,
}

HEALTH_DESCRIPTION: Json = {
    "responses": {
        "200": {
            "description": "Findings, worst first, a summary, and what another view of a product is worth.",
            "content": {"application/json": {"schema": {"type": "object"}, "example": _EXAMPLE}},
        },
        "202": {
            "description": "The catalogue is being looked at: ask again in a second.",
            "content": {
                "application/json": {
                    "schema": {"type": "object"},
                    "example": {"under_way": {"done": 512, "total": 2098}},
                }
            },
        },
        "401": {"description": "The write token is missing or wrong."},
        "403": {"description": "Without a write token only the machine itself may ask."},
    }
}
