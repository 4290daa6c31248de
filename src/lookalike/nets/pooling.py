"""From a feature map to one row a picture: average, maximum, generalised mean, attention, visual attention.

Each can be trained, and each writes itself as ONNX steps, so that what was trained is what is shipped: no tracing.
"""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
import torch
from jaxtyping import Float
from torch import nn
from torch.nn import functional

from lookalike.nets.graph import Step

__all__ = [
    "AttentionPooling",
    "AveragePooling",
    "GeneralisedMeanPooling",
    "GridPooling",
    "MaximumPooling",
    "Pooling",
    "VisualAttentionPooling",
    "Written",
]

Maps: TypeAlias = Float[torch.Tensor, "n channels height width"]
Rows: TypeAlias = Float[torch.Tensor, "n channels"]
PLACES = (2, 3)
SMALLEST = 1e-6
"""Below it a generalised mean takes values as this: powers of zero have no slope."""


@dataclass(frozen=True, slots=True)
class Written:
    """ONNX steps in order, and the constants that they name."""

    steps: tuple[Step, ...]
    constants: Mapping[str, np.ndarray]


class Pooling(nn.Module, ABC):
    """Makes rows, shape (n, channels), of maps, shape (n, channels, height, width)."""

    @abstractmethod
    def forward(self, maps: Maps) -> Rows:
        """One row a picture."""

    @abstractmethod
    def written(self, source: str, output: str) -> Written:
        """The same as ONNX steps (opset 17) from the tensor `source` to the tensor `output`, with today's weights."""


@final
class AveragePooling(Pooling):
    """The mean over places. Its similarity splits exactly over pairs of places."""

    def forward(self, maps: Maps) -> Rows:
        """Σ_l x_l / n."""
        return maps.mean(PLACES)

    def written(self, source: str, output: str) -> Written:
        """ReduceMean."""
        return Written((_over_places("ReduceMean", source, output),), {})


@final
class MaximumPooling(Pooling):
    """The largest over places."""

    def forward(self, maps: Maps) -> Rows:
        """max_l x_l."""
        return maps.amax(PLACES)

    def written(self, source: str, output: str) -> Written:
        """ReduceMax."""
        return Written((_over_places("ReduceMax", source, output),), {})


@final
class GridPooling(Pooling):
    """The mean over each of g x g equal windows that cover the map, side by side: where something is seen counts.

    Windows overlap where g does not divide the side: with s = side // g they begin every s places and are
    side - (g - 1) s wide.

    Args:
        side: places of the map each way.
        cells: g; the side where that is less.
    """

    def __init__(self, side: int, cells: int) -> None:
        super().__init__()
        self.cells = min(side, cells)
        self.stride = side // self.cells
        self.window = side - (self.cells - 1) * self.stride

    def forward(self, maps: Maps) -> Float[torch.Tensor, "n values"]:
        """Rows of channels x g x g values, the cells of a channel together, row by row."""
        return functional.avg_pool2d(maps, self.window, self.stride).flatten(1)

    def written(self, source: str, output: str) -> Written:
        """AveragePool, Flatten."""
        window, stride = (self.window, self.window), (self.stride, self.stride)
        steps = (
            Step("AveragePool", (source,), f"{output}.cells", {"kernel_shape": window, "strides": stride}),
            Step("Flatten", (f"{output}.cells",), output, {"axis": 1}),
        )
        return Written(steps, {})


