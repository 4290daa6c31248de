"""Contents that a run has decoded: what ten sizes of a product show is decoded and embedded once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import final

from lookalike.errors import ImageRejected
from lookalike.ingest.task import Prepared

__all__ = ["DecodedOnce"]


@final
class DecodedOnce:
    """What became of each content, by SHA-256. Safe for several threads, of which one decodes and others wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Whoever decodes a content waits for nobody meanwhile, so that no two can wait for each other.
        # Once that is over only what became of it stays: the futures of a million contents would be gigabytes.
        self._contents: dict[bytes, Future[None] | ImageRejected | None] = {}

    def prepared(self, sha256: str, decode: Callable[[], Prepared]) -> Prepared | None:
        """What `decode` makes of a content; None where the content was decoded for another picture already.

        Args:
            sha256: of the content.
            decode: prepares it.

        Raises:
            ImageRejected: the content cannot be used, now or when it was tried first.
        """
        name, own = bytes.fromhex(sha256), Future[None]()
        with self._lock:
            before = self._contents.setdefault(name, own)
        if before is not own:
            error = before.exception() if isinstance(before, Future) else before
            if isinstance(error, ImageRejected):
                raise ImageRejected(error.reason, error.detail)
            if error is not None:
                raise error
            return None
        try:
            prepared = decode()
        except ImageRejected as error:
            # Without the frames, which hold the bytes.
            self._settle(name, own, ImageRejected(error.reason, error.detail))
            raise
        except BaseException as error:
            own.set_exception(error)
            raise
        self._settle(name, own, None)
        return prepared

    def _settle(self, name: bytes, waiting: Future[None], refusal: ImageRejected | None) -> None:
        with self._lock:
            self._contents[name] = refusal
        if refusal is None:
            waiting.set_result(None)
        else:
            waiting.set_exception(refusal)
