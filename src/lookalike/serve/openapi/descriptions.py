"""What OpenAPI says about descriptions of photographs."""

from __future__ import annotations

from lookalike.serve.openapi.answers import Json, ok, text
from lookalike.serve.openapi.bodies import body, file, form, record

__all__ = ["DESCRIBE_DESCRIPTION"]


def _suggestions(name: str) -> Json:
    item = {"type": "object", "properties": {name: {"type": "string"}, "share": {"type": "number"}}}
    return {"type": "array", "items": item}


DESCRIBE_DESCRIPTION: Json = {
    **body(
        form(
            {"image": file("The photograph."), "crop": text("x,y,width,height in pixels of the upright picture.")},
            {"image": "@photo.jpg", "crop": "120,80,300,300"},
            required=["image"],
        )
    ),
    "responses": {
        **ok(
            record(
                {
                    "titles": _suggestions("title"),
                    "attributes": {"type": "object", "additionalProperties": _suggestions("value")},
                    "concepts": _suggestions("name"),
                    "release": {"type": "string"},
                }
            ),
            {
                "titles": [{"title": "Ridged mug, cream", "share": 0.62}],
                "attributes": {"color": [{"value": "cream", "share": 0.81}]},
                "concepts": [{"name": "coffee mug", "share": 0.7}],
                "release": "r1",
            },
            "Suggestions, each list by falling share.",
        ),
        "422": {"description": "The photograph cannot be used."},
    },
}
