"""What OpenAPI says about products, their pictures, and what a catalogue can be narrowed by."""

from __future__ import annotations

from lookalike.serve.openapi.answers import ATTRIBUTES, UNREAD, WRITERS, Json, failures, ok, text
from lookalike.serve.openapi.bodies import body, document, form, record

__all__ = [
    "DELETE_DESCRIPTION",
    "FACETS_DESCRIPTION",
    "PATCH_DESCRIPTION",
    "PRODUCTS_DESCRIPTION",
    "PRODUCT_DESCRIPTION",
    "PUT_DESCRIPTION",
    "THUMBNAIL_DESCRIPTION",
]

_PRODUCT: Json = {
    "type": "object",
    "properties": {
        "product_id": text("As the shop names it."),
        "variants": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "variant_id": {"type": ["string", "null"]},
                    "attributes": ATTRIBUTES,
                    "images": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "image_key": {"type": "integer"},
                                "image": text("Location, as its source names it."),
                                "width": {"type": ["integer", "null"]},
                                "height": {"type": ["integer", "null"]},
                            },
                        },
                    },
                },
            },
        },
    },
}

_PRODUCT_EXAMPLE: Json = {
    "product_id": "mug-017",
    "variants": [
        {
            "variant_id": "mug-017-cream",
            "attributes": {"title": "Ridged mug, cream", "category": "Mugs", "price": 14.5, "in_stock": True},
            "images": [{"image_key": 412, "image": "images/mug-017-cream-1.jpg", "width": 800, "height": 800}],
        }
    ],
}

_DRAFT_EXAMPLE: Json = {
    "variants": [
        {
            "variant_id": "mug-017-cream",
            "attributes": {"title": "Ridged mug, cream", "category": "Mugs", "price": 14.5, "in_stock": True},
            "images": ["https://shop.example/mug-017-cream-1.jpg"],
        }
    ]
}

PRODUCTS_DESCRIPTION: Json = {
    "responses": {
        **ok(
            {
                "type": "object",
                "properties": {
                    "products": {"type": "array", "items": _PRODUCT},
                    "offset": {"type": "integer"},
                    "next_offset": {"type": ["integer", "null"]},
                    "warnings": UNREAD,
                },
            },
            {"products": [_PRODUCT_EXAMPLE], "offset": 0, "next_offset": 24},
        ),
        **failures(("422", "unknown_column", "The filter cannot be used.")),
    }
}

PRODUCT_DESCRIPTION: Json = {
    "responses": {**ok(_PRODUCT, _PRODUCT_EXAMPLE), **failures(("404", "not_found", "There is no such product."))}
}

PUT_DESCRIPTION: Json = {
    **body(
        document(_PRODUCT, _DRAFT_EXAMPLE),
        form(
            {
                "product": text("The JSON document."),
                "image": {
                    "type": "array",
                    "items": {"type": "string", "format": "binary"},
                    "description": "Pictures of the first variant; image.VARIANT_ID for another.",
                },
            },
            {"product": '{"attributes": {"title": "Ridged mug"}}', "image": "@mug.jpg"},
        ),
    ),
    "responses": {
        **ok(
            {
                **_PRODUCT,
                "description": "The product as it is now, with `rejected` pictures, and whether it was `stored`.",
            },
            {
                **_PRODUCT_EXAMPLE,
                "stored": True,
                "rejected": [{"image": "upload-2", "reason": "too_small", "detail": "8 x 8 pixels"}],
            },
        ),
        **WRITERS,
        **failures(
            ("413", "too_large", "The request has too many bytes, or its JSON too many values."),
            ("422", "invalid_query", "The document cannot be used."),
        ),
    },
}

PATCH_DESCRIPTION: Json = {
    **body(
        document(
            record({"attributes": ATTRIBUTES, "variant_id": text("Only this variant.")}, required=["attributes"]),
            {"attributes": {"price": 12.9, "in_stock": False, "sale_label": None}},
        )
    ),
    "responses": {
        **ok(_PRODUCT, _PRODUCT_EXAMPLE),
        **WRITERS,
        **failures(("404", "not_found", "There is no such product or variant.")),
    },
}

DELETE_DESCRIPTION: Json = {
    "responses": {
        "204": {"description": "Gone."},
        **WRITERS,
        **failures(("404", "not_found", "There is no such product.")),
    }
}

THUMBNAIL_DESCRIPTION: Json = {
    "responses": {
        "200": {
            "description": "The picture.",
            "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
        },
        "304": {"description": "The client's copy is still right."},
        **failures(("404", "not_found", "There is no such picture.")),
    }
}

FACETS_DESCRIPTION: Json = {
    "responses": {
        **ok(
            {
                "type": "object",
                "properties": {"facets": {"type": "array", "items": {"type": "object"}}, "warnings": UNREAD},
            },
            {
                "facets": [
                    {
                        "column": "category",
                        "kind": "text",
                        "values": [{"value": "Mugs", "count": 31}],
                        "low": None,
                        "high": None,
                    },
                    {"column": "price", "kind": "number", "values": [], "low": 3.5, "high": 249.0},
                ]
            },
        ),
        **failures(("422", "unknown_column", "The filter cannot be used.")),
    }
}
