"""``lookalike attack``: what somebody sees who asks how easily the model is fooled."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    written = capsys.readouterr()
    return int(str(ended.value.code)), written.out, written.err


def test_without_torch_it_is_wrong_usage_and_the_message_names_the_extra(
    drawn, drawn_store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [name for name in sys.modules if name.startswith(("lookalike.nets.", "lookalike.probe."))]:
        if module.rpartition(".")[2] in {"net", "operators", "graph", "perturbation", "margin"}:
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "torch", None)
    code, out, err = run(capsys, "attack", drawn.queries, "--store", drawn_store)
    assert (code, out) == (2, "")
    assert "pip install 'lookalike[train]'" in err


@pytest.mark.torch
def test_an_attack_is_measured_by_every_way_of_arriving_and_shown_in_pictures(
    drawn, drawn_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--n", 3, "--steps", 3, "--eps", 8, "--eps", 1, "--out", tmp_path / "shown", "--json"]
    code, out, err = run(capsys, "attack", drawn.queries, "--store", drawn_store, *options)
    assert code == 0, err
    document = json.loads(out)
    assert (document["queries"], document["targeted"], document["rejected"]) == (3, False, [])
    assert set(document["clean"]) == {"square", "png", "jpeg"}
    assert [(one["epsilon"], one["arrival"]) for one in document["attacks"]] == [
        (epsilon, arrival) for epsilon in (1, 8) for arrival in ("square", "png", "jpeg")
    ]
    strong = document["attacks"][3]
    assert strong["recall@1"]["value"] <= document["clean"]["square"]["recall@1"]["value"]
    assert strong["likeness"] < document["attacks"][0]["likeness"]
    for one in document["attacks"]:
        detector = one["detector"]
        assert detector["false_alarms"] <= 0.05
        assert 0 <= detector["area"] <= 1
        assert detector["detected"]["low"] <= detector["detected"]["value"] <= detector["detected"]["high"]
    assert len(document["examples"]) == 2 * 2 * 3
    shown = np.asarray(Image.open(tmp_path / "shown" / "00-eps8-shown.png")).astype(int)
    before, after = shown[:, :224], shown[:, 224:448]
    assert 0 < np.abs(after - before).max() <= 8
    np.testing.assert_array_equal(after, np.asarray(Image.open(tmp_path / "shown" / "00-eps8.png")))


@pytest.mark.torch
def test_a_targeted_attack_says_how_often_the_chosen_product_came_first(
    drawn, drawn_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--n", 2, "--steps", 5, "--eps", 16, "--targeted"]
    code, out, err = run(capsys, "attack", drawn.queries, "--store", drawn_store, *options)
    assert code == 0, err
    assert "chosen product first" in out
    assert "16/255 as square" in out
    code, out, err = run(capsys, "attack", drawn.queries, "--store", drawn_store, *options, "--json")
    square = json.loads(out)["attacks"][0]
    assert square["success"]["value"] == 1.0


@pytest.mark.torch
def test_a_file_without_photographs_to_attack_is_an_error_that_says_so(
    drawn_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    queries = tmp_path / "queries.csv"
    queries.write_text("image,product_id\nnone.jpg,no-such-product\n")
    code, _, err = run(capsys, "attack", queries, "--store", drawn_store)
    assert code == 1
    assert "no photograph to attack" in err


@pytest.mark.torch
def test_where_no_photograph_was_right_nothing_is_said_of_spoiling_it(
    drawn, drawn_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A share of nothing, 0.000 [0.000, 0.000], would read as a model that cannot be fooled."""
    with drawn.queries.open(encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    photograph = next(row for row in rows if row["image"])
    other = next(row["product_id"] for row in rows if row["product_id"] != photograph["product_id"])
    queries = tmp_path / "queries.csv"
    queries.write_text(f"image,product_id\n{drawn.queries.parent / photograph['image']},{other}\n")
    options = ["--n", 1, "--steps", 1, "--eps", 1, "--store", drawn_store]
    code, out, err = run(capsys, "attack", queries, *options)
    assert code == 0, err
    assert out.count("none was right") == 3
    code, out, _ = run(capsys, "attack", queries, *options, "--json")
    assert [one["success_of"] for one in json.loads(out)["attacks"]] == [0, 0, 0]


@pytest.mark.torch
def test_a_place_for_pictures_that_cannot_be_is_said_before_anything_is_attacked(
    drawn, drawn_store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lookalike.probe.attack.open_net", None)
    code, _, err = run(capsys, "attack", drawn.queries, "--store", drawn_store, "--out", drawn.queries / "shown")
    assert code == 1
    assert f"{drawn.queries / 'shown'} cannot be read or written: Not a directory" in err
