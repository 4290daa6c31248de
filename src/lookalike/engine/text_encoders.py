"""The sentence model of an engine: opened when first needed, or a sentence that says why there is none."""

from __future__ import annotations

import threading
from collections.abc import Callable

from lookalike.embed.text.encoder import TextEncoder
from lookalike.errors import MissingExtra

__all__ = ["TextEncoderFactory", "TextEncoders"]

TextEncoderFactory = Callable[[int | None], TextEncoder | None]
"""Opens the sentence model with so many threads; None where the settings want none."""


class TextEncoders:
    """Opened once, then kept. Safe to use from several threads.

    Args:
        open_encoder: opens the model; None for words without meaning.
    """

    def __init__(self, open_encoder: TextEncoderFactory | None) -> None:
        self._open_encoder = open_encoder
        self._lock = threading.Lock()
        self._opened: dict[int | None, TextEncoder | None] = {}
        self.problem: str | None = None

    def encoder(self, threads: int | None = None) -> TextEncoder | None:
        """The model; None where there is none, and `problem` says why if it could be had.

        Raises:
            ModelDamaged: its files are not what they should be.
            UnknownModel: nothing at the path that was given.
        """
        with self._lock:
            if threads not in self._opened:
                try:
                    self._opened[threads] = None if self._open_encoder is None else self._open_encoder(threads)
                except MissingExtra as error:
                    self.problem = str(error)
                    self._opened[threads] = None
            return self._opened[threads]
