"""Which files are clips: by their first bytes, and, for names in a catalogue, by their ending.

The container found here is the only one that a clip is opened as. Playlists, which name further files and addresses,
are none of them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from lookalike.errors import ImageRejected
from lookalike.types import Reason

__all__ = ["container_of", "is_clip_name", "is_video", "moment_name", "split_moment"]

_ENDINGS: Final = frozenset(
    "3g2 3gp asf avi flv m2ts m4v mkv mov mp4 mpeg mpg mts ogv ts webm wmv".split()  # noqa: SIM905
)
_STILL_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2", b"avif", b"avis", b"crx "})
_STARTS: Final = (
    (b"\x1a\x45\xdf\xa3", "matroska"),
    (b"FLV\x01", "flv"),
    (b"OggS", "ogg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (b"\x00\x00\x01\xba", "mpeg"),
    (b"\x00\x00\x01\xb3", "mpegvideo"),
)
_QUICKTIME: Final = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_PACKETS: Final = ((0, 188), (4, 192), (0, 204))
"""Of a transport stream: where the first packet begins and how far apart they are: plain, with a time before each as
camcorders and Blu-ray discs have it (.mts, .m2ts), with check bytes behind each."""
_MOMENT: Final = re.compile(r"(?P<clip>.+)#t=(?P<seconds>\d+(?:\.\d+)?)")
HEAD_BYTES: Final = 1024


def container_of(head: bytes) -> str | None:
    """Name of the container, as FFmpeg calls its reader; None where these are not the first bytes of a clip.

    Args:
        head: the first kilobyte, or all of a shorter file.
    """
    for start, name in _STARTS:
        if head.startswith(start):
            return name
    if head[4:8] == b"ftyp":
        # A sequence of stills (msf1, avis) is a picture to this project: its first is taken.
        return None if head[8:12] in _STILL_BRANDS or head[8:12] in (b"msf1", b"hevc") else "mov"
    if head[4:8] in _QUICKTIME:
        return "mov"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    return "mpegts" if packet_bytes(head) is not None else None


def packet_bytes(head: bytes) -> int | None:
    """How far apart the packets of a transport stream are; None for any other clip.

    Args:
        head: the first kilobyte, or all of a shorter file.
    """
    for first, apart in _PACKETS:
        if len(head) > first + 2 * apart and all(head[first + n * apart] == 0x47 for n in range(3)):
            return apart
    return None


def is_video(data: bytes | Path) -> bool:
    """Whether a file, or its bytes, begin like a clip.

    Raises:
        ImageRejected: ``not_found`` where there is no such file, or it cannot be read.
    """
    if isinstance(data, bytes):
        return container_of(data[:HEAD_BYTES]) is not None
    try:
        with data.open("rb") as file:
            return container_of(file.read(HEAD_BYTES)) is not None
    except OSError as error:
        raise ImageRejected(Reason.NOT_FOUND, f"{data} cannot be read: {error.strerror or error}") from error


def is_clip_name(location: str) -> bool:
    """Whether a catalogue's path or URL is to be opened as a clip."""
    # What is behind the question mark of an address may have slashes of its own.
    place = location.partition("?")[0] if "://" in location else location
    name = place.rpartition("/")[2].partition("?")[0].partition("#")[0]
    return name.rpartition(".")[2].lower() in _ENDINGS and "." in name


def moment_name(clip: str, seconds: float) -> str:
    """What a moment of a clip is called: ``clip.mp4#t=12.34`` (a media fragment).

    Reference:
        W3C 2012, "Media Fragments URI 1.0", section 4.2.1.
    """
    return f"{clip}#t={seconds:.2f}"


def split_moment(location: str) -> tuple[str, float] | None:
    """The clip and the second that `moment_name` was given; None for any other location."""
    found = _MOMENT.fullmatch(location)
    if found is None or not is_clip_name(found["clip"]):
        return None
    return found["clip"], float(found["seconds"])
