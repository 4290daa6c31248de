"""Clips among the pictures of a source: each becomes the key frames of its shots, named by their time.

``tour.mp4`` of a product becomes ``tour.mp4#t=0.48``, ``tour.mp4#t=3.20``, …, so that a photograph finds the moment.
What a clip consists of is remembered beside the store: a file that has not changed is not decoded again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol, final, runtime_checkable

from lookalike.errors import ImageRejected, MissingExtra
from lookalike.images.regions import encode_jpeg
from lookalike.sources.record import ColumnType, PictureBytes, PictureReader, Record, Source, Unchanged
from lookalike.types import Reason, Rejection
from lookalike.video import (
    ClipReading,
    KeyFrameOptions,
    VideoLimits,
    frame_at,
    is_clip_name,
    moment_name,
    split_moment,
)

__all__ = ["GALLERY_SHOTS", "ClipSource"]

logger = logging.getLogger(__name__)

GALLERY_SHOTS = KeyFrameOptions(longest_seconds=10.0)
"""A catalogue needs a still shot once, not every other second."""
_QUALITY = 92
_LIMITS = VideoLimits()


@runtime_checkable
class _Places(Protocol):
    """A reader that knows where in the file system a location lies."""

    def path_of(self, location: str) -> Path | None: ...


@final
class ClipSource:
    """Another source whose clips are taken apart. Everything else passes through.

    Args:
        source: of records.
        memory: folder for what is known of clips; made when needed.
        limits: what a clip may cost.
        options: when a shot ends.
    """

    def __init__(
        self,
        source: Source,
        memory: Path,
        *,
        limits: VideoLimits = _LIMITS,
        options: KeyFrameOptions = GALLERY_SHOTS,
    ) -> None:
        self._source = source
        self._memory = memory
        self._limits = limits
        self._options = options
        self._reader: _MomentReader | None = None

    @property
    def name(self) -> str:
        """That of the source."""
        return self._source.name

    def column_types(self) -> Mapping[str, ColumnType]:
        """Those of the source."""
        return self._source.column_types()

    def reader(self) -> PictureReader:
        """Reads pictures as the source's own reader does, and moments of clips."""
        return self._moments()

    def records(self) -> Iterator[Record | Rejection]:
        """The source's records; where one names clips, their moments stand in their place.

        A clip that cannot be used is a rejection beside the record, and the record has its other pictures.

        Raises:
            SourceError: the source cannot be read at all.
        """
        for record in self._source.records():
            if isinstance(record, Rejection) or not any(is_clip_name(image) for image in record.images):
                yield record
                continue
            images: list[str] = []
            for image in record.images:
                if not is_clip_name(image) or split_moment(image) is not None:
                    images.append(image)
                    continue
                try:
                    images += self._moments().take_apart(image)
                except ImageRejected as error:
                    yield Rejection(
                        image, error.reason, error.detail, record.product_id, record.variant_id, record.line
                    )
            if images:
                yield replace(record, images=tuple(dict.fromkeys(images)))

    def _moments(self) -> _MomentReader:
        if self._reader is None:
            self._reader = _MomentReader(
                self._source.name, self._source.reader(), self._memory, self._limits, self._options
            )
        return self._reader


@dataclass(frozen=True, slots=True)
class _Known:
    """What is remembered of a clip: what told its content apart, and the seconds of its moments."""

    state: str
    seconds: tuple[float, ...]


