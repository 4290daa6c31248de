"""What every `Detector` keeps, run against each there is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from tests.detectors import bright_quarters

from lookalike.embed.graph import Graph
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.embed.opening import open_embedder
from lookalike.search.scenes.detector import Detections, Detector
from lookalike.search.scenes.detector_description import DetectorDescription
from lookalike.search.scenes.head import packaged_heads
from lookalike.search.scenes.onnx_detector import OnnxDetector
from lookalike.search.scenes.packaged_detector import PackagedDetector
from lookalike.types import Pixels


class MiddleDetector:
    """A detector that somebody else might write: the middle of every photograph."""

    def detect(self, pixels: Pixels) -> Detections:
        height, width = pixels.shape[:2]
        box = np.array([[width / 4, height / 4, width * 3 / 4, height * 3 / 4]], np.float32)
        return Detections(box, np.array([0.5], np.float32))


def packaged() -> PackagedDetector:
    embedder = open_embedder(threads=1)
    assert isinstance(embedder, OnnxEmbedder)
    return PackagedDetector(embedder, packaged_heads())


def plugged_in() -> OnnxDetector:
    return OnnxDetector(Graph(bright_quarters(), "quarters"), DetectorDescription("yolo"), "quarters")


@pytest.fixture(scope="module", params=[packaged, MiddleDetector, plugged_in])
def detector(request: pytest.FixtureRequest) -> Detector:
    make: Callable[[], Detector] = request.param
    return make()


@pytest.mark.parametrize("size", [(40, 40), (37, 300), (480, 640), (900, 30)])
def test_boxes_lie_in_the_photograph(detector: Detector, size: tuple[int, int]):
    pixels = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    found = detector.detect(pixels)
    assert len(found) == len(found.boxes)
    assert bool(np.all(found.boxes >= 0))
    assert bool(np.all(found.boxes[:, 2] <= size[1]))
    assert bool(np.all(found.boxes[:, 3] <= size[0]))


def test_the_same_photograph_has_the_same_boxes(detector: Detector):
    pixels = np.random.default_rng(2).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    first, second = detector.detect(pixels), detector.detect(pixels.copy())
    np.testing.assert_array_equal(first.boxes, second.boxes)
    np.testing.assert_array_equal(first.scores, second.scores)


def test_a_detector_is_one(detector: Detector):
    assert isinstance(detector, Detector)
