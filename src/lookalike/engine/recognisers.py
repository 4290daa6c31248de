"""The model of speech of an engine: opened when a recording is first asked about."""

from __future__ import annotations

import threading
from collections.abc import Callable

from lookalike.embed.speech.opening import is_speech_installed
from lookalike.embed.speech.recogniser import Recogniser
from lookalike.errors import InvalidQuery

__all__ = ["RecogniserFactory", "Recognisers"]

RecogniserFactory = Callable[[], Recogniser]
"""Opens the model of speech."""


class Recognisers:
    """Opened once, then kept. Safe to use from several threads.

    Args:
        open_recogniser: opens the model; None for an engine that takes no recordings.

    Attributes:
        available: whether there is one to be opened, and what it needs is installed.
    """

    def __init__(self, open_recogniser: RecogniserFactory | None) -> None:
        self.available = open_recogniser is not None and is_speech_installed()
        self._open_recogniser = open_recogniser
        self._lock = threading.Lock()
        self._opened: Recogniser | None = None

    def recogniser(self) -> Recogniser:
        """The model.

        Raises:
            InvalidQuery: the settings want none.
            MissingExtra: what the extra ``speech`` brings is not installed.
            ModelDamaged: its files are not what they should be.
            UnknownModel: nothing at the path that was given.
        """
        with self._lock:
            if self._opened is None:
                if self._open_recogniser is None:
                    raise InvalidQuery("recordings are switched off here (speech_model is none): ask in writing")
                self._opened = self._open_recogniser()
            return self._opened
