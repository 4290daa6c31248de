"""What verdicts of a trained model can be calibrated on: fits that each do without a share of the products."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
from jaxtyping import Int64

from lookalike.errors import InvalidConfiguration
from lookalike.evaluate.kept_trials import KeptTrials, learned_products
from lookalike.train.config import TrainingConfig
from lookalike.train.crossing import Deal, crossed, deal
from lookalike.train.general import beside
from lookalike.train.learner import Learner
from lookalike.train.preparing import Prepared

__all__ = ["Fitted", "deal_verdicts", "verdict_trials"]

Fitted: TypeAlias = Callable[[Int64[np.ndarray, " _n"]], Learner]
"""Of the rows to learn from a learner that has learned from them and from no others."""


def deal_verdicts(prepared: Prepared, config: TrainingConfig) -> Deal:
    """Who is left out of which fit, where that can be told.

    Args:
        prepared: what the run starts from.
        config: of the run; with `verdict.folds`.

    Raises:
        InvalidConfiguration: the initial model has met these products, or the general vectors are not there.
        TooFewProducts: fewer than two products can be asked.
    """
    examples = prepared.examples
    if config.general.share and not len(prepared.vectors):
        raise InvalidConfiguration(
            "verdict.folds with general.share needs products held out: set stopping.held_out, or general.share to 0"
        )
    met = learned_products(Path(config.model.init)) & set(examples.names) if config.model.init else frozenset[str]()
    if met:
        raise InvalidConfiguration(
            f"{config.model.init} has learned from {len(met)} of these products already, so that they cannot be "
            "strangers to it: start from the model that it was made of, or leave verdict.folds at 0"
        )
    generator = np.random.default_rng([config.run.seed, 7])
    return deal(examples.labels, examples.kinds, n_folds=config.verdict.folds, generator=generator)


def verdict_trials(dealt: Deal, prepared: Prepared, config: TrainingConfig, fitted: Fitted) -> KeptTrials:
    """The trials of every product, each asked of a model that was fitted without it.

    Args:
        dealt: who is left out of which fit.
        prepared: what the run starts from.
        config: of the run; the initial model's share in the finished one is its share here.
        fitted: fits a model.

    Raises:
        TooFewProducts: a fold has nothing to be compared with.
    """
    examples, share, initial = prepared.examples, config.general.share, prepared.vectors

    def fit(rows: Int64[np.ndarray, " _n"]) -> Callable[[Int64[np.ndarray, " _m"]], np.ndarray]:
        learner = fitted(rows)

        def vectors(asked: Int64[np.ndarray, " _m"]) -> np.ndarray:
            own = learner.vectors(asked)
            return beside(own, initial[asked], share) if share else own

        return vectors

    trials = crossed(dealt, examples.labels, fit, categories=examples.category_of())
    catalogue = {examples.names[label] for label in np.unique(examples.labels[dealt.shown]).tolist()}
    return KeptTrials(trials, frozenset(catalogue))
