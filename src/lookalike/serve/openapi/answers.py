"""What every description is made of: texts, answers that went well, and answers that say what was wrong."""

from __future__ import annotations

from typing import TypeAlias

__all__ = ["ATTRIBUTES", "ERROR", "UNREAD", "WRITERS", "Json", "failures", "ok", "text"]

Json: TypeAlias = dict[str, object]


def text(about: str) -> Json:
    """A string, and what it says."""
    return {"type": "string", "description": about}


ERROR: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": text("Stable name of the problem."),
                "message": text("A sentence for people."),
                "reason": text("Why a picture was rejected."),
                "hint": text("What to do next."),
                "position": {"type": "integer", "description": "Character of the filter that the problem is about."},
                "rejected": {
                    "type": "array",
                    "description": "Pictures that could not be used, each with its reason.",
                    "items": {"type": "object"},
                },
            },
        }
    },
}

ATTRIBUTES: Json = {
    "type": "object",
    "description": "Typed values by column.",
    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
}


UNREAD: Json = {
    "type": "array",
    "items": {"type": "string"},
    "description": "Only where the address has parameters that were ignored: a sentence for each.",
}


def ok(schema: Json, example: object, description: str = "Done.") -> Json:
    """The answer of a request that did what it asked for."""
    return {
        "200": {"description": description, "content": {"application/json": {"schema": schema, "example": example}}}
    }


def failures(*named: tuple[str, str, str]) -> Json:
    """Answers by status: each a status, the code of its error, and when it is given."""
    return {
        status: {
            "description": description,
            "content": {"application/json": {"schema": ERROR, "example": {"error": _example_error(code)}}},
        }
        for status, code, description in named
    }


def _example_error(code: str) -> Json:
    match code:
        case "image_rejected":
            return {"code": code, "message": "the file is text, not a picture", "reason": "not_an_image"}
        case "busy":
            return {
                "code": code,
                "message": "all 80 places for search requests are taken",
                "hint": "try again in a second",
            }
        case "not_found":
            return {"code": code, "message": "there is no product 'mug-999' in the store"}
        case "too_large":
            return {"code": code, "message": "the request is larger than the 20,971,520 bytes that this server takes"}
        case _:
            return {"code": code, "message": "a sentence that says what was wrong", "hint": "what to do next"}


WRITERS: Json = failures(
    ("401", "unauthorised", "The write token is missing or wrong."),
    ("403", "writes_closed", "No token is configured, and the request is not from the server's own machine."),
)
