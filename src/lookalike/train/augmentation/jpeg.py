"""What JPEG leaves of pictures, computed in batches on any device: no bits are written, only rounded away.

Reference:
    ITU-T T.81 (1992), annexes A.3 and K.1; quality scaled as the Independent JPEG Group's library does; chroma halved
    both ways. Deviation: coefficients are not clipped to what the entropy coder can hold, which natural pictures do
    not reach.
"""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

import math

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


def compressed(
    planes: Float[torch.Tensor, "n 3 height width"], qualities: Float[torch.Tensor, " n"]
) -> Float[torch.Tensor, "n 3 height width"]:
    """Each picture as it comes back from a JPEG of its quality; values may lie outside 0 to 255 by a rounding.

    Args:
        planes: red, green and blue from 0 to 255.
        qualities: 1 to 100 for each picture.
    """
    height, width = planes.shape[2:]
    matrix = torch.tensor(_TO_YCC, device=planes.device, dtype=planes.dtype)
    padded = functional.pad(planes, (0, -width % 16, 0, -height % 16), mode="replicate")
    ycc = torch.einsum("kc,nchw->nkhw", matrix, padded)
    luma = _rounded(ycc[:, :1] - 128, _table(_LUMA, qualities, planes)) + 128
    chroma = _rounded(functional.avg_pool2d(ycc[:, 1:], 2), _table(_CHROMA, qualities, planes))
    chroma = functional.interpolate(chroma, scale_factor=2.0, mode="bilinear", align_corners=False)
    back = torch.einsum("ck,nkhw->nchw", torch.linalg.inv(matrix), torch.cat([luma, chroma], dim=1))
    return back[..., :height, :width]


def _table(base: tuple[int, ...], qualities: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Steps of the 64 coefficients for each picture, shape (n, 1, 1, 8, 1, 8)."""
    quality = qualities.to(like).clamp(1, 100)
    percent = torch.where(quality < 50, torch.floor(5000 / quality), 200 - 2 * quality)
    steps = torch.floor((torch.tensor(base, device=like.device, dtype=like.dtype) * percent[:, None] + 50) / 100)
    return steps.clamp(1, 255).reshape(-1, 1, 1, 8, 1, 8)


def _rounded(planes: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
    """Planes whose 8 x 8 cosine coefficients are rounded to multiples of `steps`."""
    n, c, height, width = planes.shape
    place = torch.arange(8, device=planes.device, dtype=planes.dtype)
    cosines = torch.cos((2 * place[None, :] + 1) * place[:, None] * (math.pi / 16)) / 2
    cosines[0] /= math.sqrt(2)
    blocks = planes.reshape(n, c, height // 8, 8, width // 8, 8)
    coefficients = torch.einsum("ui,ncyixj,vj->ncyuxv", cosines, blocks, cosines)
    kept = torch.round(coefficients / steps) * steps
    return torch.einsum("ui,ncyuxv,vj->ncyixj", cosines, kept, cosines).reshape(n, c, height, width)
