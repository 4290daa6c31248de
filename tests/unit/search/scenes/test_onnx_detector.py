"""Detectors of somebody's own: tiny graphs that find bright quarters."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.detectors import bright_quarters

from lookalike.embed.graph import Graph
from lookalike.errors import InvalidConfiguration, ModelDamaged, UnknownModel
from lookalike.search.scenes.detector_description import DetectorDescription, DetectorForm
from lookalike.search.scenes.onnx_detector import OnnxDetector, open_detector
from lookalike.types import Pixels

FORMS: tuple[DetectorForm, ...] = ("yolo", "yolo_objectness", "detr", "edges")
OUTPUTS = {"edges": {"boxes": "boxes", "scores": "scores"}}


def described(form: DetectorForm, **said: object) -> DetectorDescription:
    return replace(DetectorDescription(form), **{**OUTPUTS.get(form, {}), **said})  # pyright: ignore[reportArgumentType]


def detector(form: DetectorForm = "yolo", **said: object) -> OnnxDetector:
    return OnnxDetector(Graph(bright_quarters(form), "quarters"), described(form, **said), "quarters")


def photograph(height: int, width: int, *, upper: bool, left: bool, channel: int | None = None) -> Pixels:
    """Black but for one quarter, which is white or of one colour."""
    pixels = np.zeros((height, width, 3), np.uint8)
    rows = slice(0, height // 2) if upper else slice(height // 2, height)
    columns = slice(0, width // 2) if left else slice(width // 2, width)
    pixels[rows, columns, slice(None) if channel is None else channel] = 255
    return pixels


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("upper", "left"), [(True, True), (True, False), (False, True), (False, False)])
def test_every_form_finds_the_bright_quarter(form: DetectorForm, upper: bool, left: bool):
    found = detector(form, fit="squash").detect(photograph(120, 200, upper=upper, left=left))
    assert len(found) == 1
    x, y = 0 if left else 100, 0 if upper else 60
    np.testing.assert_allclose(found.boxes[0], [x, y, x + 100, y + 60], atol=1)
    assert found.scores[0] > 0.95


@pytest.mark.parametrize(("fit", "top"), [("letterbox", -50), ("letterbox_corner", 0)])
def test_boxes_come_back_from_a_letterbox(fit: str, top: int):
    # 200 x 100 becomes 64 x 32: in the middle it has 16 rows of grey above it, in the corner none.
    pixels = np.full((100, 200, 3), 255, np.uint8)
    found = detector(fit=fit, pad_value=0, least=0.3).detect(pixels)
    lines = sorted({(round(float(box[1])), round(float(box[3]))) for box in found.boxes})
    expected = {(max(0, top), min(100, top + 100)), (max(0, top + 100), min(100, top + 200))}
    assert lines == sorted(one for one in expected if one[1] - one[0] > 2)


def test_a_tall_photograph_is_padded_at_its_sides():
    pixels = np.full((300, 100, 3), 255, np.uint8)
    found = detector(pad_value=0, least=0.2).detect(pixels)
    # Of 21 pixels across, the middle of the input leaves 11 in the left quarters and 10 in the right ones.
    np.testing.assert_allclose(
        sorted({float(box[2] - box[0]) for box in found.boxes}), [1000 / 21, 1100 / 21], rtol=1e-5
    )


def test_the_order_of_channels_is_kept():
    red = photograph(64, 64, upper=True, left=True, channel=0)
    assert len(detector(fit="squash").detect(red)) == 1
    assert len(detector(fit="squash", channels="bgr").detect(red)) == 0


def test_pixels_are_scaled_as_described():
    grey = np.full((64, 64, 3), 128, np.uint8)
    plain = detector(fit="squash").detect(grey).scores
    np.testing.assert_allclose(plain, 128 / 255, atol=1e-3)
    moved = detector(fit="squash", mean=(0.25, 0.0, 0.0), std=(0.5, 1.0, 1.0)).detect(grey).scores
    np.testing.assert_allclose(moved, (128 / 255 - 0.25) / 0.5, atol=1e-3)


def test_only_classes_that_count_are_kept():
    white = np.full((64, 64, 3), 255, np.uint8)
    found = detector("edges", fit="squash", labels="labels", keep=(1, 2)).detect(white)
    assert sorted(map(tuple, found.boxes.tolist())) == [(0, 32, 32, 64), (32, 0, 64, 32)]


def test_weak_boxes_are_dropped():
    grey = np.full((64, 64, 3), 64, np.uint8)
    assert len(detector(fit="squash", least=0.3).detect(grey)) == 0
    assert len(detector(fit="squash", least=0.2).detect(grey)) == 4


def test_the_last_class_of_a_softmax_means_nothing():
    grey = photograph(64, 64, upper=True, left=True) // 2
    graph = Graph(bright_quarters("detr_softmax"), "softmax")
    found = OnnxDetector(graph, described("detr", activation="softmax", fit="squash", least=0.1), "softmax").detect(
        grey
    )
    assert len(found) == 1
    np.testing.assert_allclose(found.scores[0], 127 / 255, atol=1e-3)


def test_a_size_is_needed_where_the_graph_leaves_it_open():
    graph = Graph(bright_quarters(free=True), "free")
    with pytest.raises(InvalidConfiguration, match=r"leaves its height open: give `height`.*width"):
        OnnxDetector(graph, described("yolo"), "free")
    assert (
        len(OnnxDetector(graph, described("yolo", width=64, height=64), "free").detect(np.zeros((9, 9, 3), np.uint8)))
        == 0
    )


@pytest.mark.parametrize(
    ("form", "said", "told"),
    [
        ("yolo", {"width": 640}, r"the description says width 640, the graph takes 64"),
        ("yolo", {"boxes": "output0"}, r"no output output0; it has found"),
        ("detr", {"scores": "classes"}, r"no output classes; it has boxes, logits"),
    ],
)
def test_a_description_of_another_graph_is_refused(form: DetectorForm, said: dict[str, object], told: str):
    with pytest.raises(InvalidConfiguration, match=told):
        detector(form, **said)


def test_too_few_outputs_are_told():
    with pytest.raises(InvalidConfiguration, match=r"form detr has 2 outputs, the graph has found"):
        OnnxDetector(Graph(bright_quarters("yolo"), "quarters"), DetectorDescription("detr"), "quarters")


@pytest.mark.parametrize(
    ("graph", "form", "told"),
    [
        ("edges", "detr", r"the form detr has outputs of shape"),
        ("edges", "yolo", r"the form yolo has outputs of shape \(1, 4 \+ classes, n\), received \(4,\)"),
        ("yolo", "edges", r"has 2 outputs"),
    ],
)
def test_another_form_is_told(graph: str, form: DetectorForm, told: str):
    with pytest.raises((ModelDamaged, InvalidConfiguration), match=told):
        OnnxDetector(Graph(bright_quarters(graph), "it"), DetectorDescription(form), "it").detect(
            np.zeros((64, 64, 3), np.uint8)
        )


@pytest.mark.parametrize("offset", [float("nan"), 3.0, -3.0])
def test_scores_that_are_none_are_refused(offset: float):
    wrong = OnnxDetector(Graph(bright_quarters(offset=offset), "wrong"), DetectorDescription("yolo"), "wrong")
    with pytest.raises(ModelDamaged, match=r"scores from 0 to 1"):
        wrong.detect(np.zeros((64, 64, 3), np.uint8))


def test_a_detector_is_opened_with_what_lies_beside_it(tmp_path: Path):
    path = tmp_path / "quarters.onnx"
    with pytest.raises(UnknownModel, match=r"there is no detector"):
        open_detector(path)
    path.write_bytes(bright_quarters())
    with pytest.raises(InvalidConfiguration, match=r"quarters\.json"):
        open_detector(path)
    path.with_suffix(".json").write_text(json.dumps({"form": "yolo", "fit": "squash"}))
    assert len(open_detector(path, threads=1).detect(photograph(64, 64, upper=True, left=True))) == 1
