"""An embedder on ONNX Runtime.

One session computes the embedding and nothing else. The inner tensors that explanations and regions ask for are
computed by a second session, opened when first asked for, of the same bytes with those tensors declared as
outputs: ONNX Runtime computes every declared output whether it is fetched or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from jaxtyping import Float32, UInt8

from lookalike.embed.cores import usable_cores
from lookalike.embed.description import ModelDescription
from lookalike.embed.external_data import require_weights_inside
from lookalike.embed.free_size import freeing_size
from lookalike.embed.tensors import declaring_outputs, finite_unit_rows, in_runs, model_input, normalised
from lookalike.errors import InvalidConfiguration, ModelDamaged

if TYPE_CHECKING:
    import onnxruntime

__all__ = ["OnnxEmbedder", "OnnxOptions", "onnx_errors", "open_session"]

FeatureMap: TypeAlias = Float32[np.ndarray, "n ..."]
Batch: TypeAlias = UInt8[np.ndarray, "n size size 3"]
Projection: TypeAlias = tuple[Float32[np.ndarray, "dimension channels"], Float32[np.ndarray, " dimension"]]


@dataclass(frozen=True, slots=True)
class OnnxOptions:
    """How ONNX Runtime runs a model.

    Attributes:
        threads: threads within one run; None means one for each usable core.
        spinning: whether those threads burn their core while they wait for work. Off, so that decoding and serving
            have the cores; on gains a little when nothing else runs.
        providers: execution providers by falling preference, as ONNX Runtime names them.
        batch_pictures: larger batches are cut into runs of at most this many, which bounds memory; None means 4 on
            the CPU, whose caches larger ones overflow (`lite0`: 12% slower at 32 on a busy machine), and 32 elsewhere.
    """

    threads: int | None = None
    spinning: bool = False
    providers: tuple[str, ...] = ("CPUExecutionProvider",)
    batch_pictures: int | None = None

    def __post_init__(self) -> None:
        problems: list[str] = []
        if self.threads is not None and not 1 <= self.threads <= 1024:
            problems.append(f"threads must be 1 to 1024, received {self.threads}")
        if self.batch_pictures is not None and not 1 <= self.batch_pictures <= 4096:
            problems.append(f"batch_pictures must be 1 to 4096, received {self.batch_pictures}")
        if not self.providers:
            problems.append("providers must name at least one, such as CPUExecutionProvider")
        if problems:
            raise InvalidConfiguration("; ".join(problems))

    @property
    def run_pictures(self) -> int:
        """How many pictures one run takes at most."""
        if self.batch_pictures is not None:
            return self.batch_pictures
        return 4 if self.providers[0] == "CPUExecutionProvider" else 32


class OnnxEmbedder:
    """Embeds with ONNX Runtime; every method may be called from several threads."""

    def __init__(self, description: ModelDescription, model: bytes, options: OnnxOptions | None = None) -> None:
        """Open `model`, the bytes of an ONNX file that `description` describes.

        Raises:
            ModelDamaged: not a graph that ONNX Runtime can run, or not with the tensors described.
            InvalidConfiguration: a provider that this installation of ONNX Runtime does not have.
        """
        self._options = OnnxOptions() if options is None else options
        self._model = model
        self._session = open_session(model, self._options, description.name)
        _check_tensors(self._session, description)
        self._description = description.computed_by("onnxruntime", description.precision)
        self._feature_sessions: dict[tuple[tuple[str, ...], bool], onnxruntime.InferenceSession] = {}
        self._projection: Projection | None = None
        self._takes_any_size: bool | None = None
        self._lock = Lock()

    @property
    def description(self) -> ModelDescription:
        """What the model is, with ``onnxruntime`` as its runtime."""
        return self._description

    def embed(self, batch: Batch) -> Float32[np.ndarray, "n dimension"]:
        """Unit vectors, float32, row i for picture i; an empty batch gives shape (0, dimension).

        Args:
            batch: pictures that went through ``description.preprocessing.apply``.

        Raises:
            ValueError: a batch of another shape or type than the model takes.
            ModelDamaged: the model gave vectors that are not finite, or of another length than described.
        """
        name = self._description.output
        rows = self._run(self._session, (name,), model_input(batch, self._description))[name]
        return finite_unit_rows(rows, self._description)

    def features(self, batch: Batch, names: Sequence[str] | None = None) -> Mapping[str, FeatureMap]:
        """Inner tensors by name, row i for picture i, as the graph computes them (not normalised).

        Args:
            batch: pictures that went through ``description.preprocessing.apply``.
            names: of ``description.features``; None means all of them.

        Raises:
            ValueError: a name that the description does not list.
        """
        wanted = tuple(self._description.features if names is None else names)
        unknown = [name for name in wanted if name not in self._description.features]
        if unknown:
            known = ", ".join(self._description.features) or "none"
            raise ValueError(f"{self._description.name} has no feature maps {unknown}; it has: {known}")
        if not wanted:
            return {}
        return self._run(self._opened(wanted), wanted, model_input(batch, self._description))

    @property
    def takes_any_size(self) -> bool:
        """Whether `look` works: the graph computes for pictures of other sizes what it computes for its own square.

        Found out when first asked, by a run on a picture that is wider than high.
        """
        if self._takes_any_size is None:
            wide = np.zeros((1, 64, 96, 3), np.uint8)
            try:
                rows = self.look(wide, (self._description.output,))[self._description.output]
                self._takes_any_size = rows.shape == (1, self._description.dimension)
            except (ModelDamaged, ValueError):
                self._takes_any_size = False
        return self._takes_any_size

    def look(self, pictures: UInt8[np.ndarray, "n height width 3"], names: Sequence[str]) -> Mapping[str, FeatureMap]:
        """Tensors by name for pictures of any size, row i for picture i, as the graph computes them.

        The vectors, which are among them under ``description.output``, are those of `embed` for its own square.

        Args:
            pictures: of one size, at the scale at which the model is to see them; not cut or padded.
            names: of ``description.features``, or ``description.output``.

        Raises:
            ModelDamaged: the graph takes pictures of its own size only; see `takes_any_size`.
            ValueError: not uint8 of that shape.
        """
        wanted = tuple(names)
        # One session for whatever is asked: the feature maps are computed on the way to the vectors anyhow.
        session = self._opened(self._description.features, any_size=True)
        return self._run(session, wanted, normalised(pictures, self._description))

    def projection(self) -> Projection | None:
        """The constants P, shape (dimension, channels), and b, shape (dimension,), float32: see the description.

        They split the embedding over locations: P p + b is the mean of P f + b over the locations f of its map.
        """
        names = self._description.projection
        if names is None or self._projection is not None:
            return self._projection
        session = self._opened(names)
        size = self._description.preprocessing.size_pixels
        nothing = model_input(np.zeros((1, size, size, 3), np.uint8), self._description)
        ((fed, _),) = in_runs(_typed(session, nothing), most=1, exactly=_fixed_batch(session))
        matrix, offset = session.run(list(names), {self._description.input: fed})
        # Kept: a run computes the whole graph, whatever is asked of it.
        kept = slice(self._description.dimension)
        self._projection = np.asarray(matrix, np.float32)[kept], np.asarray(offset, np.float32)[kept]
        return self._projection

    def _opened(self, names: tuple[str, ...], *, any_size: bool = False) -> onnxruntime.InferenceSession:
        with self._lock:
            session = self._feature_sessions.get((names, any_size))
            if session is None:
                description = self._description
                model = declaring_outputs(self._model, [name for name in names if name != description.output])
                if any_size:
                    model = freeing_size(model, description.input, description.layout)
                session = open_session(model, self._options, description.name)
                self._feature_sessions[names, any_size] = session
            return session

    def _run(
        self, session: onnxruntime.InferenceSession, names: tuple[str, ...], fed: np.ndarray
    ) -> dict[str, FeatureMap]:
        parts: list[list[FeatureMap]] = []
        # An empty batch still runs once, so that every output has its shape.
        # Of the file as it is: a graph for other sizes is declared to take any number, and computes as before.
        runs = in_runs(_typed(session, fed), most=self._options.run_pictures, exactly=_fixed_batch(self._session))
        for part, n_pictures in runs:
            try:
                ran = session.run(list(names), {self._description.input: part})
            except onnx_errors() as error:
                raise ModelDamaged(
                    f"{self._description.name}: ONNX Runtime could not run on {fed.shape} {fed.dtype}: {error}"
                ) from error
            parts.append([np.asarray(output)[:n_pictures] for output in ran])
        return {
            name: np.concatenate(columns).astype(np.float32, copy=False)
            for name, columns in zip(names, zip(*parts, strict=True), strict=True)
        }


def onnx_errors() -> tuple[type[Exception], ...]:
    """Everything that the installed ONNX Runtime raises on its own account; later versions add to it."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state  # pyright: ignore[reportAttributeAccessIssue]

    return tuple(value for value in vars(state).values() if isinstance(value, type) and issubclass(value, Exception))


