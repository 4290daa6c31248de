"""Locations of every kind: which reader a path or URL is for."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Final, Protocol, final
from urllib.parse import urljoin

from lookalike.errors import ImageRejected
from lookalike.sources.fetch.policy import FetchPolicy
from lookalike.sources.local import LocalReader
from lookalike.sources.record import PictureBytes, PictureReader, Unchanged
from lookalike.types import Reason

__all__ = ["LocationReader", "is_url"]

# Two letters at least, so that C:\ stays a path.
_SCHEME: Final = re.compile(
    r"\s*(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]+)://|\s*(?P<bare>data|file|javascript|blob|cid):", re.IGNORECASE
)


class _Remote(PictureReader, Protocol):
    def save(self, location: str, validator: str | None, path: Path, *, max_bytes: int) -> str | Unchanged | None: ...

    def close(self) -> None: ...


def is_url(location: str) -> bool:
    """Whether `location` is an http or https URL."""
    found = _SCHEME.match(location)
    return found is not None and (found["scheme"] or "").lower() in ("http", "https")


@final
class LocationReader:
    """Reads URLs over the network and everything else as a path.

    Paths are relative to the folder of `local`; or, for a table that was itself fetched, to `base_url`; else they are
    refused. Other schemes (``file:``, ``data:``, ``ftp:``) are refused: write the path, or a file, or http instead.
    """

    def __init__(
        self, *, local: LocalReader | None, fetch: FetchPolicy, max_bytes: int, base_url: str | None = None
    ) -> None:
        """Read paths with `local`, URLs as `fetch` says; refuse more than `max_bytes` bytes of either."""
        self._local = local
        self._fetch = fetch
        self._max_bytes = max_bytes
        self._base_url = base_url
        self._lock = threading.Lock()
        self._remote: _Remote | None = None

    def read(self, location: str, validator: str | None) -> PictureBytes | Unchanged:
        """The bytes at `location`.

        Raises:
            ImageRejected: as the reader of that kind says; ``fetch_refused`` for a kind that is not read.
        """
        url = self._url_of(location)
        return self._disk(location).read(location, validator) if url is None else self._network().read(url, validator)

    def save(self, location: str, validator: str | None, path: Path, *, max_bytes: int) -> str | Unchanged | None:
        """Write what `location` leads to into `path`, as `HttpReader.save`; for what is larger than a picture.

        Raises:
            ImageRejected: as `read`; ``fetch_refused`` for what lies in the file system already.
        """
        url = self._url_of(location)
        if url is None:
            raise ImageRejected(Reason.FETCH_REFUSED, f"{location!r} is a path; expected an http or https URL")
        return self._network().save(url, validator, path, max_bytes=max_bytes)

    def _url_of(self, location: str) -> str | None:
        """The URL that `location` is or makes; None for a path."""
        found = _SCHEME.match(location)
        if found is not None:
            scheme = (found["scheme"] or found["bare"]).lower()
            if scheme not in ("http", "https"):
                sentence = f"{scheme}: URLs are not read; expected a path, or an http or https URL"
                raise ImageRejected(Reason.FETCH_REFUSED, sentence)
            return location.strip()
        if self._base_url is None:
            return None
        try:
            return urljoin(self._base_url, location.replace("\\", "/"))  # as browsers do
        except ValueError as exc:
            raise ImageRejected(Reason.FETCH_FAILED, f"{location!r} does not make a URL: {exc}") from exc

    def _disk(self, location: str) -> LocalReader:
        if self._local is None:
            sentence = f"{location!r} is a path, and paths are not read here; send an http or https URL or the bytes"
            raise ImageRejected(Reason.FETCH_REFUSED, sentence)
        return self._local

    def path_of(self, location: str) -> Path | None:
        """Where `location` lies in the file system; None for what is fetched, or refused."""
        if self._local is None or self._base_url is not None or _SCHEME.match(location) is not None:
            return None
        return self._local.path_of(location)

    def close(self) -> None:
        """Close connections that are kept for the next picture."""
        with self._lock:
            remote, self._remote = self._remote, None
        if remote is not None:
            remote.close()

    def _network(self) -> _Remote:
        with self._lock:
            if self._remote is None:
                import numpy as np

                from lookalike.sources.fetch.reader import HttpReader

                self._remote = HttpReader(self._fetch, max_bytes=self._max_bytes, jitter=np.random.default_rng())
            return self._remote
