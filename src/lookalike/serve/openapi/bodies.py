"""What bodies of requests are made of: the forms and documents in which a question may be sent."""

from __future__ import annotations

from collections.abc import Sequence

from lookalike.serve.openapi.answers import Json

__all__ = ["CROP", "body", "document", "file", "form", "record"]

CROP: Json = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}
"""A part of a picture, in a document: x, y, width and height."""


def file(about: str) -> Json:
    """A file in a form, and what it is."""
    return {"type": "string", "format": "binary", "description": about}


def record(fields: Json, required: Sequence[str] = ()) -> Json:
    """An object of these fields."""
    return {"type": "object", **({"required": list(required)} if required else {}), "properties": fields}


def form(fields: Json, example: object, required: Sequence[str] = ()) -> Json:
    """The body as a form, which can hold files."""
    return {"multipart/form-data": {"schema": record(fields, required), "example": example}}


def document(schema: Json, example: object) -> Json:
    """The body as a JSON document."""
    return {"application/json": {"schema": schema, "example": example}}


def body(*ways: Json, required: bool = True) -> Json:
    """The body of a request, in any of several ways; to be put beside its responses."""
    content = {media: described for way in ways for media, described in way.items()}
    return {"requestBody": {"required": required, "content": content}}
