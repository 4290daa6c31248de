"""What OpenAPI says about suggestions."""

from __future__ import annotations

from lookalike.serve.openapi.answers import UNREAD, Json

__all__ = ["SUGGEST_DESCRIPTION"]

_KINDS = ["category", "brand", "color", "title", "word"]

SUGGEST_DESCRIPTION: Json = {
    "responses": {
        "200": {
            "description": "Completions, best first.",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "suggestions": {
                                "type": "array",
                                "items": {
                                    "type": "object",
                                    "properties": {
                                        "text": {"type": "string", "description": "The whole question."},
                                        "kind": {"type": "string", "enum": _KINDS},
                                    },
                                },
                            },
                            "warnings": UNREAD,
                        },
                    },
                    "example": {"suggestions": [{"text": "Ridged mug, cream", "kind": "title"}]},
                }
            },
        }
    }
}
