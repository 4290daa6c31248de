"""Numbers that were drawn on the processor, brought to where pictures are without waiting for what goes on there.

A copy to a GPU that waits ends the lead of the processor over it, so that the GPU waits for the next operation. What
lies in ordinary memory is read before such a copy returns, so that it may be thrown away at once.
"""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int64

__all__ = ["placed", "placed_numbers"]


def placed(values: np.ndarray, like: torch.Tensor) -> Float[torch.Tensor, "*shape"]:
    """The values in float32 on the device of `like`."""
    held = torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
    return held.to(like.device, non_blocking=True)


def placed_numbers(numbers: np.ndarray, like: torch.Tensor) -> Int64[torch.Tensor, " n"]:
    """Places of pictures within a batch on the device of `like`, to choose them by."""
    held = torch.from_numpy(np.ascontiguousarray(numbers, dtype=np.int64))
    return held.to(like.device, non_blocking=True)
