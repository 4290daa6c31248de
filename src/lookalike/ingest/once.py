"""Contents that a run has decoded: what ten sizes of a product show is decoded and embedded once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, final

from lookalike.errors import ImageRejected
from lookalike.ingest.task import Prepared

__all__ = ["DecodedOnce"]

_DONE: Final[Future[None]] = Future()
_DONE.set_result(None)


@final
class DecodedOnce:
    """What became of each content, by SHA-256. Safe for several threads, of which one decodes and others wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Whoever decodes a content waits for nobody meanwhile, so that no two can wait for each other.
        self._contents: dict[bytes, Future[None]] = {}

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
            error = before.exception()
            if isinstance(error, ImageRejected):
                raise ImageRejected(error.reason, error.detail)
            if error is not None:
                raise error
            return None
        try:
            prepared = decode()
        except ImageRejected as error:
            own.set_exception(ImageRejected(error.reason, error.detail))  # without the frames, which hold the bytes
            raise
        except BaseException as error:
            own.set_exception(error)
            raise
        with self._lock:
            self._contents[name] = _DONE  # a future of its own for each of a million contents would be large
        own.set_result(None)
        return prepared
