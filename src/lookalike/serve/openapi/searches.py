"""What OpenAPI says about a search: the question in both its forms, and the ranked answer."""

from __future__ import annotations

from lookalike.serve.openapi.answers import ATTRIBUTES, Json, failures, ok, text
from lookalike.serve.openapi.bodies import CROP, body, document, file, form, record
from lookalike.serve.openapi.ranking import HIT_FIELDS, RANKING, RANKING_EXAMPLE, RANKING_PARTS
from lookalike.serve.openapi.trials import TRIAL

__all__ = ["SEARCH_DESCRIPTION"]

_WHERE = 'category = "Mugs" and price < 20'
_VECTOR = "1.3f9c0a71.AhX-7QkP…"

_SEARCH_FIELDS: Json = {
    "text": text("Words; alone, or beside one of the others, whose ranking they bend."),
    "like": {
        "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        "description": "Id of a product to find others like it, or several.",
    },
    "unlike": {"type": "array", "items": {"type": "string"}, "description": "Products that hits should not look like."},
    "vector": text("An earlier answer's vector: the same search without the picture."),
    "where": text("Filter expression over the catalogue's columns."),
    "k": {"type": "integer", "minimum": 1, "maximum": 200, "default": 10, "description": "Hits a page."},
    "offset": {"type": "integer", "minimum": 0, "default": 0, "description": "Hits to skip."},
    "by": {
        "type": "string",
        "enum": ["product", "variant", "image"],
        "default": "product",
        "description": "What counts as one hit.",
    },
    "shopper": text("Whose taste may bend the order: me- and 32 random hexadecimal digits, or, for writers, any id."),
    "parts": {
        "type": "integer",
        "minimum": 0,
        "maximum": 12,
        "description": "Take the image apart into at most so many things, and search for each.",
    },
    "against": {
        "type": "string",
        "default": "trial",
        "description": "Lets another way of answering share the list: `trial` the one that is tried, `off` none; "
        "for those who may write, any such as `rerank=k-reciprocal`.",
    },
    **RANKING_PARTS,
}

_HIT_EXAMPLE: Json = {
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

_ANSWER_EXAMPLE: Json = {
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

_HIT: Json = {
    "type": "object",
    "properties": {
        "product_id": text("What matched."),
        "variant_id": {"type": ["string", "null"], "description": "The variant that matched best."},
        "image": text("The picture that matched best, as its source names it."),
        "image_key": {"type": "integer", "description": "The same picture, for its thumbnail."},
        "title": {"type": ["string", "null"]},
        "similarity": {"type": "number", "minimum": -1, "maximum": 1, "description": "Higher is closer."},
        **HIT_FIELDS,
        "lanes": {
            "type": "object",
            "additionalProperties": {"type": "number"},
            "description": "What each lane brings; they add up to the similarity. Absent: it is a cosine.",
        },
        "attributes": ATTRIBUTES,
        "variants": {"type": "array", "items": {"type": "object"}, "description": "What else the product comes in."},
    },
}

_ANSWER: Json = {
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
                    "text": text("The words."),
                    "column": text("Of the catalogue."),
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
                "text": text("What was searched for."),
                "words": {"type": "array", "items": {"type": "object"}, "description": "Each with its place in time."},
                "biased": {"type": "boolean", "description": "Words of the catalogue were preferred."},
                "literal": text("What the model alone would have written."),
                "seconds": {"type": "number"},
                "model": text("Of speech."),
                "breaks_off": {"type": "boolean", "description": "The file says that it has more than is there."},
            },
        },
        "code": {
            "type": ["object", "null"],
            "description": "A code that was read in the photograph; its products come first.",
            "properties": {
                "text": text("What it says."),
                "kind": text("Its symbology."),
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
        "release": text("Which model's vectors answered."),
        "timings_ms": {"type": "object", "additionalProperties": {"type": "number"}},
        "offset": {"type": "integer"},
        "next_offset": {"type": ["integer", "null"], "description": "Where the next page begins."},
        "ranking": RANKING,
        "trial": TRIAL,
        "vector": {
            "type": ["string", "null"],
            "description": "The query, for links and for the next page; null for words alone.",
        },
        "several": {
            "type": "boolean",
            "description": "Beside `parts`: whether they are things of their own rather than pieces of one.",
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

SEARCH_DESCRIPTION: Json = {
    **body(
        form(
            {
                "image": file("The photograph."),
                "audio": file("A recording of spoken words."),
                "crop": text("x,y,width,height in pixels of the upright photograph."),
                **_SEARCH_FIELDS,
            },
            {"image": "@photo.jpg", "crop": "120,80,400,420", "where": _WHERE, "k": 12},
        ),
        document(
            record(
                {
                    "image": text("The photograph as base64, or as a data: URL."),
                    "audio": text("A recording of spoken words, likewise."),
                    "crop": CROP,
                    **_SEARCH_FIELDS,
                }
            ),
            {"like": "mug-017", "where": _WHERE, "k": 12},
        ),
    ),
    "responses": {
        **ok(_ANSWER, _ANSWER_EXAMPLE, "Ranked products."),
        **failures(
            ("409", "fingerprint_mismatch", "The vector was made by another model."),
            ("413", "too_large", "The request has too many bytes, or its JSON too many values."),
            ("422", "image_rejected", "The question, the photograph or the recording cannot be used."),
            ("503", "busy", "Too many searches at once; Retry-After says when to come back."),
        ),
    },
}
