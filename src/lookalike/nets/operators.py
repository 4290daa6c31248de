"""What each ONNX operator is in torch. The graph's own constants decide its form once, when the net is built.

Three tables, by what becomes of constant inputs: `LAYERS` own them as parameters, `SHAPES` need them as numbers before
anything is computed, `ARITHMETIC` takes them like any other tensor.

Reference: ONNX operator specification, https://onnx.ai/onnx/operators/. Deviations: none in value; operators without
an entry are refused rather than approximated.
"""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from lookalike.errors import ModelError
from lookalike.nets.graph import Step

__all__ = ["ARITHMETIC", "LAYERS", "SHAPES", "Convolution"]

Constants: TypeAlias = Mapping[str, np.ndarray]
Unary: TypeAlias = Callable[[torch.Tensor], torch.Tensor]

_TYPES = {1: torch.float32, 6: torch.int32, 7: torch.int64, 9: torch.bool, 10: torch.float16, 11: torch.float64}


class Convolution(nn.Conv2d):
    """A convolution with as much zero padding on each side as ONNX says: before and after may differ."""

    def __init__(self, weight: np.ndarray, bias: np.ndarray | None, step: Step) -> None:
        """Take over `weight`, shape (out, in / groups, height, width), and `bias`, shape (out,)."""
        groups = step.integer("group", 1)
        height, width = weight.shape[2:]
        super().__init__(
            weight.shape[1] * groups,
            weight.shape[0],
            (height, width),
            stride=step.integers("strides", (1, 1)),  # pyright: ignore[reportArgumentType]
            dilation=step.integers("dilations", (1, 1)),  # pyright: ignore[reportArgumentType]
            groups=groups,
            bias=bias is not None,
        )
        upper, left, lower, right = step.integers("pads", (0, 0, 0, 0))
        self.margins = (left, right, upper, lower)
        _fill(self, weight, bias)
        # Pictures come with their channels last; kernels in the same order spare turning every map.
        self.weight.data = self.weight.data.contiguous(memory_format=torch.channels_last)
        if self.margins[0] == self.margins[1] and self.margins[2] == self.margins[3]:
            self.padding = (upper, left)
            self.margins = (0, 0, 0, 0)

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002  torch's name for it
        """Pad, then convolve: (n, in, height, width) to (n, out, height', width')."""
        if any(self.margins):
            input = functional.pad(input, self.margins)  # noqa: A001
        return super().forward(input)


def _fill(layer: nn.Module, weight: np.ndarray, bias: np.ndarray | None) -> None:
    layer.weight = nn.Parameter(torch.from_numpy(np.array(weight, np.float32)))
    if bias is not None:
        layer.bias = nn.Parameter(torch.from_numpy(np.array(bias, np.float32)))


def _convolution(step: Step, constants: Constants) -> nn.Module:
    if step.attributes.get("auto_pad", "NOTSET") != "NOTSET":
        raise ModelError(f"{step.output}: auto_pad is not translated; export the convolution with its pads written out")
    weight = constants[step.inputs[1]]
    if weight.ndim != 4:
        raise ModelError(f"{step.output}: only convolutions over two axes are translated, received {weight.shape}")
    return Convolution(weight, constants[step.inputs[2]] if len(step.inputs) > 2 else None, step)


def _linear(step: Step, constants: Constants) -> nn.Module:
    if step.integer("transA", 0) or step.number("alpha", 1.0) != 1.0 or step.number("beta", 1.0) != 1.0:
        raise ModelError(f"{step.output}: Gemm is translated with transA = 0, alpha = beta = 1 only")
    weight = constants[step.inputs[1]]
    weight = weight if step.integer("transB", 0) else weight.T
    bias = constants[step.inputs[2]].reshape(-1) if len(step.inputs) > 2 else None
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    _fill(layer, weight, bias)
    return layer


LAYERS: dict[str, Callable[[Step, Constants], nn.Module]] = {"Conv": _convolution, "Gemm": _linear}
"""Operators with weights: of (step, constants) a module that takes the first input."""


