"""What somebody looks for, checked once at the door."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lookalike.errors import ImageRejected, InvalidQuery
from lookalike.images.colouring import COLOURING_BYTES, Colouring
from lookalike.images.limits import ImageLimits, read_within
from lookalike.search.rank.ranking import Ranking
from lookalike.types import Box, FoldBy, Pixels, ProductId, Reason, Vector

__all__ = ["MOST_CHARACTERS", "MOST_HITS", "MOST_PARTS", "Query", "parse_crop", "picture_bytes"]

MOST_HITS = 1_000
"""Most hits of one page, and the deepest that pages reach is a hundred times that."""

MOST_CHARACTERS = 1_000
"""Longest text of a question."""

MOST_PARTS = 12
"""Most parts that a photograph is taken apart into."""

MOST_EXAMPLES = 100
"""Most products of `like` and `unlike` together."""


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """One search.

    Attributes:
        image: a picture as bytes of its file, a path, or upright sRGB pixels.
        like: a product whose pictures are the query, or several; they are left out of the hits.
        unlike: products that the hits should not look like; beside `like`, an image or a vector.
        vector: a unit vector of the live release's model, as an earlier answer gave it.
        fingerprint: of the model that made `vector`; a release of another one does not answer. None where nobody says.
        colouring: `Answer.colouring` of the same answer; without it colours are left out of the ranking.
        text: words; alone, or beside one of the others, whose ranking they bend.
        crop: part of `image` to look for, in pixels of the upright picture.
        where: filter expression, None for all.
        k: hits a page, 1 to `MOST_HITS`.
        offset: hits to skip.
        by: what counts as one hit.
        parts: into how many parts `image` is taken apart, at most; 0 for none, None where the searcher may decide.
        ranking: what is done with the order of the hits.

    Raises:
        InvalidQuery: none or several of image, like and vector and no text; an empty or endless text; a crop without an
            image; numbers out of range.
    """

    image: bytes | Path | Pixels | None = None
    like: ProductId | tuple[ProductId, ...] | None = None
    vector: Vector | None = None
    fingerprint: str | None = None
    colouring: Colouring | None = None
    text: str | None = None
    unlike: tuple[ProductId, ...] = ()
    crop: Box | None = None
    where: str | None = None
    k: int = 10
    offset: int = 0
    by: FoldBy = "product"
    parts: int | None = None
    ranking: Ranking = field(default_factory=Ranking)

    def __post_init__(self) -> None:
        given = [name for name in ("image", "like", "vector") if getattr(self, name) is not None]
        problems: list[str] = []
        if self.like == ():
            problems.append("like must name a product, or several, received none")
        if isinstance(self.image, np.ndarray) and not _is_picture(self.image):
            received = f"{self.image.dtype} of shape {self.image.shape}"
            problems.append(f"pixels must be uint8 of shape (height, width, 3), received {received}")
        if len(given) > 1 or (not given and self.text is None):
            received = " and ".join(given) or "nothing"
            problems.append(f"a search needs exactly one of image, like and vector, or text, received {received}")
        if self.text is not None and not 0 < len(self.text.strip()) <= MOST_CHARACTERS:
            problems.append(f"text must have 1 to {MOST_CHARACTERS} characters, received {len(self.text)}")
        if any(not _is_text(one) for one in (*self.likes, *self.unlike)):
            problems.append("like and unlike must be texts of Unicode characters, received half of one")
        if self.unlike and not given:
            problems.append("unlike needs something to look like: give an image, a product or a vector too")
        if len(self.likes) + len(self.unlike) > MOST_EXAMPLES:
            received = len(self.likes) + len(self.unlike)
            problems.append(f"a search takes at most {MOST_EXAMPLES} products as examples, received {received}")
        if self.parts is not None and not 0 <= self.parts <= MOST_PARTS:
            problems.append(f"parts must be 0 to {MOST_PARTS}, received {self.parts}")
        if self.parts and (self.image is None or self.crop is not None or self.text is not None):
            problems.append("parts are those of a whole image: give no crop and no text beside it")
        if self.crop is not None and self.image is None:
            problems.append("a crop needs an image to be cut from")
        if not 1 <= self.k <= MOST_HITS:
            problems.append(f"k must be 1 to {MOST_HITS}, received {self.k}")
        if not 0 <= self.offset <= 100 * MOST_HITS:
            problems.append(f"offset must be 0 to {100 * MOST_HITS}, received {self.offset}")
        if self.by not in ("product", "variant", "image"):
            problems.append(f"by must be product, variant or image, received {self.by!r}")
        if self.vector is not None and (self.vector.ndim != 1 or not bool(np.all(np.isfinite(self.vector)))):
            problems.append(f"a query vector must be one row of finite numbers, received shape {self.vector.shape}")
        if self.colouring is not None and (self.vector is None or len(self.colouring) != COLOURING_BYTES):
            problems.append(f"colouring goes with a vector, and has {COLOURING_BYTES} numbers")
        if self.fingerprint is not None and self.vector is None:
            problems.append("a fingerprint goes with a vector")
        if problems:
            raise InvalidQuery("; ".join(problems))

    @property
    def likes(self) -> tuple[ProductId, ...]:
        """The products to look like; none where it is about something else."""
        if self.like is None:
            return ()
        return self.like if isinstance(self.like, tuple) else (self.like,)

    @property
    def has_picture(self) -> bool:
        """Whether it is about looks: by a photograph, a product or a vector, with or without words."""
        return not (self.image is None and self.like is None and self.vector is None)


def _is_picture(pixels: Pixels) -> bool:
    return pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.size > 0


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def parse_crop(text: str) -> Box:
    """A box from ``x,y,w,h`` in pixels of the upright picture.

    Raises:
        InvalidQuery: not four numbers, or an empty box.
    """
    try:
        x, y, width, height = (float(part) for part in text.split(","))
        return Box(x, y, width, height)
    except ValueError as error:
        raise InvalidQuery(
            f"crop must be x,y,width,height in pixels with positive width and height, received {text!r}"
        ) from error


def picture_bytes(image: bytes | Path, limits: ImageLimits) -> bytes:
    """The bytes of a query picture's file, of which no more is read than it may have.

    Args:
        image: the bytes, which come back, or the file's path.
        limits: what the file may cost.

    Raises:
        ImageRejected: there is no such file, or it cannot be read; ``too_many_bytes``.
    """
    if isinstance(image, bytes):
        return image
    try:
        with image.open("rb") as file:
            data = read_within(file, limits.max_bytes, likely_bytes=os.fstat(file.fileno()).st_size)
    except FileNotFoundError as error:
        raise ImageRejected(Reason.NOT_FOUND, f"there is no file {image}") from error
    except OSError as error:
        raise ImageRejected(Reason.NOT_FOUND, f"{image} cannot be read: {error.strerror or error}") from error
    if len(data) > limits.max_bytes:
        raise ImageRejected(
            Reason.TOO_MANY_BYTES, f"{image} has more bytes than a picture may: expected at most {limits.max_bytes:,}"
        )
    return data
