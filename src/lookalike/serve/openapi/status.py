"""What OpenAPI says about the state of a server."""

from __future__ import annotations

from lookalike.serve.openapi.answers import Json, ok

__all__ = ["STATUS_DESCRIPTION"]

STATUS_DESCRIPTION: Json = {
    "responses": ok(
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
            "personal": True,
            "keeps": [],
            "may_write": True,
        },
    )
}
