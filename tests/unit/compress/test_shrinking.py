"""A narrower model, and what it does where its side or its cuts cannot be as asked."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")

import onnx
from onnx import helper, numpy_helper
from PIL import Image

from conftest import Drawn
from lookalike.compress.options import ImitationOptions, ShrinkOptions
from lookalike.compress.shrinking import shrink_model
from lookalike.errors import LookalikeError, ModelError, TooFewProducts
from lookalike.images import Preprocessing
from tiny_model import described, tiny_file

SIDE = 40
"""Of which ``balanced`` makes 32 for a share of 0.8."""


@pytest.fixture(scope="module")
def one_size(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model for 40 pixels, with a number of places written into its graph; read it only."""
    proto = onnx.load_model_from_string(tiny_file())
    for axis in (1, 2):
        proto.graph.input[0].type.tensor_type.shape.dim[axis].dim_value = SIDE
    places = SIDE // 2
    shapes = {"flat.shape": [-1, places**2], "map.shape": [-1, 8, places, places]}
    proto.graph.initializer.extend(numpy_helper.from_array(np.array(at), name) for name, at in shapes.items())
    average = next(i for i, node in enumerate(proto.graph.node) if node.op_type == "GlobalAveragePool")
    proto.graph.node[average].input[0] = "map"
    proto.graph.node.insert(average, helper.make_node("Reshape", ["flat", "map.shape"], ["map"]))
    proto.graph.node.insert(average, helper.make_node("Reshape", ["features", "flat.shape"], ["flat"]))
    file = proto.SerializeToString()
    folder = tmp_path_factory.mktemp("models") / "one-size"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(file)
    description = replace(described(file), preprocessing=Preprocessing(size_pixels=SIDE))
    (folder / "description.json").write_text(json.dumps(description.as_dict()), encoding="utf-8")
    return folder


def test_a_graph_for_one_picture_at_a_time_is_refused_before_any_are_read(tmp_path: Path) -> None:
    proto = onnx.load_model_from_string(tiny_file())
    proto.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    path = tmp_path / "one.onnx"
    path.write_bytes(proto.SerializeToString())
    with pytest.raises(ModelError, match=r"written for 1 pictures at a time.*open batch axis"):
        shrink_model("prune", path, tmp_path / "no-pictures-here", tmp_path / "out")


@pytest.mark.parametrize(
    ("options", "also", "said"),
    [
        (ShrinkOptions(macs_share=0.01, imitation=None), (), r"fewest channels.*may: let more stay"),
        (ShrinkOptions(side=64, imitation=None), (), "expected a side up to that, received 64"),
        (ShrinkOptions(macs_share=0.9, imitation=None), ("no-such-folder",), "no-such-folder' does not exist"),
    ],
    ids=["too-far", "too-large", "absent"],
)
def test_what_cannot_be_done_is_refused_before_pictures_are_read(
    options: ShrinkOptions, also: tuple[str, ...], said: str, drawn: Drawn, tmp_path: Path
) -> None:
    (tmp_path / "tiny.onnx").write_bytes(tiny_file())
    heard: list[str] = []
    with pytest.raises(LookalikeError, match=said):
        shrink_model(
            "prune",
            tmp_path / "tiny.onnx",
            drawn.catalog,
            tmp_path / "out",
            also=also,
            options=options,
            told=heard.append,
        )
    assert "reading pictures" not in heard


def test_where_one_size_only_is_computed_a_balanced_model_keeps_it_and_channels_save_everything(
    one_size: Path, drawn: Drawn, tmp_path: Path
) -> None:
    heard: list[str] = []
    options = ShrinkOptions(macs_share=0.8, side="balanced", allowed_loss=1.0, imitation=None)
    told = shrink_model("distil", one_size, drawn.catalog, tmp_path / "out", options=options, told=heard.append)
    assert told.details["side"] == [SIDE, SIDE]
    assert told.details["channels"] == {"block0.projected": [16, 24]}
    assert told.after.macs <= 0.8 * told.before.macs
    assert [one for one in heard if "is computed for pictures of 40 pixels only" in one and "fewer channels" in one]


def test_what_cannot_be_used_of_a_further_catalogue_is_told_too(one_size: Path, drawn: Drawn, tmp_path: Path) -> None:
    further = tmp_path / "further.csv"
    further.write_text(f"product_id,image\nq1,{drawn.photographs[0]}\nq2,gone.jpg\n", encoding="utf-8")
    options = ShrinkOptions(macs_share=0.8, allowed_loss=1.0, imitation=None)
    told = shrink_model("distil", one_size, drawn.catalog, tmp_path / "out", also=[further], options=options)
    assert [(one.image, str(one.reason)) for one in told.rejected] == [("gone.jpg", "not_found")]


