"""Any ONNX graph, run as it is: for models that make no vectors, such as detectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lookalike.embed.onnx_embedder import OnnxOptions, onnx_errors, open_session
from lookalike.errors import ModelDamaged

__all__ = ["Graph", "GraphInput"]


@dataclass(frozen=True, slots=True)
class GraphInput:
    """One input of a graph.

    Attributes:
        name: of the tensor.
        shape: sides; None where the graph leaves one open.
        is_float: whether it takes float32.
    """

    name: str
    shape: tuple[int | None, ...]
    is_float: bool


class Graph:
    """Runs an ONNX graph. Safe to call from several threads.

    Args:
        model: bytes of the file.
        name: of the model, for messages.
        options: how it is run.

    Raises:
        ModelDamaged: ONNX Runtime cannot open it.
        InvalidConfiguration: a provider that this installation of ONNX Runtime does not have.
    """

    def __init__(self, model: bytes, name: str, options: OnnxOptions | None = None) -> None:
        self._name = name
        self._session = open_session(model, OnnxOptions() if options is None else options, name)

    @property
    def inputs(self) -> tuple[GraphInput, ...]:
        """In the graph's order."""
        return tuple(
            GraphInput(
                one.name,
                tuple(side if isinstance(side, int) else None for side in one.shape),
                one.type == "tensor(float)",
            )
            for one in self._session.get_inputs()
        )

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names, in the graph's order."""
        return tuple(one.name for one in self._session.get_outputs())

    def run(
        self, fed: Mapping[str, Float[np.ndarray, ...]], wanted: Sequence[str]
    ) -> tuple[Float[np.ndarray, ...], ...]:
        """The outputs `wanted`, in that order, as floating point numbers of whatever width the graph gives.

        Raises:
            ModelDamaged: the graph cannot be run on that.
        """
        try:
            found = self._session.run(list(wanted), dict(fed))
        except onnx_errors() as error:
            shapes = ", ".join(f"{name} {value.shape}" for name, value in fed.items())
            raise ModelDamaged(f"{self._name}: ONNX Runtime could not run on {shapes}: {error}") from error
        tensors = [np.asarray(one) for one in found]
        return tuple(one if one.dtype.kind == "f" else one.astype(np.float32) for one in tensors)
