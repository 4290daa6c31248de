"""What was understood of a recording."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Heard", "SpokenWord"]


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """One word of what was heard.

    Attributes:
        text: the word.
        start_seconds: where it begins in the recording.
        end_seconds: where it ends.
        probability: that the model gives it, 0 to 1.
    """

    text: str
    start_seconds: float
    end_seconds: float
    probability: float


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording in words.

    Attributes:
        text: what is searched for.
        words: the same, word by word, with where each was said.
        biased: whether words of the catalogue were preferred.
        literal: what the model alone would have written.
        seconds: length of the recording.
        model: name of the model.
        breaks_off: whether the file says that it has more than is there: what was said behind it is not heard.
    """

    text: str
    words: tuple[SpokenWord, ...]
    biased: bool
    literal: str
    seconds: float
    model: str
    breaks_off: bool = False

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "text": self.text,
            "words": [
                {
                    "text": word.text,
                    "start_seconds": word.start_seconds,
                    "end_seconds": word.end_seconds,
                    "probability": word.probability,
                }
                for word in self.words
            ],
            "biased": self.biased,
            "literal": self.literal,
            "seconds": round(self.seconds, 2),
            "model": self.model,
            "breaks_off": self.breaks_off,
        }
