"""Claims about `lookalike.train.tuning.space`."""

from __future__ import annotations

from typing import get_args

import pytest

from lookalike.errors import InvalidConfiguration
from lookalike.train import recipe
from lookalike.train.config import with_settings
from lookalike.train.objective.config import LossName
from lookalike.train.tuning import Dimension, default_space, read_space
from lookalike.train.tuning.space import tried_config


@pytest.mark.parametrize("mode", ["head", "adapter", "full"])
def test_the_default_spaces_are_valid_and_differ_in_what_is_trained(mode) -> None:
    names = [dimension.name for dimension in default_space(recipe(mode))]
    assert len(set(names)) == len(names)
    assert ("optimiser.backbone_rate" in names) == (mode != "head")


@pytest.mark.parametrize(
    ("start", "tried"),
    [("within-whitening", {"head.shrinkage"}), ("pca-whitening", {"head.whitening"}), ("pca", set()),
     ("random", set())],
)  # fmt: skip
def test_of_a_head_is_tried_what_its_start_looks_at(start: str, tried: set[str]) -> None:
    config = with_settings(recipe("head"), {}, [f"head.start={start}"])
    space = {dimension.name: dimension for dimension in default_space(config)}
    assert {name for name in space if name.startswith("head.")} == tried
    assert all(space[name].holds(getattr(config.head, name.removeprefix("head."))) for name in tried)


@pytest.mark.parametrize("loss", get_args(LossName))
def test_the_default_space_holds_what_the_loss_begins_with(loss: str) -> None:
    config = with_settings(recipe("head"), {}, [f"objective.loss={loss}"])
    space = {dimension.name: dimension for dimension in default_space(config)}
    for name, value in (("margin", config.objective.margin_used), ("scale", config.objective.scale_used)):
        assert (f"objective.{name}" in space) == (value is not None)
        assert value is None or space[f"objective.{name}"].holds(value)


def test_a_space_is_read_from_plain_values() -> None:
    record = {
        "optimiser": {"head_rate": {"low": 1e-4, "high": 1e-2, "log": True}},
        "objective": {"loss": {"choices": ["triplet", "proxy_anchor"]}},
        "sampling": {"n_pictures": {"low": 2, "high": 8}},
    }
    assert read_space(record) == (
        Dimension("optimiser.head_rate", 1e-4, 1e-2, log=True),
        Dimension("objective.loss", choices=("triplet", "proxy_anchor")),
        Dimension("sampling.n_pictures", 2, 8),
    )


def test_everything_wrong_with_a_space_is_said_at_once() -> None:
    record = {
        "optimiser": {"head_rates": {"low": 1.0, "high": 2.0}, "head_rate": {"lowest": 1.0}},
        "augmentation": {"shift": {"low": 0.0, "high": 0.2}},
        "objective": {"margin": {"low": 0.3, "high": 0.1}},
    }
    with pytest.raises(InvalidConfiguration) as raised:
        read_space(record)
    for part in (
        "no setting optimiser.head_rates",
        "lowest",
        "augmentation.shift cannot be searched",
        "low below high",
    ):
        assert part in str(raised.value)
    with pytest.raises(InvalidConfiguration, match="nothing to try"):
        read_space({})


def test_a_trial_takes_no_margin_and_no_scale_that_its_loss_does_not_have() -> None:
    config = with_settings(recipe("head"), {}, ["objective.margin=0.2"])
    values = {"objective.margin": 0.3, "objective.scale": 16.0}
    for loss, margin, scale in (
        ("proxy_anchor", 0.3, 16.0), ("triplet", 0.3, None), ("normalised_softmax", None, 16.0),
    ):  # fmt: skip
        objective = tried_config(config, {"objective.loss": loss, **values}).objective
        assert (objective.loss, objective.margin, objective.scale) == (loss, margin, scale)
    assert tried_config(config, {"objective.loss": "normalised_softmax"}).objective.margin is None
