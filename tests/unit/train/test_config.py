"""Claims about `lookalike.train.config`: files and settings lie over a recipe, and nothing unknown gets through."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from lookalike.cli import main
from lookalike.errors import InvalidConfiguration
from lookalike.train import TrainingConfig, recipe
from lookalike.train.config import read_config, with_settings
from lookalike.train.opening import begun_with
from lookalike.train.recipe import named_recipe


@pytest.mark.parametrize("mode", ["head", "adapter", "full"])
def test_a_recipe_written_as_toml_is_read_back(mode, tmp_path: Path) -> None:
    config = recipe(mode)
    path = tmp_path / "run.toml"
    path.write_text(config.as_toml())
    assert with_settings(TrainingConfig(), read_config(path)) == config
    assert config.model.mode == mode


def test_settings_lie_over_the_file_which_lies_over_the_recipe() -> None:
    config = with_settings(recipe("head"), {"schedule": {"epochs": 7, "ema": 0.5}}, ["schedule.epochs=3"])
    assert (config.schedule.epochs, config.schedule.ema) == (3, 0.5)
    assert config.head == recipe("head").head


def test_a_setting_that_is_no_toml_value_is_text() -> None:
    assert with_settings(TrainingConfig(), {}, ["model.init=lite0"]).model.init == "lite0"
    assert with_settings(TrainingConfig(), {}, ['model.freeze="stage14"']).model.freeze == "stage14"


def test_a_model_to_begin_with_may_have_any_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = r'C:\new "best" models'
    with pytest.raises(SystemExit):
        main(["train", str(tmp_path), "--mode", "head", "--init", name, "--show-config"])
    assert tomllib.loads(capsys.readouterr().out)["model"]["init"] == name


@pytest.mark.parametrize(
    ("assignment", "said"),
    [("epochs", "expected section.key=value"), ("schedule.epoch=3", "did you mean schedule.epochs"),
     ("schedule.epochs=many", "must be an integer"), ("schedule=3", "must be a section"),
     ("model.mode=some", "must be one of head, adapter, full"), ("optimiser.head_rate=nan", "must be a finite number"),
     ("schedule.ema=inf", "must be a finite number"), ("augmentation.jpeg_quality=[50]", "must be a list of 2")],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_refused(assignment: str, said: str) -> None:
    with pytest.raises(InvalidConfiguration, match=said):
        with_settings(TrainingConfig(), {}, [assignment])


@pytest.mark.parametrize("setting", ["objective.miner=hard", "sampling.n_products=1", "schedule.epochs=0"])
def test_the_section_of_a_setting_is_named_once(setting: str) -> None:
    with pytest.raises(InvalidConfiguration) as refused:
        with_settings(TrainingConfig(), {}, [setting])
    assert str(refused.value).count(f"{setting.partition('.')[0]}: ") == 1


@pytest.mark.parametrize(("name", "text"), [("a.toml", "x = ["), ("a.json", "[1]"), ("a.json", "{")])
def test_a_file_that_is_no_configuration_is_refused(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InvalidConfiguration, match=name):
        read_config(tmp_path / name)
    with pytest.raises(InvalidConfiguration, match="cannot be read"):
        read_config(tmp_path / "absent.toml")


def test_a_head_is_put_on_the_depths_that_the_initial_model_names(tiny_model: Path) -> None:
    assert recipe("head").head.features == ("stage28", "stage14", "features")
    assert recipe("head", str(tiny_model)).head.features == ("features",)
    assert recipe("head", "timm:resnet18").head.features == ("features",)


def test_epochs_that_are_named_count_also_where_the_recipe_counts_in_steps() -> None:
    assert recipe("full").schedule.steps == 1600
    assert with_settings(recipe("full"), {}, ["schedule.epochs=2"]).schedule.steps == 0
    assert with_settings(recipe("full"), {"schedule": {"epochs": 2}}).schedule.steps == 0
    both = {"schedule": {"epochs": 30, "steps": 9}}
    assert with_settings(recipe("full"), both).schedule.steps == 9
    assert with_settings(recipe("full"), both, ["schedule.epochs=2"]).schedule.steps == 0
    assert with_settings(recipe("full"), both, ["schedule.epochs=2", "schedule.steps=5"]).schedule.steps == 5


@pytest.mark.parametrize("loss", ["triplet", "contrastive", "multi_similarity"])
def test_a_loss_of_pairs_needs_two_pictures_of_a_product(loss: str) -> None:
    with pytest.raises(InvalidConfiguration, match="nothing would be learned"):
        with_settings(named_recipe("signs"), {}, [f"objective.loss={loss}"])
    with_settings(named_recipe("signs"), {}, [f"objective.loss={loss}", "sampling.n_pictures=2"])
    with_settings(named_recipe("signs"), {}, [f"objective.loss={loss}", "objective.memory_pictures=64"])


@pytest.mark.parametrize(
    ("record", "assignments"),
    [({}, ["model.mode=adapter"]), ({"model": {"mode": "adapter"}}, []),
     ({"model": {"mode": "head"}}, ["model.mode=adapter"])],
)  # fmt: skip
def test_the_recipe_is_that_of_the_mode_however_it_was_said(record: dict, assignments: list[str]) -> None:
    assert begun_with(record, assignments) == recipe("adapter")


def test_the_recipe_is_that_of_the_initial_model_however_it_was_said(tiny_model: Path) -> None:
    said = ["model.mode=head", f'model.init="{tiny_model}"']
    assert begun_with({}, said) == recipe("head", str(tiny_model))
    assert begun_with({"model": {"mode": "head", "init": str(tiny_model)}}, []) == recipe("head", str(tiny_model))
    assert begun_with({}, ["model.mode=head"], named="signs") == named_recipe("signs")


def test_without_a_mode_the_device_that_was_said_decides() -> None:
    pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
    pytest.importorskip("pytorch_metric_learning")
    assert begun_with({}, ["run.device=cpu"]) == recipe("head")
    assert begun_with({"run": {"device": "cpu"}}, []) == recipe("head")


def test_layers_that_stay_anyway_are_not_frozen_up_to_a_tensor() -> None:
    with pytest.raises(InvalidConfiguration, match=r"model\.freeze stage14 is for model\.mode full and adapter"):
        with_settings(recipe("head"), {}, ["model.freeze=stage14"])
    with pytest.raises(InvalidConfiguration, match=r"`--set model\.freeze=` where a recipe sets it"):
        with_settings(recipe("full"), {"model": {"mode": "head"}}, ["model.freeze=stage14"])
    assert with_settings(recipe("head"), {}, ["model.freeze="]).model.freeze == ""


def test_a_loss_that_is_named_takes_away_what_it_does_not_have_from_below() -> None:
    for record, said in (({"objective": {"loss": "triplet"}}, []), ({}, ["objective.loss=triplet"])):
        objective = with_settings(named_recipe("signs"), record, [*said, "sampling.n_pictures=2"]).objective
        assert (objective.loss, objective.scale, objective.margin_used) == ("triplet", None, 0.1)
    assert with_settings(named_recipe("signs"), {}, ["objective.loss=proxy_anchor"]).objective.scale == 16.0
    with pytest.raises(InvalidConfiguration, match="scale is for"):
        with_settings(named_recipe("signs"), {}, ["objective.loss=triplet", "objective.scale=16"])
