"""Pictures of a catalogue as squares that a model takes, with the product that each shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8, UInt64

from lookalike.embed.cores import usable_cores
from lookalike.embed.sifting import NO_DIRECTION
from lookalike.errors import ImageRejected, TooFewProducts
from lookalike.evaluate.questions import read_questions
from lookalike.images import ImageLimits, Preprocessing, content_sha256, decode, perceptual_hash
from lookalike.sources import PictureBytes, PictureReader, open_source
from lookalike.types import Pixels, ProductId, Reason, Rejection, Vectors

__all__ = ["LEAST_SIDE", "Pictures", "read_pictures", "read_questions_of"]

_LIMITS = ImageLimits()
LEAST_SIDE = 32
"""Of a picture that can be distorted as a phone would, in pixels."""

Distort = Callable[[Pixels, np.random.Generator], Pixels]
Found = tuple[UInt8[np.ndarray, "size size 3"], str, int, UInt8[np.ndarray, "size size 3"] | None]


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Row i of everything is picture i.

    Attributes:
        squares: what the model takes.
        products: id of the product that each shows.
        contents: SHA-256 of the bytes of each.
        hashes: perceptual hash of each.
        distorted: a changed copy of each, where one was asked for; of a picture too small for it, the picture itself.
        rejected: pictures and rows that could not be used.
        locations: of each, as its source names it.
    """

    squares: UInt8[np.ndarray, "n size size 3"]
    products: tuple[str, ...]
    contents: tuple[str, ...]
    hashes: UInt64[np.ndarray, " n"]
    distorted: UInt8[np.ndarray, "n size size 3"] | None
    rejected: tuple[Rejection, ...]
    locations: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.products)

    def with_vectors(self, vectors: Vectors, model: str) -> Pictures:
        """Those of which the model `model` gives a vector; the others, whose rows are zeros, become rejections."""
        has = vectors.any(axis=1)
        if has.all():
            return self
        detail, places = NO_DIRECTION.format(model), np.flatnonzero(has).tolist()
        without = tuple(
            Rejection(self.locations[place], Reason.NO_VECTOR, detail, ProductId(self.products[place]))
            for place in np.flatnonzero(~has).tolist()
        )
        return Pictures(
            self.squares[has],
            tuple(self.products[place] for place in places),
            tuple(self.contents[place] for place in places),
            self.hashes[has],
            None if self.distorted is None else self.distorted[has],
            (*self.rejected, *without),
            tuple(self.locations[place] for place in places),
        )


def read_pictures(
    source: str | Path,
    preprocessing: Preprocessing,
    *,
    most: int,
    generator: np.random.Generator,
    distort: Distort | None = None,
    first: Collection[str] = (),
) -> Pictures:
    """Read a catalogue, or whole products of it drawn at random where it has more than `most` pictures.

    Args:
        source: whatever `lookalike index` takes.
        preprocessing: of the model.
        most: pictures, at most; a product that no longer fits is left out, and of one that has more than these alone
            as many are drawn as there is room for.
        generator: source of randomness.
        distort: changes a copy of each picture.
        first: products that are taken before others where not all are: those that will be asked for.

    Raises:
        SourceError: the source cannot be read at all.
        TooFewProducts: not one usable picture.
    """
    opened = open_source(source)
    rejected: list[Rejection] = []
    by_product: dict[str, list[str]] = {}
    for record in opened.records():
        if isinstance(record, Rejection):
            rejected.append(record)
        else:
            by_product.setdefault(record.product_id, []).extend(record.images)
    names = list(by_product)
    if sum(map(len, by_product.values())) > most:
        names = sorted((names[i] for i in generator.permutation(len(names))), key=lambda name: name not in first)
    wanted: list[tuple[str, str]] = []
    endless: list[tuple[str, list[str]]] = []
    for name in names:
        images = list(dict.fromkeys(by_product[name]))
        if len(wanted) + len(images) <= most:
            wanted += [(name, image) for image in images]
        elif len(images) > most:
            # It never fits: a folder of pictures without labels is one product as likely as not.
            endless.append((name, images))
    for name, images in endless:
        drawn = np.sort(generator.permutation(len(images))[: most - len(wanted)])
        wanted += [(name, images[i]) for i in drawn]
    return _read(wanted, opened.reader(), preprocessing, generator, distort, rejected, str(source))


