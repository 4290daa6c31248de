"""Any ONNX graph, run as it is."""

from __future__ import annotations

import numpy as np
import pytest
from tests.detectors import bright_quarters

from lookalike.embed.graph import Graph, GraphInput
from lookalike.errors import ModelDamaged


def test_a_graph_tells_its_tensors():
    fixed, free = Graph(bright_quarters("edges"), "fixed"), Graph(bright_quarters(free=True), "free")
    assert fixed.inputs == (GraphInput("picture", (1, 3, 64, 64), True),)
    assert free.inputs == (GraphInput("picture", (1, 3, None, None), True),)
    assert fixed.outputs == ("labels", "boxes", "scores")


def test_outputs_come_in_the_order_asked_for_and_as_floats():
    picture = np.zeros((1, 3, 64, 64), np.float32)
    picture[:, 0, :32, 32:] = 1
    scores, labels = Graph(bright_quarters("edges"), "edges").run({"picture": picture}, ("scores", "labels"))
    np.testing.assert_allclose(scores, [0, 1, 0, 0])
    assert labels.dtype == np.float32


def test_what_is_no_graph_is_refused():
    with pytest.raises(ModelDamaged, match=r"broken: ONNX Runtime cannot open"):
        Graph(b"no graph", "broken")


def test_a_picture_of_another_shape_is_refused():
    with pytest.raises(ModelDamaged, match=r"could not run on picture \(1, 3, 8, 8\)"):
        Graph(bright_quarters(), "quarters").run({"picture": np.zeros((1, 3, 8, 8), np.float32)}, ("found",))
