"""Clips among the pictures of a source: each becomes the key frames of its shots, named by their time.

``tour.mp4`` of a product becomes ``tour.mp4#t=0.48``, ``tour.mp4#t=3.20``, …, so that a photograph finds the moment.
What a clip consists of is remembered beside the store: a file that has not changed is not decoded again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
import tempfile
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Protocol, final, runtime_checkable

from lookalike.errors import ImageRejected, MissingExtra
from lookalike.images.regions import encode_jpeg
from lookalike.sources.exports import Export, export_of
from lookalike.sources.fetch.signing import without_signature
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


@runtime_checkable
class _Saves(Protocol):
    """A reader that writes what it fetches into a file as it comes: a clip is larger than a picture."""

    def save(self, location: str, validator: str | None, path: Path, *, max_bytes: int) -> str | Unchanged | None: ...


@final
class ClipSource:
    """Another source whose clips are taken apart. Everything else passes through.

    Args:
        source: of records.
        memory: folder for what is known of clips; made when needed.
        limits: what a clip may cost, whether it is a file or fetched.
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

    def export(self) -> Export | None:
        """That of the source."""
        return export_of(self._source)

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
                    self._moments().announce(image)
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


@dataclass(slots=True)
class _Clip:
    """What this reader has of a clip.

    Attributes:
        lock: held while the clip is fetched or taken apart.
        state: what tells its content apart; None before anybody looked.
        fetched: its file, where it was fetched and is still needed.
        refusal: why it cannot be had; nobody asks again.
        moments: names, once it was taken apart.
        announced: how often each moment is still to be read.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    state: str | None = None
    fetched: Path | None = None
    refusal: tuple[Reason, str] | None = None
    moments: tuple[str, ...] | None = None
    announced: Counter[str] = field(default_factory=Counter[str])


@final
class _MomentReader:
    """Reads pictures and moments. Safe for several threads.

    Moments just decoded wait in a folder until they are read; a clip that has to be fetched for its moments is fetched
    once, and its file stays until the last that was announced is read. The folder goes when the reader does.
    """

    def __init__(
        self, name: str, reader: PictureReader, memory: Path, limits: VideoLimits, options: KeyFrameOptions
    ) -> None:
        self._name = name
        self._inner = reader
        self._memory = memory
        self._places = reader if isinstance(reader, _Places) else None
        self._limits = limits
        self._options = options
        self._lock = threading.Lock()
        self._waiting: Path | None = None
        self._forget: Callable[[], object] = lambda: None
        self._clips: dict[str, _Clip] = {}

    def close(self) -> None:
        """Forget what waits, and close the reader of pictures."""
        with self._lock:
            self._forget()
            self._waiting = None
            self._clips = {}
        close = getattr(self._inner, "close", None)
        if callable(close):
            close()

    def path_of(self, location: str) -> Path | None:
        """Where a picture or clip lies in the file system; None for what is fetched, or refused."""
        return None if self._places is None else self._places.path_of(location)

    def announce(self, location: str) -> None:
        """Say that `location` will be read once more: if it is a moment, its clip is needed until then."""
        moment = split_moment(location)
        if moment is not None:
            held = self._held(moment[0])
            with self._lock:
                held.announced[location] += 1

    def take_apart(self, clip: str) -> tuple[str, ...]:
        """Names of the clip's moments, which are announced; decoded unless what is remembered still holds.

        Raises:
            ImageRejected: the clip cannot be used.
        """
        held = self._held(clip)
        with held.lock:
            _refuse_again(held)
            if held.moments is None:
                try:
                    held.moments = self._taken_apart(clip, held)
                except ImageRejected as error:
                    held.refusal = (error.reason, error.detail)
                    raise
                finally:
                    _let_go(held)
        for name in held.moments:
            self.announce(name)
        return held.moments

    def read(self, location: str, validator: str | None) -> PictureBytes | Unchanged:
        """A picture of the source, or a moment of one of its clips as JPEG.

        Raises:
            ImageRejected: as the reader of pictures says; or the clip cannot be used, or is shorter.
        """
        moment = split_moment(location)
        if moment is None:
            return self._inner.read(location, validator)
        clip, seconds = moment
        held = self._held(clip)
        try:
            return self._read_moment(clip, seconds, held, validator)
        finally:
            self._was_read(held, location)

    def _read_moment(self, clip: str, seconds: float, held: _Clip, validator: str | None) -> PictureBytes | Unchanged:
        with held.lock:
            if held.state is None:
                self._look(clip, held, validator)
            if validator is not None and validator == held.state:
                return Unchanged()
            with contextlib.suppress(FileNotFoundError):
                return PictureBytes(self._place(moment_name(clip, seconds)).read_bytes(), held.state)
            path = self._file(clip, held)
            state = held.state
        try:
            pixels = frame_at(path, seconds, limits=self._limits)
        except MissingExtra as error:
            raise ImageRejected(Reason.UNSUPPORTED_FORMAT, str(error)) from error
        return PictureBytes(encode_jpeg(pixels, _QUALITY), state)

    def _was_read(self, held: _Clip, location: str) -> None:
        with self._lock:
            n_left = held.announced[location] - 1
            if n_left > 0:
                held.announced[location] = n_left
            if n_left != 0:
                return
            del held.announced[location]
            is_last = not held.announced
        self._place(location).unlink(missing_ok=True)
        if is_last:
            with held.lock:
                _let_go(held)

    def _taken_apart(self, clip: str, held: _Clip) -> tuple[str, ...]:
        known = self._remembered(clip)
        self._look(clip, held, None if known is None else known.state)
        assert held.state is not None
        if known is not None and known.state == held.state:
            return tuple(moment_name(clip, seconds) for seconds in known.seconds)
        times = self._decoded(clip, self._file(clip, held))
        if not times:
            raise ImageRejected(Reason.TOO_SMALL, "received a clip that shows nothing but even shades")
        self._remember(clip, _Known(held.state, times))
        return tuple(moment_name(clip, seconds) for seconds in times)

    def _decoded(self, clip: str, path: Path) -> tuple[float, ...]:
        """Seconds of the clip's moments, each of which waits as a picture."""
        waiting: dict[float, Path] = {}
        try:
            reading = ClipReading(path, limits=self._limits, options=self._options)
            for frame in reading:
                at = round(frame.seconds, 2)
                waiting[at] = self._place(moment_name(clip, at))
                waiting[at].write_bytes(encode_jpeg(frame.pixels, _QUALITY))
        except (ImageRejected, MissingExtra) as error:
            for place in waiting.values():
                place.unlink(missing_ok=True)
            if isinstance(error, MissingExtra):
                raise ImageRejected(Reason.UNSUPPORTED_FORMAT, str(error)) from error
            raise
        if reading.facts is not None and reading.facts.breaks_off:
            logger.warning(
                "clip %s breaks off: its file ends in the middle of something, and what is there is read", clip
            )
        return tuple(waiting)

    def _look(self, clip: str, held: _Clip, before: str | None) -> None:
        """Learn the clip's state; one that has to be fetched is, unless its state is `before`."""
        path = self.path_of(clip)
        if path is None:
            self._fetch(clip, held, before)
            return
        try:
            found = path.stat()
        except OSError as error:
            raise ImageRejected(Reason.NOT_FOUND, f"there is no file {clip!r}") from error
        held.state = f"clip:{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}"

    def _file(self, clip: str, held: _Clip) -> Path:
        path = self.path_of(clip)
        if path is None and held.fetched is None:
            self._fetch(clip, held, None)
        path = path or held.fetched
        assert path is not None
        return path

    def _fetch(self, clip: str, held: _Clip, before: str | None) -> None:
        _refuse_again(held)
        place = self._place(clip)
        try:
            validator = self._save(clip, before, place)
        except ImageRejected as error:
            place.unlink(missing_ok=True)
            held.refusal = (error.reason, error.detail)
            raise
        if isinstance(validator, Unchanged):
            held.state = before
            return
        held.fetched = place
        if validator is None:
            with place.open("rb") as file:
                validator = f"clip:{hashlib.file_digest(file, 'sha256').hexdigest()}"
        held.state = validator

    def _save(self, clip: str, before: str | None, place: Path) -> str | Unchanged | None:
        if isinstance(self._inner, _Saves):
            return self._inner.save(clip, before, place, max_bytes=self._limits.max_bytes)
        answer = self._inner.read(clip, before)
        if isinstance(answer, Unchanged):
            return answer
        place.write_bytes(answer.data)
        return answer.validator

    def _held(self, clip: str) -> _Clip:
        with self._lock:
            return self._clips.setdefault(clip, _Clip())

    def _place(self, location: str) -> Path:
        with self._lock:
            if self._waiting is None:  # not before there is a clip: a run that is killed cannot clear up
                self._waiting = Path(tempfile.mkdtemp(prefix="lookalike-clips-"))
                self._forget = weakref.finalize(self, shutil.rmtree, self._waiting, ignore_errors=True)
        return self._waiting / hashlib.sha256(location.encode()).hexdigest()

    def _note(self, clip: str) -> Path:
        name = f"{self._name} {without_signature(clip)}"
        return self._memory / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.json"

    def _remembered(self, clip: str) -> _Known | None:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            record = json.loads(self._note(clip).read_text(encoding="utf-8"))
            if record["options"] == asdict(self._options):
                return _Known(str(record["state"]), tuple(float(at) for at in record["seconds"]))
        return None

    def _remember(self, clip: str, known: _Known) -> None:
        self._memory.mkdir(parents=True, exist_ok=True)
        note, new = self._note(clip), self._note(clip).with_suffix(f".{os.getpid()}")
        record = {"clip": without_signature(clip), "options": asdict(self._options), **asdict(known)}
        new.write_text(json.dumps(record), encoding="utf-8")
        new.replace(note)


def _let_go(held: _Clip) -> None:
    """Remove what was fetched of the clip; its lock is held."""
    path, held.fetched = held.fetched, None
    if path is not None:
        path.unlink(missing_ok=True)


def _refuse_again(held: _Clip) -> None:
    if held.refusal is not None:
        raise ImageRejected(*held.refusal)
