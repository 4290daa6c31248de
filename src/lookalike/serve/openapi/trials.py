"""What OpenAPI says about trials: two ways of answering that share lists."""

from __future__ import annotations

from lookalike.serve.openapi.answers import WRITERS, Json, failures, ok, text
from lookalike.serve.openapi.bodies import body, document, record

__all__ = ["DELETE_TRIAL_DESCRIPTION", "GET_TRIAL_DESCRIPTION", "PUT_TRIAL_DESCRIPTION", "TRIAL"]

TRIAL: Json = {
    "type": "object",
    "description": "Where two ways of answering share the list: which brought what. Absent where they do not.",
    "properties": {
        "query": text("Id of the list: the `query` of events, beside the hit's `position` from the first page on."),
        "a": text("The first way."),
        "b": text("The second."),
        "teams": {
            "type": "array",
            "items": {"type": ["string", "null"], "enum": ["a", "b", None]},
            "description": "Which way brought each hit; null where both have it there, and beyond place 100.",
        },
    },
}

_STORED: Json = {
    "type": "object",
    "properties": {
        "trial": {"type": "integer", "description": "Its number."},
        "a": text("What it is compared with."),
        "b": text("What is tried."),
        "started": text("UTC."),
        "ended": {"type": ["string", "null"]},
    },
}
_STORED_EXAMPLE: Json = {
    "trial": 1,
    "a": "live",
    "b": "rerank=k-reciprocal",
    "started": "2026-03-01T09:30:00+00:00",
    "ended": None,
}

GET_TRIAL_DESCRIPTION: Json = {
    "responses": {
        **ok(
            {
                "type": "object",
                "properties": {
                    "running": {"oneOf": [_STORED, {"type": "null"}]},
                    "trials": {"type": "array", "items": {"type": "object"}},
                },
            },
            {
                "running": _STORED_EXAMPLE,
                "trials": [
                    {
                        **_STORED_EXAMPLE,
                        "questions": 412,
                        "shoppers": 187,
                        "wins_a": 141,
                        "wins_b": 215,
                        "ties": 56,
                        "preference": {"value": 0.410194, "low": 0.367478, "high": 0.454827},
                        "p_value": 0.000104,
                        "p_any_time": 0.006661,
                        "says": "b",
                        "failures": [
                            {
                                "way": "a",
                                "error": "ModelDamaged",
                                "message": "the model models/shop/model.onnx cannot be read: [Errno 5]",
                                "searches": 3,
                                "first": "2026-03-02T17:03:40+00:00",
                                "last": "2026-03-02T17:04:11+00:00",
                            }
                        ],
                    }
                ],
            },
            "What runs, and every trial with what events said of it and what its ways could not answer.",
        ),
        **WRITERS,
    }
}

PUT_TRIAL_DESCRIPTION: Json = {
    **body(
        document(
            record(
                {
                    "a": text("What it is compared with; `live` for how the shop answers now."),
                    "b": text("What is tried: some of rerank=, diverse=, personal=, rules= and release=."),
                },
                required=["b"],
            ),
            {"b": "rerank=k-reciprocal"},
        )
    ),
    "responses": {
        **ok(_STORED, _STORED_EXAMPLE, "The trial that runs now."),
        **WRITERS,
        **failures(
            ("404", "not_found", "There is no such release."),
            ("422", "invalid_query", "There is no such way, or both answer alike."),
        ),
    },
}

DELETE_TRIAL_DESCRIPTION: Json = {
    "responses": {
        **ok(
            {"type": "object", "properties": {"stopped": {"type": "boolean"}}},
            {"stopped": True},
            "Whether a trial ran.",
        ),
        **WRITERS,
    }
}
