"""A product as HTTP brings it: JSON with addresses or base64 pictures, or a form with the pictures as files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeGuard

from lookalike.errors import InvalidQuery
from lookalike.ingest.draft import ProductDraft, VariantDraft
from lookalike.serve.form import Form
from lookalike.serve.search_request import read_json_object, unbase64
from lookalike.types import AttributeValue, ProductId, VariantId

__all__ = ["draft_from_form", "draft_from_json", "patch_from_json"]

_MAX_PICTURES = 256


def draft_from_json(product_id: str, body: bytes, known_locations: Callable[[], Mapping[str, str]]) -> ProductDraft:
    """The product in a JSON document: ``{"variants": [{"variant_id", "attributes", "images"}]}``, or the same
    without variants: ``{"attributes", "images"}``.

    Args:
        product_id: from the path.
        body: the JSON.
        known_locations: pictures that the product has now, by what answers call them; they may be named again, other
            files of this machine not.

    Raises:
        Failure: 400, not a JSON object.
        InvalidQuery: naming what cannot be used.
    """
    document = read_json_object(body)
    named = document.get("product_id", product_id)
    if named != product_id:
        raise InvalidQuery(f"the document is of product {named!r}, but was put to {product_id!r}")
    if "variants" in document:
        _refuse_unknown(document, ("product_id", "variants"))
        given = document["variants"]
        if not isinstance(given, list) or not given or not all(_is_object(item) for item in given):
            raise InvalidQuery("variants must be a list of at least one object with attributes and images")
        variants = tuple(_variant(item, known_locations) for item in given if _is_object(item))
    else:
        variants = (_variant({k: v for k, v in document.items() if k != "product_id"}, known_locations),)
    names = [variant.variant_id for variant in variants]
    if len(set(names)) != len(names):
        raise InvalidQuery(f"each variant may appear once only, received {names}")
    return ProductDraft(ProductId(product_id), variants)


def draft_from_form(product_id: str, form: Form, known_locations: Callable[[], Mapping[str, str]]) -> ProductDraft:
    """The product in a form: ``product`` (the JSON above, optional) and files ``image`` for its first variant, or
    ``image.VARIANT_ID`` for another.

    Raises:
        Failure: 400, the field is not a JSON object.
        InvalidQuery: a file for a variant that the document does not have, a field that nothing is made of, or other
            unusable content.
    """
    others = sorted(set(form.fields) - {"product"})
    if others:
        raise InvalidQuery(
            f"unknown field(s) {', '.join(others)}: attributes and addresses of pictures belong into the JSON of the "
            "field 'product', pictures into files 'image' or 'image.VARIANT_ID'"
        )
    draft = draft_from_json(product_id, (form.text("product") or "{}").encode(), known_locations)
    pictures: dict[str | None, list[bytes]] = {}
    names = [variant.variant_id for variant in draft.variants]
    for field, files in form.files.items():
        kind, _, variant_id = field.partition(".")
        owner = variant_id or names[0]
        if kind != "image" or owner not in names:
            raise InvalidQuery(f"file {field!r} belongs to no variant: use 'image' or 'image.VARIANT_ID' of {names}")
        pictures.setdefault(owner, []).extend(files)
    return ProductDraft(
        draft.product_id,
        tuple(
            VariantDraft(
                variant.variant_id, variant.attributes, (*variant.images, *pictures.get(variant.variant_id, []))
            )
            for variant in draft.variants
        ),
    )


def patch_from_json(body: bytes) -> tuple[dict[str, AttributeValue | None], str | None]:
    """Changes and the variant they are for, from ``{"attributes": {…}, "variant_id"?}``; null removes a value.

    Raises:
        Failure: 400, not a JSON object.
        InvalidQuery: no attributes, or values that are not text, numbers or booleans.
    """
    document = read_json_object(body)
    _refuse_unknown(document, ("attributes", "variant_id"))
    given = document.get("attributes")
    if not _is_object(given) or not given:
        raise InvalidQuery("attributes must be an object with at least one column, for example {'price': 19.5}")
    changes: dict[str, AttributeValue | None] = {}
    for name, value in given.items():
        if value is not None and not isinstance(value, str | int | float | bool):
            raise InvalidQuery(f"attribute {name!r} must be text, a number, a boolean or null, received {value!r}")
        changes[name] = value
    return changes, _variant_id(document)


def _variant(document: Mapping[str, object], known_locations: Callable[[], Mapping[str, str]]) -> VariantDraft:
    _refuse_unknown(document, ("variant_id", "attributes", "images"))
    attributes = document.get("attributes", {})
    images = document.get("images", [])
    if not _is_object(attributes):
        raise InvalidQuery(f"attributes must be an object, received {attributes!r}")
    if not isinstance(images, list) or len(images) > _MAX_PICTURES:
        raise InvalidQuery(f"images must be a list of at most {_MAX_PICTURES} addresses or base64 pictures")
    kept: dict[str, AttributeValue] = {}
    for name, value in attributes.items():
        if value is None:
            continue
        if not isinstance(value, str | int | float | bool):
            raise InvalidQuery(f"attribute {name!r} must be text, a number or a boolean, received {value!r}")
        kept[name] = value
    return VariantDraft(_variant_id(document), kept, tuple(_picture(item, known_locations) for item in images))


def _picture(item: object, known_locations: Callable[[], Mapping[str, str]]) -> str | bytes:
    if isinstance(item, str):
        if item.startswith(("http://", "https://")):
            return known_locations().get(item, item)
        if item.startswith("data:"):
            return unbase64("image", item)
        if (known := known_locations().get(item)) is not None:
            return known
        raise InvalidQuery(
            f"image {item[:80]!r} is neither an http(s) address, nor a data: URL, nor a picture that the product "
            "has now; files of the server's machine cannot be named over HTTP"
        )
    if _is_object(item) and set(item) == {"data"}:
        return unbase64("image", item["data"])
    raise InvalidQuery(
        "an image must be an http(s) address, a data: URL, {'data': BASE64}, or the text that is 'image' of a picture "
        f"that the product has now, received {str(item)[:80]!r}"
    )


def _variant_id(document: Mapping[str, object]) -> VariantId | None:
    value = document.get("variant_id")
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise InvalidQuery(f"variant_id must be text that is not empty, received {value!r}")
    return VariantId(value)


def _refuse_unknown(document: Mapping[str, object], known: tuple[str, ...]) -> None:
    unknown = sorted(set(document) - set(known))
    if unknown:
        raise InvalidQuery(f"unknown field(s) {', '.join(unknown)}; known are {', '.join(known)}")


def _is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, dict)
