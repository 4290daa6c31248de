"""Learning in bfloat16 where the machine multiplies it faster: on GPUs, and on processors that have it.

A processor with AMX multiplies matrices of bfloat16 several times as fast as of float32, one with AVX-512 for bfloat16
twice as fast, but some gradients of depthwise convolutions (one kernel for each channel) are slower there than in
float32, with AMX by so much that the whole step is: those of kernels above 3 × 3, and those of maps that a stride makes
smaller. `DepthwiseConvolution` takes each part
the fast way; values are those of the plain convolution in bfloat16, up to rounding. What a backward pass computes anew
(gradient checkpoints) goes the plain way.

Reference: P. Micikevicius et al., Mixed Precision Training, 2018, arXiv 1710.03740; with bfloat16 no loss is scaled.
"""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
# pyright: reportUntypedFunctionDecorator=false
from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast, final

import torch
from torch.autograd.function import once_differentiable
from torch.nn import functional
from torch.overrides import TorchFunctionMode

__all__ = ["DepthwiseConvolution", "gains_by_bfloat16", "mixed_precision"]

_WINDOW = 3
"""Side of the largest kernel whose gradient in bfloat16 is fast."""


def gains_by_bfloat16(device: str) -> bool:
    """Whether `device` multiplies bfloat16 faster than float32: GPUs and processors that have it (AMX, AVX-512).

    Measured on an Intel Xeon with AMX and on an AMD EPYC with AVX-512 alone (`benchmarks/training.py`).
    """
    if device.startswith("cuda"):
        return torch.cuda.is_bf16_supported(including_emulation=False)
    # Not every version of torch can be asked.
    asked = getattr(torch.cpu, "get_capabilities", None)
    if device != "cpu" or asked is None:
        return False
    known = asked()
    return any(known.get(name, False) for name in ("amx_bf16", "avx512_bf16"))


@contextmanager
def mixed_precision(device: str, *, wanted: bool = True) -> Generator[None]:
    """Layers compute in bfloat16 where that is safe, for the while, if it is wanted and `device` gains by it.

    Args:
        device: as torch names it.
        wanted: False for no change.
    """
    if not wanted or not gains_by_bfloat16(device):
        yield
    elif device == "cpu":
        with torch.autocast("cpu", torch.bfloat16), _DepthwiseApart():
            yield
    else:
        with torch.autocast("cuda", torch.bfloat16):
            yield


@final
class _DepthwiseApart(TorchFunctionMode):
    """Depthwise convolutions go through `DepthwiseConvolution`, whichever library's layer asks for them."""

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> object:
        named = kwargs or {}
        if func is torch.conv2d and torch.is_grad_enabled() and torch.is_autocast_enabled("cpu"):
            given = _depthwise(*args, **named)
            if given is not None:
                return DepthwiseConvolution.apply(*given)
        return func(*args, **named)


def _depthwise(
    input: torch.Tensor,  # noqa: A002  torch's name for it
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: str | int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None, int, tuple[int, int]] | None:
    """What `DepthwiseConvolution` needs where it can compute this convolution, as `torch.conv2d` is given it."""
    if groups < 2 or groups != len(weight) or weight.shape[1] != 1 or weight.shape[2] != weight.shape[3]:
        return None
    if isinstance(padding, str) or _both(dilation) != (1, 1) or input.ndim != 4 or input.dtype == torch.float64:
        return None
    along, across = _both(stride)
    return (input, weight, bias, along, _both(padding)) if along == across else None


def _both(value: int | Sequence[int]) -> tuple[int, int]:
    """Of both axes, where one number may stand for two."""
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[-1]))


