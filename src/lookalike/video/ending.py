"""Whether a clip's file is all there: what its container says of its own size and parts, before it is decoded."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO, Final

from lookalike.video.signature import HEAD_BYTES, container_of, packet_bytes

__all__ = ["ends_midway", "missing_bytes"]

_SEGMENT: Final = b"\x18\x53\x80\x67"
_CLUSTER: Final = b"\x1f\x43\xb6\x75"
_START_CODE: Final = b"\0\0\1"
_PACK: Final = b"\0\0\1\xba"
_TAIL_BYTES: Final = 4 * 1024**2
"""Of a programme stream: far more than a pack, which is at most 0.7 seconds."""
_FLV_TAGS: Final = frozenset({8, 9, 18})
_OGG_PAGE_BYTES: Final = 27 + 255
"""Of a page's header, at most."""
_ASF_FILE_PROPERTIES: Final = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_IS_STREAMED: Final = 1
_LOST_SHARE: Final = 0.1
"""Of files that are read from front to end, and whose last bytes are seldom missed; what they state may be sloppy."""


def missing_bytes(path: Path, n_bytes: int) -> str | None:
    """What the file lacks, as a part of a sentence; None where nothing, or where its container does not say.

    Args:
        path: of the file.
        n_bytes: its size.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        match container_of(head):
            case "mov":
                return _of_boxes(file, n_bytes)
            case "avi":
                stated = _end_of_riff(file, n_bytes)
            case "matroska":
                stated = _end_of_segment(head)
            case "asf":
                stated = _end_of_asf(head)
            case _:
                return None
    if stated is None or stated - n_bytes <= _LOST_SHARE * stated:
        return None
    return _missing(stated - n_bytes)


def ends_midway(path: Path, n_bytes: int) -> bool:
    """Whether a clip that may have been written as it came ends in the middle of one of its parts.

    Of a transport or programme stream a part is a packet, of Matroska and WebM an element, of FLV a tag, of Ogg a page.
    A clip that broke off just between two of them, and one of another container, is not told.

    Args:
        path: of the file.
        n_bytes: its size.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        match container_of(head):
            case "mpegts":
                return n_bytes % (packet_bytes(head) or 1) != 0
            case "matroska":
                end = _end_of_segment(head)
                # Behind one that says its size may stand what is none of the clip's.
                return _ends_in_element(file, head, n_bytes) if end is None else end > n_bytes
            case "mpeg":
                file.seek(max(0, n_bytes - _TAIL_BYTES))
                return _ends_in_pack(file.read(_TAIL_BYTES))
            case "flv":
                return _ends_in_tag(file, head, n_bytes)
            case "ogg":
                return _ends_in_page(file, n_bytes)
            case _:
                return False


def _ends_in_element(file: BinaryIO, head: bytes, n_bytes: int) -> bool:
    """Of Matroska and WebM: whether the last element reaches beyond the file; what is open ends with its parts."""
    first = _size_at(head, 4)
    if first is None:
        return False
    at = first[1] + first[0]
    while at < n_bytes:
        file.seek(at)
        start = file.read(12)
        if not start[0]:
            return False  # no name of an element: what follows is none of the clip's
        name_bytes = 9 - start[0].bit_length()
        if len(start) <= name_bytes:
            return True
        size = _size_at(start, name_bytes)
        if size is not None:
            at += size[1] + size[0]
        elif start[:4] in (_SEGMENT, _CLUSTER) and start[name_bytes]:
            at += name_bytes + 9 - start[name_bytes].bit_length()
        else:
            return at + 12 > n_bytes
    return at > n_bytes


def _ends_in_pack(tail: bytes) -> bool:
    """Of a programme stream: whether the last packet reaches beyond the file, by the packs that its last bytes hold.

    Reference:
        ISO/IEC 13818-1, sections 2.5.3 and 2.4.3.6; ISO/IEC 11172-1, section 2.4.3.
    """
    seen: set[int] = set()
    filled = len(tail.rstrip(b"\0"))
    at = tail.find(_PACK)
    while at >= 0:
        end = _end_of_packs(tail, at, filled, seen)
        if end is not None:
            return end > len(tail)
        at = tail.find(_PACK, at + 1)  # what looked like a pack was within one
    return False


