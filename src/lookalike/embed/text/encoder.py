"""Texts to unit vectors by a BERT-like model in ONNX Runtime."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, Int64

from lookalike.embed.cores import usable_cores
from lookalike.embed.onnx_embedder import onnx_errors
from lookalike.embed.text.wordpiece import WordPiece
from lookalike.errors import ModelDamaged

__all__ = ["OnnxTextEncoder", "TextDescription", "TextEncoder"]

_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class TextDescription:
    """A sentence model.

    Attributes:
        name: short name.
        dimension: length of the vectors.
        weights_sha256: of the ONNX file.
        vocabulary_sha256: of the tokenizer's vocabulary.
        longest: pieces of a text that are read.
        languages: that it was trained on, in words.
        licence: SPDX expression of the weights.
        prefix_query: put before a question.
        prefix_text: put before a text of the catalogue.
        lower: whether the tokenizer lowers text.
    """

    name: str
    dimension: int
    weights_sha256: str
    vocabulary_sha256: str
    longest: int
    languages: str
    licence: str
    prefix_query: str = ""
    prefix_text: str = ""
    lower: bool = True

    def fingerprint(self, recipe: str) -> str:
        """SHA-256 over all that makes a vector; `recipe` says what text it is made of."""
        facts = [
            self.dimension,
            self.weights_sha256,
            self.vocabulary_sha256,
            self.longest,
            self.prefix_text,
            self.lower,
            recipe,
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


@runtime_checkable
class TextEncoder(Protocol):
    """Texts to unit vectors."""

    @property
    def description(self) -> TextDescription: ...

    def encode(self, texts: Sequence[str], *, question: bool = False) -> Float32[np.ndarray, "n dimension"]:
        """Unit vectors, row i for text i; no text gives shape (0, dimension)."""
        ...


class OnnxTextEncoder:
    """A sentence-transformers model: mean of the last hidden states over the pieces, to unit length. Thread-safe.

    Args:
        description: what it is.
        model: bytes of the ONNX file, whose first output is the last hidden states.
        vocabulary: the tokenizer's pieces.
        threads: within one run; None for one each usable core.

    Raises:
        ModelDamaged: not a graph of that kind.
    """

    def __init__(
        self, description: TextDescription, model: bytes, vocabulary: Sequence[str], threads: int | None = None
    ) -> None:
        import onnxruntime

        self._description = description
        self._tokenizer = WordPiece(vocabulary, lower=description.lower)
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = usable_cores() if threads is None else threads
        settings.inter_op_num_threads = 1
        settings.log_severity_level = 3
        settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
        except onnx_errors() as error:
            raise ModelDamaged(f"{description.name}: ONNX Runtime cannot open the model: {error}") from error
        self._inputs = {item.name for item in self._session.get_inputs()}
        if not {"input_ids", "attention_mask"} <= self._inputs:
            raise ModelDamaged(
                f"{description.name}: expected the inputs input_ids and attention_mask, the graph has "
                f"{', '.join(sorted(self._inputs))}"
            )

    @property
    def description(self) -> TextDescription:
        """What the model is."""
        return self._description

    def encode(self, texts: Sequence[str], *, question: bool = False) -> Float32[np.ndarray, "n dimension"]:
        """Unit vectors, row i for text i; no text gives shape (0, dimension).

        Args:
            texts: longer ones are cut.
            question: whether these are questions, for models that tell them from answers.

        Raises:
            ModelDamaged: the model does not give one vector a piece, of the length that is described.
        """
        prefix = self._description.prefix_query if question else self._description.prefix_text
        found = np.empty((len(texts), self._description.dimension), dtype=np.float32)
        # Of like length together: a batch is padded to its longest.
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        for start in range(0, len(order), _AT_ONCE):
            places = order[start : start + _AT_ONCE]
            numbers, mask = self._tokenizer.batch([prefix + texts[at] for at in places], self._description.longest)
            found[places] = self._run(numbers, mask)
        return found

    def _run(
        self, numbers: Int64[np.ndarray, "n length"], mask: Int64[np.ndarray, "n length"]
    ) -> Float32[np.ndarray, "n dimension"]:
        fed = {"input_ids": numbers, "attention_mask": mask}
        if "token_type_ids" in self._inputs:
            fed["token_type_ids"] = np.zeros_like(numbers)
        try:
            states = np.asarray(self._session.run(None, fed)[0], dtype=np.float32)
        except onnx_errors() as error:
            raise ModelDamaged(f"{self._description.name}: ONNX Runtime could not run: {error}") from error
        if states.ndim != 3 or states.shape[2] != self._description.dimension:
            raise ModelDamaged(
                f"{self._description.name}: expected states of {self._description.dimension} numbers a piece, "
                f"received shape {states.shape}"
            )
        weights = mask[:, :, None].astype(np.float32)
        means = (states * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1.0)
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        if not bool(np.isfinite(means).all()) or not bool((lengths > 0).all()):
            raise ModelDamaged(f"{self._description.name}: gave a vector that is not finite or all zeros")
        return np.asarray(means / lengths, dtype=np.float32)