@final
class GeneralisedMeanPooling(Pooling):
    """(mean over places of x^p)^(1/p): the average at p = 1, the maximum at the limit; p is learned.

    Args:
        power: p at the start, above 0.

    Raises:
        ValueError: `power` not above 0.

    Reference:
        Radenović, Tolias & Chum 2018, "Fine-tuning CNN Image Retrieval" (arXiv 1711.02512), eq. 3, one p for all
        channels.
    """

    def __init__(self, power: float = 3.0) -> None:
        super().__init__()
        if not power > 0:
            raise ValueError(f"power must be above 0, received {power}")
        self.power = nn.Parameter(torch.tensor(float(power)))

    def forward(self, maps: Maps) -> Rows:
        """Values below 1e-6, negative ones too, count as 1e-6."""
        return maps.clamp(min=SMALLEST).pow(self.power).mean(PLACES).pow(1 / self.power)

    def written(self, source: str, output: str) -> Written:
        """Clip, Pow, ReduceMean, Pow."""
        power = _number(self.power)
        steps = (
            Step("Clip", (source, f"{output}.smallest"), f"{output}.positive", {}),
            Step("Pow", (f"{output}.positive", f"{output}.power"), f"{output}.raised", {}),
            _over_places("ReduceMean", f"{output}.raised", f"{output}.mean"),
            Step("Pow", (f"{output}.mean", f"{output}.root"), output, {}),
        )
        constants = {
            f"{output}.smallest": np.array(SMALLEST, np.float32),
            f"{output}.power": power,
            f"{output}.root": (np.float32(1) / power).astype(np.float32),
        }
        return Written(steps, constants)


@final
class AttentionPooling(Pooling):
    """A mean over places, weighted by a learned linear score: a_l = softmax over l of w · x_l, Σ_l a_l x_l.

    Starts as the average: w is zero. An offset would change nothing, so there is none.

    Args:
        n_channels: of the maps.

    Reference:
        Ilse, Tomczak & Welling 2018, "Attention-based Deep Multiple Instance Learning" (arXiv 1802.04712), eq. 7 and
        8, with a linear score for their two layers.
    """

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.score = nn.Conv2d(n_channels, 1, 1, bias=False)
        nn.init.zeros_(self.score.weight)

    def forward(self, maps: Maps) -> Rows:
        """Rows as weighted means."""
        return (maps * self.places(maps)).sum(PLACES)

    def places(self, maps: Maps) -> Float[torch.Tensor, "n 1 height width"]:
        """How much each place counts; at least 0, sums to 1 over the places of a picture."""
        scores = self.score(maps)
        return scores.flatten(2).softmax(2).reshape(scores.shape)

    def written(self, source: str, output: str) -> Written:
        """Conv, the exponential of scores by its mean over places, a weighted mean: ``output.places`` has mean 1."""
        steps = (
            Step("Conv", (source, f"{output}.weight"), f"{output}.scores", {"kernel_shape": (1, 1)}),
            Step("ReduceMax", (f"{output}.scores",), f"{output}.highest", {"axes": PLACES, "keepdims": 1}),
            Step("Sub", (f"{output}.scores", f"{output}.highest"), f"{output}.below", {}),
            Step("Exp", (f"{output}.below",), f"{output}.raised", {}),
            Step("ReduceMean", (f"{output}.raised",), f"{output}.mean", {"axes": PLACES, "keepdims": 1}),
            Step("Div", (f"{output}.raised", f"{output}.mean"), f"{output}.places", {}),
            Step("Mul", (source, f"{output}.places"), f"{output}.weighted", {}),
            _over_places("ReduceMean", f"{output}.weighted", output),
        )
        return Written(steps, {f"{output}.weight": _array(self.score.weight)})


