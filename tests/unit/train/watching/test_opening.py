"""Claims about `lookalike.train.watching.opening`: what is really on disk afterwards."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pytest

from lookalike.errors import InvalidConfiguration, MissingExtra
from lookalike.train.watching import Journal, JournalChoice, open_journals

pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch


def told(choice: JournalChoice, folder: Path) -> None:
    (journal,) = open_journals(choice, folder, {"seed": 1})
    assert isinstance(journal, Journal)
    journal.numbers({"search/loss": 0.25, "search/map@r": 0.5}, 3)
    journal.picture("neighbours", np.full((20, 30, 3), 7, dtype=np.uint8), 3)
    vectors = np.eye(4, dtype=np.float32)
    journal.points(vectors, ["a", "b\tb", "c", "d"], np.zeros((4, 8, 8, 3), dtype=np.uint8), 3)
    journal.close()


def test_tensorboard_can_read_the_curves_pictures_and_points(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    told(JournalChoice(), tmp_path)
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [(event.step, event.value) for event in events.Scalars("search/loss")] == [(3, 0.25)]
    assert (events.Images("neighbours")[0].width, events.Images("neighbours")[0].height) == (30, 20)
    (table,) = (tmp_path / "tensorboard").rglob("metadata.tsv")
    assert table.read_text().split("\n")[:4] == ["a", "b b", "c", "d"]
    (points,) = (tmp_path / "tensorboard").rglob("tensors.tsv")
    assert len(points.read_text().strip().split("\n")) == 4


def test_without_tensorboard_a_run_goes_on_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert open_journals(JournalChoice(), tmp_path, {}) == ()


def test_wandb_that_is_not_installed_is_an_error_that_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    monkeypatch.delitem(sys.modules, "lookalike.train.watching.wandb_journal", raising=False)
    with pytest.raises(MissingExtra, match=r"lookalike\[wandb\]"):
        open_journals(JournalChoice(tensorboard=False, wandb="offline"), tmp_path, {})


def test_a_journal_that_is_not_installed_is_refused_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lookalike.train import TrainingConfig
    from lookalike.train.catalogue import catalogues_of
    from lookalike.train.report import TrainingTask
    from lookalike.train.training import Run

    monkeypatch.setitem(sys.modules, "wandb", None)
    task = TrainingTask(
        catalogues_of([str(tmp_path / "not-there.csv")]),
        TrainingConfig(),
        tmp_path / "model",
        tmp_path / "run",
        journals=JournalChoice(wandb="offline"),
    )
    with pytest.raises(MissingExtra, match=r"lookalike\[wandb\]"):
        Run(task, None)


def test_wandb_without_a_login_is_a_sentence_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wandb = pytest.importorskip("wandb")

    def refused(**_: object) -> None:
        raise wandb.errors.UsageError("No API key configured. Use `wandb login` to log in.")

    monkeypatch.setattr(wandb, "init", refused)
    with pytest.raises(InvalidConfiguration, match=r"No API key configured.*wandb login.*--wandb offline"):
        open_journals(JournalChoice(tensorboard=False, wandb="online"), tmp_path, {})


@pytest.mark.slow
def test_wandb_offline_keeps_everything_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb")
    for name in ("WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    told(JournalChoice(tensorboard=False, wandb="offline"), tmp_path / "run")
    (written,) = (tmp_path / "run" / "wandb").glob("offline-run-*/*.wandb")
    # The library's own process writes the file, and may do so shortly after it has said that the run is finished.
    until = time.monotonic() + 60
    while b"search/map@r" not in written.read_bytes() and time.monotonic() < until:
        time.sleep(0.1)
    assert b"search/map@r" in written.read_bytes()
    assert list((tmp_path / "run" / "wandb").glob("offline-run-*/files/media/images/*.png"))