def read_questions_of(path: Path, preprocessing: Preprocessing, *, generator: np.random.Generator) -> Pictures:
    """The photographs of a file of queries, ``image`` and ``product_id``; of several right answers all, joined by |.

    Rows that ask by something else, or by words beside the photograph, are rejected: models are compared by pictures.

    Args:
        path: CSV file, as for `lookalike evaluate`.
        preprocessing: of the model.
        generator: source of randomness; not used, as nothing is drawn.

    Raises:
        SourceError: no such file, not a table, or a column is missing.
        TooFewProducts: not one usable photograph.
    """
    questions = read_questions(path, answer_column="product_id")
    rejected = list(questions.rejected)
    wanted: list[tuple[str, str]] = []
    for question in questions.items:
        if question.is_photograph_alone:
            wanted.append((question.cluster, str(question.image)))
        else:
            told = "models are compared by photographs alone, this row has something else instead of one or beside it"
            rejected.append(Rejection(question.named, Reason.BAD_ROW, told, line=question.line))
    return _read(wanted, _Files(), preprocessing, generator, None, rejected, str(path))


class _Files:
    """Reads the files of queries, wherever they are: whoever asks has named each."""

    def read(self, location: str, validator: str | None) -> PictureBytes:
        """The file's bytes.

        Raises:
            ImageRejected: it cannot be read.
        """
        del validator
        try:
            return PictureBytes(Path(location).read_bytes(), None)
        except OSError as error:
            raise ImageRejected(Reason.NOT_FOUND, f"{location} cannot be read: {error.strerror or error}") from error


def _read(
    wanted: Iterable[tuple[str, str]],
    reader: PictureReader,
    preprocessing: Preprocessing,
    generator: np.random.Generator,
    distort: Distort | None,
    rejected: list[Rejection],
    name: str,
) -> Pictures:
    def prepared(asked: tuple[tuple[str, str], np.random.Generator]) -> Found | Rejection:
        (_, location), own = asked
        try:
            found = reader.read(location, None)
            assert isinstance(found, PictureBytes)
            pixels = decode(found.data, limits=_LIMITS, shorter_side_pixels=preprocessing.decode_side_pixels).pixels
        except ImageRejected as error:
            return Rejection(location, error.reason, error.detail)
        square = preprocessing.apply(pixels)
        changed = None
        if distort is not None:
            usable = min(pixels.shape[:2]) >= LEAST_SIDE
            changed = preprocessing.apply(distort(pixels, own)) if usable else square
        return square, content_sha256(found.data), perceptual_hash(pixels), changed

    asked = list(wanted)
    # Each picture has a generator of its own, so that the outcome does not depend on which thread is first.
    generators = generator.spawn(len(asked))
    kept: list[tuple[str, str, Found]] = []
    with ThreadPoolExecutor(usable_cores(), thread_name_prefix="decode") as workers:
        outcomes = workers.map(prepared, zip(asked, generators, strict=True))
        for (product, location), found in zip(asked, outcomes, strict=True):
            if isinstance(found, Rejection):
                rejected.append(found)
            else:
                kept.append((product, location, found))
    if not kept:
        raise TooFewProducts(f"{name} has not one picture that can be used ({len(rejected)} rejected)")
    changed = [found[3] for _, _, found in kept]
    return Pictures(
        np.stack([found[0] for _, _, found in kept]),
        tuple(product for product, _, _ in kept),
        tuple(found[1] for _, _, found in kept),
        np.array([found[2] for _, _, found in kept], np.uint64),
        np.stack([one for one in changed if one is not None]) if distort is not None else None,
        tuple(rejected),
        tuple(location for _, location, _ in kept),
    )