def _end_of_packs(data: bytes, at: int, filled: int, seen: set[int]) -> int | None:
    """Where the last of the packets ends that follow each other from `at` on; None where something else does.

    Behind `filled` are only zeros. Something else follows each place in `seen`, to which those that are passed are
    added: no packet is looked at twice.
    """
    end = len(data)
    while at < end:
        if at in seen:
            return None
        seen.add(at)
        if not data.startswith(_START_CODE[: end - at], at):
            return None if at < filled else end
        match data[at + 3 : at + 4]:
            case b"":
                at += 4
            case b"\xb9":
                at += 4
            case b"\xba":
                if at + 14 > end:
                    return at + 14
                at += 14 + (data[at + 13] & 7) if data[at + 4] >> 6 == 1 else 12
            case kind if kind > b"\xba":
                if at + 6 > end:
                    return at + 6
                at += 6 + int.from_bytes(data[at + 4 : at + 6], "big")
            case _:
                return None
    return at


def _ends_in_tag(file: BinaryIO, head: bytes, n_bytes: int) -> bool:
    """Of FLV: whether the last tag reaches beyond the file. Behind each stands how long it is."""
    at = int.from_bytes(head[5:9], "big") + 4
    while at < n_bytes:
        file.seek(at)
        start = file.read(4)
        if start[0] & 0x1F not in _FLV_TAGS:
            return False
        if len(start) < 4:
            return True
        at += 15 + int.from_bytes(start[1:], "big")
    # Some writers leave out the length behind the last one.
    return at - 4 > n_bytes


def _ends_in_page(file: BinaryIO, n_bytes: int) -> bool:
    """Of Ogg: whether the last page reaches beyond the file."""
    at = 0
    while at < n_bytes:
        file.seek(at)
        start = file.read(_OGG_PAGE_BYTES)
        if not start.startswith(b"OggS"[: n_bytes - at]):
            return False
        if len(start) < 27 or len(start) < 27 + start[26]:
            return True
        at += 27 + start[26] + sum(start[27 : 27 + start[26]])
    return at > n_bytes


def _missing(n_bytes: int) -> str:
    return f"of which {n_bytes:,} bytes are missing at the end"


def _of_boxes(file: BinaryIO, n_bytes: int) -> str | None:
    """Of an ISO media file, by the sizes of its boxes."""
    at, kinds = 0, set[bytes]()
    while at + 8 <= n_bytes:
        file.seek(at)
        size, kind = struct.unpack(">I4s", file.read(8))
        if size == 1:
            size = struct.unpack(">Q", (file.read(8) + bytes(8))[:8])[0]
        if size == 0:
            size = n_bytes - at
        if size < 8:
            return None
        kinds.add(kind)
        at += size
    if at > n_bytes:
        return _missing(at - n_bytes)
    return None if b"moov" in kinds else "without its table of frames (moov)"


def _end_of_riff(file: BinaryIO, n_bytes: int) -> int | None:
    """Of an AVI file: behind its last chunk; a large one has several. None where a size was never filled in."""
    at = 0
    while at + 8 <= n_bytes:
        file.seek(at)
        kind, size = struct.unpack("<4sI", file.read(8))
        if kind != b"RIFF":
            break  # what somebody hung on behind it
        if size in (0, 0xFFFFFFFF):
            return None
        at += 8 + size
    return at


def _end_of_segment(head: bytes) -> int | None:
    """Of Matroska and WebM: behind the segment, which follows the first element; None for one written as it came."""
    first = _size_at(head, 4)
    if first is None or head[first[1] + first[0] :][:4] != _SEGMENT:
        return None
    segment = _size_at(head, first[1] + first[0] + 4)
    return None if segment is None else segment[1] + segment[0]


def _size_at(head: bytes, at: int) -> tuple[int, int] | None:
    """An element's size and where its data begin; None where it has none, or lies beyond the head.

    Reference:
        RFC 8794, "Extensible Binary Meta Language", sections 4 and 6.
    """
    if at >= len(head) or not head[at]:
        return None
    length = 9 - head[at].bit_length()
    if at + length > len(head):
        return None
    size = int.from_bytes(head[at : at + length], "big") & ((1 << 7 * length) - 1)
    return None if size == (1 << 7 * length) - 1 else (size, at + length)


def _end_of_asf(head: bytes) -> int | None:
    """Of ASF (WMV): the size that its properties state; None where it was streamed, and they state nothing true."""
    at = head.find(_ASF_FILE_PROPERTIES)
    if at < 0 or at + 92 > len(head):
        return None
    (size,) = struct.unpack_from("<Q", head, at + 40)
    (flags,) = struct.unpack_from("<I", head, at + 88)
    return None if flags & _ASF_IS_STREAMED else size
