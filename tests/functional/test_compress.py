"""Smaller models as a user makes them: written with a card, refused with a table, taken by the index."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tiny_model import write_tiny

pytest.importorskip("onnx")


def call(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lookalike", *map(str, arguments), "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("models") / "tiny")


def test_a_quantised_model_is_written_with_its_table_and_taken_by_the_index(
    model: Path, drawn: object, tmp_path: Path
) -> None:
    catalog = drawn.catalog  # type: ignore[attr-defined]
    out = tmp_path / "tiny-int8"
    done = call("quantise", model, "--calibrate", catalog, "--out", out, "--allow-loss", "20")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["kept"]
    assert told["model"] == str(out)
    assert told["exam"]["questions"] >= 12
    assert told["loss"]["value"] == pytest.approx(
        told["before"]["recall@1"]["value"] - told["after"]["recall@1"]["value"]
    )
    assert told["after"]["macs"] == told["before"]["macs"]
    assert set(told["after"]["latency"]["onnxruntime"]) == {"1", "32"}
    assert told["after"]["precision"] == "int8"
    assert told["fingerprint"] != told["before"]["fingerprint"]
    assert json.loads((out / "compression.json").read_text(encoding="utf-8"))["fingerprint"] == told["fingerprint"]
    card = (out / "CARD.md").read_text(encoding="utf-8")
    assert "What it lost" in card
    assert "Drawn at random." in card
    indexed = call("index", catalog, "--model", out, "--store", tmp_path / "store")
    assert indexed.returncode == 0, indexed.stderr
    assert json.loads(indexed.stdout)["model"] == "tiny-int8"
    again = call("quantise", out, "--calibrate", catalog, "--out", tmp_path / "twice")
    assert again.returncode == 1
    assert "int8 already" in again.stderr


def test_a_model_that_loses_more_than_allowed_is_refused_with_its_table(
    model: Path, drawn: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lookalike.compress import QuantisationRecipe, QuantiseOptions, quantise
    from lookalike.compress import outcome as outcomes
    from lookalike.errors import CompressionRefused

    # A gate that nothing passes: the real one needs a model that is worse, and this one is not.
    monkeypatch.setattr(outcomes.Gate, "admits", lambda self, loss: False)
    options = QuantiseOptions(candidates=(QuantisationRecipe(per_channel=False), QuantisationRecipe()))
    with pytest.raises(CompressionRefused, match="allow more") as refused:
        quantise(model, drawn.catalog, tmp_path / "out", options=options)  # type: ignore[attr-defined]
    assert refused.value.report["kept"] is False
    assert all(one["loss"] is not None for one in refused.value.report["candidates"])  # type: ignore[index]
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_else_is_not_overwritten(model: Path, drawn: object, tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine", encoding="utf-8")
    done = call("quantise", model, "--calibrate", drawn.catalog, "--out", tmp_path)  # type: ignore[attr-defined]
    assert done.returncode == 2
    assert "other things" in done.stderr
