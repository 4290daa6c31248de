"""Claims about `lookalike.train.beginning`: the same pictures begin alike, and a fit ends between both."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytest.importorskip("pytorch_metric_learning")

import torch

from lookalike.nets.committee import Committee
from lookalike.train.beginning import Beginning, begin
from lookalike.train.initial_model import InitialModel, open_initial_model
from lookalike.train.preparing import Prepared, prepare
from lookalike.train.team import ALONE, Team
from small_training import configured, task

pytestmark = [pytest.mark.torch]


def begun(tiny_model: Path, shop: Path, folder: Path, *settings: str) -> tuple[InitialModel, Prepared, Beginning]:
    config = configured(tiny_model, "adapter", "adapter.rank=2", *settings)
    initial = open_initial_model(config, "cpu")
    prepared = prepare(task(shop, config, folder), initial, lambda _: lambda done, total, seconds: None)
    return initial, prepared, begin(initial, prepared, prepared.split.learned, config, n_steps=9, team=ALONE)


def test_the_same_pictures_begin_and_step_alike_and_leave_the_initial_model_as_it_was(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    initial, prepared, first = begun(tiny_model, shop, tmp_path)
    config = configured(tiny_model, "adapter", "adapter.rank=2")
    held = {name: value.clone() for name, value in initial.assembly.state_dict().items()}
    second = begin(initial, prepared, prepared.split.learned, config, n_steps=9, team=ALONE)
    assert first.adapter is not None
    assert first.weights.keys() == second.weights.keys()
    assert all(torch.equal(value, second.weights[name]) for name, value in first.weights.items())
    assert [first.learner.advance() for _ in range(3)] == [second.learner.advance() for _ in range(3)]
    assert any(not torch.equal(value, first.weights[name]) for name, value in first.learner.finished().items())
    assert all(torch.equal(value, held[name]) for name, value in initial.assembly.state_dict().items())


def test_a_learner_sent_back_to_an_earlier_state_takes_the_same_steps_again(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    """The batch that was made ready ahead is that of another step then."""
    _, _, beginning = begun(tiny_model, shop, tmp_path)
    learner = beginning.learner
    learner.advance()
    held = copy.deepcopy(learner.state())
    losses = [learner.advance() for _ in range(3)]
    learner.load(held)
    assert [learner.advance() for _ in range(3)] == losses


def test_averaged_weights_follow_those_that_learn(tiny_model: Path, shop: Path, tmp_path: Path) -> None:
    _, _, beginning = begun(tiny_model, shop, tmp_path, "schedule.ema=0.75", "head.neck=true")
    learner = beginning.learner
    expected = {name: value.clone() for name, value in beginning.weights.items()}
    for _ in range(3):
        learner.advance()
        newest = {**dict(learner.assembly.named_parameters()), **dict(learner.assembly.named_buffers())}
        for name, value in expected.items():
            new = newest[name].detach()
            expected[name] = 0.75 * value + 0.25 * new if value.is_floating_point() else new.clone()
    found = learner.finished()
    assert any(not value.is_floating_point() for value in found.values())
    for name, value in found.items():
        np.testing.assert_allclose(value.numpy(), expected[name].numpy(), rtol=1e-5, atol=1e-6)


def test_a_finished_learner_lies_where_its_share_says(tiny_model: Path, shop: Path, tmp_path: Path) -> None:
    _, _, beginning = begun(tiny_model, shop, tmp_path, "objective.loss=multi_similarity")
    for _ in range(3):
        beginning.learner.advance()
    learned = beginning.learner.finished()
    mixed = beginning.finished(learned, 0.25).finished()
    for name, value in learned.items():
        if value.is_floating_point():
            expected = 0.75 * value.numpy() + 0.25 * beginning.weights[name].numpy()
            np.testing.assert_allclose(mixed[name].numpy(), expected, atol=1e-6)


def committee(tiny_model: Path, shop: Path, folder: Path, *more: str) -> tuple[Prepared, Beginning]:
    """Two heads and the pooling that they share, after three steps in which it learns fast."""
    settings = ("bagging.heads=2", 'head.pooling=["generalised-mean"]', "optimiser.head_rate=0.3")
    config = configured(tiny_model, "head", *settings, *more)
    initial = open_initial_model(config, "cpu")
    prepared = prepare(task(shop, config, folder), initial, lambda _: lambda done, total, seconds: None)
    beginning = begin(initial, prepared, prepared.split.learned, config, n_steps=9, team=ALONE)
    for _ in range(3):
        beginning.learner.advance()
    return prepared, beginning


def test_a_committee_is_merged_over_what_its_poolings_have_become(
    tiny_model: Path, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, beginning = committee(tiny_model, shop, tmp_path)
    seen: list[np.ndarray] = []
    merged = Committee.merged
    monkeypatch.setattr(Committee, "merged", lambda self, rows: (seen.append(rows), merged(self, rows))[1])
    learner = beginning.learner
    beginning.finished(learner.finished(), 0.0)
    assert float(learner.assembly.head.poolings[0].power.detach()) != pytest.approx(3.0, abs=0.05)
    with torch.no_grad():
        expected = learner.assembly.head.pool([prepared.feed.plain(prepared.split.learned)["features"]])
    np.testing.assert_allclose(seen[0], expected.numpy(), rtol=1e-5)


@pytest.mark.parametrize("ema", [0.0, 0.5])
def test_a_committee_is_measured_as_the_one_head_that_it_becomes(
    tiny_model: Path, shop: Path, tmp_path: Path, ema: float
) -> None:
    """While it learns, too: what is stopped at, and what settings are chosen by, is what is saved."""
    prepared, beginning = committee(tiny_model, shop, tmp_path, f"schedule.ema={ema}")
    rows, learner = prepared.split.measured, beginning.learner
    while_it_learns = learner.vectors(rows)
    assert isinstance(learner.assembly.head, Committee)
    finished = beginning.finished(learner.finished(), 0.0)
    assert finished.assembly.head.config.dimension == while_it_learns.shape[1]
    np.testing.assert_allclose(while_it_learns, finished.vectors(rows), atol=1e-5)


def test_processes_embed_with_the_one_head_that_their_leader_merged(
    tiny_model: Path, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, beginning = committee(tiny_model, shop, tmp_path)
    learned, rows = beginning.learner.finished(), prepared.split.measured
    own = beginning.finished(learned, 0.0).vectors(rows)
    # A leader whose machine found the same directions the other way round.
    monkeypatch.setattr(
        Team, "agreed", lambda self, held: {k: -v if k.startswith("projection") else v for k, v in held.items()}
    )
    np.testing.assert_allclose(beginning.finished(learned, 0.0).vectors(rows), -own, atol=1e-5)
