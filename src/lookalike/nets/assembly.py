"""A net with another head: one module that learns, and one ONNX file when it has learned."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, final

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import nn
from torch.nn import functional

from lookalike.embed.description import ModelDescription
from lookalike.errors import InvalidConfiguration, ModelError
from lookalike.nets.backbone import Backbone
from lookalike.nets.grafting import grafted
from lookalike.nets.graph import Step, parsed_model
from lookalike.nets.graph_surgery import GENERAL
from lookalike.nets.head import MATRIX, OFFSET, POOLED, Head
from lookalike.nets.pooling import (
    AttentionPooling,
    AveragePooling,
    GeneralisedMeanPooling,
    VisualAttentionPooling,
    Written,
)

__all__ = ["Assembly", "channels_of", "sides_of"]

Pixels: TypeAlias = Shaped[torch.Tensor, "n side side 3"]


@dataclass(frozen=True, slots=True)
class _Way:
    """From a map to the pooled row; see `ModelDescription`."""

    map: str
    exponent: float = 1.0
    attention: str | None = None


@final
class Assembly(nn.Module):
    """A net up to the maps that a head starts from, and that head.

    With a `general` share s, the finished vector is [sqrt(1 - s) a, sqrt(s) g], a the unit vector of the head and g
    that of the net itself: a cosine of two of them is (1 - s) times the head's plus s times the net's. What the net
    knew stays, in dimensions of its own, and nothing has to be learned for it.

    Args:
        net: the backbone, with its weights.
        head: for ``head.config.features`` of it.
        general: s, 0 to below 1; 0 for the head's vectors alone.

    Raises:
        InvalidConfiguration: `general` out of range.
    """

    def __init__(self, net: Backbone, head: Head, *, general: float = 0.0) -> None:
        super().__init__()
        if not 0.0 <= general < 1.0:
            raise InvalidConfiguration(f"the general share must be 0 to below 1, received {general}")
        self.net = net
        self.head = head
        self.general = general

    def maps(self, pixels: Pixels) -> list[Float[torch.Tensor, "n _ _ _"]]:
        """The feature maps that the head starts from."""
        names = self.head.config.features
        found = self.net.tensors(pixels, names)
        return [found[name] for name in names]

    def pool(self, pixels: Pixels) -> Float[torch.Tensor, "n channels"]:
        """What goes into the head's linear layer: what to keep where the head alone learns."""
        return self.head.pool(self.maps(pixels))

    def forward(self, pixels: Pixels) -> Float[torch.Tensor, "n dimension"]:
        """The head's vectors, not of unit length yet: what learns.

        Args:
            pixels: squares that went through the net's preprocessing, values 0 to 255.
        """
        return self.head(self.pool(pixels))

    def finished(self, pixels: Pixels) -> Float[torch.Tensor, "n dimension"]:
        """Unit vectors as the exported file gives them, the general part behind the head's."""
        output = self.net.description.output
        names = self.head.config.features
        found = self.net.tensors(pixels, [*names, *([output] if self.general else [])])
        learned = functional.normalize(self.head(self.head.pool([found[name] for name in names])))
        if not self.general:
            return learned
        shares = (1 - self.general) ** 0.5, self.general**0.5
        return torch.cat([shares[0] * learned, shares[1] * functional.normalize(found[output])], 1)

    def exported(self) -> tuple[ModelDescription, bytes]:
        """The ONNX file with today's weights, and its description.

        The description keeps name, version, licence and source of the net: whoever saves it says what it is now. It
        says how the vector splits over places where the head allows that: one map, averaged by any power or attention.

        Raises:
            ModelError: the net cannot be written.
        """
        head, before = self.head, self.net.description
        config = head.config
        written, sources, dimension = head.written(before.output), list(config.features), config.dimension
        if self.general:
            written = _beside(head, before.output, self.general)
            sources.append(before.output)
            dimension += before.dimension
        file = grafted(self.net.to_onnx(), written, sources=sources, output=before.output, dimension=dimension)
        way = None if self.general else _way(head)
        made = {name for node in parsed_model(file).graph.node for name in node.output}
        attention = () if way is None or way.attention is None else (way.map, way.attention)
        description = replace(
            before,
            dimension=dimension,
            weights_sha256=hashlib.sha256(file).hexdigest(),
            features=tuple(
                dict.fromkeys((POOLED, *config.features, *sorted(made.intersection(before.features)), *attention))
            ),
            projection=None if way is None else (MATRIX, OFFSET),
            pooling_exponent=1.0 if way is None else way.exponent,
            map="features" if way is None else way.map,
            attention=None if way is None else way.attention,
            sizes=config.sizes,
            heads=(),
        )
        return description, file


def _beside(head: Head, output: str, share: float) -> Written:
    """The head's unit vectors and, behind them, the net's own, whose tensor `grafted` calls ``general.NAME``."""
    learned = head.written(f"{output}.learned")
    own = f"{output}.own"
    steps = (
        *learned.steps,
        Step("LpNormalization", (f"{GENERAL}.{output}",), own, {"axis": 1, "p": 2}),
        Step("Mul", (f"{output}.learned", f"{output}.learned.share"), f"{output}.learned.part", {}),
        Step("Mul", (own, f"{own}.share"), f"{own}.part", {}),
        Step("Concat", (f"{output}.learned.part", f"{own}.part"), output, {"axis": 1}),
    )
    shares = {
        f"{output}.learned.share": np.array((1 - share) ** 0.5, np.float32),
        f"{own}.share": np.array(share**0.5, np.float32),
    }
    return Written(steps, {**learned.constants, **shares})


def channels_of(net: Backbone, features: Sequence[str]) -> tuple[int, ...]:
    """How many channels each of these tensors of the net has.

    Raises:
        ModelError: one is not there, or is no map of (n, channels, height, width).
    """
    return tuple(shape[1] for shape in _shapes(net, features))


def sides_of(net: Backbone, features: Sequence[str]) -> tuple[int, ...]:
    """How many places each of these maps of the net has each way.

    Raises:
        ModelError: as for `channels_of`.
    """
    return tuple(min(shape[2], shape[3]) for shape in _shapes(net, features))


def _shapes(net: Backbone, features: Sequence[str]) -> list[torch.Size]:
    size = net.description.preprocessing.size_pixels
    device = next(net.parameters()).device
    with torch.no_grad():
        try:
            found = net.tensors(torch.zeros(1, size, size, 3, dtype=torch.uint8, device=device), features)
        except ValueError as error:
            raise ModelError(f"a head cannot start from {', '.join(features)}: {error}") from error
    flat = [name for name in features if found[name].ndim != 4]
    if flat:
        raise ModelError(f"{', '.join(flat)} of {net.description.name} are no feature maps: they have no places")
    return [found[name].shape for name in features]


def _way(head: Head) -> _Way | None:
    """How the pooled row is a mean over places; None where it is not, or where several maps are pooled."""
    name, *others = head.config.features or ("",)
    if others:
        return None
    match head.poolings[0]:
        case AveragePooling():
            return _Way(name)
        case GeneralisedMeanPooling() as pooling:
            power = float(pooling.power.detach())
            return _Way(name, exponent=power) if power >= 1.0 else None
        case AttentionPooling() | VisualAttentionPooling():
            return _Way(f"{POOLED}.weighted", attention=f"{POOLED}.places")
        case _:
            return None
