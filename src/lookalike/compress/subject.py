"""A model that is to become smaller, with the pictures and questions by which it is judged."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float64, UInt8

from lookalike.compress.exam import Exam, embedded, make_exam
from lookalike.compress.folder import write_folder
from lookalike.compress.measuring import measure_pair
from lookalike.compress.options import QuantiseOptions, ShrinkOptions, Told
from lookalike.compress.outcome import Gate, Outcome, told_exam
from lookalike.compress.pictures import read_pictures, read_questions_of
from lookalike.embed.description import ModelDescription
from lookalike.embed.model_folder import require_free
from lookalike.embed.onnx_embedder import OnnxEmbedder, OnnxOptions
from lookalike.embed.opening import model_card, read_model
from lookalike.errors import CompressionRefused, ModelError
from lookalike.evaluate.kept_trials import learned_products
from lookalike.images import Preprocessing
from lookalike.images.corruptions.phone import phone_photograph
from lookalike.nets.full_precision import is_in_half_precision
from lookalike.types import Rejection

__all__ = ["Subject", "open_subject", "read_float_model"]


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What every way of making a model smaller starts from.

    Attributes:
        description: of the model.
        file: its ONNX file.
        card: its card, where it has one.
        learned: products that it has learned to tell apart, as far as its folder says so.
        squares: pictures of the catalogue, in an order of chance.
        contents: SHA-256 of the bytes of each.
        asked: likewise of the photographs that were brought to be examined by.
        exam: questions.
        before: what the model answers right.
        gate: how much of that may be lost.
        rejected: pictures and rows that could not be used.
        out: folder to write.
        threads: of the runtimes.
        started: when it began, by the clock of `time.perf_counter`.
    """

    description: ModelDescription
    file: bytes
    card: str | None
    learned: frozenset[str]
    squares: UInt8[np.ndarray, "n size size 3"]
    contents: tuple[str, ...]
    asked: frozenset[str]
    exam: Exam
    before: Float64[np.ndarray, " n_questions"]
    gate: Gate
    rejected: tuple[Rejection, ...]
    out: Path
    threads: int | None
    started: float

    def opened(self, description: ModelDescription, file: bytes) -> OnnxEmbedder:
        """An embedder of a model, on as many threads as were asked for."""
        return OnnxEmbedder(description, file, OnnxOptions(threads=self.threads))

    def described(
        self, file: bytes, *, method: str, precision: str = "fp32", preprocessing: Preprocessing | None = None
    ) -> ModelDescription:
        """The description of a model that was made of this one, with other `preprocessing` where one is given."""
        before = self.description
        made_by = f"{before.name} {before.version} ({before.fingerprint[:12]}), by lookalike {method}; {before.source}"
        return replace(
            before,
            name=self.out.name or "model",
            version=f"{before.version}-{'int8' if precision == 'int8' else method}",
            weights_sha256=hashlib.sha256(file).hexdigest(),
            source=made_by,
            precision=precision,
            preprocessing=before.preprocessing if preprocessing is None else preprocessing,
        )

    def outcome(
        self,
        method: str,
        description: ModelDescription,
        file: bytes,
        after: Float64[np.ndarray, " _n"],
        *,
        agreement: Mapping[str, float],
        details: Mapping[str, object],
    ) -> Outcome:
        """The table of before and after; written to the folder where the gate admits it.

        Raises:
            CompressionRefused: it does not.
        """
        loss = self.exam.loss(self.before, after)
        kept = self.gate.admits(loss)
        measured = measure_pair(
            (self.description, self.file), (description, file), self.exam, (self.before, after), threads=self.threads
        )
        told = Outcome(
            method=method,
            before=measured[0],
            after=measured[1],
            loss=loss,
            allowed=self.gate.allowed,
            kept=kept,
            exam=told_exam(self.exam),
            agreement=agreement,
            details=details,
            rejected=self.rejected,
            seconds=time.perf_counter() - self.started,
            model=str(self.out) if kept else None,
        )
        if not kept:
            raise CompressionRefused(
                f"{self.description.name} loses too much, {told.sentence()}: nothing was written. Give more pictures, "
                "more questions with --queries, or allow more with --allow-loss",
                outcome=told,
            )
        write_folder(self.out, description, file, told, original_card=self.card, learned=self.learned)
        return told


def read_float_model(model: str | Path | None, out: Path) -> tuple[ModelDescription, bytes]:
    """Description and ONNX file of a model that can be made smaller and written to `out`.

    Raises:
        InvalidConfiguration: `out` holds something else.
        ModelError: the model is not in float.
    """
    require_free(out)
    description, file = read_model(model)
    if description.precision != "fp32":
        raise ModelError(f"{description.name} is in {description.precision} already; use the model that it was made of")
    if is_in_half_precision(file):
        raise ModelError(f"{description.name} is in half precision; use the model in float that it was made of")
    return description, file


def open_subject(
    model: str | Path | None,
    source: str | Path,
    out: Path,
    *,
    queries: Path | None,
    options: QuantiseOptions | ShrinkOptions,
    generator: np.random.Generator,
    told: Told,
) -> Subject:
    """Read a model and a catalogue, and let the model sit the exam.

    Args:
        model: name, folder or ONNX file.
        source: catalogue.
        out: folder that will be written; refused now rather than later where it cannot be.
        queries: photographs to examine by.
        options: how much is looked at, and how much may be lost.
        generator: source of randomness.
        told: called with what is being done.

    Raises:
        InvalidConfiguration: `out` holds something else.
        ModelError: the model is not in float.
        TooFewProducts: too few products to examine by.
    """
    gate = Gate(options.allowed_loss)
    started = time.perf_counter()
    description, file = read_float_model(model, out)
    told("reading pictures")
    asked = None if queries is None else read_questions_of(queries, description.preprocessing, generator=generator)
    pictures = read_pictures(
        source,
        description.preprocessing,
        most=options.most_pictures,
        generator=generator,
        distort=None if queries is not None else phone_photograph,
        first=() if asked is None else {one for cell in asked.products for one in cell.split("|")},
    )
    original = OnnxEmbedder(description, file, OnnxOptions(threads=options.threads))
    told("embedding with the original")
    vectors = embedded(original, pictures.squares)
    pictures, vectors = pictures.with_vectors(vectors, description.name), vectors[vectors.any(axis=1)]
    exam = make_exam(pictures, vectors, photographs=asked, most=options.most_questions, generator=generator)
    before = exam.scored(vectors, vectors[exam.rows] if exam.queries is None else embedded(original, exam.queries))
    order = generator.permutation(len(pictures))
    return Subject(
        description,
        file,
        model_card(model),
        frozenset() if model is None else learned_products(Path(model)),
        pictures.squares[order],
        tuple(pictures.contents[place] for place in order.tolist()),
        frozenset() if asked is None else frozenset(asked.contents),
        exam,
        before,
        gate,
        (*pictures.rejected, *(() if asked is None else asked.rejected)),
        out,
        options.threads,
        started,
    )
