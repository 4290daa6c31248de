"""A search as HTTP brings it: a multipart form or a JSON document, checked into one frozen value."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lookalike.errors import InvalidQuery
from lookalike.search.people.trial import RUNNING
from lookalike.search.query import parse_crop
from lookalike.search.rank.ranking import Ranking
from lookalike.serve.failure import Failure
from lookalike.serve.form import Form
from lookalike.serve.ranking_request import RANKING_FIELDS, ranking_from
from lookalike.types import Box, FoldBy

__all__ = [
    "SearchRequest",
    "crop_from_json",
    "read_json",
    "read_json_object",
    "search_from_form",
    "search_from_json",
    "unbase64",
]

_NAMES = (
    "image", "text", "audio", "like", "unlike", "vector", "crop", "where", "k", "offset", "by", "shopper", "parts",
    "against", *RANKING_FIELDS,
)  # fmt: skip

_MOST_VALUES = 100_000
"""Values in a document, ten times what a thousand events hold: while more are read, nobody else is answered."""

_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What to search by; the engine checks that it is at most one of image, like and vector, and something.

    Attributes:
        image: bytes of a picture's file.
        text: words.
        audio: bytes of a recording of spoken words.
        like: id of a product, or several.
        unlike: ids of products that hits should not look like.
        vector: a query's vector in the form for links.
        crop: part of `image`, in pixels of the upright picture.
        where: filter expression.
        k: hits a page.
        offset: hits to skip.
        by: what counts as one hit.
        shopper: whose taste may bend the order.
        parts: into how many parts `image` is taken apart, at most.
        against: another way of answering that shares the list; ``trial`` for the store's trial, ``off`` for none.
        ranking: what is done with the order of the hits.
    """

    image: bytes | None = None
    text: str | None = None
    audio: bytes | None = None
    like: str | tuple[str, ...] | None = None
    unlike: tuple[str, ...] = ()
    vector: str | None = None
    crop: Box | None = None
    where: str | None = None
    k: int = 10
    offset: int = 0
    by: FoldBy = "product"
    shopper: str | None = None
    parts: int | None = None
    against: str = RUNNING
    ranking: Ranking = field(default_factory=Ranking)


def search_from_form(form: Form, *, max_hits: int) -> SearchRequest:
    """The search in a multipart form.

    Raises:
        InvalidQuery: naming every field that cannot be used.
    """
    names = {*form.fields, *form.files}
    images = form.files.get("image", [])
    if len(images) > 1:
        raise InvalidQuery(f"a search takes one image, received {len(images)}")
    if "image" in form.fields:
        raise InvalidQuery("image must be sent as a file of the form (with a filename), received a text field")
    recordings = form.files.get("audio", [])
    if len(recordings) > 1 or "audio" in form.fields:
        received = "a text field" if "audio" in form.fields else f"{len(recordings)} files"
        raise InvalidQuery(f"audio must be one file of the form (with a filename), received {received}")
    crop = form.text("crop")
    return _checked(
        names,
        {
            "image": images[0] if images else None,
            "text": form.text("text"),
            "audio": recordings[0] if recordings else None,
            "like": _ids("like", form.texts("like")),
            "unlike": _several(_ids("unlike", form.texts("unlike"))),
            "vector": form.text("vector"),
            "crop": None if crop is None else parse_crop(crop),
            "where": form.text("where"),
            "k": _integer("k", form.text("k")),
            "offset": _integer("offset", form.text("offset")),
            "by": form.text("by"),
            "shopper": form.text("shopper"),
            "parts": _integer("parts", form.text("parts")),
            "against": form.text("against"),
            "ranking": ranking_from({name: form.text(name) for name in RANKING_FIELDS}),
        },
        max_hits,
    )


def search_from_json(body: bytes, *, max_hits: int) -> SearchRequest:
    """The search in a JSON document, whose ``image`` is base64 and whose ``crop`` is a list, an object or text.

    Raises:
        Failure: 400, not a JSON object.
        InvalidQuery: naming what cannot be used.
    """
    document = read_json_object(body)
    image, audio = document.get("image"), document.get("audio")
    return _checked(
        set(document),
        {
            "image": None if image is None else unbase64("image", image),
            "text": _text("text", document.get("text")),
            "audio": None if audio is None else unbase64("audio", audio),
            "like": _ids("like", document.get("like")),
            "unlike": _several(_ids("unlike", document.get("unlike"))),
            "vector": _text("vector", document.get("vector")),
            "crop": crop_from_json(document.get("crop")),
            "where": _text("where", document.get("where")),
            "k": _integer("k", document.get("k")),
            "offset": _integer("offset", document.get("offset")),
            "by": _text("by", document.get("by")),
            "shopper": _text("shopper", document.get("shopper")),
            "parts": _integer("parts", document.get("parts")),
            "against": _text("against", document.get("against")),
            "ranking": ranking_from(document),
        },
        max_hits,
    )


