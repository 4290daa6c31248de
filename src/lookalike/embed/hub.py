"""Models of timm, torchvision, open_clip and transformers, behind the `hub` extra: the only door for torch.

They run on the CPU in fp32 unless a device is given. A model is named as its library names it; local weights are
handed over with it, and without them the library looks in its own cache and on its own hub.
"""

# The libraries of the extra are not installed where the types are checked, and two of them have none.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from pickle import UnpicklingError
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from jaxtyping import Float32, UInt8

from lookalike.embed.description import ModelDescription
from lookalike.embed.hub_preprocessing import from_open_clip, from_timm, from_transformers, of_torchvision
from lookalike.embed.table import HubLibrary
from lookalike.embed.tensors import finite_unit_rows, model_input
from lookalike.errors import MissingExtra, ModelDamaged, UnknownModel
from lookalike.images.preprocessing import Preprocessing

if TYPE_CHECKING:
    import torch

__all__ = ["HubEmbedder", "HubModule", "HubWordsEmbedder", "open_hub_model", "open_hub_module"]

Batch: TypeAlias = UInt8[np.ndarray, "n size size 3"]
Forward: TypeAlias = "Callable[[torch.Tensor], torch.Tensor]"
Words: TypeAlias = "Callable[[Sequence[str]], torch.Tensor]"

logger = logging.getLogger(__name__)

_LEAST_KNOWN = 0.5
"""Share of the pieces that a model was trained with that its tokenizer must have; vocabularies may be padded."""


@dataclass(frozen=True, slots=True)
class HubModule:
    """A model of some library, opened for inference.

    Attributes:
        module: has its parameters.
        forward: of the module, or a copy of it, and normalised float32 (n, 3, size, size), the rows.
        preprocessing: how pictures are prepared.
        version: of the library.
        words: texts to rows of the same length as `forward`'s, on the device of the module; None for models of pictures
            alone.
    """

    module: torch.nn.Module
    forward: Callable[[torch.nn.Module, torch.Tensor], torch.Tensor]
    preprocessing: Preprocessing
    version: str
    words: Words | None = None


class HubEmbedder:
    """Embeds with a torch module; every method may be called from several threads, one batch runs at a time."""

    def __init__(
        self,
        module: torch.nn.Module,
        forward: Forward,
        description: ModelDescription,
        *,
        device: str = "cpu",
        batch_pictures: int = 16,
    ) -> None:
        """Embed with `forward`, which maps normalised float32 (n, 3, size, size) to rows of the dimension described."""
        self._module = module.to(device).eval()
        self._forward = forward
        self._device = device
        self._batch_pictures = batch_pictures
        self._description = description.computed_by("torch", "fp32")
        self._lock = Lock()

    @property
    def description(self) -> ModelDescription:
        """What the model is, with ``torch`` as its runtime."""
        return self._description

    def embed(self, batch: Batch) -> Float32[np.ndarray, "n dimension"]:
        """Unit vectors, float32, row i for picture i; an empty batch gives shape (0, dimension).

        Args:
            batch: pictures that went through ``description.preprocessing.apply``.

        Raises:
            ValueError: a batch of another shape or type than the model takes.
            ModelDamaged: the model gave vectors that are not finite, or of another length than described.
        """
        import torch

        fed = model_input(batch, self._description)
        parts = [np.empty((0, self._description.dimension), np.float32)]
        with self._lock, torch.inference_mode():
            for start in range(0, len(fed), self._batch_pictures):
                pictures = torch.from_numpy(fed[start : start + self._batch_pictures]).to(self._device)
                parts.append(self._forward(pictures).float().cpu().numpy())
        return finite_unit_rows(np.concatenate(parts), self._description)


class HubWordsEmbedder(HubEmbedder):
    """Embeds pictures and words with an image-text model; both lie in one space."""

    def __init__(
        self, module: torch.nn.Module, forward: Forward, description: ModelDescription, *, words: Words, device: str
    ) -> None:
        """As `HubEmbedder`; `words` maps texts to rows of the dimension described."""
        super().__init__(module, forward, description, device=device)
        self._words = words

    def embed_words(self, texts: Sequence[str]) -> Float32[np.ndarray, "n dimension"]:
        """Unit vectors among those of pictures, float32, row i for text i; no text gives shape (0, dimension).

        Args:
            texts: longer ones than the model reads are cut.

        Raises:
            UnknownModel: the model's tokenizer cannot be had.
            ModelDamaged: the model gave vectors that are not finite, or of another length than described.
        """
        import torch

        if not texts:
            return np.empty((0, self._description.dimension), np.float32)
        with self._lock, torch.inference_mode():
            rows = self._words(texts).float().cpu().numpy()
        return finite_unit_rows(rows, self._description)


