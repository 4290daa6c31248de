"""A learner before its first step: the head started from what the initial model sees, an objective, and batches."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64

from lookalike.errors import InvalidConfiguration
from lookalike.nets.adapter import Adapter
from lookalike.nets.assembly import Assembly
from lookalike.nets.committee import Committee
from lookalike.nets.head import POOLED, Head
from lookalike.train.bagging import products_seen
from lookalike.train.config import TrainingConfig
from lookalike.train.examples import Examples
from lookalike.train.feed import Feed, pooled
from lookalike.train.general import mixed_weights
from lookalike.train.initial_model import InitialModel
from lookalike.train.kept import pooled_rows
from lookalike.train.learner import Learner
from lookalike.train.objective.bagged import BaggedObjective
from lookalike.train.objective.nested import NestedObjective
from lookalike.train.objective.objective import Objective
from lookalike.train.preparing import Prepared
from lookalike.train.sampling import Pool, epoch_batches
from lookalike.train.team import Team

__all__ = ["Beginning", "begin"]

_STARTING_ROWS = 4096
_AT_ONCE = 64
_LEAST_CHANGE = 1e-6
"""Share of the mean squared difference between pictures that those of one label must have to count as several."""


@dataclass(frozen=True, slots=True, eq=False)
class Beginning:
    """A learner, and what it began with.

    Attributes:
        learner: takes the steps; holds other weights after each.
        adapter: of its net; None where there is none.
        weights: what learns, as it was before the first step.
    """

    learner: Learner
    adapter: Adapter | None
    weights: Mapping[str, torch.Tensor]

    def finished(self, learned: Mapping[str, torch.Tensor], share: float) -> Learner:
        """The learner with what a fit has learned, and the given share of what it began with."""
        self.learner.take(mixed_weights(learned, self.weights, share))
        return self.learner.merged()


def begin(
    initial: InitialModel,
    prepared: Prepared,
    learned: Int64[np.ndarray, " _n"],
    config: TrainingConfig,
    *,
    n_steps: int,
    team: Team,
) -> Beginning:
    """A learner of these pictures; the same ones give the same weights and batches.

    Args:
        initial: the model that is to learn; it stays as it is.
        prepared: what the run starts from.
        learned: rows of the pictures to learn from.
        config: of the run.
        n_steps: over which the schedule runs.
        team: the processes that learn together.
    """
    examples, feed = prepared.examples, prepared.feed
    generator = torch.Generator().manual_seed(config.run.seed)
    assembly, adapter = initial.to_learn(config, generator)
    shown = _shown(learned, examples.labels[learned], config)
    begun, shown_labels = _begun(initial, prepared, shown, config, assembly)
    if config.head.start == "within-whitening" and _alone(begun, shown_labels).all():
        raise InvalidConfiguration(
            "head.start within-whitening asks what pictures of one product share, and none of those learned from has "
            "two that differ: give more pictures of the same products, model.views of 1 or more where the head alone "
            "learns (model.mode head), or another head.start"
        )
    names = np.unique(examples.labels[learned])
    numbers = np.full(len(examples.names), -1, np.int64)
    numbers[names] = np.arange(len(names))
    labels = np.full(len(examples), -1, np.int64)
    labels[learned] = numbers[examples.labels[learned]]
    head = assembly.head
    assert isinstance(head, Head)
    if config.bagging.heads == 1:
        head.start(begun, generator=generator, labels=shown_labels)
        objective = _objective(config, len(names), generator)
    else:
        seen = products_seen(len(names), config.bagging, np.random.default_rng([config.run.seed, 7]))
        assembly.head = _committee(head, begun, numbers[shown_labels], seen, generator)
        objective = BaggedObjective(lambda n: _objective(config, n, generator), seen)
    pool = _pool(examples, learned, labels[learned])

    def batches(epoch: int) -> Sequence[Int64[np.ndarray, " _n"]]:
        drawn = epoch_batches(pool, config.sampling, np.random.default_rng([config.run.seed, 4, epoch]))
        return [learned[batch] for batch in drawn]

    learner = Learner(
        assembly,
        objective,
        feed,
        batches,
        labels,
        config,
        n_steps=n_steps,
        device=initial.device,
        shown=shown,
        team=team,
    )
    return Beginning(learner, adapter, learner.finished())


def _committee(
    head: Head,
    begun: Float[np.ndarray, "m channels"],
    labels: Int64[np.ndarray, " m"],
    seen: Bool[np.ndarray, "members n_products"],
    generator: torch.Generator,
) -> Committee:
    """Copies of `head`, each started from the rows of its own products; from all where those show nothing in common."""
    members = [copy.deepcopy(head) for _ in seen]
    for member, products in zip(members, seen, strict=True):
        own = np.flatnonzero(products[labels])
        if not len(own) or _alone(begun[own], labels[own]).all():
            own = np.arange(len(labels))
        member.start(begun[own], generator=generator, labels=labels[own])
    return Committee(members)


def _begun(
    initial: InitialModel,
    prepared: Prepared,
    shown: Int64[np.ndarray, " _n"],
    config: TrainingConfig,
    assembly: Assembly,
) -> tuple[Float[np.ndarray, "m channels"], Int64[np.ndarray, " m"]]:
    """What the head's linear layer takes of the pictures `shown`, and their labels.

    Where the start asks what changes within a label, a varied look of each picture that is alone stands beside the
    plain ones, if variations are kept of what is below the head: what light and angle change counts less then.
    """
    labels, feed = prepared.examples.labels[shown], prepared.feed
    if initial.given == (POOLED,):
        plain = feed.plain(shown)[POOLED].cpu().numpy()
    else:
        plain = pooled_rows(assembly, initial.onnx, prepared.examples.squares[shown], device=initial.device)
    if config.head.start != "within-whitening" or config.model.mode != "head" or not config.model.views:
        return plain, labels
    alone = _alone(plain, labels)
    rows = shown[alone]
    varied = [_varied(assembly, feed, rows[start : start + _AT_ONCE]) for start in range(0, len(rows), _AT_ONCE)]
    return np.concatenate([plain, *varied]), np.concatenate([labels, labels[alone]])


def _alone(rows: Float[np.ndarray, "m channels"], labels: Int64[np.ndarray, " m"]) -> Bool[np.ndarray, " m"]:
    """Whether a row's label has no other row that differs by more than rounding."""
    _, first, numbers = np.unique(labels, return_index=True, return_inverse=True)
    whole = np.square(rows - rows.mean(0), dtype=np.float64).sum() / len(rows)
    apart = np.square(rows - rows[first[numbers]], dtype=np.float64).sum(1)
    return ~(np.bincount(numbers, apart) > _LEAST_CHANGE * whole)[numbers]


