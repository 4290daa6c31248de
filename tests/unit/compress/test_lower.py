"""What lower layers give, kept in a file."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")

from lookalike.compress.lower import are_smaller, lower_maps
from lookalike.embed.description import ModelDescription
from lookalike.embed.graph import Graph
from lookalike.nets.graph import leading_to, read_graph, with_constants
from tiny_model import described, tiny_file

Tiny = tuple[ModelDescription, bytes]


def test_maps_of_every_picture_are_those_of_the_graph_in_half_precision(
    tiny: Tiny, squares: np.ndarray, tmp_path: Path
) -> None:
    description, file = tiny
    many = np.concatenate([squares, squares[:, ::-1]])
    found = lower_maps(description, file, "stem", many, tmp_path / "maps", threads=1)
    wanted = Graph(leading_to(file, ["stem"]), "tiny").run({"pixels": many}, ["stem"])[0]
    np.testing.assert_array_equal(found, wanted.astype(np.float16))


def test_numbers_beyond_half_precision_do_not_become_infinite(tiny: Tiny, squares: np.ndarray, tmp_path: Path) -> None:
    description, file = tiny
    name = "block0.bias"
    large = with_constants(file, {name: read_graph(file).constants[name] + np.float32(1e6)})
    found = lower_maps(description, large, "block0.projected", squares, tmp_path / "maps")
    assert np.isfinite(found).all()
    assert found.max() > 5e4


def test_where_the_disk_has_no_room_maps_are_held_in_memory(
    tiny: Tiny, squares: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr("lookalike.compress.lower.shutil.disk_usage", lambda _: full)
    description, file = tiny
    found = lower_maps(description, file, "stem", squares, tmp_path / "maps")
    assert not (tmp_path / "maps").exists()
    assert found.shape[0] == len(squares)


def test_maps_are_worth_keeping_where_they_take_no_more_than_the_picture(squares: np.ndarray) -> None:
    for channels, smaller in ((4, True), (8, False)):
        file = tiny_file(channels=channels)
        assert are_smaller(described(file), file, "stem", squares[0]) is smaller
        assert not are_smaller(described(file), file, "pixels", squares[0])
        assert not are_smaller(described(file), file, "pooled", squares[0])
