"""Claims about what a run leaves for people to look at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lookalike.images import decode
from lookalike.train.catalogue import catalogues_of
from lookalike.train.config import with_settings
from lookalike.train.recipe import recipe
from lookalike.train.report import TrainingTask
from lookalike.train.watching import JournalChoice

pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch


def test_a_run_leaves_a_sheet_a_classification_report_and_curves(tiny_model: Path, shop: Path, tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    from lookalike.train.training import train

    settings = [f'model.init="{tiny_model}"', "model.mode=full", 'head.features=["features"]', "head.dimension=8"]
    settings += ["schedule.epochs=2", "sampling.n_products=4", "sampling.n_pictures=2", "run.threads=1"]
    config = with_settings(recipe("full"), {}, settings)
    folder = tmp_path / "run"
    task = TrainingTask(catalogues_of([str(shop)]), config, tmp_path / "model", folder, journals=JournalChoice())
    report = train(task)
    assert report.best is not None
    assert decode((folder / "augmentation.png").read_bytes()).pixels.shape[2] == 3
    found = json.loads((folder / "classification.json").read_text())
    assert found["n_pictures"] == report.best.n_pictures
    assert found["accuracy"] == pytest.approx(report.best.recall_at_1.value)
    assert {item["name"] for item in found["categories"]} <= {"c0", "c1"}
    events = accumulator.EventAccumulator(str(folder / "tensorboard"), {"images": 0}).Reload()
    assert {"search/loss", "search/map@r", "refit/loss"} <= set(events.Tags()["scalars"])
    (name,) = events.Tags()["images"]
    history = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    measured = [entry["step"] for entry in history if "map@r" in entry]
    assert [event.step for event in events.Images(name)] == measured
    curve = [(event.step, event.value) for event in events.Scalars("search/map@r")]
    assert curve == [(entry["step"], pytest.approx(entry["map@r"])) for entry in history if "map@r" in entry]
    assert list((folder / "tensorboard").rglob("tensors.tsv"))
