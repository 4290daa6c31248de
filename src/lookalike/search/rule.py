"""The calibrated rule that turns evidence into *same*, *similar* or *absent*, and what it says of itself.

`lookalike.evaluate.calibration` fits one on held-out products; the catalogue keeps it with the release; the searcher
applies it. It holds a few numbers, so applying it costs microseconds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Float64

from lookalike.errors import StoreDamaged
from lookalike.images.colouring import COLOURING_FIT
from lookalike.search.evidence import BEFORE_CENTROIDS, FEATURES, Evidence

__all__ = ["NOT_CALIBRATED", "Label", "Rule", "Thresholds", "Verdict", "Weights", "WithheldReason", "decide"]

Label: TypeAlias = Literal["same", "similar", "absent"]
WithheldReason: TypeAlias = Literal["not_calibrated", "stale", "not_a_photograph", "nothing_to_compare", "read_code"]

LARGEST_CHANGE = 0.25
"""Share of the catalogue's products, added and removed together, above which a calibration no longer holds."""


_KNOWN = (list(FEATURES), list(BEFORE_CENTROIDS))
"""Features of rules that can be applied."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic model of `FEATURES`: log-odds are ``intercept + coefficients · features``."""

    intercept: float
    coefficients: tuple[float, ...]

    @property
    def looks_at_centroids(self) -> bool:
        """Whether `Evidence.centroids` count; they cost a look at every picture of the nearest products."""
        return any(self.coefficients[len(BEFORE_CENTROIDS) :])

    def score(self, features: Float64[np.ndarray, " f"]) -> float:
        """Log-odds that the nearest product is the photographed one."""
        return self.intercept + sum(c * float(x) for c, x in zip(self.coefficients, features, strict=True))


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the verdicts change, as log-odds.

    Attributes:
        same: at least this is *same*; inf where nothing may be called so.
        absent: at most this (and below `same`) is *absent*; -inf where nothing may be called so.
        n_products: products that it was calibrated on.
    """

    same: float
    absent: float
    n_products: int

    def label(self, score: float) -> Label:
        """*same* wins where both hold."""
        if score >= self.same:
            return "same"
        return "absent" if score <= self.absent else "similar"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a search says about the nearest product, and by what right.

    Attributes:
        label: *same*, *similar*, *absent*; None where nothing can be promised.
        reason: why there is none, None where there is one.
        p_same: estimated probability that the nearest product is the photographed one, if half of all photographs
            show something that the catalogue does not have.
        error: most photographs, as a share, for which *same* may be wrong.
        absent_error: most photographs of products in the catalogue, as a share, that may be called *absent*.
        calibrated_on: when, UTC.
        n: products that the thresholds were calibrated on.
        per: the category whose thresholds were used, or ``all``.
        golden: what it was calibrated with.
        outside_filter: the photographed product is in the catalogue, by this verdict, but not within the filter.
        product_key: the product that it is about, the nearest; None where there is no verdict.
    """

    label: Label | None
    reason: WithheldReason | None = None
    p_same: float | None = None
    error: float | None = None
    absent_error: float | None = None
    calibrated_on: str | None = None
    n: int | None = None
    per: str | None = None
    golden: str | None = None
    outside_filter: bool = False
    product_key: int | None = None

    def details(self) -> dict[str, object]:
        """Everything but the label, JSON-ready; the contract's ``verdict_details``."""
        if self.label is None:
            return {"reason": self.reason}
        return {
            "p_same": None if self.p_same is None else round(self.p_same, 4),
            "error": self.error,
            "absent_error": self.absent_error,
            "calibrated_on": self.calibrated_on,
            "n": self.n,
            "per": self.per,
            "golden": self.golden,
            "outside_filter": self.outside_filter,
        }


NOT_CALIBRATED = Verdict(None, "not_calibrated")


