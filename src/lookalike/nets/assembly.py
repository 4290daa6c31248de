"""A net with another head: one module that learns, and one ONNX file when it has learned."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, final

import torch
from jaxtyping import Float, Shaped
from torch import nn
from torch.nn import functional

from lookalike.embed.description import ModelDescription
from lookalike.errors import ModelError
from lookalike.nets.backbone import Backbone
from lookalike.nets.committee import Committee
from lookalike.nets.grafting import grafted
from lookalike.nets.graph import parsed_model
from lookalike.nets.head import MATRIX, OFFSET, POOLED, Head
from lookalike.nets.pooling import (
    AttentionPooling,
    AveragePooling,
    GeneralisedMeanPooling,
    VisualAttentionPooling,
    Written,
)
from lookalike.nets.several_maps import MAPS, maps_as_one

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

    Args:
        net: the backbone, with its weights.
        head: for ``head.config.features`` of it; a committee while it learns.
    """

    def __init__(self, net: Backbone, head: Head | Committee) -> None:
        super().__init__()
        self.net = net
        self.head = head

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
        """Unit vectors as the exported file gives them."""
        return functional.normalize(self(pixels))

    def exported(self) -> tuple[ModelDescription, bytes]:
        """The ONNX file with today's weights, and its description.

        The description keeps name, version, licence and source of the net: whoever saves it says what it is now. It
        says how the vector splits over places where the head allows that: one map, averaged by any power or attention,
        or several whose plain means stand side by side (`maps_as_one`).

        Raises:
            ModelError: the net cannot be written.
            TypeError: the head is a committee still.
        """
        head, before = self.head, self.net.description
        if not isinstance(head, Head):
            raise TypeError("a committee is merged into one head before it is exported")
        config = head.config
        written, way = head.written(before.output), _way(head)
        if way is None and (maps := maps_as_one(head, _places_of(self.net, config.features))):
            way = _Way(MAPS)
            written = Written((*written.steps, *maps.steps), {**written.constants, **maps.constants})
        file = grafted(
            self.net.to_onnx(), written, sources=config.features, output=before.output, dimension=config.dimension
        )
        made = {name for node in parsed_model(file).graph.node for name in node.output}
        split = () if way is None else tuple(name for name in (way.map, way.attention) if name is not None)
        description = replace(
            before,
            dimension=config.dimension,
            weights_sha256=hashlib.sha256(file).hexdigest(),
            features=tuple(
                dict.fromkeys((POOLED, *config.features, *sorted(made.intersection(before.features)), *split))
            ),
            projection=None if way is None else (MATRIX, OFFSET),
            pooling_exponent=1.0 if way is None else way.exponent,
            map="features" if way is None else way.map,
            attention=None if way is None else way.attention,
            sizes=config.sizes,
            heads=(),
        )
        return description, file


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
    return tuple(min(places) for places in _places_of(net, features))


def _places_of(net: Backbone, features: Sequence[str]) -> list[tuple[int, int]]:
    """Rows and columns of each of these maps."""
    return [(shape[2], shape[3]) for shape in _shapes(net, features)]


def _shapes(net: Backbone, features: Sequence[str]) -> list[torch.Size]:
    size = net.description.preprocessing.size_pixels
    device = next(net.parameters()).device
    with torch.no_grad():
        try:
            # Two, as batches have several: a graph may have been written for one at a time.
            found = net.tensors(torch.zeros(2, size, size, 3, dtype=torch.uint8, device=device), features)
        except ValueError as error:
            raise ModelError(f"a head cannot start from {', '.join(features)}: {error}") from error
        except RuntimeError as error:
            raise ModelError(
                f"{net.description.name} cannot compute two pictures at a time: {error}; a graph that was written for"
                ' a fixed number must be exported again with an open batch axis (`dynamic_axes={"pixels": {0: "n"}}`)'
            ) from error
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