def open_session(model: bytes, options: OnnxOptions, name: str) -> onnxruntime.InferenceSession:
    """A session over the bytes of an ONNX file.

    Raises:
        ModelDamaged: ONNX Runtime cannot open it, or weights lie in other files.
        InvalidConfiguration: a provider that is not installed.
    """
    import onnxruntime

    require_weights_inside(model, name)
    available = onnxruntime.get_available_providers()
    missing = [provider for provider in options.providers if provider not in available]
    if missing:
        raise InvalidConfiguration(
            f"ONNX Runtime has no provider {', '.join(missing)} here; it has {', '.join(available)}"
        )
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = usable_cores() if options.threads is None else options.threads
    settings.inter_op_num_threads = 1
    settings.log_severity_level = 4  # what it calls an error it also raises, and some of that is expected
    settings.add_session_config_entry("session.intra_op.allow_spinning", "1" if options.spinning else "0")
    try:
        return onnxruntime.InferenceSession(model, settings, providers=list(options.providers))
    except onnx_errors() as error:
        raise ModelDamaged(f"{name}: ONNX Runtime cannot open the model: {error}") from error


def _fixed_batch(session: onnxruntime.InferenceSession) -> int | None:
    """How many pictures a run takes, where the graph was written for a number of them."""
    batch = session.get_inputs()[0].shape[0]
    return batch if isinstance(batch, int) and batch >= 1 else None


def _typed(session: onnxruntime.InferenceSession, fed: np.ndarray) -> np.ndarray:
    """In half precision where the graph takes that."""
    return fed.astype(np.float16) if session.get_inputs()[0].type == "tensor(float16)" else fed


def _check_tensors(session: onnxruntime.InferenceSession, description: ModelDescription) -> None:
    inputs = [item.name for item in session.get_inputs()]
    outputs = [item.name for item in session.get_outputs()]
    if inputs != [description.input]:
        raise ModelDamaged(f"{description.name}: expected one input {description.input!r}, the graph has {inputs}")
    if description.output not in outputs:
        raise ModelDamaged(f"{description.name}: expected an output {description.output!r}, the graph has {outputs}")
