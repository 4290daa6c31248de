"""Which measurement of a fit its model is of, and when a fit stops."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")

import torch

from lookalike.train.config import StoppingConfig
from lookalike.train.fitting import Fitting, fit
from lookalike.train.held_out import HeldOut
from lookalike.train.learner import Learner

pytestmark = [pytest.mark.torch]

N_PRODUCTS = 12
LABELS = np.repeat(np.arange(N_PRODUCTS), 2)


def told_apart(n_wrong: int) -> np.ndarray:
    """Vectors of two pictures a product with which the pictures of the first `n_wrong` products find each other's."""
    places = LABELS.copy()
    seconds = np.flatnonzero(n_wrong > LABELS)[1::2]
    places[seconds] = np.roll(places[seconds], -1)
    return np.eye(N_PRODUCTS, dtype=np.float32)[places]


def scripted(script: Sequence[int], step: int) -> Learner:
    """A learner that gets `script[n]` products wrong after n steps."""
    learner = Learner.__new__(Learner)

    def advance() -> float:
        learner.step += 1
        return 1.0

    vars(learner).update(
        step=step,
        advance=advance,
        vectors=lambda rows: told_apart(script[learner.step])[rows],
        finished=lambda: {"step": torch.tensor(learner.step)},
    )
    return learner


def fitted(
    script: Sequence[int],
    stopping: StoppingConfig,
    *,
    initial: np.ndarray | None = None,
    share: float = 0.0,
    state: Fitting | None = None,
    begun: int = 0,
    until: int | None = None,
    n_products: int = N_PRODUCTS,
) -> Fitting:
    """A fit that measures after every step."""
    own = told_apart(0) if initial is None else initial
    rows = np.flatnonzero(np.isin(LABELS, range(n_products)))
    return fit(
        scripted(script, begun),
        Fitting() if state is None else state,
        phase="search",
        until=len(script) - 1 if until is None else until,
        steps_per_epoch=1,
        stopping=stopping,
        held_out=HeldOut(rows, LABELS[rows], own[rows], share),
        save=lambda _: None,
    )


def test_the_last_measurement_that_is_not_told_from_the_highest_is_taken() -> None:
    found = fitted([6, 0, 2, 9, 2, 9], StoppingConfig())
    assert (found.taken_step, found.learned["step"]) == (4, 4)
    assert found.taken is not None
    assert found.taken.map_at_r.value == pytest.approx(10 / 12)
    assert [entry.get("taken") for entry in found.history] == [None, True, True, False, True, False]


def test_steps_that_lose_beyond_the_interval_stop_it_when_there_are_as_many_in_a_row_as_its_patience() -> None:
    found = fitted([6, 0, 9, 2, 9, 9, 0], StoppingConfig(patience=2))
    assert [entry["step"] for entry in found.history] == [0, 1, 2, 3, 4, 5]
    assert found.taken_step == 3


def test_what_is_a_little_worse_each_time_is_told_from_the_highest_and_not_from_the_one_before() -> None:
    found = fitted([6, 0, 2, 4, 6, 8, 10, 12], StoppingConfig(patience=0))
    assert found.taken_step == 2


def test_a_collapse_is_seen_with_few_products_too() -> None:
    assert fitted([4, 0, 3, 3], StoppingConfig(), n_products=4).taken_step == 1


def test_the_highest_alone_is_taken_where_that_is_asked_for() -> None:
    found = fitted([6, 2, 0, 2, 2], StoppingConfig(taken="highest", patience=2))
    assert (found.taken_step, found.learned["step"]) == (2, 2)


def test_what_is_measured_has_the_share_of_the_initial_model() -> None:
    script = [0, 12, 12]
    alone = fitted(script, StoppingConfig())
    shared = fitted(script, StoppingConfig(), share=0.6)
    assert alone.taken is not None
    assert shared.taken is not None
    assert (alone.taken.map_at_r.value, shared.taken.map_at_r.value) == (0.0, 1.0)


def test_a_fit_that_goes_on_from_a_checkpoint_takes_what_it_would_have_taken() -> None:
    script = [6, 0, 2, 9, 6, 9]
    whole = fitted(script, StoppingConfig())
    part = fitted(script, StoppingConfig(), until=2)
    resumed = fitted(script, StoppingConfig(), state=Fitting.from_state(part.as_state()), begun=2)
    assert (resumed.taken_step, resumed.taken) == (whole.taken_step, whole.taken) == (2, part.taken)
    assert resumed.waited == whole.waited == 3
