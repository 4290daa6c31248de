"""A question about a hit as HTTP brings it: a multipart form or a JSON document, checked into one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lookalike.errors import InvalidQuery
from lookalike.search.query import parse_crop
from lookalike.serve.form import Form
from lookalike.serve.search_request import crop_from_json, read_json_object, unbase64
from lookalike.types import Box

__all__ = ["ExplainRequest", "explain_from_form", "explain_from_json"]

_NAMES = ("image", "product_id", "crop", "against", "where")
_NO_PICTURE = (
    "an explanation needs the photograph in image, received {received}: a vector says what the whole picture looked "
    "like, and not where in it"
)


@dataclass(frozen=True, slots=True)
class ExplainRequest:
    """What shall be explained.

    Attributes:
        image: bytes of the photograph's file.
        product_id: the product.
        crop: part of the photograph, in pixels of the upright picture.
        against: another product.
        where: filter expression of the search.
    """

    image: bytes
    product_id: str
    crop: Box | None = None
    against: str | None = None
    where: str | None = None


def explain_from_form(form: Form) -> ExplainRequest:
    """The question in a multipart form.

    Raises:
        InvalidQuery: naming every field that cannot be used.
    """
    images = form.files.get("image", [])
    crop = form.text("crop")
    values: dict[str, object] = {name: form.text(name) for name in ("product_id", "against", "where")}
    values["image"] = images[0] if len(images) == 1 else None
    values["crop"] = None if crop is None else parse_crop(crop)
    return _checked({*form.fields, *form.files}, values)


def explain_from_json(body: bytes) -> ExplainRequest:
    """The question in a JSON document.

    Raises:
        InvalidQuery: naming every field that cannot be used.
        Failure: 400, not a JSON object.
    """
    document = read_json_object(body)
    values = {name: document.get(name) or None for name in ("product_id", "against", "where")}
    image = document.get("image")
    values["image"] = None if image is None else unbase64("image", image)
    values["crop"] = crop_from_json(document.get("crop"))
    return _checked(set(document), values)


def _checked(names: set[str], values: Mapping[str, object]) -> ExplainRequest:
    problems: list[str] = []
    given = names & {"vector", "like"}
    if values["image"] is None:
        problems.append(_NO_PICTURE.format(received=" and ".join(sorted(given)) or "none, or more than one"))
    unknown = sorted(names - set(_NAMES) - given)
    if unknown or (given and values["image"] is not None):
        listed = ", ".join(unknown or sorted(given))
        problems.append(f"unknown field(s) {listed}; known are {', '.join(_NAMES)}")
    if values["product_id"] is None:
        problems.append("product_id must name the product to explain, received none")
    problems += [
        f"{name} must be text, received {type(values[name]).__name__}"
        for name in ("product_id", "against", "where")
        if not isinstance(values[name], str | None)
    ]
    if problems:
        raise InvalidQuery("; ".join(problems))
    return ExplainRequest(**values)  # pyright: ignore[reportArgumentType]  every value's type was checked above