def open_hub_model(
    library: HubLibrary,
    reference: str,
    *,
    weights: Path | None = None,
    threads: int | None = None,
    device: str = "cpu",
) -> HubEmbedder:
    """Open a model of another library; an `EmbedsWords` too where it was trained on pictures with words.

    Args:
        library: whose model it is.
        reference: what that library calls it; for transformers also a local folder.
        weights: a local file of them; None leaves finding them to the library.
        threads: torch's threads, which torch keeps for the whole process; None leaves them as they are.
        device: as torch names it.

    Raises:
        MissingExtra: the library is not installed.
        UnknownModel: the library does not know the name, or the file of weights is not there.
        ModelDamaged: the weights do not fit the model.
    """
    opened, description = open_hub_module(library, reference, weights=weights)
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
    forward = partial(opened.forward, opened.module)
    if opened.words is not None:
        return HubWordsEmbedder(opened.module, forward, description, words=opened.words, device=device)
    return HubEmbedder(opened.module, forward, description, device=device)


def open_hub_module(
    library: HubLibrary, reference: str, *, weights: Path | None = None
) -> tuple[HubModule, ModelDescription]:
    """The torch module of a model of another library, and its description; arguments and errors of `open_hub_model`."""
    if weights is not None and not weights.is_file():
        raise UnknownModel(f"the file of weights {weights} is not there")
    try:
        import torch

        match library:
            case "timm":
                opened = _timm(reference, weights)
            case "torchvision":
                opened = _torchvision(reference, weights)
            case "open_clip":
                opened = _open_clip(reference, weights)
            case "transformers":
                opened = _transformers(reference, weights)
    except ImportError as error:
        raise MissingExtra(needed_for=f"a model of {library}", extra="hub") from error
    except Exception as error:
        if not _is_of_weights(error, given=weights is not None):
            raise
        raise _misfit(library, reference, weights, error) from error
    size = opened.preprocessing.size_pixels
    opened.module.eval()
    with torch.inference_mode():
        dimension = int(opened.forward(opened.module, torch.zeros(1, 3, size, size)).shape[1])
    description = ModelDescription(
        name=f"{library}:{reference}",
        version=opened.version,
        dimension=dimension,
        preprocessing=opened.preprocessing,
        weights_sha256=_weights_sha256(library, reference, opened.module),
        licence="unknown",
        source=f"{library} {opened.version}, {reference}" + (f", weights {weights.name}" if weights else ""),
        input="pixels",
        layout="nchw_float32",
        output="embedding",
    )
    logger.info("opened %s: %d dimensions, %d pixels", description.name, dimension, size)
    return opened, description


def _timm(reference: str, weights: Path | None) -> HubModule:
    import timm

    if "/" not in reference and not timm.is_model(reference.partition(".")[0]):
        raise UnknownModel(f"timm cannot give a model {reference!r}: timm.list_models() lists those it has")
    try:
        module = timm.create_model(
            reference, pretrained=weights is None, checkpoint_path="" if weights is None else str(weights)
        )
    except (KeyError, ValueError, OSError) as error:
        raise UnknownModel(f"timm cannot give a model {reference!r}: {error}") from error
    settings = timm.data.resolve_model_data_config(module)
    module.reset_classifier(0)
    return HubModule(module, _called, from_timm(settings), str(timm.__version__))


def _torchvision(reference: str, weights: Path | None) -> HubModule:
    import torch
    import torchvision

    if weights is None:
        raise UnknownModel(
            f"torchvision:{reference} names no weights, and without them it is random: "
            f"say torchvision:{reference}@PATH with a file of them"
        )
    try:
        module = torchvision.models.get_model(reference, weights=None)
    except ValueError as error:
        raise UnknownModel(
            f"torchvision cannot give a model {reference!r}: torchvision.models.list_models() lists those it has"
        ) from error
    module.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    # Its classifiers end in one linear layer, under one of these names; what comes before it describes the picture.
    name = next((one for one in ("fc", "heads", "head", "classifier") if hasattr(module, one)), "")
    last: Any = getattr(module, name, None)
    if isinstance(last, torch.nn.Sequential) and isinstance(last[-1], torch.nn.Linear):
        last[-1] = torch.nn.Identity()
    elif isinstance(last, torch.nn.Linear):
        setattr(module, name, torch.nn.Identity())
    else:
        raise UnknownModel(
            f"torchvision:{reference} does not end in a linear layer, so that nothing says which of its numbers "
            "describe a picture: take another model"
        )
    if hasattr(module, "transform_input"):
        # Its weights were learned with another mean and deviation; the library says so only where it loads them itself.
        module.transform_input = True
    prepared = of_torchvision(299 if reference.startswith("inception") else 224)
    return HubModule(module, _called, prepared, str(torchvision.__version__))


