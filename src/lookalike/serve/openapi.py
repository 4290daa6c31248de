"""What OpenAPI says about bodies and answers, with examples; plain values, because routes answer without models."""

from __future__ import annotations

from typing import TypeAlias

from lookalike.serve.openapi_ranking import HIT_FIELDS, RANKING, RANKING_EXAMPLE, RANKING_PARTS

__all__ = [
    "DELETE_DESCRIPTION",
    "EXPLAIN_DESCRIPTION",
    "FACETS_DESCRIPTION",
    "PATCH_DESCRIPTION",
    "PRODUCTS_DESCRIPTION",
    "PRODUCT_DESCRIPTION",
    "PUT_DESCRIPTION",
    "SEARCH_DESCRIPTION",
    "STATUS_DESCRIPTION",
    "THUMBNAIL_DESCRIPTION",
]

_Json: TypeAlias = dict[str, object]

_WHERE = 'category = "Mugs" and price < 20'
_VECTOR = "1.3f9c0a71.AhX-7QkP…"


def _failures(*named: tuple[str, str, str]) -> _Json:
    return {
        status: {
            "description": description,
            "content": {"application/json": {"schema": _ERROR, "example": {"error": _example_error(code)}}},
        }
        for status, code, description in named
    }


def _example_error(code: str) -> _Json:
    match code:
        case "image_rejected":
            return {"code": code, "message": "the file is text, not a picture", "reason": "not_an_image"}
        case "busy":
            return {
                "code": code,
                "message": "all 80 places for search requests are taken",
                "hint": "try again in a second",
            }
        case "not_found":
            return {"code": code, "message": "there is no product 'mug-999' in the store"}
        case "too_large":
            return {"code": code, "message": "the request is larger than the 20,971,520 bytes that this server takes"}
        case _:
            return {"code": code, "message": "a sentence that says what was wrong", "hint": "what to do next"}


def _text(about: str) -> _Json:
    return {"type": "string", "description": about}


_ERROR: _Json = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": _text("Stable name of the problem."),
                "message": _text("A sentence for people."),
                "reason": _text("Why a picture was rejected."),
                "hint": _text("What to do next."),
                "position": {"type": "integer", "description": "Character of the filter that the problem is about."},
            },
        }
    },
}

_ATTRIBUTES: _Json = {
    "type": "object",
    "description": "Typed values by column.",
    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
}

_SEARCH_FIELDS: _Json = {
    "text": _text("Words; alone, or beside one of the others, whose ranking they bend."),
    "like": {
        "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        "description": "Id of a product to find others like it, or several.",
    },
    "unlike": {"type": "array", "items": {"type": "string"}, "description": "Products that hits should not look like."},
    "vector": _text("An earlier answer's vector: the same search without the picture."),
    "where": _text("Filter expression over the catalogue's columns."),
    "k": {"type": "integer", "minimum": 1, "maximum": 200, "default": 10, "description": "Hits a page."},
    "offset": {"type": "integer", "minimum": 0, "default": 0, "description": "Hits to skip."},
    "by": {
        "type": "string",
        "enum": ["product", "variant", "image"],
        "default": "product",
        "description": "What counts as one hit.",
    },
    "shopper": _text("Whose taste may bend the order: me- and 32 random hexadecimal digits, or, for writers, any id."),
    "parts": {
        "type": "integer",
        "minimum": 0,
        "maximum": 12,
        "description": "Take the image apart into at most so many things, and search for each.",
    },
    **RANKING_PARTS,
}

_HIT_EXAMPLE: _Json = {
    "product_id": "mug-017",
    "variant_id": "mug-017-cream",
    "image": "images/mug-017-cream-1.jpg",
    "image_key": 412,
    "title": "Ridged mug, cream",
    "similarity": 0.8731,
    "attributes": {"category": "Mugs", "price": 14.5, "color": "cream", "in_stock": True},
    "variants": [
        {
            "variant_id": "mug-017-cream",
            "title": "Ridged mug, cream",
            "color": "cream",
            "price": 14.5,
            "in_stock": True,
            "image_key": 412,
        }
    ],
}

_ANSWER_EXAMPLE: _Json = {
    "hits": [_HIT_EXAMPLE],
    "lanes": ["picture"],
    "corrected": {},
    "unknown": [],
    "understood": [],
    "unmapped": [],
    "heard": None,
    "code": None,
    "warnings": [],
    "exact": True,
    "verdict": "same",
    "verdict_details": {
        "p_same": 0.97,
        "error": 0.05,
        "absent_error": 0.05,
        "calibrated_on": "2026-03-01T09:30:00+00:00",
        "n": 120,
        "per": "all",
        "golden": "queries.csv",
        "outside_filter": False,
    },
    "release": "r1",
    "timings_ms": {"decode": 2.1, "embed": 9.4, "search": 0.6, "details": 0.8, "total": 13.1},
    "offset": 0,
    "next_offset": 10,
    "ranking": RANKING_EXAMPLE,
    "vector": _VECTOR,
}

