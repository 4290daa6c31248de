"""An ONNX model as a torch module: the same numbers, with gradients, and with parts that have names."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import nn

from lookalike.embed.description import ModelDescription
from lookalike.errors import ModelError
from lookalike.nets.backbone import Backbone
from lookalike.nets.graph import Graph, Step, read_graph, with_constants
from lookalike.nets.graph_surgery import GENERAL
from lookalike.nets.operators import ARITHMETIC, LAYERS, SHAPES

__all__ = ["Net"]

_BLOCK = re.compile(r"block(\d+)(?:\.(\w+))?")
_KNOWN = {"features": "head", "projected": "projection"}
_CONVOLVED = ".convolved"


@dataclass(frozen=True, slots=True, eq=False)
class _Operation:
    """One step made ready: `apply`, or the layer at that path, is called with the tensors named in `inputs`.

    Layers are looked up when they are called, so that a layer which was replaced is the one that works.
    """

    apply: Callable[..., torch.Tensor] | str
    inputs: tuple[str, ...]
    output: str


@dataclass(frozen=True, slots=True)
class _Home:
    """Where a constant of the file lives in the module; `turned` where torch wants its transpose."""

    path: str
    turned: bool = False


@final
class Net(Backbone):
    """A model whose embedding can be differentiated and whose weights can be trained.

    Layers stand where a reader expects them: ``net.stem``, ``net.blocks[3].expanded``, ``.filtered``, ``.projected``,
    ``net.head``, ``net.projection``; those of graphs that other programs wrote keep the names of their tensors. Batch
    normalisation is folded into the convolutions of our own exports, so there is none to freeze.

    Args:
        description: of the model; its `output` and `features` are tensors of the graph.
        model: bytes of the ONNX file that `description` describes.

    Raises:
        ModelDamaged: `model` is not an ONNX file.
        ModelError: the graph has an operator that is not translated, or lacks a tensor described.
    """

    def __init__(self, description: ModelDescription, model: bytes) -> None:
        super().__init__(description)
        self._model = model
        graph = read_graph(model)
        self._graph_input = graph.input
        _refuse_unknown(graph, description)
        self._homes: dict[str, _Home] = {}
        self._twins: dict[tuple[object, ...], str] = {}
        self._operations = [self._operation(step, graph) for step in graph.steps]

    def tensors(
        self, pixels: Shaped[torch.Tensor, "n side side 3"], names: Sequence[str]
    ) -> dict[str, Float[torch.Tensor, "n ..."]]:
        """See `Backbone`; any tensor of the graph has its name."""
        return self._compute({self._graph_input: self.normalised(pixels)}, names)

    def continued(
        self, given: Mapping[str, Float[torch.Tensor, "n ..."]], names: Sequence[str]
    ) -> dict[str, Float[torch.Tensor, "n ..."]]:
        """Tensors of the graph by name, from inner ones: the upper layers on what the lower ones gave before.

        Args:
            given: inner tensors by name, of the same pictures.
            names: tensors wanted; those that are given are passed through.

        Raises:
            ValueError: one cannot be computed from what is given.
        """
        return self._compute(given, names)

    def layers_between(self, given: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
        """Paths of the layers with weights that lie between these tensors, in order.

        Args:
            given: tensors that are there; empty for the pictures themselves.
            names: tensors wanted.

        Raises:
            ValueError: one cannot be computed from what is given.
        """
        held = frozenset(given) if given else frozenset([self._graph_input])
        return tuple(item.apply for item in self._needed(held, names) if isinstance(item.apply, str))

    def finish(self, name: str, value: Float[torch.Tensor, "n ..."]) -> Float[torch.Tensor, "n dimension"]:
        """The embedding that follows from one inner tensor: the rest of the net, as for a head on kept features.

        Args:
            name: of the tensor, for example ``pooled``.
            value: what it is.

        Raises:
            ValueError: the graph has no tensor of that name, or one that alone does not lead to the embedding.
        """
        return self._compute({name: value}, [self.description.output])[self.description.output]

    @property
    def n_bytes(self) -> int:
        """Size of the ONNX file that this net came from."""
        return len(self._model)

    def to_onnx(self) -> bytes:
        """The ONNX file that this net came from, with the weights that it has now; every tensor keeps its name.

        Raises:
            ModelError: a weight has another shape than in the file (a pruned net is another graph).
        """
        constants: dict[str, np.ndarray] = {}
        for name, home in self._homes.items():
            # Not from the list of parameters: where a weight is adapted, the layer computes with its attribute.
            owner, _, attribute = home.path.rpartition(".")
            value = getattr(self.get_submodule(owner), attribute).detach().cpu().numpy()
            constants[name] = value.T if home.turned else value
        graph = read_graph(self._model)
        changed = [name for name, value in constants.items() if value.size != graph.constants[name].size]
        if changed:
            raise ModelError(f"{', '.join(changed[:3])} have another shape than in the file that the net came from")
        shaped = {name: value.reshape(graph.constants[name].shape) for name, value in constants.items()}
        return with_constants(self._model, shaped)

    def _compute(self, given: Mapping[str, torch.Tensor], names: Sequence[str]) -> dict[str, torch.Tensor]:
        held = dict(given)
        for operation in self._needed(frozenset(given), names):
            apply = self.get_submodule(operation.apply) if isinstance(operation.apply, str) else operation.apply
            held[operation.output] = apply(*(self._tensor(held, name) for name in operation.inputs))
        return {name: held[name] for name in names}

    def _tensor(self, held: Mapping[str, torch.Tensor], name: str) -> torch.Tensor:
        return held[name] if name in held else self.get_buffer(self._homes[name].path)

    def _needed(self, given: frozenset[str], names: Sequence[str]) -> list[_Operation]:
        """The operations between what is given and what is wanted, in order."""
        wanted = set(names) - given
        needed: list[_Operation] = []
        for operation in reversed(self._operations):
            if operation.output in wanted and operation.output not in given:
                needed.append(operation)
                wanted.discard(operation.output)
                wanted.update(name for name in operation.inputs if name not in given and name not in self._homes)
        if wanted:
            raise ValueError(
                f"{self.description.name}: {', '.join(sorted(wanted))} cannot be computed from {', '.join(given)}"
            )
        return needed[::-1]

    def _operation(self, step: Step, graph: Graph) -> _Operation:
        if step.operator in LAYERS:
            twin = self._twins.get(_weights(step))
            if twin is not None:
                return _Operation(twin, step.inputs[:1], step.output)
            layer = LAYERS[step.operator](step, graph.constants)
            path = _path(step.output)
            _attach(self, path, layer)
            self._twins[_weights(step)] = path
            turned = step.operator == "Gemm" and not step.integer("transB", 0)
            self._homes[step.inputs[1]] = _Home(f"{path}.weight", turned)
            if len(step.inputs) > 2:
                self._homes[step.inputs[2]] = _Home(f"{path}.bias")
            return _Operation(path, step.inputs[:1], step.output)
        if step.operator in SHAPES:
            return _Operation(SHAPES[step.operator](step, graph.constants), step.inputs[:1], step.output)
        for name in step.inputs:
            if name in graph.constants and name not in self._homes:
                path = f"constant_{re.sub(r'[^0-9A-Za-z]+', '_', name)}"
                self.register_buffer(path, torch.from_numpy(np.array(graph.constants[name])))
                self._homes[name] = _Home(path)
        return _Operation(ARITHMETIC[step.operator](step), step.inputs, step.output)


def _weights(step: Step) -> tuple[object, ...]:
    """Equal for steps that do the same with the same weights, which are one layer."""
    return step.operator, step.inputs[1:], tuple(sorted(step.attributes.items()))


def _path(output: str) -> str:
    """Where a layer stands, from the name of the tensor that it gives."""
    name = output.removesuffix(_CONVOLVED)
    if name.startswith(f"{GENERAL}."):
        # A model that was put beside another (`lookalike.nets.side_by_side`).
        return f"{GENERAL}.{_path(name.removeprefix(f'{GENERAL}.'))}"
    block = _BLOCK.fullmatch(name)
    if block is not None:
        return f"blocks.{block[1]}.{block[2] or 'projected'}"
    return _KNOWN.get(name) or re.sub(r"[^0-9A-Za-z_.]+", "_", name).strip("._") or "layer"


def _attach(root: nn.Module, path: str, layer: nn.Module) -> None:
    """Put `layer` at a dotted path, making the folders on the way; ``blocks`` is a list."""
    *folders, name = path.split(".")
    at = root
    for folder in folders:
        if folder not in dict(at.named_children()):
            at.add_module(folder, nn.ModuleList() if folder == "blocks" else nn.Module())
        at = at.get_submodule(folder)
    at.add_module(name, layer)


def _refuse_unknown(graph: Graph, description: ModelDescription) -> None:
    known = LAYERS.keys() | SHAPES.keys() | ARITHMETIC.keys()
    unknown = sorted({step.operator for step in graph.steps} - known)
    if unknown:
        raise ModelError(
            f"{description.name} uses {', '.join(unknown)}, which cannot be turned into torch yet; "
            f"translated are {', '.join(sorted(known))}"
        )
    for step in graph.steps:
        fixed = step.inputs[1:] if step.operator in LAYERS or step.operator in SHAPES else ()
        loose = [name for name in fixed if name and name not in graph.constants]
        if loose:
            raise ModelError(f"{description.name}: {step.operator} {step.output} with a computed {', '.join(loose)}")
    held = {graph.input, *(step.output for step in graph.steps)}
    absent = [name for name in (description.output, *description.features) if name not in held]
    if absent:
        raise ModelError(f"{description.name}: the graph has no tensors {', '.join(absent)}, which are described")