def _open_clip(reference: str, weights: Path | None) -> HubModule:
    import open_clip

    name, tag = _named(reference)
    if weights is None and tag is None and ":" not in reference:
        raise UnknownModel(
            f"open_clip:{reference} names no weights, and without them it is random: "
            f"say open_clip:{reference}/TAG with a tag that open_clip lists, or open_clip:{reference}@PATH"
        )
    try:
        module, *_ = open_clip.create_model_and_transforms(name, pretrained=tag if weights is None else str(weights))
    except (KeyError, ValueError, OSError) as error:
        raise UnknownModel(f"open_clip cannot give a model {reference!r}: {error}") from error
    settings = open_clip.get_model_preprocess_cfg(module)

    @cache
    def tokenizer() -> Callable[[Sequence[str]], torch.Tensor]:
        try:
            return open_clip.get_tokenizer(name)
        except (ImportError, KeyError, ValueError, OSError) as error:
            raise UnknownModel(f"open_clip cannot give the tokenizer of {reference!r}: {error}") from error

    def words(texts: Sequence[str]) -> torch.Tensor:
        tokens = tokenizer()(list(texts))
        device = next(module.visual.parameters()).device
        return module.eval().to(device).encode_text(tokens.to(device))

    return HubModule(module.visual, _called, from_open_clip(settings), str(open_clip.__version__), words)


def _called(module: torch.nn.Module, pictures: torch.Tensor) -> torch.Tensor:
    return module(pictures)


def _named(reference: str) -> tuple[str, str | None]:
    """Split ``ViT-B-32/laion2b_s34b_b79k`` into name and tag; ``hf-hub:owner/name`` is a name with its own weights."""
    if ":" in reference:
        return reference, None
    name, _, tag = reference.partition("/")
    return name, tag or None


def _transformers(reference: str, weights: Path | None) -> HubModule:
    import transformers

    if weights is not None:
        raise UnknownModel(
            f"transformers reads weights from a folder: say transformers:{weights.parent} if {weights.name} lies there"
        )
    try:
        module = transformers.AutoModel.from_pretrained(reference)
        processor = transformers.AutoImageProcessor.from_pretrained(reference)
    except (ValueError, OSError) as error:
        raise UnknownModel(f"transformers cannot give a vision model {reference!r}: {error}") from error

    def forward(module: torch.nn.Module, pictures: torch.Tensor) -> torch.Tensor:
        image_features = getattr(module, "get_image_features", None)
        if callable(image_features):
            return _features(image_features(pixel_values=pictures))
        output = module(pixel_values=pictures)
        pooled = getattr(output, "pooler_output", None)
        # Without a pooler the first token is the picture's; convolutional pooled maps are (n, channels, 1, 1).
        return output.last_hidden_state[:, 0] if pooled is None else pooled.flatten(1)

    @cache
    def tokenizer() -> Callable[..., Any]:
        try:
            found = transformers.AutoTokenizer.from_pretrained(reference)
        except (ImportError, KeyError, ValueError, OSError) as error:
            raise UnknownModel(f"transformers cannot give the tokenizer of {reference!r}: {error}") from error
        # Where its files are missing, some versions give one that knows nothing instead of an error.
        if (
            not _LEAST_KNOWN * module.config.text_config.vocab_size
            <= len(found)
            <= module.config.text_config.vocab_size
        ):
            raise UnknownModel(
                f"the tokenizer of {reference!r} has {len(found)} pieces, its model was trained with "
                f"{module.config.text_config.vocab_size}: put the tokenizer's own files beside the model"
            )
        return found

    def words(texts: Sequence[str]) -> torch.Tensor:
        # Padded to the whole length, as SigLIP was trained; CLIP gives the same either way.
        longest = int(module.config.text_config.max_position_embeddings)
        tokens = tokenizer()(
            list(texts), padding="max_length", truncation=True, max_length=longest, return_tensors="pt"
        )
        known = {name: tokens[name].to(module.device) for name in ("input_ids", "attention_mask") if name in tokens}
        return _features(module.get_text_features(**known))

    paired = callable(getattr(module, "get_text_features", None)) and hasattr(module.config, "text_config")
    prepared, version = from_transformers(processor.to_dict()), str(transformers.__version__)
    return HubModule(module, forward, prepared, version, words if paired else None)


def _features(found: Any) -> torch.Tensor:
    return found if hasattr(found, "ndim") else found.pooler_output


def _is_of_weights(error: Exception, *, given: bool) -> bool:
    """Whether libraries say so that weights do not fit, or that a `given` file is damaged or holds something else."""
    if isinstance(error, (RuntimeError, UnpicklingError, EOFError)) or type(error).__name__ == "SafetensorError":
        return True
    return given and isinstance(error, (AttributeError, TypeError))


def _misfit(library: str, reference: str, weights: Path | None, error: Exception) -> ModelDamaged:
    given = "its own weights" if weights is None else f"the weights {weights}"
    return ModelDamaged(f"{library}:{reference} cannot be opened with {given}: {str(error) or type(error).__name__}")


def _weights_sha256(library: HubLibrary, reference: str, module: torch.nn.Module) -> str:
    """SHA-256 over the model's name, and over name, type, shape and bytes of every parameter and buffer, by name.

    One file may fit several models of a library, which differ in what has no parameters. The folder of a model of
    transformers says itself which model it is, and may be moved: its name does not count.
    """
    import torch

    digest = hashlib.sha256()
    if library != "transformers":
        digest.update(f"{library}:{reference}|".encode())
    for name, value in sorted(module.state_dict().items()):
        array = value.detach().cpu().contiguous().reshape(-1)
        digest.update(f"{name}|{value.dtype}|{tuple(value.shape)}|".encode())
        digest.update(array.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
