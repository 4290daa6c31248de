"""What OpenAPI says about the bodies and answers of ``/v1/releases``, with examples."""

from __future__ import annotations

from typing import TypeAlias

__all__ = ["PROMOTE_DESCRIPTION", "RELEASES_DESCRIPTION", "ROLLBACK_DESCRIPTION"]

_Json: TypeAlias = dict[str, object]

_OBJECT: _Json = {"type": "object"}
_INTERVAL: _Json = {"value": -0.012, "low": -0.031, "high": 0.006}
_GATE: _Json = {
    "golden": "default",
    "live": "r1",
    "candidate": "r2",
    "metric": "mrr@10",
    "n_queries": 412,
    "difference": _INTERVAL,
    "p_value": 0.21,
    "slices": [],
    "worse_overall": False,
    "refused": False,
}


def _answer(about: str, example: _Json) -> _Json:
    return {"description": about, "content": {"application/json": {"schema": _OBJECT, "example": example}}}


def _failure(about: str, code: str, **more: object) -> _Json:
    example: _Json = {"error": {"code": code, "message": "a sentence that says what was wrong", **more}}
    return _answer(about, example)


_WRITERS: _Json = {
    "401": _failure("The write token is missing or wrong.", "unauthorised"),
    "403": _failure("Without a write token, only from the machine that serves.", "writes_closed"),
}

RELEASES_DESCRIPTION: _Json = {
    "responses": {
        "200": _answer(
            "Releases and what happened to them.",
            {
                "releases": [
                    {
                        "release_id": "r1",
                        "live": True,
                        "model": "lite0",
                        "fingerprint": "3f9c…",
                        "dimension": 256,
                        "vectors": 2098,
                        "missing": 0,
                        "created_at": "2026-01-01T00:00:00+00:00",
                    }
                ],
                "promotions": [
                    {
                        "at": "2026-01-02T00:00:00+00:00",
                        "kind": "refused",
                        "from": "r1",
                        "to": "r2",
                        "reason": None,
                        "gate": {**_GATE, "refused": True},
                    }
                ],
            },
        ),
        **_WRITERS,
    }
}

PROMOTE_DESCRIPTION: _Json = {
    "requestBody": {
        "required": False,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "force": {
                            "type": "boolean",
                            "default": False,
                            "description": "Promote it also where it is worse or cannot be compared; a record is left.",
                        },
                        "reason": {"type": "string", "description": "For the record."},
                        "golden": {"type": "string", "description": "Golden set to compare on."},
                    },
                },
                "example": {"force": True, "reason": "the old model's licence ends"},
            }
        },
    },
    "responses": {
        "200": _answer("It is live.", {"live": "r2", "previous": "r1", "gate": _GATE, "forced": False, "note": None}),
        **_WRITERS,
        "404": _failure("There is no such release.", "not_found"),
        "409": _failure("It measures worse, cannot be compared, or lacks vectors.", "promotion_refused", gate=_GATE),
    },
}

ROLLBACK_DESCRIPTION: _Json = {
    "responses": {
        "200": _answer("The release before is live again.", {"live": "r1", "previous": "r2"}),
        **_WRITERS,
        "404": _failure("No release was live before.", "not_found"),
    }
}
