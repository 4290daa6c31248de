"""Kept pictures: a normalised copy of each catalogue picture, so that a new model can be applied after a URL died.

Files beside the database, named by the SHA-256 of the original bytes, in 256 folders. The database is the truth
about which are meant to be there: a copy is written before a row says so, and a file that no row speaks of is an
orphan that `sweep` takes away. When the quota is reached nothing more is kept and nothing is evicted.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from lookalike.errors import InvalidConfiguration, StoreError, StoreFull

__all__ = ["KeptOptions", "KeptPictures"]

_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class KeptOptions:
    """How pictures are kept.

    Attributes:
        enabled: False keeps none; those kept before stay readable.
        side_pixels: longer side of a copy, at most.
        quality: JPEG quality of a copy, 1 to 100.
        quota_bytes: of all copies together; None: no limit.
    """

    enabled: bool = True
    side_pixels: int = 512
    quality: int = 90
    quota_bytes: int | None = None

    def __post_init__(self) -> None:
        problems: list[str] = []
        if not 16 <= self.side_pixels <= 8192:
            problems.append(f"side_pixels must be 16 to 8192, received {self.side_pixels}")
        if not 1 <= self.quality <= 100:
            problems.append(f"quality must be 1 to 100, received {self.quality}")
        if self.quota_bytes is not None and self.quota_bytes < 0:
            problems.append(f"quota_bytes must not be negative, received {self.quota_bytes}")
        if problems:
            raise InvalidConfiguration("; ".join(problems))


class KeptPictures:
    """The copies in one folder; any thread may use it.

    Attributes:
        folder: where they are.
        options: how they are kept.
        refused: how many copies were not kept because of the quota.
    """

    def __init__(self, folder: Path, options: KeptOptions = KeptOptions()) -> None:
        self.folder = folder
        self.options = options
        self.refused = 0
        self._lock = threading.Lock()
        self._total: int | None = None

    def put(self, sha256: str, data: bytes) -> bool:
        """Keep `data` as the copy of the picture with that content; there whole when this returns, or not at all.

        Not forced to disk: a copy lost to a power cut can be made again, and forcing each would halve the speed of
        indexing.

        Returns:
            Whether there is a copy now; False when keeping is off or the quota is reached.

        Raises:
            StoreFull: no space is left.
            StoreError: the folder cannot be written to.
        """
        if not self.options.enabled:
            return False
        path = self._path(sha256)
        if _renewed(path):
            return True
        if not self._reserve(len(data)):
            return False
        started = path.with_name(f".{sha256}.{os.getpid()}.{threading.get_ident()}")
        try:
            try:
                started.write_bytes(data)
            except FileNotFoundError:
                path.parent.mkdir(parents=True, exist_ok=True)
                started.write_bytes(data)
            started.replace(path)
        except OSError as exc:
            self._release(len(data))
            started.unlink(missing_ok=True)
            if exc.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StoreFull(
                    f"no space is left for {self.folder}: free some, or switch the kept copies off or limit them"
                ) from exc
            raise StoreError(f"the picture's copy {path} could not be written: {exc.strerror}") from exc
        return True

    def get(self, sha256: str) -> bytes | None:
        """The copy, or None where there is none (or only the empty file that a power cut can leave)."""
        try:
            return self._path(sha256).read_bytes() or None
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise StoreError(f"the picture's copy {self._path(sha256)} could not be read: {exc.strerror}") from exc

    def has(self, sha256: str) -> bool:
        """Whether there is a whole copy of that content."""
        return _size(self._path(sha256)) > 0

    def path(self, sha256: str) -> Path:
        """Where that content's copy is, or would be."""
        return self._path(sha256)

    def remove(self, sha256: str) -> None:
        """Keep it no longer; where there is none, nothing happens."""
        path = self._path(sha256)
        try:
            size = path.stat().st_size
            path.unlink()
        except FileNotFoundError:
            return
        self._release(size)

    def total_bytes(self) -> int:
        """Bytes of all copies; counted once, then kept up to date with what this process writes and removes."""
        with self._lock:
            if self._total is None:
                self._total = sum(_size(path) for path in self._files())
            return self._total

    def sweep(self, keep: Collection[str], *, before: float | None = None) -> int:
        """Remove copies of contents that are not in `keep`, and what an interrupted write left; returns how many.

        Args:
            keep: SHA-256s.
            before: seconds since 1970; younger files stay, as another process may be about to commit their rows. None
                where there is no other.
        """
        n_removed = 0
        for path in list(self._files()):
            if (path.name.startswith(".") or path.stem not in keep) and (before is None or _changed_at(path) < before):
                path.unlink(missing_ok=True)
                n_removed += 1
        with self._lock:
            self._total = None
        return n_removed

    def _reserve(self, size: int) -> bool:
        quota = self.options.quota_bytes
        total = 0 if quota is None else self.total_bytes()
        with self._lock:
            if quota is not None and max(total, self._total or 0) + size > quota:
                self.refused += 1
                return False
            if self._total is not None:
                self._total += size
            return True

    def _release(self, size: int) -> None:
        with self._lock:
            if self._total is not None:
                self._total = max(0, self._total - size)

    def _path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not _HEX.issuperset(sha256):
            raise ValueError(f"sha256 must be 64 lower-case hex digits, received {sha256[:80]!r}")
        return self.folder / sha256[:2] / f"{sha256}.jpg"

    def _files(self) -> Iterator[Path]:
        if self.folder.is_dir():
            for shard in self.folder.iterdir():
                if shard.is_dir():
                    yield from shard.iterdir()


def _size(path: Path) -> int:
    """In bytes; 0 of a file that another process has renamed or removed meanwhile."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _renewed(path: Path) -> bool:
    """Whether there is a whole copy; it counts as written now, so that no sweep takes it before its row is there."""
    if not _size(path):
        return False
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    except OSError:  # another user's file, or a disk that is only read
        return True
    return True


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
