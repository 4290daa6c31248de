"""An embedder on OpenVINO, behind the extra of that name: the same graph, faster where the processor has bf16."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from jaxtyping import Float32, UInt8

from lookalike.embed.cores import usable_cores
from lookalike.embed.description import ModelDescription
from lookalike.embed.tensors import finite_unit_rows, in_runs, model_input
from lookalike.errors import InvalidConfiguration, MissingExtra, ModelDamaged

if TYPE_CHECKING:
    import openvino

__all__ = ["OpenVinoEmbedder", "OpenVinoOptions"]

Batch: TypeAlias = UInt8[np.ndarray, "n size size 3"]


@dataclass(frozen=True, slots=True)
class OpenVinoOptions:
    """How OpenVINO runs a model.

    Attributes:
        threads: of one request; None means one for each usable core.
        precision: ``fp32``, or ``bf16`` where the processor has it (elsewhere it is refused, not emulated).
        batch_pictures: larger batches are cut into runs of at most this many, which bounds memory.
    """

    threads: int | None = None
    precision: Literal["fp32", "bf16"] = "fp32"
    batch_pictures: int = 32

    def __post_init__(self) -> None:
        problems: list[str] = []
        if self.threads is not None and not 1 <= self.threads <= 1024:
            problems.append(f"threads must be 1 to 1024, received {self.threads}")
        if self.precision not in ("fp32", "bf16"):
            problems.append(f"precision must be fp32 or bf16, received {self.precision!r}")
        if not 1 <= self.batch_pictures <= 4096:
            problems.append(f"batch_pictures must be 1 to 4096, received {self.batch_pictures}")
        if problems:
            raise InvalidConfiguration("; ".join(problems))


class OpenVinoEmbedder:
    """Embeds with OpenVINO on the CPU; every method may be called from several threads."""

    def __init__(self, description: ModelDescription, model: bytes, options: OpenVinoOptions | None = None) -> None:
        """Compile `model`, the bytes of an ONNX file that `description` describes.

        Raises:
            MissingExtra: OpenVINO is not installed.
            ModelDamaged: not a graph that OpenVINO can run, or not with the tensors described.
            InvalidConfiguration: bf16 on a processor without it.
        """
        self._options = OpenVinoOptions() if options is None else options
        self._compiled = _compile(description, model, self._options)
        precision = description.precision if description.precision == "int8" else self._options.precision
        self._description = description.computed_by("openvino", precision)
        taken = self._compiled.input(0)
        batch = taken.partial_shape[0]
        self._exactly = batch.get_length() if batch.is_static else None
        self._is_half = taken.element_type.get_type_name() == "f16"
        # A request serves one caller at a time; as many are made as callers ever came at once.
        self._free: SimpleQueue[openvino.InferRequest] = SimpleQueue()

    @property
    def description(self) -> ModelDescription:
        """What the model is, with ``openvino`` and the precision in use."""
        return self._description

    def embed(self, batch: Batch) -> Float32[np.ndarray, "n dimension"]:
        """Unit vectors, float32, row i for picture i; an empty batch gives shape (0, dimension).

        Args:
            batch: pictures that went through ``description.preprocessing.apply``.

        Raises:
            ValueError: a batch of another shape or type than the model takes.
            ModelDamaged: the model gave vectors that are not finite, or of another length than described.
        """
        fed = model_input(batch, self._description)
        if not len(fed):
            return np.empty((0, self._description.dimension), np.float32)
        if self._is_half:
            fed = fed.astype(np.float16)
        request = self._free.get() if not self._free.empty() else self._compiled.create_infer_request()
        try:
            runs = in_runs(fed, most=self._options.batch_pictures, exactly=self._exactly)
            parts = [self._run(request, {0: part})[:n_pictures] for part, n_pictures in runs]
        finally:
            self._free.put(request)
        return finite_unit_rows(np.concatenate(parts), self._description)

    def _run(self, request: openvino.InferRequest, fed: Mapping[int, np.ndarray]) -> Float32[np.ndarray, "n dimension"]:
        try:
            ran = request.infer(fed, share_inputs=True)
        except RuntimeError as error:
            raise ModelDamaged(f"{self._description.name}: OpenVINO could not run the model: {error}") from error
        return np.array(ran[self._description.output], np.float32)


_CORES: list[openvino.Core] = []
_CORES_LOCK = Lock()


def _core() -> openvino.Core:
    """The one core of this process, which is never freed while the process lives.

    OpenVINO's plugin for processors gives the thread that loads it a stack for signals, and unmaps it when the core
    goes. Of two cores the later remembers the earlier's stack and puts it back, unmapped; one freed by another thread
    puts nothing back. The next signal, Ctrl-C of a server say, then ends the process without a word.
    """
    try:
        import openvino
    except ImportError as error:
        raise MissingExtra(needed_for="the OpenVINO runtime", extra="openvino") from error
    with _CORES_LOCK:
        if not _CORES:
            _CORES.append(openvino.Core())
        return _CORES[0]


def _compile(description: ModelDescription, model: bytes, options: OpenVinoOptions) -> openvino.CompiledModel:
    core = _core()
    if options.precision == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise InvalidConfiguration("this processor has no bf16 arithmetic; use precision fp32")
    settings: dict[str, str | int] = {
        "INFERENCE_PRECISION_HINT": "bf16" if options.precision == "bf16" else "f32",
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": usable_cores() if options.threads is None else options.threads,
    }
    try:
        graph = core.read_model(model, b"")
        compiled = core.compile_model(graph, "CPU", settings)
    except RuntimeError as error:
        raise ModelDamaged(f"{description.name}: OpenVINO cannot open the model: {error}") from error
    outputs = {name for port in compiled.outputs for name in port.get_names()}
    if len(compiled.inputs) != 1 or description.output not in outputs:
        raise ModelDamaged(
            f"{description.name}: expected one input and an output {description.output!r}, the graph has "
            f"{len(compiled.inputs)} inputs and outputs {sorted(outputs)}"
        )
    return compiled
