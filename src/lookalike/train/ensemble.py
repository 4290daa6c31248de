"""Two models as one: where they learned differently, what one of them gets wrong the other may get right."""

from __future__ import annotations

import importlib.util
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from lookalike.embed.description import ModelDescription
from lookalike.embed.model_folder import as_json, require_free, write_model_folder
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.embed.opening import read_model
from lookalike.errors import MissingExtra, ModelError
from lookalike.evaluate.kept_trials import learned_products, told_learned
from lookalike.train.general import beside
from lookalike.train.parity import check_parity

__all__ = ["Ensemble", "ensemble"]

_N_TRIED = 4
"""Pictures of noise on which the file is compared with its two models."""


@dataclass(frozen=True, slots=True)
class Ensemble:
    """What was written.

    Attributes:
        model: folder.
        fingerprint: of the new model.
        dimension: of its vectors: those of both together.
        share: of the second model in its similarity.
        explained: whether its similarity splits over the places of a map, as that of each of the two does.
        bytes: of its file.
    """

    model: str
    fingerprint: str
    dimension: int
    share: float
    explained: bool
    bytes: int

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return asdict(self)


def ensemble(first: str | Path | None, second: str | Path | None, out: Path, *, share: float = 0.5) -> Ensemble:
    """Write a model whose similarity is (1 - share) times that of `first` plus share times that of `second`.

    What both compute from the same numbers, such as frozen layers or an initial model that both keep, is computed once
    (`lookalike.nets.side_by_side`).

    Args:
        first: name, folder or ONNX file; None for the packaged default.
        second: likewise; it must see pictures as the first does.
        out: folder to write; a model that was there is replaced.
        share: of the second, above 0 and below 1.

    Raises:
        MissingExtra: torch or onnx is not installed.
        InvalidConfiguration: `share` out of range, or `out` holds something else than a model.
        ModelError: the two do not see pictures alike, or the file does not give what they give.

    Reference:
        Hansen and Salamon 1990, "Neural network ensembles" (IEEE TPAMI 12, 10). Deviation: similarities are averaged,
        not answers.
    """
    if any(importlib.util.find_spec(name) is None for name in ("torch", "onnx")):
        raise MissingExtra(needed_for="two models as one", extra="train")
    from lookalike.nets.full_precision import in_full_precision
    from lookalike.nets.side_by_side import side_by_side

    require_free(out)
    read = read_model(first), read_model(second)
    models = tuple((description, in_full_precision(file)) for description, file in read)
    ours, theirs = (description for description, _ in models)
    if ours.preprocessing != theirs.preprocessing:
        raise ModelError(
            f"{ours.name} and {theirs.name} do not see pictures alike ({ours.preprocessing} and "
            f"{theirs.preprocessing}): expected two models of the same size, fit and normalisation"
        )
    description, file = side_by_side(models[0], models[1], share=share)
    size = description.preprocessing.size_pixels
    pixels = np.random.default_rng(0).integers(0, 256, (_N_TRIED, size, size, 3), dtype=np.uint8)
    apart = [OnnxEmbedder(*one).embed(pixels) for one in models]
    check_parity(beside(apart[0], apart[1], share), OnnxEmbedder(description, file), pixels)
    made_of = f"{1 - share:g} of {_named(ours)}, {share:g} of {_named(theirs)}"
    licences = tuple(dict.fromkeys((ours.licence, theirs.licence)))
    description = replace(
        description,
        name=out.name or "model",
        version="1",
        licence=" and ".join(licences),
        source=f"lookalike ensemble {version('lookalike')}: {made_of}",
    )
    files: dict[str, bytes | str] = {
        "model.onnx": file,
        "description.json": as_json(description.as_dict()),
        "CARD.md": _card(description, (ours, theirs), share),
    }
    learned = [learned_products(Path(one)) for one in (first, second) if one is not None]
    write_model_folder(out, {**files, **told_learned(frozenset[str]().union(*learned))})
    return Ensemble(
        str(out), description.fingerprint, description.dimension, share, description.projection is not None, len(file)
    )


def _named(description: ModelDescription) -> str:
    return f"{description.name} {description.version} ({description.fingerprint[:12]})"


def _card(description: ModelDescription, models: tuple[ModelDescription, ModelDescription], share: float) -> str:
    facts = [
        *(
            (f"{part:g} of the similarity", f"{one.name}, version {one.version}, fingerprint {one.fingerprint[:12]}")
            for one, part in zip(models, (1 - share, share), strict=True)
        ),
        ("vectors", f"{description.dimension} values"),
        ("licence", description.licence),
        ("file", f"`model.onnx`, SHA-256 {description.weights_sha256}"),
        *((f"{one.name} is", one.source) for one in models),
    ]
    return "\n".join(
        [
            f"# {description.name}",
            "",
            "| | |",
            "|---|---|",
            *(f"| {name} | {text} |" for name, text in facts),
            "",
            "Two models side by side. What it is worth was not measured when it was made: `lookalike evaluate` and",
            "`lookalike compare` tell on your own queries. What either is worse at is in its own card.",
            "",
        ]
    )