_HIT: _Json = {
    "type": "object",
    "properties": {
        "product_id": _text("What matched."),
        "variant_id": {"type": ["string", "null"], "description": "The variant that matched best."},
        "image": _text("The picture that matched best, as its source names it."),
        "image_key": {"type": "integer", "description": "The same picture, for its thumbnail."},
        "title": {"type": ["string", "null"]},
        "similarity": {"type": "number", "minimum": -1, "maximum": 1, "description": "Higher is closer."},
        **HIT_FIELDS,
        "lanes": {
            "type": "object",
            "additionalProperties": {"type": "number"},
            "description": "What each lane brings; they add up to the similarity. Absent: it is a cosine.",
        },
        "attributes": _ATTRIBUTES,
        "variants": {"type": "array", "items": {"type": "object"}, "description": "What else the product comes in."},
    },
}

_ANSWER: _Json = {
    "type": "object",
    "properties": {
        "hits": {"type": "array", "items": _HIT, "description": "By falling similarity."},
        "lanes": {"type": "array", "items": {"type": "string"}, "description": "Which lanes answered."},
        "corrected": {"type": "object", "description": "Words that the catalogue lacks, and what they were taken for."},
        "unknown": {"type": "array", "items": {"type": "string"}, "description": "Words that nothing is like."},
        "understood": {
            "type": "array",
            "description": "Conditions that the words set.",
            "items": {
                "type": "object",
                "properties": {
                    "text": _text("The words."),
                    "column": _text("Of the catalogue."),
                    "operator": {"type": "string", "enum": ["=", "!=", "<", "<=", ">", ">=", "between"]},
                    "values": {"type": "array", "items": {"type": ["string", "number"]}},
                    "effect": {"type": "string", "enum": ["filter", "weight"]},
                },
            },
        },
        "unmapped": {"type": "array", "items": {"type": "string"}, "description": "Words about what is not there."},
        "heard": {
            "type": ["object", "null"],
            "description": "What was said in the recording; null where there was none.",
            "properties": {
                "text": _text("What was searched for."),
                "words": {"type": "array", "items": {"type": "object"}, "description": "Each with its place in time."},
                "biased": {"type": "boolean", "description": "Words of the catalogue were preferred."},
                "literal": _text("What the model alone would have written."),
                "seconds": {"type": "number"},
                "model": _text("Of speech."),
            },
        },
        "code": {
            "type": ["object", "null"],
            "description": "A code that was read in the photograph; its products come first.",
            "properties": {
                "text": _text("What it says."),
                "kind": _text("Its symbology."),
                "products": {"type": "array", "items": {"type": "string"}, "description": "That have it."},
                "outside_filter": {"type": "boolean", "description": "The filter hides them all."},
            },
        },
        "warnings": {"type": "array", "items": {"type": "string"}, "description": "What could not be used."},
        "exact": {"type": "boolean", "description": "No nearer product can have been missed."},
        "verdict": {
            "type": ["string", "null"],
            "enum": ["same", "similar", "absent", None],
            "description": "Is the first hit the photographed product? null until calibrated, and for `like`.",
        },
        "verdict_details": {
            "type": "object",
            "description": "By what right the verdict is given; `reason` alone where there is none.",
        },
        "release": _text("Which model's vectors answered."),
        "timings_ms": {"type": "object", "additionalProperties": {"type": "number"}},
        "offset": {"type": "integer"},
        "next_offset": {"type": ["integer", "null"], "description": "Where the next page begins."},
        "ranking": RANKING,
        "vector": {
            "type": ["string", "null"],
            "description": "The query, for links and for the next page; null for words alone.",
        },
        "parts": {
            "type": "array",
            "description": "Things in the photograph, where it was taken apart; left out where it was not.",
            "items": {
                "type": "object",
                "properties": {
                    "box": {
                        "type": "array",
                        "items": {"type": "number"},
                        "description": "x, y, width, height in pixels of the upright photograph.",
                    },
                    "score": {"type": "number", "minimum": 0, "maximum": 1, "description": "How sure it is a thing."},
                    "hits": {"type": "array", "items": _HIT, "description": "What looks like it."},
                },
            },
        },
    },
}

