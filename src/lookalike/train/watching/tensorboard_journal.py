"""TensorBoard's files, through torch."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false, reportUnknownVariableType=false
from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import final

import numpy as np
import torch
from jaxtyping import Float32, UInt8
from torch.utils.tensorboard.writer import SummaryWriter

from lookalike.types import Pixels

__all__ = ["TensorBoardJournal"]


@final
class TensorBoardJournal:
    """Curves, pictures and the projector in a folder for ``tensorboard --logdir``.

    Args:
        folder: made where it is not there; an earlier run's files in it stay, and are shown as one with this one's.
    """

    def __init__(self, folder: Path) -> None:
        self._writer = SummaryWriter(str(folder))

    def numbers(self, values: Mapping[str, float], step: int) -> None:
        """A scalar each."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def picture(self, name: str, pixels: Pixels, step: int) -> None:
        """An image."""
        self._writer.add_image(name, pixels, step, dataformats="HWC")

    def points(
        self,
        vectors: Float32[np.ndarray, "n dimension"],
        names: Sequence[str],
        tiles: UInt8[np.ndarray, "n side side 3"],
        step: int,
    ) -> None:
        """The projector's."""
        pictures = torch.from_numpy(tiles).permute(0, 3, 1, 2).float() / 255
        plain = [" ".join(name.split()) for name in names]  # its table has a line a point
        self._writer.add_embedding(torch.from_numpy(vectors), metadata=plain, label_img=pictures, global_step=step)

    def close(self) -> None:
        """Files are complete."""
        self._writer.close()
