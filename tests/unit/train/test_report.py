"""Claims about `lookalike.train.report`, and what is told of it in a terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lookalike.cli import main
from lookalike.embed import describe_model
from lookalike.evaluate.intervals import Interval
from lookalike.train import opening, recipe
from lookalike.train.card import card_of
from lookalike.train.config import with_settings
from lookalike.train.measurement import Measurement
from lookalike.train.report import TrainingReport


def measured(value: float) -> Measurement:
    found = Interval(value, value, value)
    return Measurement(found, found, 12, 4)


def report(before: float | None, after: float | None) -> TrainingReport:
    return TrainingReport(
        model="m", run="r", fingerprint="f" * 64, epochs=1.0, steps=1, seconds=1.0, fit_seconds=1.0,
        best=None if after is None else measured(after), baseline=None if before is None else measured(before),
        kept=None, refitted=True, pictures=20, products=4, rest=None, rejected=(), n_contradictions=0, n_leaks=0,
        leaks=(), worse=(), mode="head", init="lite0", data_sha256="0" * 64, data_licence="",
    )  # fmt: skip


def test_no_better_is_what_was_measured_and_found_no_more() -> None:
    assert report(0.5, 0.4).no_better
    assert report(0.5, 0.5).no_better
    assert not report(0.5, 0.6).no_better
    assert not report(None, None).no_better


def test_the_baseline_is_named_with_how_it_saw_pictures_where_it_sees_them_otherwise() -> None:
    assert report(0.5, 0.6).baseline_name == "lite0"
    assert replace(report(0.5, 0.6), fit="pad").baseline_name == "lite0, pictures padded"


@pytest.mark.parametrize(("steps", "told"), [("schedule.epochs=3", True), ("schedule.steps=1", False)])
def test_the_card_says_that_the_pictures_measured_on_have_chosen_how_long(steps: str, told: bool) -> None:
    config = with_settings(recipe("head"), {}, [steps])
    card = card_of(report(0.5, 0.6), config, describe_model(), describe_model())
    assert ("chosen on these very pictures" in card) == told


def test_a_licence_and_a_name_of_several_lines_break_no_table() -> None:
    told = replace(report(0.5, 0.4), data_licence="CC0 | ours\n\n# mine", worse=(("a\nb", -0.25),))
    card = card_of(told, recipe("head"), describe_model(), describe_model())
    assert "licence: CC0 \\| ours # mine |\n" in card
    assert "against lite0: a b (-0.25)." in card


@pytest.mark.parametrize(("after", "told"), [(0.4, True), (0.6, False)])
def test_who_reads_the_terminal_alone_learns_that_nothing_became_better(
    after: float, told: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "run_training", lambda task, watch: report(0.5, after))
    with pytest.raises(SystemExit) as ended:
        main(["train", str(tmp_path), "--mode", "head", "--out", str(tmp_path / "m")])
    assert ended.value.code == 0
    assert ("did not become better on products held out: stay with lite0" in capsys.readouterr().out) == told
