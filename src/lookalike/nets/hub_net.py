"""A vision model of another library as a backbone: its inner maps by name, frozen normalisation, an ONNX file.

Maps are found by running the model once and looking at what each of its modules gives. They are called after their
side, as in the packaged model: ``stage28``, ``stage14``, and the last one ``features``; of transformers whose maps all
have one side, ``block0``, ``block1`` and so on. What lies inside attention is none, nor is what has no row a picture.
Tokens that a model keeps in another order than that of their places (Hiera) are put back by its own ``reroll``.
"""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
from __future__ import annotations

import io
import re
import warnings
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from math import isqrt
from typing import TypeAlias, final

import onnx
import torch
from jaxtyping import Float, Shaped
from torch import nn

from lookalike.embed.description import ModelDescription
from lookalike.embed.hub import HubModule
from lookalike.errors import ModelError
from lookalike.nets.backbone import Backbone

__all__ = ["HubNet", "as_maps"]

Maps: TypeAlias = Float[torch.Tensor, "n channels height width"]

_BLOCK = re.compile(r"(?:^|\.)(?:blocks|layers|layer)\.(\d+)$")
_ATTENTION = re.compile(r"(?:^|[._])attn|attention|softmax", re.IGNORECASE)
"""Paths of modules inside attention, whose tables of pairs of places look like maps."""
_MORE_TOKENS = (0, 1, 2, 4, 5)
"""Class, distillation and register tokens that may stand before those of the places."""


