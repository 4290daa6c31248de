"""Pictures taken for the product of their nearest neighbour: what is recognised, and what is taken for what."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int64

__all__ = ["REPORTS", "ClassScore", "Classification", "Confusion", "classify", "nearest_labels", "write_classification"]

REPORTS = "classification.json", "classification.md"
"""Files in the folder of a run."""
_BLOCK = 2048
_SHOWN_CONFUSIONS = 50
_SHOWN_ROWS = 40


@dataclass(frozen=True, slots=True)
class ClassScore:
    """How well one product or category is recognised.

    Attributes:
        name: of it.
        n_pictures: that show it.
        precision: share of the pictures taken for it that show it; 0 where none is.
        recall: share of the pictures that show it that are taken for it.
        f1: harmonic mean of both; 0 where both are 0.
    """

    name: str
    n_pictures: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """Pictures of one product that were taken for another."""

    shown: str
    taken_for: str
    n_pictures: int


@dataclass(frozen=True, slots=True)
class Classification:
    """The report.

    Attributes:
        n_pictures: that were classified.
        accuracy: share taken for what they show.
        macro_f1: mean F1 over products, each counting the same.
        products: lowest F1 first.
        categories: likewise; empty where there are none.
        confusions: most frequent first, at most 50.
    """

    n_pictures: int
    accuracy: float
    macro_f1: float
    products: tuple[ClassScore, ...]
    categories: tuple[ClassScore, ...]
    confusions: tuple[Confusion, ...]


def nearest_labels(
    vectors: Float32[np.ndarray, "n dimension"], labels: Int64[np.ndarray, " n"]
) -> Int64[np.ndarray, " n"]:
    """Label of the most similar other picture, for each; of equal ones that of the first.

    Args:
        vectors: unit rows, at least two.
        labels: of each.
    """
    taken = np.empty(len(vectors), dtype=np.int64)
    for start in range(0, len(vectors), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(vectors)))
        similarities = vectors[rows] @ vectors.T
        similarities[rows - start, rows] = -np.inf
        taken[rows] = labels[similarities.argmax(axis=1)]
    return taken


def classify(
    vectors: Float32[np.ndarray, "n dimension"],
    labels: Int64[np.ndarray, " n"],
    names: Sequence[str],
    category_of: Sequence[str | None] = (),
) -> Classification:
    """Take each picture for the product of the most similar other one, and count.

    Pictures that are the only ones of their product cannot be right; they are left out, but others may be taken for
    them.

    Args:
        vectors: unit rows.
        labels: product of each.
        names: of products, by number.
        category_of: of products, by number; empty, or None for products without one.
    """
    sizes = np.bincount(labels, minlength=len(names))
    asked = sizes[labels] > 1
    if not asked.any():
        return Classification(0, 0.0, 0.0, (), (), ())
    taken = nearest_labels(vectors, labels)[asked]
    shown, taken = [int(item) for item in labels[asked]], [int(item) for item in taken]
    products = _scores([names[item] for item in shown], [names[item] for item in taken])
    categories: tuple[ClassScore, ...] = ()
    if category_of:
        known = [category_of[item] is not None for item in shown]
        pairs = [
            (str(category_of[a]), str(category_of[b])) for a, b, yes in zip(shown, taken, known, strict=True) if yes
        ]
        categories = _scores([a for a, _ in pairs], [b for _, b in pairs])
    wrong = Counter((names[a], names[b]) for a, b in zip(shown, taken, strict=True) if a != b)
    ordered = sorted(wrong.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN_CONFUSIONS]
    return Classification(
        n_pictures=len(shown),
        accuracy=sum(a == b for a, b in zip(shown, taken, strict=True)) / len(shown),
        macro_f1=float(np.mean([score.f1 for score in products])),
        products=products,
        categories=categories,
        confusions=tuple(Confusion(a, b, n) for (a, b), n in ordered),
    )


def _scores(shown: Sequence[str], taken: Sequence[str]) -> tuple[ClassScore, ...]:
    """Of everything that is shown, lowest F1 first."""
    right = Counter(a for a, b in zip(shown, taken, strict=True) if a == b)
    of, for_ = Counter(shown), Counter(taken)
    scores: list[ClassScore] = []
    for name in of:
        precision = right[name] / for_[name] if for_[name] else 0.0
        recall = right[name] / of[name]
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        scores.append(ClassScore(name, of[name], precision, recall, f1))
    return tuple(sorted(scores, key=lambda score: (score.f1, score.name)))


def write_classification(found: Classification, folder: Path, *, before: Classification | None = None) -> None:
    """Write ``classification.json`` and ``classification.md`` to `folder`.

    Args:
        found: of the new model.
        folder: of the run; it is there.
        before: of the initial model on the same pictures.
    """
    record = {**asdict(found), "before": None if before is None else asdict(before)}
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    for name, content in zip(REPORTS, (text, _markdown(found, before)), strict=True):
        (folder / name).write_text(content, encoding="utf-8")


def _markdown(found: Classification, before: Classification | None) -> str:
    accuracy = _changed(found.accuracy, None if before is None else before.accuracy)
    macro = _changed(found.macro_f1, None if before is None else before.macro_f1)
    lines = [
        "# What held-out pictures are taken for",
        "",
        "Each picture of a held-out product is taken for the product of the most similar other held-out picture.",
        "",
        f"{found.n_pictures} pictures: accuracy {accuracy}, mean F1 of products {macro}.",
    ]
    sections = (
        ("Categories", found.categories, () if before is None else before.categories),
        ("Products", found.products, () if before is None else before.products),
    )
    for title, scores, older in sections:
        if not scores:
            continue
        earlier = {score.name: score for score in older}
        lines += [
            "",
            f"## {title}, lowest F1 first",
            "",
            "| name | pictures | precision | recall | F1 |",
            "|---|--:|--:|--:|--:|",
        ]
        for score in scores[:_SHOWN_ROWS]:
            old = earlier.get(score.name)
            f1 = _changed(score.f1, None if old is None else old.f1)
            name = _escaped(score.name)
            lines.append(f"| {name} | {score.n_pictures} | {score.precision:.2f} | {score.recall:.2f} | {f1} |")
        if len(scores) > _SHOWN_ROWS:
            lines += ["", f"{len(scores) - _SHOWN_ROWS} more are in classification.json."]
    if found.confusions:
        lines += [
            "",
            "## Taken for another, most frequent first",
            "",
            "| shown | taken for | pictures |",
            "|---|---|--:|",
        ]
        lines += [
            f"| {_escaped(c.shown)} | {_escaped(c.taken_for)} | {c.n_pictures} |"
            for c in found.confusions[:_SHOWN_ROWS]
        ]
    return "\n".join(lines) + "\n"


def _changed(now: float, before: float | None) -> str:
    return f"{now:.3f}" if before is None else f"{now:.3f} (before {before:.3f})"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
