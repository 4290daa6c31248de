"""The same network in plain torch calls, batch normalisation not folded: what the exported graph is checked against."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lite0_graph import BATCH_NORM_EPSILON, MEAN, SCALE, blocks


def same_convolution(source: Tensor, kernel: Tensor, stride: int) -> Tensor:
    """Convolution padded as TensorFlow's SAME; depthwise where the kernel has one input channel."""
    pads: list[int] = []
    for size in reversed(source.shape[2:]):
        total = max((-(-size // stride) - 1) * stride + kernel.shape[-1] - size, 0)
        pads += [total // 2, total - total // 2]
    groups = kernel.shape[0] if kernel.shape[1] == 1 else 1
    return functional.conv2d(functional.pad(source, pads), kernel, stride=stride, groups=groups)


def pooled_features(state: Mapping[str, Tensor], pixels: np.ndarray) -> np.ndarray:
    """Pooled features of uint8 pictures of shape (n, 224, 224, 3), in double precision: (n, 1280)."""
    weights = {name: value.double() for name, value in state.items()}

    def unit(source: Tensor, conv: str, norm: str, stride: int = 1, *, clip: bool = True) -> Tensor:
        convolved = same_convolution(source, weights[f"{conv}.weight"], stride)
        means, variances, gains, biases = (
            weights[f"{norm}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
        )
        normed = functional.batch_norm(convolved, means, variances, gains, biases, eps=BATCH_NORM_EPSILON)
        return functional.relu6(normed) if clip else normed

    with torch.inference_mode():
        current = (torch.from_numpy(pixels).permute(0, 3, 1, 2).double() - MEAN) / SCALE
        current = unit(current, "_conv_stem", "_bn0", 2)
        for block in blocks():
            prefix, source = f"_blocks.{block.index}", current
            if block.expands:
                current = unit(current, f"{prefix}._expand_conv", f"{prefix}._bn0")
            current = unit(current, f"{prefix}._depthwise_conv", f"{prefix}._bn1", block.stride)
            current = unit(current, f"{prefix}._project_conv", f"{prefix}._bn2", clip=False)
            if block.adds_input:
                current = current + source
        return unit(current, "_conv_head", "_bn1").mean((2, 3)).numpy()
