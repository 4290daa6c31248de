"""What a detector's file does not say of itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lookalike.errors import InvalidConfiguration
from lookalike.search.scenes.detector_description import DetectorDescription, read_detector_description


def written(folder: Path, content: object) -> Path:
    path = folder / "detector.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_form_is_enough(tmp_path: Path):
    assert read_detector_description(written(tmp_path, {"form": "yolo"})) == DetectorDescription("yolo")


def test_lists_become_what_is_compared(tmp_path: Path):
    read = read_detector_description(written(tmp_path, {"form": "detr", "mean": [0.1, 0.2, 0.3], "keep": [57, 59]}))
    assert read.mean == (0.1, 0.2, 0.3)
    assert read.keep == (57, 59)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "cannot be read as JSON"),
        ([1], "one JSON object"),
        ({}, "must say its form"),
        ({"form": "yolo", "size": 640}, "unknown keys size"),
        ({"form": "ssd"}, "form must be one of"),
        ({"form": "yolo", "fit": "crop"}, "fit must be one of"),
        ({"form": "yolo", "activation": "relu"}, "activation must be one of"),
        ({"form": "yolo", "channels": "gray"}, "channels must be one of"),
        ({"form": "yolo", "width": 8}, "width must be 32 to 4096"),
        ({"form": "yolo", "height": "640"}, "height must be 32 to 4096"),
        ({"form": "yolo", "pad_value": 300}, "pad_value must be 0 to 255"),
        ({"form": "yolo", "highest": 2}, "highest must be one of 1, 255"),
        ({"form": "yolo", "mean": [1, 2]}, "mean must be three numbers"),
        ({"form": "yolo", "std": [1, 0, 1]}, "std must be three numbers above 0"),
        ({"form": "yolo", "boxes": 3}, "boxes must be the name of an output"),
        ({"form": "yolo", "keep": [-1]}, "keep must be numbers of classes"),
        ({"form": "yolo", "keep": 3}, "detector.json"),
        ({"form": "yolo", "least": 2}, "least must be 0 to 1"),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, content: object, told: str):
    with pytest.raises(InvalidConfiguration, match=told):
        read_detector_description(written(tmp_path, content))


def test_every_bad_field_is_told_at_once(tmp_path: Path):
    with pytest.raises(InvalidConfiguration, match=r"form .*; fit .*; least"):
        read_detector_description(written(tmp_path, {"form": "a", "fit": "b", "least": -1}))


def test_a_missing_file_is_asked_for(tmp_path: Path):
    with pytest.raises(InvalidConfiguration, match=r"a detector needs a JSON file of that name beside it"):
        read_detector_description(tmp_path / "detector.json")
