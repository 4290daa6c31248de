"""A detector of somebody's own, from an ONNX file and a few words beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int64

from lookalike.embed.graph import Graph
from lookalike.embed.onnx_embedder import OnnxOptions
from lookalike.errors import InvalidConfiguration, ModelDamaged, UnknownModel
from lookalike.images.scaling import scaled
from lookalike.search.scenes.detector import Detections
from lookalike.search.scenes.detector_description import DetectorDescription, read_detector_description
from lookalike.search.scenes.suppression import suppressed
from lookalike.types import Pixels

__all__ = ["OnnxDetector", "open_detector"]

_CANDIDATES = 300
_LEAST_PIXELS = 2.0

Found = tuple[Float32[np.ndarray, "n 4"], Float32[np.ndarray, " n"], Int64[np.ndarray, " n"]]
"""Edges in input pixels, scores, and classes."""


class OnnxDetector:
    """Finds things by an ONNX graph. Safe to call from several threads.

    Args:
        graph: takes one picture, float32, shape (1, 3, height, width).
        description: how it is asked and read.
        name: for messages.
        most: boxes that are given at most.

    Raises:
        InvalidConfiguration: the description does not go with the graph.
    """

    def __init__(self, graph: Graph, description: DetectorDescription, name: str, *, most: int = 12) -> None:
        self._graph = graph
        self._name = name
        self._most = most
        self._input, self._description = _sized(graph, description, name)
        self._wanted = _wanted(graph, description, name)

    def detect(self, pixels: Pixels) -> Detections:
        """Boxes of the classes that count, those of highest score first; of boxes that mean the same the best.

        Raises:
            ModelDamaged: what the graph gives is not what its description says.
        """
        height, width = pixels.shape[:2]
        fed, scale, offset = self._seen(pixels)
        edges, scores, classes = self._read(self._graph.run({self._input: fed}, self._wanted))
        if not (bool(np.all(np.isfinite(edges))) and bool(np.all((scores >= 0) & (scores <= 1 + 1e-4)))):
            raise ModelDamaged(
                f"{self._name}: expected finite boxes and scores from 0 to 1, received scores from "
                f"{scores.min():.3g} to {scores.max():.3g}; see `activation` and `form` in its description"
            )
        boxes = np.clip((edges - offset) / scale, 0, np.array([width, height] * 2, np.float32)).astype(np.float32)
        usable = (scores >= self._description.least) & np.all(boxes[:, 2:] - boxes[:, :2] >= _LEAST_PIXELS, axis=1)
        if self._description.keep:
            usable &= np.isin(classes, self._description.keep)
        places = np.flatnonzero(usable)
        best = places[np.argsort(-scores[places], kind="stable")[:_CANDIDATES]]
        kept = best[suppressed(boxes[best], scores[best], most=self._most)]
        return Detections(boxes[kept], np.minimum(scores[kept], np.float32(1)))

    def _seen(
        self, pixels: Pixels
    ) -> tuple[Float32[np.ndarray, "1 3 rows columns"], Float32[np.ndarray, " 4"], Float32[np.ndarray, " 4"]]:
        """The input, and scale and offset that take edges in the photograph to edges in the input."""
        said = self._description
        height, width = pixels.shape[:2]
        across, down = said.width, said.height
        if said.fit != "squash":
            share = min(said.width / width, said.height / height)
            across, down = max(1, round(width * share)), max(1, round(height * share))
        left, upper = (0, 0)
        if said.fit == "letterbox":
            left, upper = (said.width - across) // 2, (said.height - down) // 2
        canvas = np.full((said.height, said.width, 3), said.pad_value, np.uint8)
        canvas[upper : upper + down, left : left + across] = scaled(pixels, across, down)
        values = canvas[..., :: 1 if said.channels == "rgb" else -1].astype(np.float32) * np.float32(said.highest / 255)
        values = (values - np.array(said.mean, np.float32)) / np.array(said.std, np.float32)
        scale = np.array([across / width, down / height] * 2, np.float32)
        return (
            np.ascontiguousarray(values.transpose(2, 0, 1)[np.newaxis]),
            scale,
            np.array([left, upper] * 2, np.float32),
        )

    def _read(self, outputs: tuple[np.ndarray, ...]) -> Found:
        said = self._description
        match said.form:
            case "yolo":
                rows = self._rows(outputs[0], "(1, 4 + classes, n)", least=5, last=1).T
                return _centred(rows[:, :4]), *_best(rows[:, 4:])
            case "yolo_objectness":
                rows = self._rows(outputs[0], "(1, n, 5 + classes)", least=5, last=2)
                sure = rows[:, 5:] if rows.shape[1] > 5 else np.ones((len(rows), 1), np.float32)
                return _centred(rows[:, :4]), *_best(rows[:, 4:5] * sure)
            case "detr":
                shares = self._rows(outputs[0], "(1, n, 4)", least=4, last=2)
                numbers = self._rows(outputs[1], "(1, n, classes)", least=1, last=2)
                self._require_pairs(len(shares), len(numbers))
                inside = shares[:, :4] * np.array([said.width, said.height] * 2, np.float32)
                return _centred(inside), *_best(_activated(numbers, said.activation))
            case "edges":
                edges = outputs[0].reshape(-1, outputs[0].shape[-1]) if outputs[0].ndim else outputs[0]
                scores = outputs[1].reshape(-1).astype(np.float32)
                if edges.ndim != 2 or edges.shape[1] != 4:
                    raise self._misshapen(outputs[0], "(n, 4)")
                self._require_pairs(len(edges), len(scores))
                classes = outputs[2].reshape(-1) if len(outputs) > 2 else np.zeros(len(scores))
                self._require_pairs(len(edges), len(classes))
                return edges.astype(np.float32), scores, classes.astype(np.int64)

    def _rows(self, output: np.ndarray, shape: str, *, least: int, last: int) -> Float32[np.ndarray, "rows columns"]:
        if output.ndim != 3 or len(output) != 1 or output.shape[last] < least:
            raise self._misshapen(output, shape)
        return output[0].astype(np.float32)

    def _misshapen(self, output: np.ndarray, shape: str) -> ModelDamaged:
        return ModelDamaged(
            f"{self._name}: the form {self._description.form} has outputs of shape {shape}, received {output.shape}; "
            "name another form, or other outputs, in its description"
        )

    def _require_pairs(self, n_boxes: int, n_scores: int) -> None:
        if n_boxes != n_scores:
            raise ModelDamaged(f"{self._name}: expected a score and a class a box, received {n_scores} for {n_boxes}")


def open_detector(path: Path, *, threads: int | None = None) -> OnnxDetector:
    """The detector in an ONNX file, described by the JSON file of the same name beside it.

    Args:
        path: of the ONNX file, its weights inside.
        threads: within one run; None for one a usable core.

    Raises:
        UnknownModel: there is no such file.
        InvalidConfiguration: its description is missing, wrong, or of another graph.
        ModelDamaged: ONNX Runtime cannot open it.
    """
    try:
        model = path.read_bytes()
    except OSError as error:
        raise UnknownModel(f"there is no detector {path}: expected the path of an ONNX file ({error})") from error
    description = read_detector_description(path.with_suffix(".json"))
    return OnnxDetector(Graph(model, path.name, OnnxOptions(threads=threads)), description, path.name)


def _sized(graph: Graph, said: DetectorDescription, name: str) -> tuple[str, DetectorDescription]:
    """The input's name, and the description with the size that graph and description agree on."""
    inputs = graph.inputs
    if len(inputs) != 1 or not inputs[0].is_float or len(inputs[0].shape) != 4:
        raise InvalidConfiguration(
            f"{name}: expected one float32 input of shape (1, 3, height, width), the graph has "
            f"{[(one.name, one.shape) for one in inputs]}; export it without post-processing that asks for more"
        )
    batch, channels, rows, columns = inputs[0].shape
    problems: list[str] = []
    if batch not in (None, 1) or channels not in (None, 3):
        problems.append(f"expected a batch of 1 with 3 channels, the graph takes {inputs[0].shape}")
    for side, own, other in (("height", said.height, rows), ("width", said.width, columns)):
        if not own and other is None:
            problems.append(f"the graph leaves its {side} open: give `{side}` in the description")
        elif own and other is not None and own != other:
            problems.append(f"the description says {side} {own}, the graph takes {other}")
    if problems:
        raise InvalidConfiguration(f"{name}: " + "; ".join(problems))
    return inputs[0].name, replace(said, height=said.height or rows or 0, width=said.width or columns or 0)


