"""What JPEG leaves of pictures, computed in batches on any device: no bits are written, only rounded away.

Reference:
    ITU-T T.81 (1992), annexes A.3 and K.1; quality scaled as the Independent JPEG Group's library does; chroma halved
    both ways. Deviation: coefficients are not clipped to what the entropy coder can hold, which natural pictures do
    not reach.
"""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch.nn import functional

__all__ = ["compressed"]

_LUMA = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
    87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
_CHROMA = (
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99,
    99, 99, 99, *(99,) * 32,
)  # fmt: skip
_TO_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))


@dataclass(frozen=True, slots=True, eq=False)
class _Constants:
    """What no picture changes, on a device: copying it there anew would make the device wait.

    Attributes:
        to_ycc: from red, green and blue.
        from_ycc: its inverse.
        cosines: 8 frequencies, 8 places.
        luma: steps of the 64 coefficients at quality 50.
        chroma: those of the colours.
    """

    to_ycc: torch.Tensor
    from_ycc: torch.Tensor
    cosines: torch.Tensor
    luma: torch.Tensor
    chroma: torch.Tensor


@functools.lru_cache(maxsize=4)
def _constants(device: torch.device, kind: torch.dtype) -> _Constants:
    to_ycc = torch.tensor(_TO_YCC, dtype=kind)
    place = torch.arange(8, dtype=kind)
    cosines = torch.cos((2 * place[None, :] + 1) * place[:, None] * (math.pi / 16)) / 2
    cosines[0] /= math.sqrt(2)
    tables = (torch.tensor(table, dtype=kind) for table in (_LUMA, _CHROMA))
    return _Constants(*(one.to(device) for one in (to_ycc, torch.linalg.inv(to_ycc), cosines, *tables)))


def compressed(
    planes: Float[torch.Tensor, "n 3 height width"], qualities: Float[torch.Tensor, " n"]
) -> Float[torch.Tensor, "n 3 height width"]:
    """Each picture as it comes back from a JPEG of its quality; values may lie outside 0 to 255 by a rounding.

    Args:
        planes: red, green and blue from 0 to 255.
        qualities: 1 to 100 for each picture.
    """
    height, width = planes.shape[2:]
    held = _constants(planes.device, planes.dtype)
    padded = functional.pad(planes, (0, -width % 16, 0, -height % 16), mode="replicate")
    ycc = torch.einsum("kc,nchw->nkhw", held.to_ycc, padded)
    luma = _rounded(ycc[:, :1] - 128, _table(held.luma, qualities), held.cosines) + 128
    chroma = _rounded(functional.avg_pool2d(ycc[:, 1:], 2), _table(held.chroma, qualities), held.cosines)
    chroma = functional.interpolate(chroma, scale_factor=2.0, mode="bilinear", align_corners=False)
    back = torch.einsum("ck,nkhw->nchw", held.from_ycc, torch.cat([luma, chroma], dim=1))
    return back[..., :height, :width]


def _table(base: torch.Tensor, qualities: torch.Tensor) -> torch.Tensor:
    """Steps of the 64 coefficients for each picture, shape (n, 1, 1, 8, 1, 8)."""
    quality = qualities.to(base).clamp(1, 100)
    percent = torch.where(quality < 50, torch.floor(5000 / quality), 200 - 2 * quality)
    steps = torch.floor((base * percent[:, None] + 50) / 100)
    return steps.clamp(1, 255).reshape(-1, 1, 1, 8, 1, 8)


def _rounded(planes: torch.Tensor, steps: torch.Tensor, cosines: torch.Tensor) -> torch.Tensor:
    """Planes whose 8 x 8 cosine coefficients are rounded to multiples of `steps`."""
    n, c, height, width = planes.shape
    blocks = planes.reshape(n, c, height // 8, 8, width // 8, 8)
    coefficients = torch.einsum("ui,ncyixj,vj->ncyuxv", cosines, blocks, cosines)
    kept = torch.round(coefficients / steps) * steps
    return torch.einsum("ui,ncyuxv,vj->ncyixj", cosines, kept, cosines).reshape(n, c, height, width)
