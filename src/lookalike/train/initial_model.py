"""The model that a run starts from: what of it learns, what is computed once, and what stays as it is."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from lookalike.embed.description import ModelDescription
from lookalike.errors import InvalidConfiguration, ModelError
from lookalike.images import Preprocessing
from lookalike.nets import open_backbone
from lookalike.nets.adapter import Adapter, adapt
from lookalike.nets.assembly import Assembly, channels_of, sides_of
from lookalike.nets.backbone import Backbone
from lookalike.nets.graph import parsed_model
from lookalike.nets.graph_surgery import opset_of
from lookalike.nets.head import POOLED, Head
from lookalike.train.config import TrainingConfig

__all__ = ["InitialModel", "device_of", "open_initial_model"]


_LARGEST = 2**31
"""Bytes that an ONNX file of one piece stays below."""
_OPSETS = (11, 21)
"""First and last set that has the head's operators as they are written."""


@dataclass(frozen=True, slots=True, eq=False)
class InitialModel:
    """The model as it is before anything is learned.

    Attributes:
        description: of the model as it was given.
        onnx: the model as it was given, as an ONNX file.
        assembly: its net, which requires no gradients, with a new head.
        given: tensors that are computed once and kept; none where pixels are what a batch is.
        device: as torch names it.
    """

    description: ModelDescription
    onnx: bytes
    assembly: Assembly
    given: tuple[str, ...]
    device: str

    @property
    def preprocessing(self) -> Preprocessing:
        """How pictures are made into squares to learn from, and by the finished model: as ``model.fit`` says."""
        return self.assembly.net.description.preprocessing

    @property
    def size_pixels(self) -> int:
        """Side of the squares that it takes."""
        return self.preprocessing.size_pixels

    def to_learn(self, config: TrainingConfig, generator: torch.Generator) -> tuple[Assembly, Adapter | None]:
        """A copy whose parameters require gradients where they shall learn, and its adapter in mode ``adapter``.

        Args:
            config: that the model was opened with.
            generator: source of an adapter's randomness.
        """
        assembly = copy.deepcopy(self.assembly)
        adapter = adapt(assembly.net, config.adapter, generator=generator) if config.model.mode == "adapter" else None
        _let_learn(assembly, config, self.given)
        return assembly, adapter


def open_initial_model(config: TrainingConfig, device: str) -> InitialModel:
    """Open the model that `config` starts from, with a new head.

    Args:
        config: of the run.
        device: as torch names it.

    Raises:
        InvalidConfiguration: settings that do not go together, or a tensor that the model does not have.
        ModelError: the model cannot be trained.
    """
    net = open_backbone(config.model.init or None, device=device)
    description, onnx = net.description, net.to_onnx()
    _require_operators(description, onnx)
    if config.model.fit:
        fitted = replace(description.preprocessing, fit=config.model.fit)
        net.description = replace(description, preprocessing=fitted)
    if config.general.share and config.model.mode != "head" and 2 * len(onnx) >= _LARGEST:
        raise InvalidConfiguration(
            f"general.share {config.general.share} puts {description.name} beside what learns, and a file of twice its "
            f"{len(onnx) / 1e9:.1f} GB cannot be written: set general.share to 0"
        )
    features = config.head.features
    head = Head(config.head, channels_of(net, features), sides=sides_of(net, features))
    given = _given_names(net, config)
    _require_whole(config)
    assembly = Assembly(net, head)
    net.requires_grad_(False)
    return InitialModel(description, onnx, assembly, given, device)


def device_of(wanted: str) -> str:
    """The device that ``run.device`` means here.

    Raises:
        InvalidConfiguration: a GPU is wanted where torch finds none.
    """
    available = torch.cuda.is_available()
    if wanted == "cuda" and not available:
        raise InvalidConfiguration("run.device is cuda, but torch finds no GPU here: use cpu or auto")
    return "cuda" if wanted != "cpu" and available else "cpu"


def _require_operators(description: ModelDescription, onnx: bytes) -> None:
    """A head is written with operators as these sets have them; found out before anything is learned."""
    of = opset_of(parsed_model(onnx))
    if not _OPSETS[0] <= of <= _OPSETS[1]:
        raise ModelError(
            f"{description.name} is of ONNX operator set {of}, expected {_OPSETS[0]} to {_OPSETS[1]} to put a head on: "
            f"export it again with opset {_OPSETS[1]}"
        )


def _require_whole(config: TrainingConfig) -> None:
    """Refuse a share of the initial model beside prefixes that shall work alone."""
    if config.general.share and config.head.sizes:
        raise InvalidConfiguration(
            f"received general.share {config.general.share} and head.sizes {list(config.head.sizes)}, expected one of "
            "the two (set general.share to 0, or head.sizes to []): with the initial model in dimensions of its own, "
            "the first numbers of a vector do not work alone"
        )


def _given_names(net: Backbone, config: TrainingConfig) -> tuple[str, ...]:
    """Tensors that are computed once and kept; none where pixels are what a batch is."""
    features = config.head.features
    if config.model.mode == "head":
        return features if config.head.learns_before_pooling else (POOLED,)
    freeze = config.model.freeze
    if not freeze:
        return ()
    try:
        net.layers_between((), [freeze])
    except ValueError as error:
        known = ", ".join(net.description.features)
        raise InvalidConfiguration(f"model.freeze: no tensor {freeze!r} (such as {known}): {error}") from error
    below: list[str] = []
    why = f"nothing with weights lies between it and {', '.join(features)}"
    for name in features:
        try:
            net.layers_between([freeze], [name])
        except ValueError as error:
            below.append(name)
            why = str(error)
    given = tuple(dict.fromkeys((freeze, *below)))
    if not net.layers_between(given, features):
        raise InvalidConfiguration(f"model.freeze {freeze} leaves {net.description.name} no layer to learn: {why}")
    return given


def _let_learn(assembly: Assembly, config: TrainingConfig, given: Sequence[str]) -> None:
    """Let those parameters of the net require gradients that shall learn: of layers that are computed in a step."""
    if config.model.mode == "head":
        return
    layers = assembly.net.layers_between(given, config.head.features)
    if config.model.mode == "full":
        for path in layers:
            assembly.net.get_submodule(path).requires_grad_(True)
        return
    for name, parameter in assembly.net.named_parameters():
        if not any(name.startswith(f"{path}.") for path in layers):
            parameter.requires_grad_(False)