@final
class HubNet(Backbone):
    """A module of timm, torchvision, open_clip or transformers.

    Batch normalisation stays as it is while the rest learns: its statistics of ImageNet are better than those of a
    small catalogue.

    Args:
        hub: the model, opened.
        description: of it.

    Raises:
        ModelError: none of its modules gives a feature map.
    """

    def __init__(self, hub: HubModule, description: ModelDescription) -> None:
        super().__init__(description)
        self.module = hub.module
        self._rows = hub.forward
        self._paths = self._found()
        self.description = replace(description, features=tuple(self._paths))
        # As the libraries hand it over: only what learns drops anything.
        self.eval()

    @property
    def n_bytes(self) -> int:
        """Size of its parameters in float32."""
        return 4 * sum(one.numel() for one in self.module.parameters())

    def train(self, mode: bool = True) -> HubNet:
        """As torch's, but for batch normalisation, which stays in evaluation."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d):
                module.eval()
        return self

    def tensors(
        self, pixels: Shaped[torch.Tensor, "n side side 3"], names: Sequence[str]
    ) -> dict[str, Float[torch.Tensor, "n ..."]]:
        """See `Backbone`; feature maps have shape (n, channels, height, width), of transformers too."""
        self._require(names)
        return self._run(self.normalised(pixels), names)

    def continued(
        self, given: Mapping[str, Float[torch.Tensor, "n ..."]], names: Sequence[str]
    ) -> dict[str, Float[torch.Tensor, "n ..."]]:
        """See `Backbone`; nothing can be computed from inner tensors, only passed through."""
        absent = [name for name in names if name not in given]
        if absent:
            raise ValueError(
                f"{self.description.name} cannot compute {', '.join(absent)} from its inner tensors: write it as ONNX "
                "first, and open that"
            )
        return {name: given[name] for name in names}

    def layers_between(self, given: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
        """See `Backbone`; of a model of another library all layers with weights, from the pictures on."""
        self._require((*given, *names))
        if given:
            self.continued(dict.fromkeys(given, torch.empty(0)), names)
            return ()
        return tuple(
            f"module.{path}".rstrip(".")
            for path, module in self.module.named_modules()
            if next(module.parameters(recurse=False), None) is not None
        )

    def to_onnx(self) -> bytes:
        """The model as opset 17, float32, written by torch's exporter.

        Raises:
            ModelError: it has an operator that the exporter cannot write.
        """
        size = self.description.preprocessing.size_pixels
        names = [self.description.output, *self._paths]
        given = torch.zeros(2, 3, size, size, device=next(self.parameters()).device)
        buffer = io.BytesIO()
        was = self.training
        self.eval()
        try:
            with warnings.catch_warnings():
                # Its tracer warns of every number that it takes as fixed, which sides of pictures are here.
                warnings.simplefilter("ignore")
                torch.onnx.export(
                    _Traced(self, names),
                    (given,),
                    buffer,  # pyright: ignore[reportArgumentType]  as its older exporter takes it
                    dynamo=False,
                    opset_version=17,
                    input_names=[self.description.input],
                    output_names=names,
                    dynamic_axes={name: {0: "n"} for name in (self.description.input, *names)},
                )
        except (RuntimeError, torch.onnx.errors.OnnxExporterError) as error:
            raise ModelError(f"{self.description.name} cannot be written as ONNX: {error}") from error
        finally:
            self.train(was)
        return _tidied(buffer.getvalue(), self.description.output)

    def run(self, fed: Maps, names: Sequence[str]) -> tuple[torch.Tensor, ...]:
        """Tensors of what was normalised already."""
        found = self._run(fed, names)
        return tuple(found[name] for name in names)

    def _require(self, names: Sequence[str]) -> None:
        unknown = [name for name in names if name not in self._paths and name != self.description.output]
        if unknown:
            raise ValueError(
                f"{self.description.name} has no {', '.join(unknown)}; it has {', '.join(self.description.features)}"
            )

    def _run(self, fed: torch.Tensor, names: Sequence[str]) -> dict[str, torch.Tensor]:
        wanted = {self._paths[name]: name for name in names if name in self._paths}
        with _watched(self.module, wanted) as seen:
            rows = self._rows(self.module, fed)
        found = {name: as_maps(_at_places(self.module, path, seen[path])) for path, name in wanted.items()}
        given = {name: value for name, value in found.items() if value is not None}
        return {**given, self.description.output: rows}

    def _found(self) -> dict[str, str]:
        """Path of the module that gives each map, by name; the last one is called ``features``."""
        size = self.description.preprocessing.size_pixels
        # Two pictures, so that what has no row for each can be told.
        fed = torch.zeros(2, 3, size, size, device=next(self.parameters()).device)
        everything = {path: path for path, _ in self.module.named_modules() if path and not _ATTENTION.search(path)}
        with torch.no_grad(), _watched(self.module, everything) as seen:
            self._rows(self.module, fed)
        maps = {path: found for path, value in seen.items() if (found := _of_pictures(value, len(fed))) is not None}
        in_rows = {path: _BLOCK.search(path) for path in maps if seen[path].ndim == 3}
        # Blocks of one side have numbers; those of a model whose maps get smaller, as Swin's, have sides.
        numbered = len({maps[path].shape[2] for path, block in in_rows.items() if block is not None}) == 1
        by_name: dict[str, str] = {}
        last = ""
        for path, found in maps.items():
            last, block = path, in_rows.get(path)
            name = f"block{block[1]}" if block is not None and numbered else f"stage{found.shape[2]}"
            if block is not None or path not in in_rows:
                # Taken out first, so that names stand in the order in which the maps are complete.
                by_name.pop(name, None)
                by_name[name] = path
        if not last:
            raise ModelError(f"{self.description.name} has no module that gives a feature map of a square picture")
        return {**{name: path for name, path in by_name.items() if path != last}, "features": last}


@final
class _Traced(nn.Module):
    """What is exported: all wanted tensors of one pass."""

    def __init__(self, net: HubNet, names: Sequence[str]) -> None:
        super().__init__()
        self.net = net
        self.names = tuple(names)

    def forward(self, fed: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self.net.run(fed, self.names)


def as_maps(value: torch.Tensor) -> Maps | None:
    """What a module gave as maps (n, channels, side, side) with a side above 1; None where it is nothing of the kind.

    Args:
        value: (n, channels, side, side), (n, side, side, channels), or tokens (n, more + side * side, channels) with
            0, 1, 2, 4 or 5 tokens that belong to no place standing before those that do.
    """
    if value.ndim == 4:
        if value.shape[2] == value.shape[3] > 1:
            return value
        return value.permute(0, 3, 1, 2) if value.shape[1] == value.shape[2] > 1 else None
    # With one value each it is a row that was pooled, its channels standing first.
    if value.ndim != 3 or value.shape[2] == 1:
        return None
    tokens = int(value.shape[1])
    side = isqrt(tokens)
    more = tokens - side * side
    if side < 2 or more not in _MORE_TOKENS:
        return None
    return value[:, more:].transpose(1, 2).reshape(-1, value.shape[2], side, side)


def _of_pictures(value: torch.Tensor, n_pictures: int) -> Maps | None:
    """`as_maps` of what has a row for each picture; None for others, such as windows and tables of positions."""
    return as_maps(value) if value.ndim and len(value) == n_pictures else None


def _at_places(module: nn.Module, path: str, value: torch.Tensor) -> torch.Tensor:
    """What a block gave with its tokens in the order of their places; anything else as it is."""
    if value.ndim != 3 or _BLOCK.search(path) is None:
        return value
    parts = path.split(".")
    for end, _ in enumerate(parts):
        reroll = getattr(module.get_submodule(".".join(parts[:end])), "reroll", None)
        if callable(reroll):
            # Timm counts blocks, transformers stages; either number comes first in the path.
            placed = reroll(value, next(int(part) for part in parts[end:] if part.isdigit()))
            return placed if isinstance(placed, torch.Tensor) else value
    return value


@contextmanager
def _watched(module: nn.Module, paths: Mapping[str, str]) -> Generator[dict[str, torch.Tensor], None, None]:
    """What the modules of these paths give while the context lasts, those that finished later standing later."""
    seen: dict[str, torch.Tensor] = {}

    def watch(path: str) -> torch.utils.hooks.RemovableHandle:
        def keep(_module: nn.Module, _given: object, result: object) -> None:
            value = result[0] if isinstance(result, tuple) and result else result
            if isinstance(value, torch.Tensor):
                seen.pop(path, None)
                seen[path] = value

        return module.get_submodule(path).register_forward_hook(keep)

    handles = [watch(path) for path in paths]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _tidied(file: bytes, output: str) -> bytes:
    """Only `output` declared, and constants used under their own names: the exporter shares equal ones by Identity."""
    proto = onnx.load_model_from_string(file)
    graph = proto.graph
    held = {item.name for item in graph.initializer}
    own: dict[str, str] = {}
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        if node.op_type == "Identity" and own.get(node.input[0], node.input[0]) in held:
            own[node.output[0]] = own.get(node.input[0], node.input[0])
            continue
        node.input[:] = [own.get(name, name) for name in node.input]
        nodes.append(node)
    declared = [item for item in graph.output if item.name == output]
    del graph.node[:], graph.output[:]
    graph.node.extend(nodes)
    graph.output.extend(declared)
    return proto.SerializeToString()