def read_json(body: bytes, *, most_values: int = _MOST_VALUES) -> object:
    """The JSON document in `body`, all of whose text can be written as UTF-8.

    Args:
        body: as it came.
        most_values: that it may hold; commas in its texts count.

    Raises:
        Failure: 400, not JSON, or a text in it has half of a surrogate pair; 413, it holds too many values.
    """
    try:
        text = body.decode(json.detect_encoding(body))
        if text.count(",") > most_values:
            raise Failure(
                413,
                "too_large",
                f"the JSON document has more than {most_values:,} values",
                hint="send fewer at a time",
            )
        document: object = json.loads(text)
        if _HALF_PAIR.search(text):
            json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = f"\\u{ord(error.object[error.start]):04x}"
        raise Failure(
            400, "malformed_json", f"the body has half of a surrogate pair, {half}, which is no text"
        ) from error
    except (ValueError, RecursionError) as error:
        raise Failure(400, "malformed_json", f"the body is not JSON: {error}") from error
    return document


def read_json_object(body: bytes, *, most_values: int = _MOST_VALUES) -> dict[str, object]:
    """The JSON object in `body`, of at most `most_values`.

    Raises:
        Failure: 400, not JSON or not an object.
    """
    document = read_json(body, most_values=most_values)
    if not isinstance(document, dict):
        raise Failure(400, "malformed_json", f"the body must be a JSON object, received {type(document).__name__}")
    return {str(name): value for name, value in document.items()}


def unbase64(name: str, value: object) -> bytes:
    """The bytes that base64 text (or a ``data:`` URL) stands for.

    Raises:
        InvalidQuery: not base64, or an address: the server does not fetch what strangers name.
    """
    if not isinstance(value, str):
        raise InvalidQuery(f"{name} must be base64 text, received {type(value).__name__}")
    if value.startswith(("http://", "https://")):
        raise InvalidQuery(
            f"{name} must hold the picture itself as base64, received an address: "
            "this server does not fetch addresses for a search"
        )
    if value.startswith("data:"):
        value = value.partition(",")[2]
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidQuery(f"{name} is not base64 text: {error}") from error


def _checked(names: set[str], values: Mapping[str, object], max_hits: int) -> SearchRequest:
    problems: list[str] = []
    unknown = sorted(names - set(_NAMES))
    if unknown:
        problems.append(f"unknown field(s) {', '.join(unknown)}; known are {', '.join(_NAMES)}")
    k = values["k"]
    if isinstance(k, int) and not 1 <= k <= max_hits:
        problems.append(f"k must be 1 to {max_hits}, received {k}")
    offset = values["offset"]
    if isinstance(offset, int) and offset < 0:
        problems.append(f"offset must be 0 or more, received {offset}")
    if values["by"] not in (None, "product", "variant", "image"):
        problems.append(f"by must be product, variant or image, received {values['by']!r}")
    if all(values[name] is None for name in ("image", "text", "audio", "like", "vector")):
        problems.append("a search needs one of image, text, audio, like and vector, received none of them")
    if problems:
        raise InvalidQuery("; ".join(problems))
    given = {name: value for name, value in values.items() if value is not None}
    return SearchRequest(**given)  # pyright: ignore[reportArgumentType]


def _text(name: str, value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    raise InvalidQuery(f"{name} must be text, received {type(value).__name__}")


def _ids(name: str, value: object) -> str | tuple[str, ...] | None:
    """One id, or several of a list; None for none."""
    if not isinstance(value, list):
        return _text(name, value)
    ids = [one for one in value if one != ""]
    if not all(isinstance(one, str) for one in ids):
        raise InvalidQuery(f"{name} must be text or a list of texts, received {value!r}")
    return str(ids[0]) if len(ids) == 1 else tuple(map(str, ids)) or None


def _several(ids: str | tuple[str, ...] | None) -> tuple[str, ...] | None:
    return (ids,) if isinstance(ids, str) else ids


def _integer(name: str, value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            pass
    raise InvalidQuery(f"{name} must be a whole number, received {value!r}")


def crop_from_json(value: object) -> Box | None:
    """A crop as JSON says it: ``"x,y,w,h"``, ``[x, y, w, h]`` or an object; None where there is none.

    Raises:
        InvalidQuery: none of these.
    """
    match value:
        case None:
            return None
        case str():
            return parse_crop(value)
        case [x, y, width, height]:
            return parse_crop(f"{x},{y},{width},{height}")
        case {"x": x, "y": y, "width": width, "height": height}:
            return parse_crop(f"{x},{y},{width},{height}")
        case _:
            raise InvalidQuery(f"crop must be [x, y, width, height] in pixels, received {value!r}")
