"""Claims about `lookalike.train.retention`: what is kept is measured on pictures that were not learned from."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")

from lookalike.cli import main
from lookalike.embed import open_embedder
from lookalike.evaluate.intervals import Interval
from lookalike.images import content_sha256
from lookalike.train.general import DRAWN
from lookalike.train.measurement import Measurement
from lookalike.train.remembering import measure_retention
from lookalike.train.retention import Retention

pytestmark = [pytest.mark.torch]


def measured(value: float) -> Measurement:
    return Measurement(Interval(value, value, value), Interval(value, value, value), 10, 5)


def test_a_model_keeps_all_of_itself(tiny_model: Path, shop: Path, tmp_path: Path) -> None:
    embedder = open_embedder(tiny_model, threads=1)
    kept = measure_retention(str(shop), embedder, embedder, folder=tmp_path)
    assert kept.value == 1.0
    assert kept.before == kept.after
    assert kept.as_dict()["source"] == str(shop)
    assert kept.as_dict()["learned"] == 0


def test_pictures_that_were_learned_from_are_counted(tiny_model: Path, shop: Path, tmp_path: Path) -> None:
    embedder = open_embedder(tiny_model, threads=1)
    learned = [content_sha256((shop.parent / f"p{n}-0.png").read_bytes()) for n in (0, 1, 2)]
    kept = measure_retention(str(shop), embedder, embedder, folder=tmp_path, learned=[*learned, "0" * 64])
    assert kept.n_learned == kept.as_dict()["learned"] == 3
    assert kept.told_learned == "3 of 50 pictures were learned from"


def test_a_model_that_forgets_keeps_less(tiny_model: Path, shop: Path, tmp_path: Path) -> None:
    embedder = open_embedder(tiny_model, threads=1)

    class Forgetful:
        description = replace(embedder.description, name="forgetful")

        def embed(self, batch: np.ndarray) -> np.ndarray:
            vectors = np.random.default_rng(len(batch)).normal(size=(len(batch), 8)).astype(np.float32)
            return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    kept = measure_retention(str(shop), embedder, Forgetful(), folder=tmp_path)
    assert kept.value < 0.6


def test_the_drawn_catalogue_is_drawn_once(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookalike.train.remembering._N_PRODUCTS", 6)
    embedder = open_embedder(tiny_model, threads=1)
    kept = measure_retention(DRAWN, embedder, embedder, folder=tmp_path)
    table = tmp_path / "drawn" / "catalog.csv"
    before = table.stat().st_mtime_ns
    assert kept.before.n_labels == 6
    assert measure_retention(DRAWN, embedder, embedder, folder=tmp_path) == kept
    assert table.stat().st_mtime_ns == before


def test_where_nothing_was_known_nothing_can_be_forgotten() -> None:
    kept = Retention("a.csv", measured(0.0), measured(0.5))
    assert math.isnan(kept.value)
    assert kept.as_dict()["value"] is None


def test_the_command_ends_by_saying_what_is_kept(
    tiny_model: Path, shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ("head.dimension=8", "schedule.epochs=1", "stopping.held_out=0", "model.views=0",
                f'general.measured_on="{shop}"')  # fmt: skip
    options = [part for setting in settings for part in ("--set", setting)]
    with pytest.raises(SystemExit) as ended:
        main(["train", str(shop), "--init", str(tiny_model), "--mode", "head", "--out", str(tmp_path / "m"), *options])
    said = capsys.readouterr()
    assert ended.value.code == 0, said.err
    kept = json.loads((tmp_path / "m" / "training.json").read_text())["kept"]
    before, after = (kept[name]["map@r"]["value"] for name in ("before", "after"))
    told = "50 of 50 pictures were learned from"  # it is the catalogue of the run itself
    assert f"kept of what tiny knew ({shop}; {told}): MAP@R {after:.3f} of {before:.3f}" in said.out
    card = (tmp_path / "m" / "CARD.md").read_text()
    assert f"- {shop}, of which {told}: MAP@R {after:.3f} [" in card
    assert f"and tiny {before:.3f} [" in card
