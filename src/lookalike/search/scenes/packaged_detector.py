"""The detector that needs nothing installed: one forward pass of the packaged model over the whole photograph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, UInt8

from lookalike.embed.embedder import Embedder
from lookalike.embed.tensors import finite_unit_rows
from lookalike.errors import InvalidConfiguration
from lookalike.images.scaling import fitted_size, scaled
from lookalike.search.scenes.detector import POSSIBLE, Detections
from lookalike.search.scenes.head import CELL_PIXELS, MAPS, ObjectHead
from lookalike.search.scenes.outlining import outlined
from lookalike.search.scenes.suppression import suppressed
from lookalike.types import Pixels

__all__ = ["AnySize", "PackagedDetector"]

SIDE_PIXELS = 256
"""The photograph is seen at about the area of a square of this side, in its own proportions."""

_MULTIPLE = 32
_CANDIDATES = 200


@runtime_checkable
class AnySize(Embedder, Protocol):
    """An embedder that also looks at pictures of other sizes than its own square."""

    @property
    def takes_any_size(self) -> bool:
        """Whether `look` works."""
        ...

    def look(
        self, pictures: UInt8[np.ndarray, "n height width 3"], names: Sequence[str]
    ) -> Mapping[str, Float32[np.ndarray, "n ..."]]:
        """Tensors by name, row i for picture i."""
        ...


class PackagedDetector:
    """Finds things by an `ObjectHead` or several on feature maps. Safe to call from several threads.

    Args:
        embedder: the model whose maps the heads were trained on.
        heads: say where in them something is; of what several say of the same thing the surest counts.
        most: boxes that are given at most.

    Raises:
        InvalidConfiguration: another model, or one that takes pictures of its own size only.
    """

    def __init__(self, embedder: AnySize, heads: Sequence[ObjectHead], *, most: int = 12) -> None:
        others = any(head.weights_sha256 != embedder.description.weights_sha256 for head in heads)
        if others or not heads or not embedder.takes_any_size:
            raise InvalidConfiguration(
                f"regions are found in the feature maps of the packaged model, received {embedder.description.name}"
            )
        self._embedder = embedder
        self._heads = tuple(heads)
        self._most = most

    def detect(self, pixels: Pixels) -> Detections:
        """Boxes of what is possibly a thing, those of highest score first; one forward pass, whatever their number."""
        height, width = pixels.shape[:2]
        columns, rows = fitted_size(width, height, area_pixels=SIDE_PIXELS**2, multiple=_MULTIPLE)
        description = self._embedder.description
        maps = self._embedder.look(scaled(pixels, columns, rows)[np.newaxis], (*MAPS, description.output))
        each = [head.boxes(maps) for head in self._heads]
        boxes, scores = (np.concatenate(arrays) for arrays in zip(*each, strict=True))
        scale = np.array([width / columns, height / rows] * 2, np.float32) * np.float32(CELL_PIXELS)
        boxes = np.clip(boxes * scale, 0, np.array([width, height] * 2, np.float32))
        usable = np.flatnonzero((scores >= POSSIBLE) & np.all(boxes[:, 2:] - boxes[:, :2] >= 2, axis=1))
        best = usable[np.argsort(-scores[usable], kind="stable")[:_CANDIDATES]]
        boxes, scores = outlined(pixels, boxes[best]), scores[best]
        kept = suppressed(boxes, scores, most=self._most)
        whole = finite_unit_rows(maps[description.output], description)[0]
        return Detections(boxes[kept], scores[kept], whole, description.fingerprint)