@dataclass(frozen=True, slots=True)
class Rule:
    """A calibration as it is applied and stored.

    Attributes:
        weights: of the features.
        pooled: thresholds for everything.
        categories: thresholds of those categories of the nearest product that had enough data.
        error: see `Verdict`.
        absent_error: see `Verdict`.
        n_products: products in the catalogue when it was calibrated.
        last_product: largest product key then; keys rise and are never reused.
        fingerprint: of the release's model.
        calibrated_on: UTC, ISO 8601.
        golden: what it was calibrated with.
        measured: cross-validated rates with intervals, and the risk-coverage curve; for people, not used here.
        colours: whether the similarities that it was fitted on had colours in them.
    """

    weights: Weights
    pooled: Thresholds
    categories: Mapping[str, Thresholds]
    error: float
    absent_error: float
    n_products: int
    last_product: int
    fingerprint: str
    calibrated_on: str
    golden: str
    measured: Mapping[str, object] = field(default_factory=dict[str, object])
    colours: bool = False

    def change(self, n_kept: int, n_added: int) -> float:
        """Products added and removed since, over those of then.

        Args:
            n_kept: products now whose key is at most `last_product`.
            n_added: products now whose key is larger.
        """
        return (self.n_products - n_kept + n_added) / max(self.n_products, 1)

    def as_dict(self) -> dict[str, object]:
        """JSON-ready; infinite thresholds become None."""
        return {
            "features": list(FEATURES),
            "intercept": self.weights.intercept,
            "coefficients": list(self.weights.coefficients),
            "pooled": _thresholds_as_dict(self.pooled),
            "categories": {name: _thresholds_as_dict(one) for name, one in self.categories.items()},
            "error": self.error,
            "absent_error": self.absent_error,
            "n_products": self.n_products,
            "last_product": self.last_product,
            "fingerprint": self.fingerprint,
            "calibrated_on": self.calibrated_on,
            "golden": self.golden,
            "measured": dict(self.measured),
            "colours": COLOURING_FIT if self.colours else 0,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, object]) -> Rule | None:
        """What `as_dict` gave; None where it speaks of other features or colours than this version computes.

        Raises:
            StoreDamaged: it is not what `as_dict` gives.
        """
        try:
            features = _list(document["features"])
            if features not in _KNOWN or document.get("colours", 0) not in (0, COLOURING_FIT):
                return None
            return cls(
                weights=Weights(_number(document["intercept"]), _coefficients(document["coefficients"], len(features))),
                pooled=_thresholds(document["pooled"]),
                categories={name: _thresholds(one) for name, one in _object(document["categories"]).items()},
                error=_number(document["error"]),
                absent_error=_number(document["absent_error"]),
                n_products=int(_number(document["n_products"])),
                last_product=int(_number(document["last_product"])),
                fingerprint=str(document["fingerprint"]),
                calibrated_on=str(document["calibrated_on"]),
                golden=str(document["golden"]),
                measured=_object(document["measured"]),
                # Absent from rules of versions that judged by the model's vectors alone.
                colours=document.get("colours", 0) == COLOURING_FIT,
            )
        except (KeyError, TypeError) as error:
            raise StoreDamaged(
                f"the stored calibration cannot be read ({error}): run `lookalike calibrate` again"
            ) from error


def decide(rule: Rule, evidence: Evidence, category: str | None) -> Verdict:
    """The verdict on one query.

    Args:
        rule: of the release that answered.
        evidence: over the whole catalogue, no filter applied.
        category: of the nearest product, None where it has none.
    """
    score = rule.weights.score(evidence.features())
    own = None if category is None else rule.categories.get(category)
    thresholds = rule.pooled if own is None else own
    return Verdict(
        label=thresholds.label(score),
        p_same=1.0 / (1.0 + math.exp(-max(-500.0, min(500.0, score)))),
        error=rule.error,
        absent_error=rule.absent_error,
        calibrated_on=rule.calibrated_on,
        n=thresholds.n_products,
        per="all" if own is None else category,
        golden=rule.golden,
        product_key=evidence.product_key,
    )


def _thresholds_as_dict(one: Thresholds) -> dict[str, object]:
    return {
        "same": one.same if math.isfinite(one.same) else None,
        "absent": one.absent if math.isfinite(one.absent) else None,
        "n_products": one.n_products,
    }


def _thresholds(value: object) -> Thresholds:
    one = _object(value)
    same, absent = one["same"], one["absent"]
    return Thresholds(
        math.inf if same is None else _number(same),
        -math.inf if absent is None else _number(absent),
        int(_number(one["n_products"])),
    )


def _coefficients(value: object, n: int) -> tuple[float, ...]:
    found = [_number(one) for one in _list(value)]
    if len(found) != n:
        raise TypeError(f"expected {n} coefficients, received {len(found)}")
    return tuple(found + [0.0] * (len(FEATURES) - n))


def _number(value: object) -> float:
    if isinstance(value, int | float):
        return float(value)
    raise TypeError(f"expected a number, received {value!r}")


def _list(value: object) -> list[object]:
    if isinstance(value, list):
        return list(value)
    raise TypeError(f"expected a list, received {value!r}")


def _object(value: object) -> dict[str, object]:
    if isinstance(value, Mapping):
        return {str(name): one for name, one in value.items()}
    raise TypeError(f"expected an object, received {value!r}")
