"""Smaller models as a user makes them: written with a card, refused with a table, taken by the index."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from commands import run, run_apart
from conftest import Drawn
from lookalike import compress
from lookalike.evaluate.kept_trials import learned_products
from tiny_model import write_tiny

pytest.importorskip("onnx")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("models") / "tiny")


def test_a_quantised_model_is_written_with_its_table_and_taken_by_the_index(
    model: Path, drawn: Drawn, tmp_path: Path
) -> None:
    catalog = drawn.catalog
    out = tmp_path / "tiny-int8"
    done = run_apart("quantise", model, "--calibrate", catalog, "--out", out, "--allow-loss", "20", "--json")
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
    indexed = run("index", catalog, "--model", out, "--store", tmp_path / "store", "--json")
    assert indexed.returncode == 0, indexed.stderr
    assert json.loads(indexed.stdout)["model"] == "tiny-int8"
    again = run("quantise", out, "--calibrate", catalog, "--out", tmp_path / "twice")
    assert again.returncode == 1
    assert "int8 already" in again.stderr


def test_a_picture_of_which_a_model_gives_no_vector_is_told_and_costs_itself_alone(
    drawn: Drawn, tmp_path: Path
) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(drawn.catalog.parent, folder)
    header, *rows = (folder / "catalog.csv").read_text(encoding="utf-8").splitlines()
    Image.new("RGB", (64, 64), (128, 128, 128)).save(folder / "grey.png")
    grey = [{"product_id": "grey", "image": "grey.png"}.get(name, "") for name in header.split(",")]
    (folder / "catalog.csv").write_text("\n".join([header, ",".join(grey), *rows]) + "\n", encoding="utf-8")
    model = write_tiny(tmp_path / "tiny", biases=False)
    out = tmp_path / "tiny-int8"
    done = run("quantise", model, "--calibrate", folder / "catalog.csv", "--out", out, "--allow-loss", "50", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["rejected"]
    assert [(one["reason"], Path(one["image"]).name) for one in told] == [("no_vector", "grey.png")]


def test_a_model_that_loses_more_than_allowed_is_refused_with_its_table(
    model: Path, drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from lookalike.cli.compression import tell_outcome
    from lookalike.compress import QuantisationRecipe, QuantiseOptions, quantise
    from lookalike.compress import outcome as outcomes
    from lookalike.errors import CompressionRefused

    # A gate that nothing passes: the real one needs a model that is worse, and this one is not.
    monkeypatch.setattr(outcomes.Gate, "admits", lambda self, loss: False)
    options = QuantiseOptions(candidates=(QuantisationRecipe(per_channel=False), QuantisationRecipe()))

    def make() -> outcomes.Outcome:
        return quantise(model, drawn.catalog, tmp_path / "out", options=options)

    with pytest.raises(CompressionRefused):
        tell_outcome(make, as_json=False)
    told = capsys.readouterr().out
    assert all(word in told for word in ("not written: recall@1", "million multiply-adds", "before"))
    assert "next:" not in told
    with pytest.raises(CompressionRefused, match="allow more") as refused:
        tell_outcome(make, as_json=True)
    assert {"kept", "rejected", "candidates"} <= set(json.loads(capsys.readouterr().out))
    assert refused.value.report["kept"] is False
    assert all(one["loss"] is not None for one in refused.value.report["candidates"])  # type: ignore[index]
    assert not (tmp_path / "out").exists()


def test_ranges_are_taken_of_pictures_and_of_photographs_of_them(
    model: Path, drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lookalike.compress import QuantisationRecipe, QuantiseOptions, quantise, quantising

    seen: list[np.ndarray] = []
    observe = quantising.observe

    def watched(*given: object, **named: object) -> object:
        seen.append(given[3])  # type: ignore[arg-type]
        return observe(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(quantising, "observe", watched)
    options = QuantiseOptions(n_calibration=8, allowed_loss=1.0, candidates=(QuantisationRecipe(),))
    quantise(model, drawn.catalog, tmp_path / "out", options=options)
    plain, photographs = seen[0][:4], seen[0][4:]
    assert len(photographs) == 4
    assert all((a != b).any() for a, b in zip(plain, photographs, strict=True))


def test_a_folder_that_holds_something_else_is_not_overwritten(model: Path, drawn: Drawn, tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine", encoding="utf-8")
    done = run("quantise", model, "--calibrate", drawn.catalog, "--out", tmp_path)
    assert done.returncode == 2
    assert "other things" in done.stderr


def test_a_pruned_model_is_narrower_and_says_so(model: Path, drawn: Drawn, tmp_path: Path) -> None:
    out = tmp_path / "narrow"
    done = run_apart(
        "prune", model, drawn.catalog, "--out", out, "--macs", "0.8", "--minutes", "0", "--allow-loss", "60",
        "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["after"]["macs"] <= 0.8 * told["before"]["macs"]
    assert told["channels"] == {"block0.projected": [16, 24]}
    assert told["kept"]
    assert "channels" in json.loads((out / "compression.json").read_text(encoding="utf-8"))
    card = (out / "CARD.md").read_text(encoding="utf-8")
    assert "layers fitted anew" in card
    assert "trained to answer" not in card
    assert told["exam"]["kind"] != "photographs"
    assert "may lose more on pictures that it has not seen" in card


@pytest.mark.parametrize("method", ["quantise", "prune"])
def test_what_the_model_has_learned_from_is_known_of_the_smaller_one(
    method: Literal["quantise", "prune"], model: Path, drawn: Drawn, tmp_path: Path
) -> None:
    """Or a calibration on photographs of these products would promise what it cannot keep, and not say so."""
    trained = Path(shutil.copytree(model, tmp_path / "trained"))
    np.savez(trained / "objective.npz", labels=np.array(["apple", "milk"]), proxies=np.zeros((2, 8)))
    out = tmp_path / "small"
    if method == "quantise":
        compress.quantise(trained, drawn.catalog, out, options=compress.QuantiseOptions(allowed_loss=1.0))
    else:
        options = compress.ShrinkOptions(macs_share=0.8, allowed_loss=1.0, imitation=None)
        compress.prune(trained, drawn.catalog, out, options=options)
    assert learned_products(out) == {"apple", "milk"}


@pytest.mark.torch
def test_a_student_learns_from_the_model(model: Path, drawn: Drawn, tmp_path: Path) -> None:
    out = tmp_path / "student"
    done = run_apart(
        "distil", model, drawn.catalog, "--out", out, "--macs", "0.7", "--steps", "150", "--batch", "8",
        "--allow-loss", "60", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["learning"]["steps"] == 150
    assert told["learning"]["last_loss"] < told["learning"]["first_loss"]
    assert told["method"] == "distil"
    before, after = told["agreement_before_learning"]["mean"], told["learning"]["agreement"]["mean"]
    assert told["learning"]["kept"] is (after > before)
    assert told["agreement"]["mean"] == max(before, after)
    card = (out / "CARD.md").read_text(encoding="utf-8")
    assert ("It was then trained to answer" in card) is told["learning"]["kept"]
    assert ("was left out" in card) is not told["learning"]["kept"]


@pytest.mark.torch
def test_a_device_that_is_not_there_is_said_before_anything_is_read(model: Path, drawn: Drawn, tmp_path: Path) -> None:
    done = run_apart("prune", model, drawn.catalog, "--out", tmp_path / "narrow", "--device", "cuda:99")
    assert done.returncode == 2, done.stderr
    assert "--device cuda:99: torch cannot compute there" in done.stderr


def test_a_student_may_take_smaller_pictures_and_is_taken_by_the_index(
    model: Path, drawn: Drawn, tmp_path: Path
) -> None:
    out = tmp_path / "small"
    done = run_apart(
        "distil", model, drawn.catalog, "--out", out, "--macs", "0.5", "--side", "24", "--minutes", "0",
        "--allow-loss", "80", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["side"] == [24, 32]
    assert told["after"]["macs"] <= 0.5 * told["before"]["macs"]
    assert json.loads((out / "description.json").read_text(encoding="utf-8"))["preprocessing"]["size_pixels"] == 24
    indexed = run("index", drawn.catalog, "--model", out, "--store", tmp_path / "store", "--json")
    assert indexed.returncode == 0, indexed.stderr
    enough = run(
        "distil", model, drawn.catalog, "--out", tmp_path / "side-alone", "--macs", "0.5", "--side", "16", "--minutes",
        "0", "--allow-loss", "90", "--json",
    )  # fmt: skip
    assert enough.returncode == 0, enough.stderr
    assert json.loads(enough.stdout)["channels"] == {"block0.projected": [24, 24]}
    wrong = run("distil", model, drawn.catalog, "--out", tmp_path / "other", "--side", "tiny")
    assert wrong.returncode == 2
    assert "same or balanced" in wrong.stderr


@pytest.mark.torch
def test_learning_that_does_harm_is_not_kept(model: Path, drawn: Drawn, tmp_path: Path) -> None:
    from lookalike.compress import ImitationOptions, ShrinkOptions, prune

    wild = ImitationOptions(steps=3, rate=1.0, warm_up=1, batch=8)
    options = ShrinkOptions(macs_share=0.8, allowed_loss=1.0, imitation=wild)
    told = prune(model, drawn.catalog, tmp_path / "narrow", options=options).as_dict()
    assert told["learning"]["kept"] is False  # type: ignore[index]
    assert told["agreement"] == told["agreement_before_learning"]


@pytest.mark.torch
def test_learning_that_diverges_is_left_out_and_what_was_fitted_is_written(
    model: Path, drawn: Drawn, tmp_path: Path
) -> None:
    from lookalike.compress import ImitationOptions, ShrinkOptions, prune

    heard: list[str] = []
    wild = ImitationOptions(steps=4, rate=1e30, warm_up=1, batch=8)
    options = ShrinkOptions(macs_share=0.8, allowed_loss=1.0, imitation=wild)
    told = prune(model, drawn.catalog, tmp_path / "narrow", options=options, told=heard.append).as_dict()
    learning = told["learning"]
    assert isinstance(learning, dict)
    assert (learning["diverged"], learning["kept"], learning["agreement"]) == (True, False, None)
    assert told["agreement"] == told["agreement_before_learning"]
    assert any("lower --rate" in line for line in heard)
    written = (tmp_path / "narrow" / "compression.json").read_text(encoding="utf-8")
    assert "NaN" not in written


def test_photographs_that_are_named_by_their_whole_path_are_asked(drawn: Drawn, tmp_path: Path) -> None:
    from lookalike.compress.pictures import read_questions_of
    from lookalike.images import Preprocessing

    lines = ["image,product_id", *(f"{photograph},p{i}" for i, photograph in enumerate(drawn.photographs))]
    (tmp_path / "queries.csv").write_text("\n".join([*lines, "nowhere.jpg,p9"]), encoding="utf-8")
    found = read_questions_of(
        tmp_path / "queries.csv", Preprocessing(size_pixels=32), generator=np.random.default_rng(0)
    )
    assert found.products == tuple(f"p{i}" for i in range(len(drawn.photographs)))
    assert [str(one.reason) for one in found.rejected] == ["not_found"]
