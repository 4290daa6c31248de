"""Claims about `lookalike.train.recipe`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from lookalike.cli.program import program
from lookalike.embed import describe_model
from lookalike.errors import InvalidConfiguration
from lookalike.train.recipe import RECIPES, named_recipe, recipe
from lookalike.train.report import TrainingTask


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_can_be_asked_for_and_says_what_it_is(name: str) -> None:
    done = CliRunner().invoke(program, ["train", "x.csv", "--recipe", name, "--show-config"])
    assert done.exit_code == 0, done.output
    assert tomllib.loads(done.stdout)["model"]["mode"] == named_recipe(name).model.mode  # pyright: ignore[reportArgumentType]


def test_the_recipe_for_signs_never_mirrors_what_has_a_direction() -> None:
    config = named_recipe("signs")
    assert config.augmentation.flip == "never"
    assert "grid" in config.head.pooling


def test_the_recipe_for_upper_layers_freezes_what_its_model_has_and_is_full_otherwise() -> None:
    config, full = named_recipe("upper-layers"), recipe("full")
    assert config.model.freeze in describe_model().features
    assert (config.model.mode, config.general, config.objective) == ("full", full.general, full.objective)
    assert (config.head.start, config.schedule.steps) == ("within-whitening", 600)


@pytest.mark.parametrize(("mode", "share"), [("head", 0.0), ("full", 0.3), ("adapter", 0.3)])
def test_layers_that_learn_keep_the_initial_similarity_beside_them(mode, share: float) -> None:
    assert recipe(mode).general.share == share


def test_a_head_begins_where_what_changes_within_a_product_counts_less() -> None:
    config = recipe("head")
    assert (config.head.start, config.head.shrinkage, config.schedule.epochs) == ("within-whitening", 0.4, 10)
    assert recipe("full").head.start == recipe("adapter").head.start == "pca-whitening"


@pytest.mark.parametrize(("name", "expected"), [("signs", "variant_id"), ("upper-layers", "product_id")])
def test_only_signs_are_told_apart_by_variant_without_being_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, expected: str
) -> None:
    tasks: list[TrainingTask] = []

    def stopped(task: TrainingTask, **_: object) -> None:
        tasks.append(task)
        raise InvalidConfiguration("far enough")

    monkeypatch.setattr("lookalike.train.opening.run_training", stopped)
    arguments = ["train", "x.csv", "--recipe", name, "--out", str(tmp_path / "out")]
    assert CliRunner().invoke(program, arguments).exit_code
    assert [catalogue.label for catalogue in tasks[0].catalogues] == [expected]


def test_settings_win_over_a_recipe() -> None:
    done = CliRunner().invoke(
        program, ["train", "x.csv", "--recipe", "signs", "--set", "model.views=2", "--epochs", "3", "--show-config"]
    )
    assert done.exit_code == 0, done.output
    shown = tomllib.loads(done.stdout)
    assert shown["model"]["views"] == 2
    assert shown["schedule"]["epochs"] == 3
    assert shown["model"]["mode"] == "head"
    assert shown["model"]["fit"] == "pad"
    assert shown["augmentation"]["beyond"] == "background"


def test_without_labels_a_head_is_fitted_in_closed_form() -> None:
    done = CliRunner().invoke(program, ["train", "x.csv", "--unlabelled", "--mode", "head", "--show-config"])
    assert done.exit_code == 0, done.output
    shown = tomllib.loads(done.stdout)
    assert shown["head"]["start"] == "within-whitening"
    assert shown["optimiser"]["head_rate"] == 0
    assert shown["schedule"]["steps"] == 1