def _clip(step: Step, constants: Constants) -> Unary:
    bounds = [
        float(constants[name].reshape(())) if name else step.number(attribute, default)
        for name, attribute, default in zip(
            (*step.inputs[1:], "", "")[:2], ("min", "max"), (-np.inf, np.inf), strict=True
        )
    ]
    if all(map(np.isfinite, bounds)):
        # As one operation whose gradient is one pass over the map, where that of clamp is four.
        return lambda x: functional.hardtanh(x, bounds[0], bounds[1])
    return lambda x: torch.clamp(x, bounds[0], bounds[1])


def _axes(step: Step, constants: Constants) -> tuple[int, ...]:
    if len(step.inputs) > 1 and step.inputs[1]:
        return tuple(int(axis) for axis in constants[step.inputs[1]])
    return step.integers("axes")


def _reduction(reduce: Callable[..., torch.Tensor]) -> Callable[[Step, Constants], Unary]:
    def build(step: Step, constants: Constants) -> Unary:
        axes, keep = _axes(step, constants), bool(step.integer("keepdims", 1))
        return lambda x: reduce(x, axes or tuple(range(x.ndim)), keep)

    return build


def _reshape(step: Step, constants: Constants) -> Unary:
    shape = [int(length) for length in constants[step.inputs[1]]]
    return lambda x: x.reshape([x.shape[axis] if length == 0 else length for axis, length in enumerate(shape)])


def _squeeze(step: Step, constants: Constants) -> Unary:
    axes = _axes(step, constants)
    return lambda x: x.squeeze(axes) if axes else x.squeeze()


def _unsqueeze(step: Step, constants: Constants) -> Unary:
    axes = sorted(_axes(step, constants))

    def apply(x: torch.Tensor) -> torch.Tensor:
        for axis in axes:
            x = x.unsqueeze(axis)
        return x

    return apply


def _slice(step: Step, constants: Constants) -> Unary:
    given = [constants[name].reshape(-1).tolist() if name else None for name in (*step.inputs[1:], "", "")[:4]]
    starts, ends = given[0] or [], given[1] or []
    axes = list(range(len(starts))) if given[2] is None else given[2]
    steps = [1] * len(starts) if given[3] is None else given[3]
    if min(steps) < 1:
        raise ModelError(f"{step.output}: Slice is translated with steps of at least 1 only, received {steps}")

    def apply(x: torch.Tensor) -> torch.Tensor:
        for start, end, axis, stride in zip(starts, ends, axes, steps, strict=True):
            x = x.index_select(axis, torch.arange(x.shape[axis], device=x.device)[start:end:stride])
        return x

    return apply


def _flatten(step: Step, constants: Constants) -> Unary:
    del constants
    axis = step.integer("axis", 1)
    if axis != 1:
        raise ModelError(f"{step.output}: Flatten is translated with axis = 1 only, received {axis}")
    return lambda x: x.flatten(1)


def _cast(step: Step, constants: Constants) -> Unary:
    del constants
    to = step.integer("to", 1)
    if to not in _TYPES:
        raise ModelError(f"{step.output}: a Cast to ONNX type {to} is not translated")
    return lambda x: x.to(_TYPES[to])


def _transpose(step: Step, constants: Constants) -> Unary:
    del constants
    order = step.integers("perm")
    return lambda x: x.permute(order or tuple(reversed(range(x.ndim))))


def _normalise(step: Step, constants: Constants) -> Unary:
    del constants
    axis, power = step.integer("axis", -1), step.integer("p", 2)
    return lambda x: functional.normalize(x.float(), p=power, dim=axis)


def _softmax(step: Step, constants: Constants) -> Unary:
    del constants
    axis = step.integer("axis", -1)
    return lambda x: x.float().softmax(axis)