def test_what_it_is_examined_by_is_not_learned_from(one_size: Path, drawn: Drawn, tmp_path: Path) -> None:
    options = ShrinkOptions(macs_share=0.8, allowed_loss=1.0, imitation=None)
    with drawn.catalog.open(encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    pages = {row["product_id"]: drawn.catalog.parent / row["image"].split("|")[0] for row in rows}
    queries, further = tmp_path / "queries.csv", tmp_path / "further.csv"
    for number, picture in enumerate(pages.values()):
        # Another file of the same product: a corner is painted over.
        image = Image.open(picture).convert("RGB")
        image.paste((255, 0, 0), (0, 0, 20, 20))
        image.save(tmp_path / f"{number}.png")
    lines = [f"{tmp_path / str(number)}.png,{name}" for number, name in enumerate(pages)]
    queries.write_text("\n".join(["image,product_id", *lines]), encoding="utf-8")
    further.write_text(f"image,product_id\n{lines[0]}\n{drawn.photographs[0]},other\n", encoding="utf-8")
    made = shrink_model(
        "prune", one_size, drawn.catalog, tmp_path / "out", also=[further], queries=queries, options=options
    )
    assert made.exam["questions"] == len(pages) >= 10
    assert made.details["asked_left_out"] == 1


def test_nothing_but_what_is_asked_is_nothing_to_learn_from(one_size: Path, drawn: Drawn, tmp_path: Path) -> None:
    with drawn.catalog.open(encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    queries = tmp_path / "queries.csv"
    named = [(image, row["product_id"]) for row in rows for image in row["image"].split("|")]
    lines = [f"{drawn.catalog.parent / image},{name}" for image, name in named]
    queries.write_text("\n".join(["image,product_id", *lines]), encoding="utf-8")
    options = ShrinkOptions(macs_share=0.8, allowed_loss=1.0, imitation=None)
    with pytest.raises(TooFewProducts, match="every picture to learn from is asked"):
        shrink_model("prune", one_size, drawn.catalog, tmp_path / "out", queries=queries, options=options)


def test_a_side_that_was_asked_for_is_refused_where_one_size_only_is_computed(
    one_size: Path, drawn: Drawn, tmp_path: Path
) -> None:
    options = ShrinkOptions(macs_share=0.8, side=32, allowed_loss=1.0, imitation=None)
    with pytest.raises(ModelError, match="keep the side"):
        shrink_model("distil", one_size, drawn.catalog, tmp_path / "out", options=options)
    assert not (tmp_path / "out").exists()


@pytest.mark.torch
@pytest.mark.parametrize("n_cuts", [0, 2])
def test_as_many_cuts_of_each_picture_are_learned_from_as_were_asked_for(
    n_cuts: int, tiny_folder: Path, drawn: Drawn, tmp_path: Path
) -> None:
    pytest.importorskip("torch")
    learning = ImitationOptions(steps=1, batch=4, n_cuts=n_cuts)
    options = ShrinkOptions(macs_share=0.8, allowed_loss=1.0, imitation=learning)
    told = shrink_model("prune", tiny_folder, drawn.catalog, tmp_path / "out", options=options).details["learning"]
    assert isinstance(told, dict)
    assert told["cuts"] == n_cuts * told["pictures"]
    assert told["steps"] == 1


@pytest.mark.torch
@pytest.mark.parametrize("rests", [True, False])
def test_the_blocks_above_learn_from_what_the_resting_ones_give_and_most_from_the_catalogues_pages(
    rests: bool, drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    from lookalike.compress import imitation

    # Blocks with a result of half the side are coarse here, and four channels of the stem smaller than a picture.
    monkeypatch.setattr("lookalike.compress.shrinking._COARSE", 2)
    monkeypatch.setattr("lookalike.compress.shrinking._UPPER_SHARE", 1.0)
    file = tiny_file(channels=4)
    folder = tmp_path / "few"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(file)
    (folder / "description.json").write_text(json.dumps(described(file).as_dict()), encoding="utf-8")
    asked: list[dict[str, object]] = []
    imitate = imitation.imitate

    def watched(net: object, seen: np.ndarray, *rest: object, **more: object) -> object:
        asked.append({"seen": seen.shape, **more})
        return imitate(net, seen, *rest, **more)  # pyright: ignore[reportArgumentType, reportCallIssue]

    monkeypatch.setattr(imitation, "imitate", watched)
    options = ShrinkOptions(
        macs_share=0.9, lower_rest=rests, allowed_loss=1.0, imitation=ImitationOptions(steps=2, batch=4)
    )
    told = shrink_model("prune", folder, drawn.catalog, tmp_path / "out", also=[drawn.catalog], options=options)
    learning = told.details["learning"]
    assert isinstance(learning, dict)
    n = learning["pictures"]
    assert told.after.macs <= 0.9 * told.before.macs
    assert asked[0]["below"] == learning["from"] == "stem"
    assert asked[0]["seen"] == (3 * n, 4, 16, 16)
    own = asked[0]["own"]
    assert isinstance(own, np.ndarray)
    assert 0.3 * n < len(own) < 0.7 * n
    assert own.max() < n


@pytest.mark.torch
def test_a_net_whose_first_layer_is_narrowed_learns_from_pictures(
    tiny_folder: Path, drawn: Drawn, tmp_path: Path
) -> None:
    pytest.importorskip("torch")
    # The maps of the tiny model's stem are larger than a picture: nothing is gained by keeping them.
    options = ShrinkOptions(macs_share=0.8, allowed_loss=1.0, imitation=ImitationOptions(steps=1, batch=4))
    told = shrink_model("prune", tiny_folder, drawn.catalog, tmp_path / "out", options=options).details["learning"]
    assert isinstance(told, dict)
    assert told["from"] is None


def test_blocks_above_are_asked_for_no_more_than_they_can_give(
    tiny_folder: Path, drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lookalike.compress.shrinking._COARSE", 2)
    heard: list[str] = []
    for share in (0.9, 0.6):
        options = ShrinkOptions(macs_share=share, allowed_loss=1.0, imitation=None)
        shrink_model("prune", tiny_folder, drawn.catalog, tmp_path / str(share), options=options, told=heard.append)
        assert ("the upper blocks alone cannot save so much: all are narrowed" in heard) == (share == 0.6)
