"""``quantise``: candidates are tried, the closest to the model is examined, one that loses too much is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float64, UInt8

from lookalike.compress.exam import embedded
from lookalike.compress.observation import observe
from lookalike.compress.options import QuantiseOptions, Told
from lookalike.compress.outcome import Outcome
from lookalike.compress.pictures import LEAST_SIDE
from lookalike.compress.quantisation import Rounded, plan, quantised, require_operators
from lookalike.compress.recipe import QuantisationRecipe
from lookalike.compress.subject import Subject, open_subject
from lookalike.embed.description import ModelDescription
from lookalike.embed.opening import read_model
from lookalike.errors import ModelError
from lookalike.images.corruptions.phone import phone_photograph
from lookalike.nets.graph import read_graph

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
        ModelError: the model has nothing to quantise, is quantised already, or is of operators older than integers.
        TooFewProducts: too few products to examine by.
        InvalidConfiguration: `out` holds something else.
    """
    chosen = QuantiseOptions() if options is None else options
    say: Told = (lambda _: None) if told is None else told
    description, file = read_model(model)
    require_operators(file, description.name)
    generator = np.random.default_rng(chosen.seed)
    subject = open_subject(model, source, out, queries=queries, options=chosen, generator=generator, told=say)
    candidates = _candidates(subject, chosen, generator, say)
    ranked = sorted(candidates, key=lambda one: (-round(one.mean, 5), one.recipe.n_float_layers))
    if not ranked:
        raise ModelError("no way to quantise the model was given")
    tried: dict[str, dict[str, float]] = {}
    candidate, made, after = _examined(ranked[0], subject, tried, say)
    for another in ranked[1:_EXAMINED]:
        if subject.gate.admits(subject.exam.loss(subject.before, after)):
            break
        candidate, made, after = _examined(another, subject, tried, say)
    say("timing")
    return subject.outcome(
        "quantise",
        made,
        candidate.model,
        after,
        agreement={"mean": candidate.mean, "least": candidate.least},
        details={"recipe": candidate.recipe.as_dict(), "candidates": _listed(ranked, tried)},
    )


def _examined(
    candidate: _Candidate, subject: Subject, tried: dict[str, dict[str, float]], say: Told
) -> tuple[_Candidate, ModelDescription, Float64[np.ndarray, " n"]]:
    """The candidate, its description, and what it answers right."""
    say(f"examining {candidate.recipe.name}")
    made = subject.described(candidate.model, method="quantise", precision="int8")
    after = subject.exam.recall(subject.opened(made, candidate.model))
    lost = subject.exam.loss(subject.before, after).loss
    tried[candidate.recipe.name] = {"value": lost.value, "low": lost.low, "high": lost.high}
    return candidate, made, after


def _candidates(
    subject: Subject, options: QuantiseOptions, generator: np.random.Generator, say: Told
) -> list[_Candidate]:
    graph = read_graph(subject.file)
    parts = plan(graph)
    # Compared on other pictures than those calibrated with, where there are as many.
    n = max(1, min(options.n_calibration, len(subject.squares)) // 2)
    compared = slice(n, n + _COMPARED // 2) if len(subject.squares) > n else slice(0, n)
    shown = _with_photographs(subject, slice(0, n), generator)
    asked = _with_photographs(subject, compared, generator)
    vectors = embedded(subject.opened(subject.description, subject.file), asked)
    say("calibrating")
    observation = observe(
        subject.description,
        subject.file,
        graph,
        shown,
        tensors=parts.tensors,
        layers=parts.layers,
        generator=generator,
        threads=options.threads,
    )
    rounded: Rounded = {}
    found: list[_Candidate] = []
    for recipe in options.candidates:
        if recipe.n_float_layers >= len(parts.layers):
            continue
        say(f"trying {recipe.name}")
        model = quantised(subject.file, observation, recipe, rounded=rounded)
        made = embedded(subject.opened(subject.description, model), asked)
        cosines = np.einsum("nd,nd->n", made, vectors, dtype=np.float64)
        found.append(_Candidate(recipe, model, float(cosines.mean()), float(cosines.min())))
    return found


def _with_photographs(
    subject: Subject, some: slice, generator: np.random.Generator
) -> UInt8[np.ndarray, "n size size 3"]:
    """Some pictures, and a copy of each as a phone might have taken it: photographs will be asked as well.

    Squares that are too small for that stand for themselves.
    """
    squares = subject.squares[some]
    if min(squares.shape[1:3]) < LEAST_SIDE:
        return squares
    apply = subject.description.preprocessing.apply
    draws = generator.spawn(len(squares))
    copies = [apply(phone_photograph(square, own)) for square, own in zip(squares, draws, strict=True)]
    return np.concatenate([squares, np.stack(copies)])


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
