"""The door to PyAV: a file's frames, upright, in order, as few as are asked for. Runs in a process of its own."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import UInt8

from lookalike.errors import ImageRejected
from lookalike.types import Pixels, Reason
from lookalike.video.ending import ends_midway, missing_bytes
from lookalike.video.key_frames import GLIMPSE_PIXELS, Chooser, KeyFrame, KeyFrameOptions
from lookalike.video.limits import VideoLimits
from lookalike.video.signature import HEAD_BYTES, container_of
from lookalike.video.tone import HLG, PQ, toned

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer

__all__ = ["ClipFacts", "decode_clip", "decode_frame_at"]

_MOST_DECODE_THREADS = 2
_LOST_SHARE, _LOST_SECONDS = 0.1, 1.0
_DURATION_TAG = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d*)?)")
_ENDS_BY_THE_CLOCK = frozenset({"matroska,webm", "asf"})
"""Containers whose length is the time of the end, also where the first frame does not come at 0."""
_PICTURES_ARE_CUT = frozenset({"mpeg", "mpegvideo", "mpegts"})
"""Containers that break off in the middle of a picture where they end between two of their packets."""
_MOST_AFTER_THE_CUT = 1
"""Frames that are shown after the one whose data come last: MPEG's are coded one before their turn."""
_UNSAID = 2
"""Number of the colour space of files that do not say it."""
_LONGEST_FRAME_SECONDS = 10.0
"""A frame that says it is shown for longer is believed only where the whole clip is as long."""


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What is known of a clip.

    Attributes:
        width: of the frames as they are coded, in pixels: before they are turned upright.
        height: likewise.
        seconds: its length: when the last frame ends; before it was decoded, what its header states, or 0.
        n_frames: decoded; 0 before.
        codec: how it is coded, as FFmpeg calls it.
        breaks_off: whether the file ends in the middle of something: of a picture, or as `ends_midway` says.
    """

    width: int
    height: int
    seconds: float
    n_frames: int
    codec: str
    breaks_off: bool = False


def decode_clip(
    path: Path, limits: VideoLimits, options: KeyFrameOptions, *, told: Callable[[ClipFacts], None]
) -> Iterator[KeyFrame]:
    """Key frames as they come.

    Args:
        path: of the file.
        limits: checked before and while it is decoded.
        options: when a shot ends.
        told: called with the facts before the first frame, and again after the last.

    Raises:
        ImageRejected: no clip, or one that cannot or must not be used; also in the middle of it.
    """
    _check_file(path, limits)
    with _translated(), _opened(path) as container:
        facts = _facts(container, limits)
        told(facts)
        chooser = Chooser(options)
        clock, aspect = _Clock(container), _aspect(container)
        n_frames = n_lost = n_kept = n_packets_wrong = 0
        lost_at: int | None = None
        for frames in _decoded(container):
            if frames is None:
                n_packets_wrong, lost_at = n_packets_wrong + 1, n_frames
                continue
            for frame in frames:
                n_frames += 1
                seconds = clock.of(frame)
                if n_frames > limits.max_frames:
                    raise _too_long(f"more than {limits.max_frames:,} frames")
                if seconds > limits.max_seconds:
                    raise _too_long(f"frames after {limits.max_seconds:g} s", "max_video_seconds")
                if frame.is_corrupt:
                    n_lost, lost_at = n_lost + 1, n_frames
                    continue
                if frame.width * frame.height > limits.max_pixels:
                    raise _too_many_pixels(frame.width, frame.height, limits)
                if not chooser.wants(seconds):
                    continue
                glimpse = _pixels(frame, GLIMPSE_PIXELS, aspect)
                found = chooser.take(seconds, glimpse, _later(frame, limits.side_pixels, aspect))
                if found is not None:
                    n_kept += 1
                    yield _counted(found, n_kept, limits)
        if n_frames - n_lost == 0 or n_packets_wrong > n_frames:
            raise ImageRejected(
                Reason.CORRUPT,
                f"received a {facts.codec} clip of which {n_packets_wrong + n_lost} parts cannot be decoded and "
                f"{n_frames - n_lost} can: its data are damaged",
            )
        stated = _stated_end(container)
        if stated - clock.end > max(_LOST_SECONDS, _LOST_SHARE * stated):
            raise ImageRejected(
                Reason.TRUNCATED,
                f"received {clock.end:.1f} s of a clip that says it has {stated:.1f} s: its transfer broke off",
            )
        last = chooser.finish(clock.end)
        if last is not None:
            n_kept += 1
            yield _counted(last, n_kept, limits)
        is_cut = lost_at is not None and n_frames - lost_at <= _MOST_AFTER_THE_CUT
        breaks_off = (is_cut and container.format.name in _PICTURES_ARE_CUT) or ends_midway(path, path.stat().st_size)
        told(ClipFacts(facts.width, facts.height, clock.end, n_frames, facts.codec, breaks_off))


def decode_frame_at(path: Path, seconds: float, limits: VideoLimits) -> Pixels:
    """The frame that is shown at `seconds`, or the last one before the end; damaged ones are passed over.

    Raises:
        ImageRejected: as for `decode_clip`; ``not_found`` where the clip is shorter, or damaged up to there.
    """
    _check_file(path, limits)
    found: Pixels | None = None
    # A container without an index may be opened behind what was sought: then from further back, then all of it.
    for lead in (0.5, 10.0, None):
        with _translated(), _opened(path) as container:
            found = _shown_at(container, seconds, lead, limits)
        if found is not None:
            return found
    raise ImageRejected(Reason.NOT_FOUND, f"the clip shows nothing at {seconds:.2f} s")


def _shown_at(container: InputContainer, seconds: float, lead: float | None, limits: VideoLimits) -> Pixels | None:
    """The last sound frame up to `seconds` of those decoded from `lead` seconds before, or from the beginning."""
    stream = _stream(container)
    _facts(container, limits)
    clock = _Clock(container)
    if lead is not None:
        container.seek(max(0, int((seconds - lead + clock.began) / float(stream.time_base or 1))), stream=stream)
    held: VideoFrame | None = None
    for frame in (frame for frames in _decoded(container) for frame in frames or ()):
        if clock.of(frame) > seconds + 0.006:
            break
        held = held if frame.is_corrupt else frame
    if held is None:
        return None
    if clock.end + 1.0 < seconds:
        raise ImageRejected(Reason.NOT_FOUND, f"the clip shows nothing at {seconds:.2f} s")
    return _pixels(held, limits.side_pixels, _aspect(container))


def _decoded(container: InputContainer) -> Iterator[list[VideoFrame] | None]:
    """The frames of each packet that is left; None for a packet that cannot be decoded."""
    from av import error as av_error

    for packet in container.demux(_stream(container)):
        try:
            frames = packet.decode()
        except av_error.InvalidDataError:
            frames = None
        yield frames


class _Clock:
    """Seconds from the clip's beginning, also where frames come without a time."""

    def __init__(self, container: InputContainer) -> None:
        stream = _stream(container)
        self.began = (container.start_time or 0) / 1_000_000
        self._step = 1 / float(stream.average_rate or 25)
        self._longest = max(_LONGEST_FRAME_SECONDS, (container.duration or 0) / 1_000_000)
        self.end = 0.0

    def of(self, frame: VideoFrame) -> float:
        given = None if frame.pts is None else float(frame.pts * (frame.time_base or 0))
        seconds = self.end if given is None else max(0.0, given - self.began)
        length = float(frame.duration or 0) * float(frame.time_base or 0)
        self.end = seconds + (length if 0 < length <= self._longest else self._step)
        return seconds


