"""What any net gives to a head: named feature maps with gradients, and itself as an ONNX file."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float, Shaped
from torch import nn

from lookalike.embed.description import ModelDescription

__all__ = ["Backbone"]


class Backbone(nn.Module, ABC):
    """A model as a torch module.

    Args:
        description: what it is; its `output` and `features` can be asked for by name.
    """

    def __init__(self, description: ModelDescription) -> None:
        super().__init__()
        self.description = description

    @abstractmethod
    def tensors(
        self, pixels: Shaped[torch.Tensor, "n side side 3"], names: Sequence[str]
    ) -> dict[str, Float[torch.Tensor, "n ..."]]:
        """Tensors by name, all of one pass, so that one can be differentiated by another.

        Args:
            pixels: squares that went through ``description.preprocessing.apply``, values 0 to 255, uint8 or float.
            names: of ``description.output`` and ``description.features``.

        Raises:
            ValueError: there is no tensor of that name.
        """

    @abstractmethod
    def continued(
        self, given: Mapping[str, Float[torch.Tensor, "n ..."]], names: Sequence[str]
    ) -> dict[str, Float[torch.Tensor, "n ..."]]:
        """Tensors that follow from others, as for layers that learn after layers that do not.

        Args:
            given: what is there, by name.
            names: tensors wanted; those that are given are passed through.

        Raises:
            ValueError: one cannot be computed from what is given.
        """

    @abstractmethod
    def layers_between(self, given: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
        """Paths of the layers with weights that lie between these tensors, in order.

        Args:
            given: tensors that are there; empty for the pictures themselves.
            names: tensors wanted.

        Raises:
            ValueError: one cannot be computed from what is given.
        """

    @abstractmethod
    def to_onnx(self) -> bytes:
        """The ONNX file with today's weights, with every tensor of the description in it by that name."""

    @property
    @abstractmethod
    def n_bytes(self) -> int:
        """Size of the model's weights, or of its file, before anything was trained."""

    def forward(self, pixels: Shaped[torch.Tensor, "n side side 3"]) -> Float[torch.Tensor, "n dimension"]:
        """Embeddings of pictures, row i for picture i; unit vectors where the model ends in a normalisation.

        Args:
            pixels: as for `tensors`.
        """
        return self.tensors(pixels, [self.description.output])[self.description.output]

    def normalised(self, pixels: Shaped[torch.Tensor, "n side side 3"]) -> Shaped[torch.Tensor, "n _ _ _"]:
        """`pixels` as the graph takes them; see `lookalike.embed.tensors.model_input`, of which this is the torch."""
        fed = pixels
        if self.description.layout.endswith("float32"):
            preprocessing = self.description.preprocessing
            mean = torch.tensor(preprocessing.mean, device=fed.device) * 255
            std = torch.tensor(preprocessing.std, device=fed.device) * 255
            fed = (fed.to(torch.float32) - mean) / std
        return fed.permute(0, 3, 1, 2) if self.description.layout.startswith("nchw") else fed