def _window(step: Step) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Side, stride and padding (left, right, upper, lower) of a pooling over two axes."""
    kernel = step.integers("kernel_shape")
    if len(kernel) != 2 or step.integer("ceil_mode", 0) or set(step.integers("dilations", (1, 1))) != {1}:
        raise ModelError(f"{step.output}: poolings are translated over two axes, without ceil_mode and dilations only")
    if step.attributes.get("auto_pad", "NOTSET") != "NOTSET":
        raise ModelError(f"{step.output}: auto_pad is not translated; export the pooling with its pads written out")
    upper, left, lower, right = step.integers("pads", (0, 0, 0, 0))
    return kernel, step.integers("strides", (1, 1)), (left, right, upper, lower)


def _max_pool(step: Step, constants: Constants) -> Unary:
    del constants
    kernel, strides, margins = _window(step)
    return lambda x: functional.max_pool2d(functional.pad(x, margins, value=-torch.inf), kernel, strides)


def _average_pool(step: Step, constants: Constants) -> Unary:
    del constants
    kernel, strides, margins = _window(step)
    counts_margins = bool(step.integer("count_include_pad", 0))

    def apply(x: torch.Tensor) -> torch.Tensor:
        pooled = functional.avg_pool2d(functional.pad(x, margins), kernel, strides)
        if counts_margins or not any(margins):
            return pooled
        inside = functional.pad(torch.ones_like(x[:1, :1]), margins)
        return pooled / functional.avg_pool2d(inside, kernel, strides)

    return apply


def _leaky(step: Step, constants: Constants) -> Unary:
    del constants
    slope = step.number("alpha", 0.01)
    return lambda x: functional.leaky_relu(x, slope)


def _hard_sigmoid(step: Step, constants: Constants) -> Unary:
    del constants
    gain, offset = step.number("alpha", 0.2), step.number("beta", 0.5)
    return lambda x: torch.clamp(gain * x + offset, 0.0, 1.0)


def _plain(apply: Unary) -> Callable[[Step, Constants], Unary]:
    def build(step: Step, constants: Constants) -> Unary:
        del step, constants
        return apply

    return build


SHAPES: dict[str, Callable[[Step, Constants], Unary]] = {
    "AveragePool": _average_pool,
    "Cast": _cast,
    "Clip": _clip,
    "Exp": _plain(torch.exp),
    "Flatten": _flatten,
    "GlobalAveragePool": _plain(lambda x: x.mean((2, 3), keepdim=True)),
    "GlobalMaxPool": _plain(lambda x: x.amax((2, 3), keepdim=True)),
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": _plain(functional.hardswish),
    "Identity": _plain(lambda x: x),
    "LeakyRelu": _leaky,
    "Log": _plain(torch.log),
    "LpNormalization": _normalise,
    "MaxPool": _max_pool,
    "Neg": _plain(torch.neg),
    "ReduceL2": _reduction(lambda x, axes, keep: x.square().sum(axes, keepdim=keep).sqrt()),
    "ReduceMax": _reduction(lambda x, axes, keep: x.amax(axes, keepdim=keep)),
    "ReduceMean": _reduction(lambda x, axes, keep: x.mean(axes, keepdim=keep)),
    "ReduceSum": _reduction(lambda x, axes, keep: x.sum(axes, keepdim=keep)),
    "Relu": _plain(functional.relu),
    "Reshape": _reshape,
    "Sigmoid": _plain(torch.sigmoid),
    "Slice": _slice,
    "Softmax": _softmax,
    "Softplus": _plain(functional.softplus),
    "Sqrt": _plain(torch.sqrt),
    "Squeeze": _squeeze,
    "Tanh": _plain(torch.tanh),
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
"""Operators of one tensor: of (step, constants) a function of the first input."""


def _concatenated(step: Step) -> Callable[..., torch.Tensor]:
    axis = step.integer("axis", 1)
    return lambda *parts: torch.cat(parts, axis)


def _of_any(apply: Callable[..., torch.Tensor]) -> Callable[[Step], Callable[..., torch.Tensor]]:
    def build(step: Step) -> Callable[..., torch.Tensor]:
        del step
        return apply

    return build


ARITHMETIC: dict[str, Callable[[Step], Callable[..., torch.Tensor]]] = {
    "Add": _of_any(torch.add),
    "Concat": _concatenated,
    "Div": _of_any(torch.div),
    "MatMul": _of_any(torch.matmul),
    "Max": _of_any(lambda *parts: functools.reduce(torch.maximum, parts)),
    "Min": _of_any(lambda *parts: functools.reduce(torch.minimum, parts)),
    "Mul": _of_any(torch.mul),
    "Pow": _of_any(torch.pow),
    "Sub": _of_any(torch.sub),
}
"""Operators of several tensors, constants among them: of (step) a function of all inputs."""