@final
class DepthwiseConvolution(torch.autograd.Function):
    """A depthwise convolution in bfloat16 on a processor, forward and backward."""

    @staticmethod
    def forward(
        ctx: Any,
        maps: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        stride: int,
        padding: tuple[int, int],
    ) -> torch.Tensor:
        """Convolve.

        Args:
            ctx: what the way back needs.
            maps: (n, channels, height, width), of any floating type.
            weight: (channels, 1, side, side).
            bias: (channels,), or None.
            stride: of both axes.
            padding: zeros above and below, left and right.

        Returns:
            (n, channels, height', width'), bfloat16, channels last in memory.
        """
        rounded = maps.to(torch.bfloat16).contiguous(memory_format=torch.channels_last)
        ctx.save_for_backward(rounded, weight)
        ctx.stride, ctx.padding, ctx.type, ctx.has_bias = stride, padding, maps.dtype, bias is not None
        with torch.autocast("cpu", enabled=False):
            shift = None if bias is None else bias.to(torch.bfloat16)
            return functional.conv2d(rounded, weight.to(torch.bfloat16), shift, stride, padding, 1, len(weight))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Gradients of maps, weight and bias; None for the rest."""
        maps, weight = cast("tuple[torch.Tensor, torch.Tensor]", ctx.saved_tensors)
        gradient = gradients[0].to(torch.bfloat16).contiguous(memory_format=torch.channels_last)
        kernels = weight.to(torch.bfloat16)
        of_maps = of_weight = of_bias = None
        if ctx.needs_input_grad[0]:
            wanted = _of_maps if ctx.stride == 1 else _of_wider_maps
            of_maps = wanted(gradient, maps, kernels, ctx.stride, ctx.padding).to(ctx.type)
        if any(ctx.needs_input_grad[1:3]):
            of_weight, of_bias = _of_weight(gradient, maps, kernels, ctx.stride, ctx.padding)
        return of_maps, of_weight, of_bias if ctx.has_bias else None, None, None


def _of_maps(
    gradient: torch.Tensor, maps: torch.Tensor, weight: torch.Tensor, stride: int, padding: tuple[int, int]
) -> torch.Tensor:
    return _backward(gradient, maps, weight, stride, padding, [True, False, False])[0]


def _of_wider_maps(
    gradient: torch.Tensor, maps: torch.Tensor, weight: torch.Tensor, stride: int, padding: tuple[int, int]
) -> torch.Tensor:
    """Rows and columns that lie the same way to the stride's grid are a convolution without a stride each."""
    height, width = (length + 2 * zeros for length, zeros in zip(maps.shape[2:], padding, strict=True))
    rows, columns = gradient.shape[2:]
    found = torch.empty((*maps.shape[:2], height, width), dtype=maps.dtype, memory_format=torch.channels_last)
    if stride > min(weight.shape[2:]):
        found.zero_()  # where no kernel looked
    for top in range(min(stride, weight.shape[2])):
        for left in range(min(stride, weight.shape[3])):
            part = weight[:, :, top::stride, left::stride].flip(2, 3)
            place = found[:, :, top::stride, left::stride]
            tall, wide = part.shape[2:]
            margins = (wide - 1, place.shape[3] - columns, tall - 1, place.shape[2] - rows)
            place.copy_(functional.conv2d(functional.pad(gradient, margins), part, groups=len(weight)))
    return found[:, :, padding[0] : height - padding[0], padding[1] : width - padding[1]]


def _of_weight(
    gradient: torch.Tensor, maps: torch.Tensor, weight: torch.Tensor, stride: int, padding: tuple[int, int]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Float32, and that of the bias; that of a large kernel is put together from 3 × 3 parts of it."""
    side = weight.shape[-1]
    if side <= _WINDOW:
        _, of_weight, of_bias = _backward(gradient, maps, weight, stride, padding, [False, True, True])
        return of_weight.float(), of_bias.float()
    padded = functional.pad(maps, (padding[1], padding[1], padding[0], padding[0]))
    height, width = ((length - 1) * stride + _WINDOW for length in gradient.shape[2:])
    found, of_bias = torch.empty_like(weight, dtype=torch.float32), torch.empty(0)
    part = weight[..., :_WINDOW, :_WINDOW].contiguous()
    starts = sorted({min(start, side - _WINDOW) for start in range(0, side, _WINDOW)})
    for left in starts:
        strip = padded[..., left : left + width].contiguous(memory_format=torch.channels_last)
        for top in starts:
            seen = strip[:, :, top : top + height].contiguous(memory_format=torch.channels_last)
            _, of_part, of_bias = _backward(gradient, seen, part, stride, (0, 0), [False, True, True])
            found[..., top : top + _WINDOW, left : left + _WINDOW] = of_part
    return found, of_bias.float()


def _backward(
    gradient: torch.Tensor,
    maps: torch.Tensor,
    weight: torch.Tensor,
    stride: int,
    padding: tuple[int, int],
    wanted: list[bool],
) -> tuple[Any, Any, Any]:
    """Torch's own gradients of maps, weight and bias; None for those that are not wanted."""
    return torch.ops.aten.convolution_backward(
        gradient,
        maps,
        weight,
        [len(weight)],
        [stride, stride],
        list(padding),
        [1, 1],
        False,  # not transposed
        [0, 0],
        len(weight),
        wanted,
    )