_PRODUCT: _Json = {
    "type": "object",
    "properties": {
        "product_id": _text("As the shop names it."),
        "variants": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "variant_id": {"type": ["string", "null"]},
                    "attributes": _ATTRIBUTES,
                    "images": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "image_key": {"type": "integer"},
                                "image": _text("Location, as its source names it."),
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

_PRODUCT_EXAMPLE: _Json = {
    "product_id": "mug-017",
    "variants": [
        {
            "variant_id": "mug-017-cream",
            "attributes": {"title": "Ridged mug, cream", "category": "Mugs", "price": 14.5, "in_stock": True},
            "images": [{"image_key": 412, "image": "images/mug-017-cream-1.jpg", "width": 800, "height": 800}],
        }
    ],
}

_DRAFT_EXAMPLE: _Json = {
    "variants": [
        {
            "variant_id": "mug-017-cream",
            "attributes": {"title": "Ridged mug, cream", "category": "Mugs", "price": 14.5, "in_stock": True},
            "images": ["https://shop.example/mug-017-cream-1.jpg"],
        }
    ]
}

_WRITERS: _Json = _failures(
    ("401", "unauthorised", "The write token is missing or wrong."),
    ("403", "writes_closed", "No token is configured, and the request is not from the server's own machine."),
)


def _ok(schema: _Json, example: object, description: str = "Done.") -> _Json:
    return {
        "200": {"description": description, "content": {"application/json": {"schema": schema, "example": example}}}
    }


SEARCH_DESCRIPTION: _Json = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "image": {"type": "string", "format": "binary", "description": "The photograph."},
                        "audio": {"type": "string", "format": "binary", "description": "A recording of spoken words."},
                        "crop": _text("x,y,width,height in pixels of the upright photograph."),
                        **_SEARCH_FIELDS,
                    },
                },
                "example": {"image": "@photo.jpg", "crop": "120,80,400,420", "where": _WHERE, "k": 12},
            },
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "image": _text("The photograph as base64, or as a data: URL."),
                        "audio": _text("A recording of spoken words, likewise."),
                        "crop": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
                        **_SEARCH_FIELDS,
                    },
                },
                "example": {"like": "mug-017", "where": _WHERE, "k": 12},
            },
        },
    },
    "responses": {
        **_ok(_ANSWER, _ANSWER_EXAMPLE, "Ranked products."),
        **_failures(
            ("409", "fingerprint_mismatch", "The vector was made by another model."),
            ("413", "too_large", "The photograph has too many bytes."),
            ("422", "image_rejected", "The question, the photograph or the recording cannot be used."),
            ("503", "busy", "Too many searches at once; Retry-After says when to come back."),
        ),
    },
}

_BOX: _Json = {
    "type": "object",
    "description": "In pixels of the upright original picture.",
    "properties": {name: {"type": "number"} for name in ("x", "y", "width", "height")},
}

_MAP: _Json = {
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

_MAPPED: _Json = {
    "type": "object",
    "properties": {"width": {"type": "integer"}, "height": {"type": "integer"}, "map": _MAP},
}

_SIDE: _Json = {
    "product_id": _text("The product."),
    "variant_id": {"type": ["string", "null"], "description": "Whose image matched best."},
    "image": _text("The image of it that matched best, as its source names it."),
    "image_key": {"type": "integer", "description": "The same image, for its thumbnail."},
    "title": {"type": ["string", "null"]},
    "similarity": {"type": "number", "description": "As a search shows it."},
    "passes": {"type": ["boolean", "null"], "description": "Whether it passes the filter; null without one."},
}

_SIDE_EXAMPLE: _Json = {
    "product_id": "mug-017",
    "variant_id": "mug-017-cream",
    "image": "images/mug-017-cream-1.jpg",
    "image_key": 412,
    "title": "Ridged mug, cream",
    "similarity": 0.8731,
    "passes": None,
}

_MAP_EXAMPLE: _Json = {"rows": 2, "columns": 2, "window": [32, 32, 768, 768], "values": [[0.31, 0.2], [0.28, 0.0831]]}

_EXPLANATION: _Json = {
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
        "release": _text("Which model and vectors were compared."),
        "timings_ms": {"type": "object", "additionalProperties": {"type": "number"}},
    },
}