class _translated:  # noqa: N801 - reads as a verb
    """PyAV's errors as rejections."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        from av import error as av_error

        if isinstance(error, av_error.InvalidDataError):
            raise ImageRejected(Reason.CORRUPT, f"received a clip that cannot be read: {error}") from error
        if isinstance(error, (av_error.DecoderNotFoundError, av_error.DemuxerNotFoundError)):
            raise ImageRejected(
                Reason.UNSUPPORTED_FORMAT, f"received a clip for which there is no decoder here: {error}"
            ) from error
        if isinstance(error, av_error.EOFError):
            raise ImageRejected(Reason.TRUNCATED, "received a clip that ends in its header") from error
        if isinstance(error, (av_error.FFmpegError, ValueError)):
            raise ImageRejected(Reason.CORRUPT, f"received a clip that its decoder refuses: {error}") from error


def _opened(path: Path) -> InputContainer:
    """The file as the container that its first bytes say it is, and nothing that it may point to."""
    import av

    with path.open("rb") as file:
        name = container_of(file.read(HEAD_BYTES))
    if name is None:
        raise ImageRejected(
            Reason.NOT_AN_IMAGE,
            "received a file that does not begin like a clip: expected MP4, MOV, WebM, Matroska, AVI or MPEG",
        )
    return av.open(str(path), format=name, options={"protocol_whitelist": "file"}, metadata_errors="ignore")


def _check_file(path: Path, limits: VideoLimits) -> None:
    try:
        n_bytes = path.stat().st_size
    except OSError as error:
        raise ImageRejected(Reason.NOT_FOUND, f"{path} cannot be read: {error.strerror or error}") from error
    if n_bytes > limits.max_bytes:
        raise ImageRejected(Reason.TOO_MANY_BYTES, f"received {n_bytes:,} bytes, expected at most {limits.max_bytes:,}")
    if n_bytes == 0:
        raise ImageRejected(Reason.TRUNCATED, "received 0 bytes, expected a clip")
    missing = missing_bytes(path, n_bytes)
    if missing:
        raise ImageRejected(Reason.TRUNCATED, f"received a clip {missing}: its transfer broke off")


def _stream(container: InputContainer):
    streams = [stream for stream in container.streams.video if not stream.disposition & 0x400]  # no cover art
    if not streams:
        raise ImageRejected(Reason.NOT_AN_IMAGE, "received a file with sound but no pictures, expected a clip")
    stream = streams[0]
    if not stream.codec_context.is_open:
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = _MOST_DECODE_THREADS
    return stream


def _facts(container: InputContainer, limits: VideoLimits) -> ClipFacts:
    stream = _stream(container)
    context = stream.codec_context
    seconds = (container.duration or 0) / 1_000_000
    if seconds > limits.max_seconds:
        raise _too_long(f"{seconds:,.0f} s", "max_video_seconds")
    if context.width * context.height > limits.max_pixels:
        raise _too_many_pixels(context.width, context.height, limits)
    return ClipFacts(context.width, context.height, seconds, 0, context.name)


def _stated_end(container: InputContainer) -> float:
    """When the file says its pictures end, in seconds from its beginning; 0 where it speaks of its sound as well."""
    stream = _stream(container)
    whole = (container.duration or 0) / 1_000_000
    began = (container.start_time or 0) / 1_000_000
    if container.format.name in _ENDS_BY_THE_CLOCK:
        whole -= began
    if stream.duration is not None and stream.time_base is not None:
        return min(whole, float(((stream.start_time or 0) + stream.duration) * stream.time_base) - began)
    # Matroska gives each stream's length as a tag, where it gives it at all.
    tag = _DURATION_TAG.fullmatch(stream.metadata.get("DURATION", ""))
    if tag is not None:
        hours, minutes, seconds = (float(part) for part in tag.groups())
        return min(whole, 3600 * hours + 60 * minutes + seconds - began)
    return whole if len(container.streams) == 1 else 0.0


def _too_long(received: str, setting: str | None = None) -> ImageRejected:
    advice = "cut it" if setting is None else f"cut it, or raise {setting}"
    return ImageRejected(Reason.TOO_LONG, f"received a clip with {received}: {advice}")


def _too_many_pixels(width: int, height: int, limits: VideoLimits) -> ImageRejected:
    return ImageRejected(
        Reason.TOO_MANY_PIXELS,
        f"received frames of {width} x {height} pixels, expected at most {limits.max_pixels:,} in all",
    )


def _counted(frame: KeyFrame, n: int, limits: VideoLimits) -> KeyFrame:
    if n > limits.max_key_frames:
        raise _too_long(f"more than {limits.max_key_frames:,} shots")
    return frame


def _later(frame: VideoFrame, side_pixels: int, aspect: float) -> Callable[[], Pixels]:
    return lambda: _pixels(frame, side_pixels, aspect)


def _aspect(container: InputContainer) -> float:
    """Width of a pixel over its height; 1 where the file does not say, or says nonsense."""
    found = float(_stream(container).sample_aspect_ratio or 1)
    return found if 0.1 < found < 10 else 1.0


def _pixels(frame: VideoFrame, side_pixels: int, aspect: float) -> Pixels:
    """Upright opaque sRGB, longer side at most `side_pixels`, never enlarged; `aspect` is that of a pixel.

    Transparency is laid on white, high dynamic range is toned down.
    """
    width, height = frame.width * aspect, float(frame.height)
    scale = min(1.0, side_pixels / max(width, height))
    size = max(2, round(width * scale)), max(2, round(height * scale))
    has_alpha = any(component.is_alpha for component in frame.format.components)
    transfer = int(frame.color_trc)
    is_bright = transfer in (PQ, HLG) and not has_alpha
    shown = frame.reformat(
        width=size[0],
        height=size[1],
        format="rgba" if has_alpha else "rgb48le" if is_bright else "rgb24",
        src_colorspace=_unsaid_colorspace(frame, is_bright=is_bright),
        interpolation="AREA",
    )
    pixels = shown.to_ndarray()
    if is_bright:
        pixels = toned(pixels, transfer, int(frame.color_primaries))
    turns = round(float(frame.rotation) / 90) % 4
    return np.ascontiguousarray(np.rot90(_on_white(pixels) if has_alpha else pixels, turns))


def _unsaid_colorspace(frame: VideoFrame, *, is_bright: bool) -> str | None:
    """What a frame that does not say it means; None where it says it, or FFmpeg takes the right one."""
    if int(frame.colorspace) != _UNSAID:
        return None
    # FFmpeg would take BT.601, also for high definition.
    return "BT2020" if is_bright else "ITU709" if frame.height >= 720 else None


def _on_white(pixels: UInt8[np.ndarray, "height width 4"]) -> Pixels:
    """Colours with their alpha as a fourth channel, opaque; as they are where it was never filled in."""
    if not pixels[:, :, 3].any():
        return pixels[:, :, :3]
    alpha = pixels[:, :, 3:].astype(np.uint16)
    return ((pixels[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
