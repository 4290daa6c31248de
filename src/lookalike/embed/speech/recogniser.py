"""What recognises spoken words: a sound is taken in once, and may then be asked more than one thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64

from lookalike.embed.speech.sound import Sound

__all__ = ["HeardWord", "Hypothesis", "Listening", "Recogniser", "SpeechDescription"]


@dataclass(frozen=True, slots=True)
class SpeechDescription:
    """A model of speech.

    Attributes:
        name: short name.
        languages: that it was trained on, in words.
        licence: SPDX expression of the weights, or ``unknown``.
        weights_sha256: of the weights; empty where nobody pinned them.
    """

    name: str
    languages: str
    licence: str
    weights_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What may have been said.

    Attributes:
        text: as the model writes it.
        log_probability: of the text given the sound and whatever was hinted, natural logarithm.
    """

    text: str
    log_probability: float


@dataclass(frozen=True, slots=True)
class HeardWord:
    """One word, and where it was said.

    Attributes:
        text: without blanks.
        start_seconds: from the beginning of the recording.
        end_seconds: likewise.
        probability: mean of its pieces', 0 to 1.
    """

    text: str
    start_seconds: float
    end_seconds: float
    probability: float


@runtime_checkable
class Listening(Protocol):
    """One sound that was taken in."""

    def hypotheses(self, n: int, hints: str = "") -> tuple[Hypothesis, ...]:
        """At most `n` readings, the likeliest first; `hints` are words that are likely to occur."""
        ...

    def scores(self, texts: Sequence[str]) -> Float64[np.ndarray, " n"]:
        """Natural logarithm of the probability of each text, given the sound alone."""
        ...

    def words(self, text: str) -> tuple[HeardWord, ...]:
        """Where each word of `text` was said."""
        ...


@runtime_checkable
class Recogniser(Protocol):
    """Sounds to what may have been said."""

    @property
    def description(self) -> SpeechDescription: ...

    def listen(self, sound: Sound) -> Listening:
        """Take in a sound; raises `lookalike.errors.AudioRejected` where nobody speaks in it."""
        ...
