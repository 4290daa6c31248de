"""Claims about `lookalike.train.tuning.study`, and the command before it."""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from lookalike.cli import main
from lookalike.errors import InvalidConfiguration
from lookalike.train.catalogue import catalogues_of
from lookalike.train.config import TrainingConfig, read_config, with_settings
from lookalike.train.recipe import recipe
from lookalike.train.report import TrainingTask
from lookalike.train.tuning import Dimension

pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytest.importorskip("optuna", reason="optuna is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch

SPACE = (Dimension("optimiser.head_rate", 1e-4, 1e-1, log=True), Dimension("objective.margin", 0.0, 0.3))
SETTINGS = ['head.features=["features"]', "head.dimension=8", "schedule.epochs=3", "sampling.n_products=4",
            "sampling.n_pictures=2", "run.threads=1", "model.views=1"]  # fmt: skip


def task(tiny_model: Path, shop: Path, folder: Path) -> TrainingTask:
    config = with_settings(recipe("head"), {}, ["model.mode=head", f'model.init="{tiny_model}"', *SETTINGS])
    return TrainingTask(catalogues_of([str(shop)]), config, folder / "model", folder / "run")


def test_a_study_goes_on_where_it_was_and_is_not_worse_than_its_beginning(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    from lookalike.train.training import train
    from lookalike.train.tuning.study import tune

    given = task(tiny_model, shop, tmp_path)
    phases: set[str] = set()
    first = tune(given, SPACE, 2, watch=lambda moment: phases.add(moment.phase))
    assert {"trial 0", "trial 1"} <= phases
    assert [trial.number for trial in first.trials] == [0, 1]
    assert first.first.settings["optimiser.head_rate"] == given.config.optimiser.head_rate
    assert first.first.settings["objective.margin"] == given.config.objective.margin_used
    second = tune(given, SPACE, 6)
    assert second.trials[:2] == first.trials
    assert len(second.trials) == 6
    assert len({json.dumps(dict(trial.settings)) for trial in second.trials}) == 6
    assert second.first.value is not None
    assert second.best.value is not None
    assert second.best.value >= second.first.value
    trained = train(replace(given, out=tmp_path / "trained", run=tmp_path / "trained-run"))
    assert trained.baseline is not None
    assert second.as_dict()["baseline"] == {"map@r": trained.baseline.map_at_r.value}
    best = with_settings(TrainingConfig(), read_config(Path(second.configuration)))
    assert best.optimiser.head_rate == pytest.approx(second.best.settings["optimiser.head_rate"])
    assert best.head == given.config.head
    with pytest.raises(InvalidConfiguration, match="another space"):
        tune(given, SPACE[:1], 7)
    with pytest.raises(InvalidConfiguration, match="another configuration"):
        tune(replace(given, config=with_settings(given.config, {}, ["schedule.epochs=4"])), SPACE, 7)


def test_settings_that_do_not_go_together_are_failed_trials_and_not_the_end_of_the_search(
    tiny_model: Path, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from lookalike.train.tuning.study import tune

    # As where nobody has asked for a log: Python prints warnings that no handler takes.
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    given = task(tiny_model, shop, tmp_path)
    quick = replace(given, config=with_settings(given.config, {}, ["schedule.epochs=1"]))
    space = (Dimension("objective.miner", choices=("none", "hard")),)
    found = tune(quick, space, 4)
    assert {trial.state for trial in found.trials if trial.settings["objective.miner"] == "hard"} == {"failed"}
    assert found.best.settings["objective.miner"] == "none"
    never = (Dimension("objective.miner", choices=("hard",)),)
    with pytest.raises(InvalidConfiguration, match="the last was refused: objective: miner is for"):
        tune(replace(quick, run=tmp_path / "never"), never, 1)
    assert "Traceback" not in capsys.readouterr().err


def test_a_study_does_not_go_on_with_another_initial_model(tiny_model: Path, shop: Path, tmp_path: Path) -> None:
    from lookalike.train.tuning.study import tune

    shutil.copytree(tiny_model, tmp_path / "tiny")
    given = task(tmp_path / "tiny", shop, tmp_path)
    quick = replace(given, config=with_settings(given.config, {}, ["schedule.epochs=1"]))
    tune(quick, SPACE, 1)
    description = json.loads((tmp_path / "tiny" / "description.json").read_text())
    description["preprocessing"]["fit"] = "squash"
    (tmp_path / "tiny" / "description.json").write_text(json.dumps(description))
    with pytest.raises(InvalidConfiguration, match="another initial model"):
        tune(quick, SPACE, 2)


def test_the_command_writes_a_configuration_that_train_takes(
    tiny_model: Path, shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: object) -> str:
        with pytest.raises(SystemExit) as done:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert done.value.code == 0, captured.err
        return captured.out

    space = tmp_path / "space.toml"
    space.write_text("[objective]\nloss = { choices = ['triplet', 'proxy_anchor'] }\n")
    options = [part for setting in SETTINGS for part in ("--set", setting)]
    command = ["tune", shop, "--init", tiny_model, "--mode", "head", "--trials", 2, "--space", space]
    record = json.loads(run(*command, *options, "--run", tmp_path / "run", "--json"))
    assert record["configuration"] == str(tmp_path / "run" / "best.toml")
    assert record["best"]["map@r"] >= record["first"]["map@r"]
    assert record["best"]["settings"]["objective.loss"] in ("triplet", "proxy_anchor")
    shown = run("train", shop, "--config", record["configuration"], "--show-config")
    assert f'loss = "{record["best"]["settings"]["objective.loss"]}"' in shown


def test_settings_at_which_learning_diverges_fail_and_the_search_goes_on(
    tiny_model: Path, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lookalike.train.learner import Learner
    from lookalike.train.tuning.study import tune

    loss, n_trials = Learner._loss, iter(range(100))

    def diverging(self: Learner, number: int) -> object:
        trial = next(n_trials) if number == 0 else 1
        return loss(self, number) * (float("nan") if trial == 0 else 1.0)

    monkeypatch.setattr(Learner, "_loss", diverging)
    found = tune(task(tiny_model, shop, tmp_path), SPACE, 3)
    assert found.trials[0].state == "failed"
    assert {trial.state for trial in found.trials[1:]} <= {"complete", "pruned"}
    assert found.best.number != 0


def test_what_the_study_begins_with_is_tried_again_where_it_was_interrupted(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    from lookalike.train.tuning.study import tune

    given = task(tiny_model, shop, tmp_path)

    def pull(moment: object) -> None:
        if getattr(moment, "phase", "") == "trial 0":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(given, SPACE, 2, watch=pull)
    found = tune(given, SPACE, 2)
    assert found.first.value is not None
    assert found.first.settings["optimiser.head_rate"] == given.config.optimiser.head_rate
    assert found.trials[0].state == "failed"
