"""From what a person says to an embedder: nothing, a name, a file, a folder, or a model of another library."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from lookalike.embed.description import ModelDescription
from lookalike.embed.embedder import Embedder
from lookalike.embed.external_data import require_weights_inside
from lookalike.embed.table import DEFAULT_MODEL, MODELS, HubLibrary, HubModel, PackagedModel
from lookalike.errors import InvalidConfiguration, ModelDamaged, UnknownModel
from lookalike.images.preprocessing import Preprocessing

__all__ = [
    "Precision",
    "Runtime",
    "describe_model",
    "hub_reference",
    "lasting_name",
    "model_card",
    "open_embedder",
    "read_model",
]

Runtime = Literal["onnxruntime", "openvino"]
Precision = Literal["fp32", "bf16"]

_LIBRARIES: tuple[HubLibrary, ...] = ("timm", "torchvision", "open_clip", "transformers")


def open_embedder(
    model: str | Path | None = None,
    *,
    runtime: Runtime = "onnxruntime",
    precision: Precision = "fp32",
    threads: int | None = None,
    spinning: bool = False,
    providers: Sequence[str] = ("CPUExecutionProvider",),
    preprocessing: Preprocessing | None = None,
) -> Embedder:
    """Open a model.

    Args:
        model: None for the packaged default; a name of `MODELS`; a folder with ``model.onnx`` and
            ``description.json``, each optionally followed by ``@64`` for the first 64 numbers of its vectors where it
            was trained for that; an ``.onnx`` file; or ``timm:NAME``, ``torchvision:NAME``, ``open_clip:NAME``,
            ``transformers:NAME``, each optionally followed by ``@PATH`` of local weights.
        runtime: ``openvino`` needs the extra of that name.
        precision: ``bf16`` is OpenVINO's, on processors that have it.
        threads: within one run; None means one for each usable core.
        spinning: whether idle threads burn their core; faster alone, worse beside other work. ONNX Runtime only.
        providers: of ONNX Runtime, by falling preference.
        preprocessing: only for an ``.onnx`` file without description: how its pictures are prepared.

    Raises:
        UnknownModel: nothing of that name or at that path.
        ModelDamaged: the file is not what its description says, or not a usable graph.
        MissingExtra: the runtime or library is not installed.
        InvalidConfiguration: options that do not go together, or a length that the model was not trained for.
    """
    if runtime not in ("onnxruntime", "openvino"):
        raise InvalidConfiguration(f"runtime must be onnxruntime or openvino, received {runtime!r}")
    if precision not in ("fp32", "bf16"):
        raise InvalidConfiguration(f"precision must be fp32 or bf16, received {precision!r}")
    if precision == "bf16" and runtime == "onnxruntime":
        raise InvalidConfiguration("precision bf16 needs runtime openvino")
    hub = hub_reference(model)
    if hub is not None:
        if preprocessing is not None:
            raise InvalidConfiguration("a model of another library brings its own preprocessing; leave it out")
        from lookalike.embed.hub import open_hub_model

        library, reference, weights = hub
        return open_hub_model(library, reference, weights=weights, threads=threads)
    whole, dimension = _length(model)
    description, graph = _read(whole, preprocessing)
    if dimension is not None:
        description = _cut(description, dimension)
    if runtime == "openvino":
        from lookalike.embed.openvino_embedder import OpenVinoEmbedder, OpenVinoOptions

        return OpenVinoEmbedder(description, graph, OpenVinoOptions(threads=threads, precision=precision))
    from lookalike.embed.onnx_embedder import OnnxEmbedder, OnnxOptions

    options = OnnxOptions(threads=threads, spinning=spinning, providers=tuple(providers))
    return OnnxEmbedder(description, graph, options)


def describe_model(model: str | Path | None = None) -> ModelDescription:
    """The description of a packaged model or a model folder, without opening or hashing its weights.

    Raises:
        UnknownModel: no such model, or none that has a description of its own.
        ModelDamaged: its description cannot be read.
        InvalidConfiguration: a length that the model was not trained for.
    """
    whole, dimension = _length(model)
    folder = _folder(whole)
    if folder is None:
        raise UnknownModel(f"{model} has no description.json; open it to learn what it is")
    description = _described(folder)
    return description if dimension is None else _cut(description, dimension)


def read_model(model: str | Path | None = None) -> tuple[ModelDescription, bytes]:
    """The description of an ONNX model and the bytes of its file, checked against each other.

    Args:
        model: as for `open_embedder`, but not a model of another library.

    Raises:
        UnknownModel: nothing of that name or at that path.
        ModelDamaged: the file is not what its description says, or not a usable graph.
        InvalidConfiguration: a model of another library, which is no ONNX file, or a length of its vectors.
    """
    if hub_reference(model) is not None:
        raise InvalidConfiguration(f"{model} is a model of another library: expected an ONNX file, a folder or a name")
    whole, dimension = _length(model)
    if dimension is not None:
        raise InvalidConfiguration(
            f"{model} is the first {dimension} numbers of what {whole or DEFAULT_MODEL} makes, and no file of its own: "
            f"expected the whole model, {whole or DEFAULT_MODEL}; a length is asked for where vectors are made, as in "
            f"`lookalike index --model {whole or DEFAULT_MODEL}@{dimension}`"
        )
    return _read(model, None)


def model_card(model: str | Path | None = None) -> str | None:
    """The text of the ``CARD.md`` beside a packaged model or in a model folder; None where there is none."""
    folder = _folder(model)
    path = None if folder is None else folder / "CARD.md"
    return path.read_text(encoding="utf-8") if path is not None and path.is_file() else None


def hub_reference(model: str | Path | None) -> tuple[HubLibrary, str, Path | None] | None:
    """Library, reference and file of weights of a model of another library; None for any other model."""
    if not isinstance(model, str):
        return None
    entry = MODELS.get(model)
    if isinstance(entry, HubModel):
        return entry.library, entry.reference, None
    for library in _LIBRARIES:
        if model.startswith(f"{library}:"):
            whole = model.removeprefix(f"{library}:")
            if library == "transformers" and Path(whole).is_dir():
                return library, whole, None
            reference, _, weights = whole.partition("@")
            return library, reference, Path(weights) if weights else None
    return None


def lasting_name(model: str) -> str:
    """What opens the same model from any working folder: the name as it is, or the path from the root.

    Args:
        model: as for `open_embedder`; files that are not there leave it as it is.
    """
    hub = hub_reference(model)
    if hub is not None:
        library, reference, weights = hub
        if library == "transformers" and Path(reference).is_dir():
            return f"{library}:{Path(reference).absolute()}"
        return model if weights is None or not weights.exists() else f"{model.partition('@')[0]}@{weights.absolute()}"
    whole, dimension = _length(model)
    if whole is None or str(whole) in MODELS or not Path(whole).exists():
        return model
    return f"{Path(whole).absolute()}{'' if dimension is None else f'@{dimension}'}"


def _length(model: str | Path | None) -> tuple[str | Path | None, int | None]:
    """The model, and how many numbers of its vectors are wanted: None for all."""
    if isinstance(model, str):
        name, at, length = model.rpartition("@")
        if at and length.isascii() and length.isdigit() and not Path(model).exists():
            return name or None, int(length)
    return model, None


def _cut(description: ModelDescription, dimension: int) -> ModelDescription:
    try:
        return description.cut_to(dimension)
    except ValueError as error:
        raise InvalidConfiguration(str(error)) from error


def _folder(model: str | Path | None) -> Path | None:
    entry = MODELS.get(DEFAULT_MODEL if model is None else str(model))
    if isinstance(entry, PackagedModel):
        return entry.folder
    path = Path(model) if model is not None else Path()
    return path if (path / "description.json").is_file() else None


def _read(model: str | Path | None, preprocessing: Preprocessing | None) -> tuple[ModelDescription, bytes]:
    folder = _folder(model)
    if folder is not None:
        if preprocessing is not None:
            raise InvalidConfiguration(f"{folder} describes its own preprocessing; leave yours out, or edit a copy")
        description = _described(folder)
        graph = _verified(folder / "model.onnx", description)
        require_weights_inside(graph, str(folder))
        return description, graph
    path = Path(str(model))
    if path.is_dir():
        raise UnknownModel(f"the folder {path} holds no model: expected description.json and model.onnx in it")
    if not path.is_file():
        raise UnknownModel(
            f"no model is called {str(model)!r} and there is no file of that name: expected one of "
            f"{', '.join(MODELS)}, a folder with model.onnx and description.json, an .onnx file, or "
            f"{', '.join(f'{library}:NAME' for library in _LIBRARIES)}"
        )
    from lookalike.embed.inspection import describe_onnx

    graph = path.read_bytes()
    require_weights_inside(graph, str(path))
    return describe_onnx(graph, name=path.stem, source=str(path), preprocessing=preprocessing), graph


def _described(folder: Path) -> ModelDescription:
    path = folder / "description.json"
    try:
        return ModelDescription.from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelDamaged(f"the description {path} cannot be used: {error}") from error


def _verified(path: Path, description: ModelDescription) -> bytes:
    try:
        graph = path.read_bytes()
    except OSError as error:
        raise ModelDamaged(f"the model {path} cannot be read: {error}") from error
    digest = hashlib.sha256(graph).hexdigest()
    if digest != description.weights_sha256:
        raise ModelDamaged(
            f"the model {path} has SHA-256 {digest}, its description says {description.weights_sha256}: "
            "it was changed or not fully copied; copy or export it again"
        )
    return graph
