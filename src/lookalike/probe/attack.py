"""Attack the queries of a file and ask the store again: what is left, and what the detector notices."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false
from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float32, UInt8

from lookalike.embed.embedder import Embedder
from lookalike.embed.opening import open_embedder
from lookalike.engine.live_vectors import LiveVectors
from lookalike.errors import ImageRejected, SourceError
from lookalike.evaluate.detection import detect
from lookalike.evaluate.intervals import Interval, jackknife_mean
from lookalike.evaluate.questions import Question, read_questions
from lookalike.images.preprocessing import Preprocessing
from lookalike.images.regions import encode_jpeg, encode_png
from lookalike.images.seen import see
from lookalike.ingest.progress import Progress, Watcher
from lookalike.nets.opening import open_net
from lookalike.probe.report import ARRIVALS, Arrival, Attack, AttackOptions, AttackReport
from lookalike.search.agreement import agreement
from lookalike.search.answer import Answer
from lookalike.types import Pixels, Reason, Rejection, Vector

__all__ = ["Attackable", "measure_attacks"]

_MAX_HONEST = 256
_MIN_HONEST = 40
_EXAMPLES = 8
_JPEG_QUALITY = 90


@runtime_checkable
class Attackable(Protocol):
    """What attacks need of an engine."""

    def live_vectors(self) -> LiveVectors:
        """Every vector of the live release, and whose it is."""
        ...

    def search(
        self,
        image: bytes | Pixels | None = None,
        *,
        vector: Vector | None = None,
        k: int = 10,
        remember: bool = True,
    ) -> Answer:
        """The products that look like a picture, or like an earlier query's vector."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Photographs:
    """Queries as the model sees them, with their right answers."""

    questions: tuple[Question, ...]
    squares: UInt8[np.ndarray, "n size size 3"]

    @property
    def clusters(self) -> list[str]:
        return [question.cluster for question in self.questions]


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What came first for each photograph, what the model was given, and the vector that it made."""

    first: tuple[str, ...]
    squares: UInt8[np.ndarray, "n size size 3"]
    vectors: Float32[np.ndarray, "n dimension"]

    def right(self, questions: Sequence[Question]) -> Bool[np.ndarray, " n"]:
        pairs = zip(self.first, questions, strict=True)
        return np.asarray([name in question.answers for name, question in pairs], np.bool_)


def measure_attacks(
    engine: Attackable,
    path: Path,
    options: AttackOptions,
    *,
    examples: Path | None = None,
    device: str = "cpu",
    watcher: Watcher | None = None,
) -> AttackReport:
    """Attack photographs of the file at `path` with the model's own gradients, and search by them again.

    The attacker knows the model, its preprocessing and the vectors of the catalogue, and of the detector only where
    `options` say so. The detector's limit is found on photographs of the file that are not attacked, where there are at
    least 40 more of them.

    Args:
        engine: answers searches; its live release must come from an ONNX model.
        path: CSV file of queries with images, see `lookalike.evaluate.questions.read_questions`.
        options: which attacks.
        examples: folder for the first photographs before and after, as PNG; made where it is not there.
        device: where the gradients are computed, as torch names it.
        watcher: told after each batch.

    Raises:
        MissingExtra: torch is not installed.
        SourceError: the file cannot be read as queries, or none of them can be attacked.
        InvalidConfiguration: the release was made by a model of another library, or torch cannot compute on `device`.
        StoreNotFound: nothing has been indexed yet.
    """
    started = time.perf_counter()
    if examples is not None:
        # Where it cannot be made, that is said before the photographs are attacked.
        examples.mkdir(parents=True, exist_ok=True)
    gallery = engine.live_vectors()
    net = open_net(gallery.model, device=device)
    net.requires_grad_(False)
    embedder = open_embedder(gallery.model)
    from lookalike.probe.margin import Margin
    from lookalike.probe.perturbation import HARMLESS, PgdOptions, perturb

    generator = np.random.default_rng(options.seed)
    read = _read(path, options, gallery, embedder.description.preprocessing, generator)
    photographs, honest = read.photographs, read.honest
    favoured, targets = _favoured(photographs.questions, gallery, generator, targeted=options.targeted)
    asking = _Asking(engine, embedder)
    clean = {arrival: asking.ask(photographs.squares, arrival) for arrival in ARRIVALS}
    agreements = agreement(embedder, honest)
    attacks: list[Attack] = []
    written: list[Path] = []
    for number, epsilon in enumerate(sorted(set(options.epsilons))):
        before = number * len(photographs.squares)
        attacked = perturb(
            net,
            photographs.squares,
            Margin(gallery.vectors, favoured),
            PgdOptions(epsilon=epsilon, n_steps=options.n_steps),
            generator=generator,
            views=HARMLESS if options.adaptive else (),
            told=_teller(watcher, before, len(photographs.squares) * len(set(options.epsilons)), read, started),
        )
        for arrival in ARRIVALS:
            asked = asking.ask(attacked, arrival)
            outcome = _outcome(asked, clean[arrival], photographs, targets)
            attacks.append(
                Attack(
                    epsilon=epsilon,
                    arrival=arrival,
                    recall=_mean(asked.right(photographs.questions), photographs.clusters),
                    success=_mean(outcome.values, outcome.clusters),
                    n_asked=len(outcome.values),
                    likeness=float(np.einsum("nd,nd->n", asked.vectors, clean[arrival].vectors).mean()),
                    detection=detect(
                        agreements,
                        agreement(embedder, asked.squares),
                        photographs.clusters,
                        false_alarm_rate=options.false_alarm_rate,
                    ),
                )
            )
        if examples is not None:
            written += _write(examples, photographs.squares, attacked, epsilon)
    return AttackReport(
        queries=len(photographs.squares),
        clean={
            arrival: _mean(asked.right(photographs.questions), photographs.clusters) for arrival, asked in clean.items()
        },
        attacks=tuple(attacks),
        options=options,
        release=gallery.release,
        rejected=tuple(read.rejected),
        unanswerable=read.unanswerable,
        examples=tuple(written),
        seconds=time.perf_counter() - started,
    )


class _Asking:
    """Searches by squares that arrive in one way or another."""

    def __init__(self, engine: Attackable, embedder: Embedder) -> None:
        self._engine = engine
        self._embedder = embedder

    def ask(self, squares: UInt8[np.ndarray, "n size size 3"], arrival: Arrival) -> _Asked:
        """Search by each, one after the other, as shoppers would."""
        first: list[str] = []
        given: list[Pixels] = []
        vectors: list[Vector] = []
        for square in squares:
            if arrival == "square":
                seen = square
                answer = self._engine.search(vector=self._embedder.embed(square[np.newaxis])[0], k=1, remember=False)
            else:
                file = encode_png(square) if arrival == "png" else encode_jpeg(square, _JPEG_QUALITY)
                seen = see(file, self._embedder.description.preprocessing).square
                answer = self._engine.search(file, k=1, remember=False)
            assert answer.vector is not None
            first.append(str(answer.hits[0].product_id) if answer.hits else "")
            given.append(seen)
            vectors.append(answer.vector)
        return _Asked(tuple(first), np.stack(given), np.stack(vectors))


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    photographs: _Photographs
    honest: UInt8[np.ndarray, "n_honest size size 3"]
    rejected: list[Rejection]
    unanswerable: int


def _read(
    path: Path,
    options: AttackOptions,
    gallery: LiveVectors,
    preprocessing: Preprocessing,
    generator: np.random.Generator,
) -> _Read:
    """The photographs to attack, and further ones that stay as they are, in an order of chance."""
    questions = read_questions(path, answer_column="product_id")
    rejected = list(questions.rejected)
    products = set(gallery.product_ids)
    pictured = [one for one in questions.items if one.is_photograph_alone]
    usable = [one for one in pictured if products & one.answers and products - one.answers]
    found: list[tuple[Question, Pixels]] = []
    for at in generator.permutation(len(usable)):
        if len(found) == options.n + _MAX_HONEST:
            break
        question = usable[at]
        assert question.image is not None
        try:
            found.append((question, see(_bytes(question.image), preprocessing).square))
        except ImageRejected as error:
            rejected.append(Rejection(str(question.image), error.reason, error.detail, line=question.line))
    if not found:
        raise SourceError(
            f"{path} has no photograph to attack: of {len(questions.items)} queries {len(usable)} have an image and a "
            f"right product in the store beside others; the first rejections: {[one.detail for one in rejected[:3]]}"
        )
    attacked, others = found[: options.n], found[options.n :]
    honest = others if len(others) >= _MIN_HONEST else [*attacked, *others]
    return _Read(
        _Photographs(tuple(question for question, _ in attacked), np.stack([square for _, square in attacked])),
        np.stack([square for _, square in honest]),
        rejected,
        len(pictured) - len(usable),
    )


def _bytes(image: Path) -> bytes:
    try:
        return image.read_bytes()
    except OSError as error:
        raise ImageRejected(Reason.NOT_FOUND, f"{image} cannot be read: {error.strerror or error}") from error


def _favoured(
    questions: Sequence[Question], gallery: LiveVectors, generator: np.random.Generator, *, targeted: bool
) -> tuple[Bool[np.ndarray, "n rows"], tuple[str, ...] | None]:
    """Which gallery rows shall come first for each query; and, targeted, whose they are."""
    owners = np.asarray(gallery.product_ids)
    wrong = np.stack([~np.isin(owners, sorted(question.answers)) for question in questions])
    if not targeted:
        return wrong, None
    targets = tuple(str(generator.choice(np.unique(owners[row]))) for row in wrong)
    return np.stack([owners == target for target in targets]), targets


@dataclass(frozen=True, slots=True, eq=False)
class _Outcome:
    values: Bool[np.ndarray, " m"]
    clusters: list[str]


def _outcome(asked: _Asked, clean: _Asked, photographs: _Photographs, targets: tuple[str, ...] | None) -> _Outcome:
    if targets is not None:
        hit = [name == target for name, target in zip(asked.first, targets, strict=True)]
        return _Outcome(np.asarray(hit, np.bool_), photographs.clusters)
    was_right = clean.right(photographs.questions)
    clusters = [one for one, right in zip(photographs.clusters, was_right, strict=True) if right]
    return _Outcome(~asked.right(photographs.questions)[was_right], clusters)


def _mean(values: Bool[np.ndarray, " n"], clusters: Sequence[str]) -> Interval:
    return jackknife_mean(values.astype(np.float64), clusters)


def _teller(
    watcher: Watcher | None, before: int, total: int, read: _Read, started: float
) -> Callable[[int], None] | None:
    if watcher is None:
        return None

    def tell(done: int) -> None:
        watcher(Progress(before + done, total, len(read.rejected), time.perf_counter() - started))

    return tell


def _write(
    folder: Path, clean: UInt8[np.ndarray, "n size size 3"], attacked: UInt8[np.ndarray, "n size size 3"], epsilon: int
) -> list[Path]:
    """Each of the first photographs: before, after, and the change made visible, side by side."""
    written: list[Path] = []
    for number, (before, after) in enumerate(zip(clean[:_EXAMPLES], attacked[:_EXAMPLES], strict=True)):
        change = (after.astype(np.float64) - before) * (127 / epsilon) + 128
        shown = np.concatenate([before, after, change.round().clip(0, 255).astype(np.uint8)], axis=1)
        for name, pixels in ((f"{number:02d}-eps{epsilon}-shown", shown), (f"{number:02d}-eps{epsilon}", after)):
            path = folder / f"{name}.png"
            path.write_bytes(encode_png(np.ascontiguousarray(pixels)))
            written.append(path)
    return written
