"""What a detector's ONNX file does not say of itself: how it sees a photograph, and what its numbers mean."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from math import isfinite
from pathlib import Path
from typing import Literal, get_args

from lookalike.errors import InvalidConfiguration

__all__ = ["DetectorDescription", "DetectorFit", "DetectorForm", "read_detector_description"]

DetectorForm = Literal["yolo", "yolo_objectness", "detr", "edges"]
"""What the outputs of a detector are.

- ``yolo``: one of shape (1, 4 + classes, n): centre and size in input pixels, then class scores from 0 to 1.
- ``yolo_objectness``: one of shape (1, n, 5 + classes): the same with an objectness before the class scores, which it
  is multiplied by.
- ``detr``: boxes of shape (1, n, 4), centre and size as shares of the input, and class scores of shape (1, n, classes).
- ``edges``: boxes of shape (n, 4), left, upper, right and lower edge in input pixels, scores of shape (n), and perhaps
  classes of shape (n).
"""

DetectorFit = Literal["letterbox", "letterbox_corner", "squash"]
"""In its own proportions in the middle, the same in the upper left corner, or both sides as they come."""


@dataclass(frozen=True, slots=True)
class DetectorDescription:
    """How to ask a detector and how to read its answer.

    Attributes:
        form: what its outputs are.
        width: pixels that it takes across; 0 where the graph says so.
        height: pixels that it takes down; 0 where the graph says so.
        fit: how a photograph is brought to that size.
        pad_value: of what a letterbox leaves over, 0 to 255.
        highest: what a white pixel is before `mean` and `std`: 1 or 255.
        mean: subtracted from red, green and blue (of whatever order `channels` says).
        std: divided by.
        channels: order of the input's channels.
        activation: what makes class scores of the numbers of ``detr``; after a softmax the last class means nothing.
        boxes: name of the output with boxes; empty for the first.
        scores: name of the output with scores; empty for the second. Not read of ``yolo`` and ``yolo_objectness``.
        labels: name of the output with classes of ``edges``; empty where there is none.
        keep: numbers of the classes that count; empty for all.
        least: boxes below that score are dropped.

    Raises:
        InvalidConfiguration: naming every bad field at once.
    """

    form: DetectorForm
    width: int = 0
    height: int = 0
    fit: DetectorFit = "letterbox"
    pad_value: int = 114
    highest: int = 1
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    channels: Literal["rgb", "bgr"] = "rgb"
    activation: Literal["sigmoid", "softmax", "none"] = "sigmoid"
    boxes: str = ""
    scores: str = ""
    labels: str = ""
    keep: tuple[int, ...] = ()
    least: float = 0.2

    def __post_init__(self) -> None:
        problems = _problems({field.name: getattr(self, field.name) for field in fields(self)})
        if problems:
            raise InvalidConfiguration("; ".join(problems))


def read_detector_description(path: Path) -> DetectorDescription:
    """The description in a JSON file, with the attributes of `DetectorDescription` as keys.

    Raises:
        InvalidConfiguration: no such file, no JSON object, keys that are unknown, or values that cannot be.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InvalidConfiguration(
            f'there is no {path}: a detector needs a JSON file of that name beside it, at least {{"form": "yolo"}}'
        ) from error
    except (OSError, ValueError) as error:
        raise InvalidConfiguration(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(record, Mapping):
        raise InvalidConfiguration(f"{path} must hold one JSON object, received {type(record).__name__}")
    known = [field.name for field in fields(DetectorDescription)]
    unknown = sorted(str(key) for key in record if key not in known)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if unknown:
        raise InvalidConfiguration(f"{path} has unknown keys {', '.join(unknown)}; it may have {', '.join(known)}")
    if "form" not in record:
        raise InvalidConfiguration(f"{path} must say its form, one of {', '.join(get_args(DetectorForm))}")
    values = {str(key): tuple(value) if isinstance(value, list) else value for key, value in record.items()}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    problems = _problems(values)
    if problems:
        raise InvalidConfiguration(f"{path}: " + "; ".join(problems))
    for name in ("mean", "std"):
        if name in values:
            values[name] = tuple(map(float, values[name]))  # pyright: ignore[reportUnknownArgumentType]
    return DetectorDescription(**values)  # pyright: ignore[reportArgumentType]


def _problems(values: Mapping[str, object]) -> list[str]:
    """A sentence for each value that cannot be."""
    return [
        f"{name} must be {expected}, received {value!r}"
        for name, value in values.items()
        for expected, holds in (_EXPECTED[name],)
        if not holds(value)
    ]


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_side(value: object) -> bool:
    return _is_whole(value, 0, 0) or _is_whole(value, 32, 4096)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _are_numbers(values: object, *, above: float = float("-inf")) -> bool:
    return isinstance(values, tuple) and len(values) == 3 and all(_is_number(one) and one > above for one in values)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _are_classes(values: object) -> bool:
    return isinstance(values, tuple) and all(_is_whole(one, 0, 2**31) for one in values)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _one_of(known: Sequence[object]) -> tuple[str, Callable[[object], bool]]:
    return f"one of {', '.join(map(str, known))}", lambda value: value in known


_SIDE = ("32 to 4096 pixels, or left out where the graph says it", _is_side)
_NAME = ("the name of an output", lambda value: isinstance(value, str))

_EXPECTED: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "form": _one_of(get_args(DetectorForm)),
    "width": _SIDE,
    "height": _SIDE,
    "fit": _one_of(get_args(DetectorFit)),
    "pad_value": ("0 to 255", lambda value: _is_whole(value, 0, 255)),
    "highest": _one_of((1, 255)),
    "mean": ("three numbers", _are_numbers),
    "std": ("three numbers above 0", lambda value: _are_numbers(value, above=0.0)),
    "channels": _one_of(("rgb", "bgr")),
    "activation": _one_of(("sigmoid", "softmax", "none")),
    "boxes": _NAME,
    "scores": _NAME,
    "labels": _NAME,
    "keep": ("numbers of classes", _are_classes),
    "least": ("0 to 1", lambda value: _is_number(value) and 0 <= value <= 1),  # pyright: ignore[reportOperatorIssue]
}
"""What each field may be, and whether a value is that."""
