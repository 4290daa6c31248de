"""Claims about `lookalike.train.recipe`."""

from __future__ import annotations

import tomllib

import pytest
from click.testing import CliRunner

from lookalike.cli.program import program
from lookalike.train.recipe import RECIPES, named_recipe, recipe


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_never_mirrors_what_has_a_direction(name: str) -> None:
    config = named_recipe(name)  # pyright: ignore[reportArgumentType]
    assert config.augmentation.flip == "never"
    assert "grid" in config.head.pooling


@pytest.mark.parametrize(("mode", "share"), [("head", 0.0), ("full", 0.3), ("adapter", 0.3)])
def test_layers_that_learn_keep_the_initial_similarity_beside_them(mode, share: float) -> None:
    assert recipe(mode).general.share == share


def test_a_head_begins_where_what_changes_within_a_product_counts_less() -> None:
    config = recipe("head")
    assert (config.head.start, config.head.shrinkage, config.schedule.epochs) == ("within-whitening", 0.4, 10)
    assert recipe("full").head.start == recipe("adapter").head.start == "pca-whitening"


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
