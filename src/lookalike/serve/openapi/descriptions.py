"""What OpenAPI says about descriptions of photographs."""

from __future__ import annotations

from lookalike.serve.openapi.answers import Json

__all__ = ["DESCRIBE_DESCRIPTION"]


def _suggestions(name: str) -> Json:
    item = {"type": "object", "properties": {name: {"type": "string"}, "share": {"type": "number"}}}
    return {"type": "array", "items": item}


DESCRIBE_DESCRIPTION: Json = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["image"],
                    "properties": {
                        "image": {"type": "string", "format": "binary", "description": "The photograph."},
                        "crop": {"type": "string", "description": "x,y,width,height in pixels of the upright picture."},
                    },
                },
                "example": {"image": "@photo.jpg", "crop": "120,80,300,300"},
            }
        },
    },
    "responses": {
        "200": {
            "description": "Suggestions, each list by falling share.",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "titles": _suggestions("title"),
                            "attributes": {"type": "object", "additionalProperties": _suggestions("value")},
                            "concepts": _suggestions("name"),
                            "release": {"type": "string"},
                        },
                    },
                    "example": {
                        "titles": [{"title": "Ridged mug, cream", "share": 0.62}],
                        "attributes": {"color": [{"value": "cream", "share": 0.81}]},
                        "concepts": [{"name": "coffee mug", "share": 0.7}],
                        "release": "r1",
                    },
                }
            },
        },
        "422": {"description": "The photograph cannot be used."},
    },
}
