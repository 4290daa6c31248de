"""What OpenAPI says about the order of answers: the fields that ask for one, the part that tells it, the rules."""

from __future__ import annotations

from lookalike.search.rank.ranking import RERANK_CHOICES
from lookalike.serve.openapi.answers import WRITERS, Json, failures, ok
from lookalike.serve.openapi.bodies import body, document

__all__ = [
    "GET_RULES_DESCRIPTION",
    "HIT_FIELDS",
    "PUT_RULES_DESCRIPTION",
    "RANKING",
    "RANKING_EXAMPLE",
    "RANKING_PARTS",
]

RANKING_PARTS: Json = {
    "rerank": {
        "type": "string",
        "enum": list(RERANK_CHOICES),
        "default": "auto",
        "description": "Re-rank by this method; auto: by what was measured to help on this catalogue, if anything was.",
    },
    "diverse": {
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "default": 0,
        "description": "How much hits should differ from each other, among what is similar enough.",
    },
    "sort": {
        "type": "string",
        "description": "A column to sort by, within what is similar enough; with a minus, the highest first.",
    },
    "floor": {"type": "number", "description": "Least similarity of what is sorted; 0.75 of the first hit's without."},
    "rules": {"type": "boolean", "default": True, "description": "Whether the shop's rules apply."},
    "instead": {
        "type": "boolean",
        "default": True,
        "description": "Whether a sold-out hit brings the nearest product that is available.",
    },
}

RANKING_EXAMPLE: Json = {
    "by": "similarity",
    "rerank": None,
    "measured": False,
    "diverse": 0.0,
    "sort": None,
    "floor": None,
    "sorted": None,
    "rules": [],
    "instead": False,
}

RANKING: Json = {
    "type": "object",
    "description": "What was done to the order of the hits.",
    "properties": {
        "by": {
            "type": "string",
            "enum": ["similarity", "score", "sort", "trial"],
            "description": "What hits come by; `score` where re-ranking, diversity or a rule moved them, `trial` where "
            "two orders share the list.",
        },
        "rerank": {"type": ["string", "null"], "description": "The method that was used."},
        "measured": {"type": "boolean", "description": "It was used because it was measured to help."},
        "diverse": {"type": "number"},
        "sort": {"type": ["string", "null"]},
        "floor": {"type": ["number", "null"], "description": "Least similarity of what was sorted, or varied."},
        "sorted": {"type": ["integer", "null"], "description": "How many hits are similar enough."},
        "rules": {"type": "array", "items": {"type": "string"}, "description": "The rules that touched a hit."},
        "instead": {"type": "boolean", "description": "A sold-out hit brings what is available."},
    },
}

HIT_FIELDS: Json = {
    "score": {"type": "number", "description": "What it was ordered by, where that is not the similarity."},
    "rules": {"type": "array", "items": {"type": "string"}, "description": "The shop's rules that moved it."},
    "instead": {
        "type": "object",
        "description": "Of a sold-out hit, the nearest available one; its similarity is to the sold-out one.",
    },
}

_RULES_EXAMPLE: Json = {
    "rules": [
        {"name": "summer", "action": "boost", "where": 'season = "summer"', "by": 0.05, "within": 0.2},
        {"name": "house brand", "action": "pin", "products": ["mug-017"], "position": 1, "within": 0.2},
        {"name": "clearance", "action": "bury", "where": "price < 2"},
    ]
}

_RULES: Json = {
    "type": "object",
    "properties": {
        "rules": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "action"],
                "properties": {
                    "name": {"type": "string"},
                    "action": {"type": "string", "enum": ["pin", "bury", "boost"]},
                    "products": {"type": "array", "items": {"type": "string"}},
                    "where": {"type": "string", "description": "Filter expression for what it is about."},
                    "by": {"type": "number", "description": "Added to the score of what is boosted."},
                    "position": {"type": "integer", "description": "Place of what is pinned, from 1."},
                    "within": {"type": "number", "description": "How far below the first hit's similarity it reaches."},
                    "words": {"type": "string", "description": "Only for questions with these words."},
                },
            },
        }
    },
}

_OK = ok(_RULES, _RULES_EXAMPLE, "The rules.")

GET_RULES_DESCRIPTION: Json = {"responses": {**_OK, **WRITERS}}

PUT_RULES_DESCRIPTION: Json = {
    **body(document(_RULES, _RULES_EXAMPLE)),
    "responses": {
        **_OK,
        **WRITERS,
        **failures(("422", "invalid_configuration", "A rule cannot be used.")),
    },
}
