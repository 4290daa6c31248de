"""Rows of a large array on the device where batches are computed: kept there whole where there is room for them."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

from typing import TypeAlias, final

import numpy as np
import torch
from jaxtyping import Int64, Shaped

__all__ = ["RowsOnDevice"]

Rows: TypeAlias = Int64[np.ndarray, " m"]
_MOST = 0.25
"""Of a GPU's free memory: what learns needs more of it later."""


@final
class RowsOnDevice:
    """Gives rows of an array as tensors on a device.

    A batch of pictures that is gathered on the processor and copied for each step makes a GPU wait for longer than some
    nets compute on it. So an array that fits in a quarter of a GPU's free memory is copied there once, when the first
    rows are asked for.

    Args:
        array: may be mapped from a file.
        device: as torch names it.
    """

    def __init__(self, array: Shaped[np.ndarray, "n ..."], device: str) -> None:
        self._array = array
        self._device = torch.device(device)
        self._whole: torch.Tensor | None = None
        self._asked = False

    def __call__(self, rows: Rows) -> Shaped[torch.Tensor, "m ..."]:
        """The rows of these numbers, in this order."""
        if not self._asked and self._device.type == "cuda":
            free, _ = torch.cuda.mem_get_info(self._device)
            if self._array.nbytes <= _MOST * free:
                self._whole = torch.from_numpy(np.ascontiguousarray(self._array)).to(self._device)
        self._asked = True
        if self._whole is not None:
            return self._whole[torch.from_numpy(rows).to(self._device, non_blocking=True)]
        return torch.from_numpy(np.ascontiguousarray(self._array[rows])).to(self._device, non_blocking=True)
