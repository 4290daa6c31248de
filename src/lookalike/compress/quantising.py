"""``quantise``: candidates are tried, the closest to the model is examined, one that loses too much is refused."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lookalike.compress.exam import embedded, make_exam
from lookalike.compress.folder import require_free, write_folder
from lookalike.compress.measuring import measure_pair
from lookalike.compress.observation import observe
from lookalike.compress.options import QuantiseOptions, Told
from lookalike.compress.outcome import Gate, Outcome, told_exam
from lookalike.compress.pictures import read_pictures, read_questions_of
from lookalike.compress.quantisation import Rounded, plan, quantised
from lookalike.compress.recipe import QuantisationRecipe
from lookalike.embed.description import ModelDescription
from lookalike.embed.onnx_embedder import OnnxEmbedder, OnnxOptions
from lookalike.embed.opening import model_card, read_model
from lookalike.errors import CompressionRefused, ModelError
from lookalike.images.corruptions.phone import phone_photograph
from lookalike.nets.graph import read_graph
from lookalike.types import Vectors

__all__ = ["quantise_model"]

_COMPARED = 64
_EXAMINED = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    recipe: QuantisationRecipe
    model: bytes
    mean: float
    least: float


def quantise_model(
    model: str | Path | None,
    source: str | Path,
    out: Path,
    *,
    queries: Path | None = None,
    options: QuantiseOptions | None = None,
    told: Told | None = None,
) -> Outcome:
    """Write `model` in integers of eight bits into the folder `out`, unless it loses too much.

    Ranges are taken of pictures of `source`, without labels. Every candidate is compared with the model by the cosine
    of their vectors, which needs few pictures; the closest three, from the closest on, are examined until one passes.

    Args:
        model: as for `lookalike.embed.open_embedder`, but not a model of another library.
        source: catalogue that calibrates and, without `queries`, examines.
        out: folder to write.
        queries: photographs of products of `source`, with their ``product_id``, to be examined by.
        options: how much is looked at.
        told: called with what is being done.

    Raises:
        CompressionRefused: every one of the three loses more than allowed; nothing was written.
        ModelError: the model has nothing to quantise, or is quantised already.
        TooFewProducts: too few products to examine by.
        InvalidConfiguration: `out` holds something else.
    """
    started = time.perf_counter()
    chosen = QuantiseOptions() if options is None else options
    gate = Gate(chosen.allowed_loss)
    say = (lambda _: None) if told is None else told
    require_free(out)
    description, file = read_model(model)
    if description.precision != "fp32":
        raise ModelError(f"{description.name} is in {description.precision} already; quantise the model it was made of")
    generator = np.random.default_rng(chosen.seed)
    say("reading pictures")
    pictures = read_pictures(
        source,
        description.preprocessing,
        most=chosen.most_pictures,
        generator=generator,
        distort=None if queries is not None else phone_photograph,
    )
    asked = None if queries is None else read_questions_of(queries, description.preprocessing, generator=generator)
    original = OnnxEmbedder(description, file, OnnxOptions(threads=chosen.threads))
    say("embedding with the original")
    vectors = embedded(original, pictures.squares)
    exam = make_exam(pictures, vectors, photographs=asked, most=chosen.most_questions, generator=generator)
    before = exam.scored(vectors, vectors[exam.rows] if exam.queries is None else embedded(original, exam.queries))
    order = generator.permutation(len(pictures))
    say("calibrating")
    candidates = _candidates(description, file, pictures.squares[order], vectors[order], chosen, generator, say)
    ranked = sorted(candidates, key=lambda one: (-round(one.mean, 5), one.recipe.n_float_layers))
    tried: dict[str, dict[str, float]] = {}
    for candidate in ranked[:_EXAMINED]:
        say(f"examining {candidate.recipe.name}")
        made = replace(
            description,
            name=out.name or "model",
            version=f"{description.version}-int8",
            weights_sha256=hashlib.sha256(candidate.model).hexdigest(),
            source=f"{description.name} {description.version} ({description.fingerprint[:12]}), by lookalike quantise; "
            + description.source,
            precision="int8",
        )
        after = exam.recall(OnnxEmbedder(made, candidate.model, OnnxOptions(threads=chosen.threads)))
        loss = exam.loss(before, after)
        kept = gate.admits(loss)
        tried[candidate.recipe.name] = {"value": loss.loss.value, "low": loss.loss.low, "high": loss.loss.high}
        if not kept and candidate is not ranked[:_EXAMINED][-1]:
            continue
        say("timing")
        measured = measure_pair(
            (description, file), (made, candidate.model), exam, (before, after), threads=chosen.threads
        )
        outcome = Outcome(
            method="quantise",
            before=measured[0],
            after=measured[1],
            loss=loss,
            allowed=gate.allowed,
            kept=kept,
            exam=told_exam(exam),
            agreement={"mean": candidate.mean, "least": candidate.least},
            details={"recipe": candidate.recipe.as_dict(), "candidates": _listed(ranked, tried)},
            rejected=(*pictures.rejected, *(() if asked is None else asked.rejected)),
            seconds=time.perf_counter() - started,
            model=str(out) if kept else None,
        )
        if kept:
            write_folder(out, made, candidate.model, outcome, original_card=model_card(model))
            return outcome
        raise CompressionRefused(
            f"the closest of {len(ranked)} ways to quantise {description.name} lose too much, {outcome.sentence()}: "
            "give more pictures to --calibrate, more questions with --queries, or allow more with --allow-loss",
            report=outcome.as_dict(),
        )
    raise ModelError("no way to quantise the model was given")


def _candidates(
    description: ModelDescription,
    file: bytes,
    squares: np.ndarray,
    vectors: Vectors,
    options: QuantiseOptions,
    generator: np.random.Generator,
    say: Told,
) -> list[_Candidate]:
    graph = read_graph(file)
    parts = plan(graph)
    # Compared on other pictures than those calibrated with, where there are as many.
    n = min(options.n_calibration, max(1, len(squares) // 2))
    observation = observe(
        description,
        file,
        graph,
        squares[:n],
        tensors=parts.tensors,
        layers=parts.layers,
        generator=generator,
        threads=options.threads,
    )
    compared = slice(n, n + _COMPARED) if len(squares) > n else slice(0, n)
    rounded: Rounded = {}
    found: list[_Candidate] = []
    for recipe in options.candidates:
        if recipe.n_float_layers >= len(parts.layers):
            continue
        say(f"trying {recipe.name}")
        model = quantised(file, observation, recipe, rounded=rounded)
        made = OnnxEmbedder(description, model, OnnxOptions(threads=options.threads)).embed(squares[compared])
        cosines = np.einsum("nd,nd->n", made, vectors[compared], dtype=np.float64)
        found.append(_Candidate(recipe, model, float(cosines.mean()), float(cosines.min())))
    return found


def _listed(ranked: Sequence[_Candidate], tried: dict[str, dict[str, float]]) -> list[dict[str, object]]:
    return [
        {
            "name": one.recipe.name,
            "agreement": {"mean": one.mean, "least": one.least},
            "bytes": len(one.model),
            "loss": tried.get(one.recipe.name),
        }
        for one in ranked
    ]
