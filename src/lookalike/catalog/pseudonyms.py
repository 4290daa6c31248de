"""Names of shoppers and sessions as keyed hashes, with a key that lies beside the database and not in it.

Whoever has the database alone cannot tell whether a customer is in it. Whoever has the whole store can ask for one
customer after another: this is a pseudonym, not anonymity.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from lookalike.errors import StoreDamaged, StoreError

__all__ = ["KEY_FILE", "Pseudonyms"]

KEY_FILE = "people.key"
_KEY_BYTES = 32


class Pseudonyms:
    """Hashes of one store.

    Args:
        folder: of the store; the key is made there when the first name is hashed.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / KEY_FILE
        self._held: tuple[tuple[int, int] | None, bytes] | None = None

    @property
    def any(self) -> bool:
        """Whether any name was ever hashed, since the last time that the key was thrown away."""
        return self._file.exists()

    def shopper(self, name: str) -> str:
        """32 hexadecimal digits that stand for a shopper in this store."""
        return self._hashed(name, b"shopper", 16)

    def session(self, name: str) -> str:
        """16 hexadecimal digits that stand for a visit in this store."""
        return self._hashed(name, b"session", 8)

    def seed(self, text: str) -> int:
        """A number that nobody without the key can foresee, the same for the same text."""
        return int(self._hashed(text, b"seed", 16), 16)

    def _hashed(self, name: str, purpose: bytes, n_bytes: int) -> str:
        data = name.encode("utf-8", errors="surrogatepass")
        return hashlib.blake2b(data, digest_size=n_bytes, key=self._key(), person=purpose).hexdigest()

    def _key(self) -> bytes:
        """The key that lies there now: another process may have thrown away the one that was read last."""
        lies = self._identity()
        held = self._held
        if held is None or lies is None or held[0] != lies:
            held = self._held = lies, self._read() or self._make()
        return held[1]

    def _identity(self) -> tuple[int, int] | None:
        """What tells the file from one that was made later; None where there is none."""
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns

    def _read(self) -> bytes | None:
        try:
            key = self._file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise StoreError(f"{self._file}, the key of shoppers' names, cannot be read: {exc.strerror}") from exc
        if len(key) != _KEY_BYTES:
            raise StoreDamaged(
                f"{self._file}, the key of shoppers' names, has {len(key)} bytes, expected {_KEY_BYTES}: restore it, "
                "or forget everybody with `lookalike people erase --all`"
            )
        return key

    def _make(self) -> bytes:
        key = secrets.token_bytes(_KEY_BYTES)
        started = self._file.with_name(f".{KEY_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(started, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(key)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(started, self._file)  # fails where another process was quicker: its key counts
            except FileExistsError:
                return self._read() or self._make()
            finally:
                started.unlink()
        except OSError as exc:
            raise StoreError(f"{self._file}, the key of shoppers' names, cannot be written: {exc.strerror}") from exc
        return key

    def forget(self) -> None:
        """Throw the key away: no name that was hashed with it can be found again."""
        self._file.unlink(missing_ok=True)
        self._held = None
