"""``lookalike train``: what somebody sees who wants a model of their own."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from lookalike.cli import main
from lookalike.train import opening


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    written = capsys.readouterr()
    return int(str(ended.value.code)), written.out, written.err


def test_without_torch_it_is_wrong_usage_and_the_message_names_the_extra(
    drawn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "find_spec", lambda name: None)
    code, out, err = run(capsys, "train", drawn.catalog)
    assert (code, out) == (2, "")
    assert "training needs an optional dependency" in err
    assert "pip install 'lookalike[train]'" in err


@pytest.mark.torch
@pytest.mark.slow
def test_a_head_is_learned_and_the_catalogue_indexed_with_it(
    drawn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pytorch_metric_learning")
    model, store = tmp_path / "mine", tmp_path / "store"
    options = ["--mode", "head", "--set", "model.views=1", "--epochs", 3, "--data-licence", "CC0-1.0", "--json"]
    code, out, err = run(capsys, "train", drawn.catalog, drawn.queries, "--out", model, *options)
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert {"model", "fingerprint", "epochs", "seconds", "best", "baseline", "kept"} <= document.keys()
    assert document["model"] == str(model)
    assert document["data_licence"] == "CC0-1.0"
    code, out, err = run(capsys, "index", drawn.catalog, "--store", store, "--model", model, "--json")
    assert (code, json.loads(out)["model"]) == (0, "mine")
    code, out, err = run(capsys, "search", drawn.photographs[0], "--store", store, "--json")
    assert json.loads(out)["hits"]


@pytest.mark.parametrize(
    ("options", "said"),
    [(["--set", "schedule.epoch=3"], "did you mean schedule.epochs"), (["--set", "epochs"], "section.key=value"),
     (["--mode", "some"], "head"), (["--label", "shop=size"], "there is no catalogue 'shop'"),
     (["--config", "absent.toml"], "absent.toml")],
)  # fmt: skip
def test_what_is_asked_wrongly_is_wrong_usage(
    options: list[str], said: str, drawn, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "train", drawn.catalog, "--mode", "head", *options)
    assert (code, out) == (2, "")
    assert said in err


def test_the_configuration_can_be_shown_changed_and_read_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "train", "x.csv", "--mode", "head", "--seed", 7, "--show-config")
    assert code == 0
    assert tomllib.loads(out)["run"]["seed"] == 7
    file = tmp_path / "run.toml"
    file.write_text(out)
    again = run(capsys, "train", "x.csv", "--config", file, "--show-config")
    assert again[1] == out
    shown = run(capsys, "train", "x.csv", "--config", file, "--show-config", "--json")[1]
    assert json.loads(shown)["run"]["seed"] == 7
    file = tmp_path / "run.json"
    file.write_text(shown)
    assert run(capsys, "train", "x.csv", "--config", file, "--show-config")[1] == out


@pytest.mark.torch
def test_a_catalogue_with_one_picture_each_is_told_what_would_do(
    drawn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pytorch_metric_learning")
    table = tmp_path / "lonely.csv"
    pictures = sorted(drawn.folder.rglob("*.jpg"))[:6]
    table.write_text("product_id,image\n" + "".join(f"p{n},{path}\n" for n, path in enumerate(pictures)))
    code, out, err = run(capsys, "train", table, "--mode", "head", "--out", tmp_path / "mine", "--json")
    assert (code, out) == (1, "")
    assert "has one picture only" in err