@final
class VisualAttentionPooling(Pooling):
    """The mean over places of maps whose channels, then places, were weighted by learned attention.

    Channels: σ(W1 relu(W0 average) + W1 relu(W0 maximum)), both over places. Places: σ of a convolution over the
    average and the maximum over channels.

    Args:
        n_channels: of the maps.
        reduction: channels for each hidden unit of W0; at least one unit is kept.
        kernel_pixels: side of the convolution over places, odd.

    Raises:
        ValueError: `kernel_pixels` is even, or either number below 1.

    Reference:
        Woo et al. 2018, "CBAM: Convolutional Block Attention Module" (arXiv 1807.06521), eq. 2 and 3, without biases
        in W0 and W1 and without batch normalisation of the convolution.
    """

    def __init__(self, n_channels: int, *, reduction: int = 16, kernel_pixels: int = 7) -> None:
        super().__init__()
        if reduction < 1 or kernel_pixels < 1 or kernel_pixels % 2 == 0:
            raise ValueError(
                f"reduction must be at least 1 and kernel_pixels odd, received {reduction} and {kernel_pixels}"
            )
        hidden = max(1, n_channels // reduction)
        self.squeeze = nn.Conv2d(n_channels, hidden, 1, bias=False)
        self.excite = nn.Conv2d(hidden, n_channels, 1, bias=False)
        self.look = nn.Conv2d(2, 1, kernel_pixels, padding=kernel_pixels // 2)

    def forward(self, maps: Maps) -> Rows:
        """Rows of the weighted maps."""
        chosen = maps * self.channels(maps)
        return (chosen * self._places(chosen)).mean(PLACES)

    def channels(self, maps: Maps) -> Float[torch.Tensor, "n channels 1 1"]:
        """How much each channel counts, in (0, 1)."""
        towers = [
            self.excite(functional.relu(self.squeeze(pooled)))
            for pooled in (maps.mean(PLACES, True), maps.amax(PLACES, True))
        ]
        return torch.sigmoid(towers[0] + towers[1])

    def places(self, maps: Maps) -> Float[torch.Tensor, "n 1 height width"]:
        """How much each place counts, in (0, 1): the map that explanations show."""
        return self._places(maps * self.channels(maps))

    def _places(self, chosen: Maps) -> Float[torch.Tensor, "n 1 height width"]:
        return torch.sigmoid(self.look(torch.cat([chosen.mean(1, True), chosen.amax(1, True)], 1)))

    def written(self, source: str, output: str) -> Written:
        """Two towers over pooled channels, a convolution over pooled places."""
        kernel, margin = self.look.kernel_size[0], int(self.look.kernel_size[0]) // 2
        steps: list[Step] = []
        for operator, name in (("ReduceMean", f"{output}.average"), ("ReduceMax", f"{output}.maximum")):
            steps += [
                Step(operator, (source,), f"{name}.pooled", {"axes": PLACES, "keepdims": 1}),
                Step("Conv", (f"{name}.pooled", f"{output}.squeeze"), f"{name}.hidden", {"kernel_shape": (1, 1)}),
                Step("Relu", (f"{name}.hidden",), f"{name}.active", {}),
                Step("Conv", (f"{name}.active", f"{output}.excite"), f"{name}.tower", {"kernel_shape": (1, 1)}),
            ]
        steps += [
            Step("Add", (f"{output}.average.tower", f"{output}.maximum.tower"), f"{output}.both", {}),
            Step("Sigmoid", (f"{output}.both",), f"{output}.channels", {}),
            Step("Mul", (source, f"{output}.channels"), f"{output}.chosen", {}),
            Step("ReduceMean", (f"{output}.chosen",), f"{output}.mean", {"axes": (1,), "keepdims": 1}),
            Step("ReduceMax", (f"{output}.chosen",), f"{output}.peak", {"axes": (1,), "keepdims": 1}),
            Step("Concat", (f"{output}.mean", f"{output}.peak"), f"{output}.seen", {"axis": 1}),
            Step(
                "Conv",
                (f"{output}.seen", f"{output}.look", f"{output}.bias"),
                f"{output}.looked",
                {"kernel_shape": (kernel, kernel), "pads": (margin, margin, margin, margin)},
            ),
            Step("Sigmoid", (f"{output}.looked",), f"{output}.places", {}),
            Step("Mul", (f"{output}.chosen", f"{output}.places"), f"{output}.weighted", {}),
            _over_places("ReduceMean", f"{output}.weighted", output),
        ]
        constants = {
            f"{output}.squeeze": _array(self.squeeze.weight),
            f"{output}.excite": _array(self.excite.weight),
            f"{output}.look": _array(self.look.weight),
            f"{output}.bias": _array(self.look.bias),
        }
        return Written(tuple(steps), constants)


def _over_places(operator: str, source: str, output: str) -> Step:
    return Step(operator, (source,), output, {"axes": PLACES, "keepdims": 0})


def _array(parameter: torch.Tensor | None) -> np.ndarray:
    assert parameter is not None
    return np.array(parameter.detach().cpu().numpy(), np.float32)


def _number(parameter: torch.Tensor) -> np.ndarray:
    return np.array(float(parameter.detach()), np.float32)
