"""What OpenAPI says about the explanation of a similarity."""

from __future__ import annotations

from lookalike.serve.openapi.answers import Json, failures, ok, text
from lookalike.serve.openapi.bodies import CROP, body, document, file, form, record

__all__ = ["EXPLAIN_DESCRIPTION"]

_BOX: Json = {
    "type": "object",
    "description": "In pixels of the upright original picture.",
    "properties": {name: {"type": "number"} for name in ("x", "y", "width", "height")},
}

_MAP: Json = {
    "type": "object",
    "properties": {
        "rows": {"type": "integer"},
        "columns": {"type": "integer"},
        "window": {
            "type": "array",
            "items": {"type": "number"},
            "minItems": 4,
            "maxItems": 4,
            "description": "Left, upper, right and lower edge of the grid in pixels of the upright original.",
        },
        "values": {
            "type": "array",
            "items": {"type": "array", "items": {"type": "number"}},
            "description": "What each cell brings, row by row; signed, in units of the similarity.",
        },
    },
}

_MAPPED: Json = {
    "type": "object",
    "properties": {"width": {"type": "integer"}, "height": {"type": "integer"}, "map": _MAP},
}

_SIDE: Json = {
    "product_id": text("The product."),
    "variant_id": {"type": ["string", "null"], "description": "Whose image matched best."},
    "image": text("The image of it that matched best, as its source names it."),
    "image_key": {"type": "integer", "description": "The same image, for its thumbnail."},
    "title": {"type": ["string", "null"]},
    "similarity": {"type": "number", "description": "As a search shows it."},
    "passes": {"type": ["boolean", "null"], "description": "Whether it passes the filter; null without one."},
}

_SIDE_EXAMPLE: Json = {
    "product_id": "mug-017",
    "variant_id": "mug-017-cream",
    "image": "images/mug-017-cream-1.jpg",
    "image_key": 412,
    "title": "Ridged mug, cream",
    "similarity": 0.8731,
    "passes": None,
}

_MAP_EXAMPLE: Json = {"rows": 2, "columns": 2, "window": [32, 32, 768, 768], "values": [[0.31, 0.2], [0.28, 0.0831]]}

_EXPLANATION: Json = {
    "type": "object",
    "properties": {
        **_SIDE,
        "method": {"type": "string", "enum": ["exact", "occlusion"], "description": "occlusion: parts are estimates."},
        "pairs": {
            "type": "array",
            "description": "By falling size; with `remainder` they add up to `similarity`.",
            "items": {
                "type": "object",
                "properties": {"query_box": _BOX, "image_box": _BOX, "contribution": {"type": "number"}},
            },
        },
        "remainder": {"type": "number", "description": "What no pair is given."},
        "copy_difference": {
            "type": "number",
            "description": "The part of `remainder` that is due to the kept copy being smaller than what was indexed.",
        },
        "colour": {
            "type": "number",
            "description": "The part of `remainder` that the colours of the two subjects bring; 0 where not compared.",
        },
        "query": _MAPPED,
        "picture": _MAPPED,
        "where": {"type": ["string", "null"]},
        "against": {
            "type": ["object", "null"],
            "properties": {
                **_SIDE,
                "difference": {"type": "number"},
                "parts": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"query_box": _BOX, "contribution": {"type": "number"}},
                    },
                },
                "remainder": {"type": "number"},
                "colour": {"type": "number", "description": "The part of `remainder` that colours bring."},
                "map": _MAP,
            },
        },
        "release": text("Which model and vectors were compared."),
        "timings_ms": {"type": "object", "additionalProperties": {"type": "number"}},
    },
}

EXPLAIN_DESCRIPTION: Json = {
    **body(
        form(
            {
                "image": file("The photograph, again."),
                "product_id": text("The product to explain."),
                "crop": text("x,y,width,height in pixels of the upright photograph."),
                "against": text("Another product: why the first is above or below it."),
                "where": text("The search's filter."),
            },
            {"image": "@photo.jpg", "product_id": "mug-017", "against": "mug-021"},
            required=["image", "product_id"],
        ),
        document(
            record(
                {
                    "image": text("The photograph as base64, or as a data: URL."),
                    "product_id": text("The product to explain."),
                    "crop": CROP,
                    "against": text("Another product."),
                    "where": text("The search's filter."),
                },
                required=["image", "product_id"],
            ),
            {"image": "data:image/jpeg;base64,/9j/4AAQ…", "product_id": "mug-017"},
        ),
    ),
    "responses": {
        **ok(
            _EXPLANATION,
            {
                **_SIDE_EXAMPLE,
                "method": "exact",
                "pairs": [
                    {
                        "query_box": {"x": 179.2, "y": 115.2, "width": 204.8, "height": 153.6},
                        "image_box": {"x": 120, "y": 120, "width": 160, "height": 213.33},
                        "contribution": 0.874,
                    }
                ],
                "remainder": 0.1321,
                "copy_difference": -0.0009,
                "colour": 0.133,
                "query": {"width": 640, "height": 480, "map": _MAP_EXAMPLE},
                "picture": {"width": 800, "height": 800, "map": _MAP_EXAMPLE},
                "where": None,
                "against": None,
                "release": "r1",
                "timings_ms": {"decode": 2.1, "embed": 9.4, "picture": 3.0, "embed_picture": 9.4, "explain": 1.8},
            },
            "The similarity, taken apart.",
        ),
        **failures(
            ("404", "not_found", "There is no such product, or its picture cannot be had any more."),
            ("413", "too_large", "The request has too many bytes, or its JSON too many values."),
            ("422", "invalid_query", "The question or the photograph cannot be used; a vector cannot be explained."),
            ("503", "busy", "Too many questions at once; Retry-After says when to come back."),
        ),
    },
}