@final
class _MomentReader:
    """Reads pictures and moments; those just decoded wait in a folder that goes when the reader does."""

    def __init__(
        self, name: str, reader: PictureReader, memory: Path, limits: VideoLimits, options: KeyFrameOptions
    ) -> None:
        self._name = name
        self._inner = reader
        self._memory = memory
        self._limits = limits
        self._options = options
        self._lock = threading.Lock()
        self._waiting: Path | None = None
        self._forget: Callable[[], object] = lambda: None
        self._states: dict[str, str] = {}

    def close(self) -> None:
        """Forget what waits, and close the reader of pictures."""
        self._forget()
        close = getattr(self._inner, "close", None)
        if callable(close):
            close()

    def take_apart(self, clip: str) -> list[str]:
        """Names of the clip's moments, decoded unless what is remembered of it still holds.

        Raises:
            ImageRejected: the clip cannot be used.
        """
        known = self._remembered(clip)
        state = self._state(clip, None if known is None else known.state)
        if known is not None and known.state == state:
            self._states[clip] = state
            return [moment_name(clip, seconds) for seconds in known.seconds]
        times: list[float] = []
        with self._opened(clip) as path:
            try:
                for frame in ClipReading(path, limits=self._limits, options=self._options):
                    at = round(frame.seconds, 2)
                    self._place(moment_name(clip, at)).write_bytes(encode_jpeg(frame.pixels, _QUALITY))
                    times.append(at)
            except MissingExtra as error:
                raise ImageRejected(Reason.UNSUPPORTED_FORMAT, str(error)) from error
        if not times:
            raise ImageRejected(Reason.TOO_SMALL, "received a clip that shows nothing but even shades")
        self._states[clip] = state
        self._remember(clip, _Known(state, tuple(times)))
        return [moment_name(clip, seconds) for seconds in times]

    def read(self, location: str, validator: str | None) -> PictureBytes | Unchanged:
        """A picture of the source, or a moment of one of its clips as JPEG.

        Raises:
            ImageRejected: as the reader of pictures says; or the clip cannot be used, or is shorter.
        """
        moment = split_moment(location)
        if moment is None:
            return self._inner.read(location, validator)
        clip, seconds = moment
        state = self._states.get(clip) or self._state(clip, None)
        if validator is not None and validator == state:
            return Unchanged()
        place = self._place(location)
        if place.exists():
            return PictureBytes(place.read_bytes(), state)
        with self._opened(clip) as path:
            try:
                pixels = frame_at(path, seconds, limits=self._limits)
            except MissingExtra as error:
                raise ImageRejected(Reason.UNSUPPORTED_FORMAT, str(error)) from error
        return PictureBytes(encode_jpeg(pixels, _QUALITY), state)

    def _state(self, clip: str, before: str | None) -> str:
        """What tells the clip's content apart; for one that was fetched, `before` if it still is that."""
        path = self._path(clip)
        if path is not None:
            try:
                found = path.stat()
            except OSError as error:
                raise ImageRejected(Reason.NOT_FOUND, f"there is no file {clip!r}") from error
            return f"clip:{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}"
        answer = self._inner.read(clip, before)
        if isinstance(answer, Unchanged):
            assert before is not None
            return before
        self._place(clip).write_bytes(answer.data)
        return answer.validator or f"clip:{hashlib.sha256(answer.data).hexdigest()}"

    def _opened(self, clip: str) -> _AtPath:
        path = self._path(clip)
        if path is not None:
            return _AtPath(path, keep=True)
        fetched = self._place(clip)
        if not fetched.exists():
            self._state(clip, None)
        return _AtPath(fetched, keep=False)

    def _path(self, clip: str) -> Path | None:
        return self._inner.path_of(clip) if isinstance(self._inner, _Places) else None

    def _place(self, location: str) -> Path:
        with self._lock:
            if self._waiting is None:  # not before there is a clip: a run that is killed cannot clear up
                self._waiting = Path(tempfile.mkdtemp(prefix="lookalike-clips-"))
                self._forget = weakref.finalize(self, shutil.rmtree, self._waiting, ignore_errors=True)
        return self._waiting / hashlib.sha256(location.encode()).hexdigest()

    def _note(self, clip: str) -> Path:
        return self._memory / f"{hashlib.sha256(f'{self._name} {clip}'.encode()).hexdigest()[:32]}.json"

    def _remembered(self, clip: str) -> _Known | None:
        try:
            record = json.loads(self._note(clip).read_text(encoding="utf-8"))
            if record["options"] != asdict(self._options):
                return None
            return _Known(str(record["state"]), tuple(float(at) for at in record["seconds"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _remember(self, clip: str, known: _Known) -> None:
        self._memory.mkdir(parents=True, exist_ok=True)
        note, new = self._note(clip), self._note(clip).with_suffix(f".{os.getpid()}")
        record = {"clip": clip, "options": asdict(self._options), **asdict(known)}
        new.write_text(json.dumps(record), encoding="utf-8")
        new.replace(note)


@final
class _AtPath:
    """A clip as a file; one that was fetched goes when it has been decoded."""

    def __init__(self, path: Path, *, keep: bool) -> None:
        self._path = path
        self._keep = keep

    def __enter__(self) -> Path:
        return self._path

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if not self._keep:
            self._path.unlink(missing_ok=True)