def _wanted(graph: Graph, said: DetectorDescription, name: str) -> tuple[str, ...]:
    """The outputs to be read: boxes, and where the form has them scores and labels."""
    has = graph.outputs
    needed = 1 if said.form in ("yolo", "yolo_objectness") else 2
    if len(has) < needed:
        raise InvalidConfiguration(f"{name}: the form {said.form} has {needed} outputs, the graph has {', '.join(has)}")
    named = [said.boxes or has[0]]
    if needed == 2:
        named.append(said.scores or next((one for one in has if one != named[0]), has[0]))
        if said.form == "edges" and said.labels:
            named.append(said.labels)
    missing = [one for one in named if one not in has]
    if missing:
        raise InvalidConfiguration(f"{name}: the graph has no output {', '.join(missing)}; it has {', '.join(has)}")
    return tuple(named)


def _centred(boxes: Float32[np.ndarray, "n 4"]) -> Float32[np.ndarray, "n 4"]:
    """Edges of boxes that are given by centre and size."""
    half = boxes[:, 2:] / 2
    return np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)


def _best(scores: Float32[np.ndarray, "n classes"]) -> tuple[Float32[np.ndarray, " n"], Int64[np.ndarray, " n"]]:
    """The highest score of each, and its class."""
    classes = scores.argmax(axis=1)
    return scores[np.arange(len(scores)), classes], classes.astype(np.int64)


def _activated(numbers: Float32[np.ndarray, "n classes"], activation: str) -> Float32[np.ndarray, "n kept"]:
    """Scores from 0 to 1; a softmax's last class, which means nothing, left out."""
    match activation:
        case "sigmoid":
            return (1 / (1 + np.exp(-np.clip(numbers, -60, 60)))).astype(np.float32)
        case "softmax":
            powers = np.exp(numbers - numbers.max(axis=1, keepdims=True))
            return (powers / powers.sum(axis=1, keepdims=True))[:, :-1]
        case _:
            return numbers
