"""What OpenAPI says about the bodies and answers of ``/v1/releases``, with examples."""

from __future__ import annotations

from lookalike.serve.openapi.answers import ERROR, WRITERS, Json, ok

__all__ = ["PROMOTE_DESCRIPTION", "RELEASES_DESCRIPTION", "ROLLBACK_DESCRIPTION"]

_INTERVAL: Json = {"value": -0.012, "low": -0.031, "high": 0.006}
_GATE: Json = {
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


def _failure(status: str, code: str, about: str, **more: object) -> Json:
    example: Json = {"error": {"code": code, "message": "a sentence that says what was wrong", **more}}
    return {status: {"description": about, "content": {"application/json": {"schema": ERROR, "example": example}}}}


RELEASES_DESCRIPTION: Json = {
    "responses": {
        **ok(
            {"type": "object"},
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
            "Releases and what happened to them.",
        ),
        **WRITERS,
    }
}

PROMOTE_DESCRIPTION: Json = {
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
        **ok(
            {"type": "object"},
            {"live": "r2", "previous": "r1", "gate": _GATE, "forced": False, "note": None, "missing": 0},
            "It is live.",
        ),
        **WRITERS,
        **_failure("404", "not_found", "There is no such release."),
        **_failure("409", "promotion_refused", "It measures worse, cannot be compared, or lacks vectors.", gate=_GATE),
    },
}

ROLLBACK_DESCRIPTION: Json = {
    "responses": {
        **ok({"type": "object"}, {"live": "r1", "previous": "r2", "missing": 0}, "The release before is live again."),
        **WRITERS,
        **_failure("404", "not_found", "No release was live before."),
    }
}
