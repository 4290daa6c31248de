"""What OpenAPI says about the demand report."""

from __future__ import annotations

from lookalike.serve.openapi.answers import WRITERS, Json

__all__ = ["DEMAND_DESCRIPTION", "ERASE_DESCRIPTION", "PICTURE_DESCRIPTION"]

DEMAND_DESCRIPTION: Json = {
    "responses": {
        "200": {
            "description": "Clusters by falling size.",
            "content": {
                "application/json": {
                    "schema": {"type": "object"},
                    "example": {
                        "photographs": 41,
                        "clusters": [
                            {
                                "size": 17,
                                "share": 0.4146,
                                "first_seen": "2026-03-01T09:00:00+00:00",
                                "last_seen": "2026-03-09T18:00:00+00:00",
                                "likeness": 0.78,
                                "examples": [12, 31],
                                "nearest": [
                                    {
                                        "product_id": "mug-017",
                                        "title": "Ridged mug",
                                        "category": "Mugs",
                                        "similarity": 0.41,
                                        "image_key": 412,
                                    }
                                ],
                            }
                        ],
                        "remembering": True,
                        "pictures": True,
                        "days": 30,
                        "most": 10000,
                        "release": "r1",
                    },
                }
            },
        },
        **WRITERS,
    }
}

ERASE_DESCRIPTION: Json = {
    "responses": {
        "200": {
            "description": "Gone.",
            "content": {"application/json": {"schema": {"type": "object"}, "example": {"erased": 41}}},
        },
        **WRITERS,
    }
}

PICTURE_DESCRIPTION: Json = {
    "responses": {
        "200": {
            "description": "The picture.",
            "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
        },
        **WRITERS,
    }
}