def _varied(assembly: Assembly, feed: Feed, rows: Int64[np.ndarray, " n"]) -> Float[np.ndarray, "n channels"]:
    """What the linear layer takes of a kept variation; the head is on the device only with what learns."""
    given = {name: kept.cpu() for name, kept in feed.varied(rows, 0).items()}
    with torch.no_grad():
        return pooled(assembly, given).numpy()


def _objective(config: TrainingConfig, n_products: int, generator: torch.Generator) -> Objective | NestedObjective:
    length, sizes = config.head.dimension, config.head.sizes
    if sizes:
        return NestedObjective(
            config.objective, sizes=sizes, n_products=n_products, dimension=length, generator=generator
        )
    return Objective(config.objective, n_products=n_products, dimension=length, generator=generator)


def _shown(
    learned: Int64[np.ndarray, " _n"], labels: Int64[np.ndarray, " _n"], config: TrainingConfig
) -> Int64[np.ndarray, " _m"]:
    """Pictures that a head starts from: some of all, or all of some labels where it asks what these share."""
    chance = np.random.default_rng([config.run.seed, 3])
    if config.head.start != "within-whitening":
        return np.sort(chance.permutation(learned)[:_STARTING_ROWS])
    _, numbers = np.unique(labels, return_inverse=True)
    turns = chance.permutation(int(numbers.max()) + 1)[numbers]
    return np.sort(learned[np.argsort(turns, kind="stable")][:_STARTING_ROWS])


def _pool(examples: Examples, learned: Int64[np.ndarray, " _n"], labels: Int64[np.ndarray, " n"]) -> Pool:
    """What batches are drawn from; the catalogue of a product is that of its first picture."""
    first = learned[np.unique(labels, return_index=True)[1]]
    kinds, categories = examples.kinds[learned], examples.label_categories[examples.labels[first]]
    catalogues = np.unique(examples.catalogues[first], return_inverse=True)[1].astype(np.int64)
    return Pool(
        labels,
        categories=categories if (categories >= 0).all() else None,
        kinds=kinds if len(np.unique(kinds)) > 1 else None,
        catalogues=catalogues if len(np.unique(catalogues)) > 1 else None,
    )