EXPLAIN_DESCRIPTION: _Json = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["image", "product_id"],
                    "properties": {
                        "image": {"type": "string", "format": "binary", "description": "The photograph, again."},
                        "product_id": _text("The product to explain."),
                        "crop": _text("x,y,width,height in pixels of the upright photograph."),
                        "against": _text("Another product: why the first is above or below it."),
                        "where": _text("The search's filter."),
                    },
                },
                "example": {"image": "@photo.jpg", "product_id": "mug-017", "against": "mug-021"},
            },
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["image", "product_id"],
                    "properties": {
                        "image": _text("The photograph as base64, or as a data: URL."),
                        "product_id": _text("The product to explain."),
                        "crop": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
                        "against": _text("Another product."),
                        "where": _text("The search's filter."),
                    },
                },
                "example": {"image": "data:image/jpeg;base64,/9j/4AAQ…", "product_id": "mug-017"},
            },
        },
    },
    "responses": {
        **_ok(
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
        **_failures(
            ("404", "not_found", "There is no such product, or its picture cannot be had any more."),
            ("413", "too_large", "The photograph has too many bytes."),
            ("422", "invalid_query", "The question or the photograph cannot be used; a vector cannot be explained."),
            ("503", "busy", "Too many questions at once; Retry-After says when to come back."),
        ),
    },
}

PRODUCTS_DESCRIPTION: _Json = {
    "responses": {
        **_ok(
            {
                "type": "object",
                "properties": {
                    "products": {"type": "array", "items": _PRODUCT},
                    "offset": {"type": "integer"},
                    "next_offset": {"type": ["integer", "null"]},
                },
            },
            {"products": [_PRODUCT_EXAMPLE], "offset": 0, "next_offset": 24},
        ),
        **_failures(("422", "unknown_column", "The filter cannot be used.")),
    }
}

PRODUCT_DESCRIPTION: _Json = {
    "responses": {**_ok(_PRODUCT, _PRODUCT_EXAMPLE), **_failures(("404", "not_found", "There is no such product."))}
}

PUT_DESCRIPTION: _Json = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _PRODUCT, "example": _DRAFT_EXAMPLE},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "product": _text("The JSON document."),
                        "image": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "Pictures of the first variant; image.VARIANT_ID for another.",
                        },
                    },
                },
                "example": {"product": '{"attributes": {"title": "Ridged mug"}}', "image": "@mug.jpg"},
            },
        },
    },
    "responses": {
        **_ok(
            {**_PRODUCT, "description": "The product as stored, with `rejected` pictures."},
            {
                **_PRODUCT_EXAMPLE,
                "rejected": [{"image": "upload-2", "reason": "too_small", "detail": "8 x 8 pixels"}],
            },
        ),
        **_WRITERS,
        **_failures(("422", "invalid_query", "The document cannot be used.")),
    },
}

PATCH_DESCRIPTION: _Json = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["attributes"],
                    "properties": {"attributes": _ATTRIBUTES, "variant_id": _text("Only this variant.")},
                },
                "example": {"attributes": {"price": 12.9, "in_stock": False, "sale_label": None}},
            }
        },
    },
    "responses": {
        **_ok(_PRODUCT, _PRODUCT_EXAMPLE),
        **_WRITERS,
        **_failures(("404", "not_found", "There is no such product or variant.")),
    },
}

DELETE_DESCRIPTION: _Json = {
    "responses": {
        "204": {"description": "Gone."},
        **_WRITERS,
        **_failures(("404", "not_found", "There is no such product.")),
    }
}

THUMBNAIL_DESCRIPTION: _Json = {
    "responses": {
        "200": {
            "description": "The picture.",
            "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
        },
        "304": {"description": "The client's copy is still right."},
        **_failures(("404", "not_found", "There is no such picture.")),
    }
}

FACETS_DESCRIPTION: _Json = {
    "responses": {
        **_ok(
            {"type": "object", "properties": {"facets": {"type": "array", "items": {"type": "object"}}}},
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
        **_failures(("422", "unknown_column", "The filter cannot be used.")),
    }
}

STATUS_DESCRIPTION: _Json = {
    "responses": _ok(
        {"type": "object"},
        {
            "version": "0.1.0",
            "release": "r1",
            "model": {
                "name": "lite0",
                "version": "1",
                "dimension": 256,
                "licence": "Apache-2.0",
                "fingerprint": "3f9c…",
            },
            "counts": {
                "products": 300,
                "variants": 720,
                "images": 2100,
                "pictures": 2098,
                "rejected": 2,
                "vectors": 2098,
            },
            "columns": {"title": "text", "category": "text", "price": "number", "in_stock": "boolean"},
            "limits": {"max_upload_bytes": 20971520, "max_clip_bytes": 104857600, "max_hits": 200},
            "questions": ["image", "text", "audio", "like", "vector"],
            "writes": True,
        },
    )
}
