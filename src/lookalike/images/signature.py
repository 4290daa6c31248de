"""What a file is, from its first bytes alone; names and extensions are not believed.

Refuses what is no picture (`not_an_image`), and pictures in formats that are recognised but not decoded
(`unsupported_format`), each by its name.
"""

from __future__ import annotations

import struct

from lookalike.errors import ImageRejected
from lookalike.types import Reason

__all__ = ["DECODED_FORMATS", "identify"]

DECODED_FORMATS = (
    "avif", "bmp", "gif", "heif", "ico", "jpeg", "jpeg2000", "png", "pnm", "qoi", "tga", "tiff", "webp",
)  # fmt: skip
"""Formats that `decode` reads, by the names that `Picture.format` uses."""

_DECODED = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"\x00\x00\x01\x00", "ico"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
    (b"qoif", "qoi"),
)
_RECOGNISED = (
    (b"8BPS", "Photoshop (PSD)"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"II\xbc\x01", "JPEG XR"),
    (b"\x76\x2f\x31\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"#?RGBE", "Radiance HDR"),
    (b"farbfeld", "farbfeld"),
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"DDS ", "DirectDraw surface"),
    (b"\xabKTX ", "Khronos texture"),
    (b"SIMPLE  =", "FITS"),
    (b"gimp xcf", "GIMP (XCF)"),
    (b"icns", "Apple icon"),
    (b"\x01\xda", "SGI"),
    (b"\x59\xa6\x6a\x95", "Sun raster"),
    (b"\xd7\xcd\xc6\x9a", "Windows metafile"),
    (b"/* XPM */", "XPM"),
    (b"BPG\xfb", "BPG"),
    (b"FLIF", "FLIF"),
    (b"AT&TFORM", "DjVu"),
    (b"FUJIFILMCCD-RAW", "camera raw (RAF)"),
    (b"IIRO", "camera raw (ORF)"),
    (b"IIRS", "camera raw (ORF)"),
    (b"MMOR", "camera raw (ORF)"),
    (b"IIU\x00", "camera raw (RW2)"),
    (b"FOVb", "camera raw (X3F)"),
    (b"II\x1a\x00\x00\x00HEAPCCDR", "camera raw (CRW)"),
    (b"\x00MRM", "camera raw (MRW)"),
    (b"\xb6\xa6\xf2\x08", "VIPS"),
    (b"\x08\xf2\xa6\xb6", "VIPS"),
    (b"MM\x00+", "BigTIFF with the upper byte first"),
)
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00")
_BIG_TIFF = (b"II+\x00", b"MM\x00+")
_SUBFILE_TYPE, _SUB_IFDS, _DNG_VERSION = 254, 330, 50706
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif2"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_BMP_HEADER_SIZES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_PNM_KINDS = frozenset(b"123456")
_HEAD_BYTES = 1024
_SIGNATURE_BYTES = 12


def identify(data: bytes) -> str:
    """Name of the format, one of `DECODED_FORMATS`.

    Args:
        data: the whole file; little more than its first kilobyte is looked at, and of a TIFF its first directory.

    Returns:
        ``jpeg``, ``png``, ...

    Raises:
        ImageRejected: ``truncated`` for an empty file or a mere part of a signature; ``unsupported_format`` for a
            picture that is recognised but not decoded; ``not_an_image`` for everything else.
    """
    if not data:
        raise ImageRejected(
            Reason.TRUNCATED, "received 0 bytes, expected a picture: the file is empty, or its transfer broke off"
        )
    head = bytes(data[:_HEAD_BYTES])
    found = _decoded_format(head, data)
    if found is not None:
        return found
    if _is_targa(data):
        return "tga"
    name = _recognised_format(head, data)
    if name is not None:
        raise ImageRejected(
            Reason.UNSUPPORTED_FORMAT,
            f"received a picture in the format {name}, expected one of {', '.join(DECODED_FORMATS)}: convert it first",
        )
    if len(head) < _SIGNATURE_BYTES and any(signature.startswith(head) for signature, _ in _DECODED):
        raise ImageRejected(
            Reason.TRUNCATED, f"received only {len(head)} bytes, the beginning of a signature, expected a whole picture"
        )
    raise ImageRejected(
        Reason.NOT_AN_IMAGE,
        f"received {_describe(head)}, expected a picture in one of {', '.join(DECODED_FORMATS)}",
    )


def _decoded_format(head: bytes, data: bytes) -> str | None:
    for signature, name in _DECODED:
        if head.startswith(signature) and not (name == "bmp" and not _is_bitmap(head)):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(_TIFF):
        return None if _camera_raw(data) else "tiff"
    if head[4:8] == b"ftyp":
        return _base_media_format(data)
    if len(head) > 3 and head[:1] == b"P" and head[1] in _PNM_KINDS and head[2:3].isspace():
        return "pnm"
    return None


def _base_media_format(data: bytes) -> str | None:
    """HEIF or AVIF from the brands of an ISO base media file, None for video and everything else in that box."""
    size = min(struct.unpack(">I", data[:4])[0], 4096, len(data))
    brands = [bytes(data[8:12])] + [bytes(data[i : i + 4]) for i in range(16, size - 3, 4)]
    if not _AVIF_BRANDS.isdisjoint(brands):
        return "avif"
    return None if _HEIF_BRANDS.isdisjoint(brands) else "heif"


def _camera_raw(data: bytes) -> str | None:
    """The name of a raw file in the form of a TIFF, whose first picture is a mere thumbnail; None for other TIFFs."""
    if data[8:10] == b"CR":
        return "CR2"
    entries = _first_directory(data)
    if _DNG_VERSION in entries:
        return "DNG"
    if _SUBFILE_TYPE not in entries or _SUB_IFDS not in entries:
        return None
    return "NEF or another" if entries[_SUBFILE_TYPE] & 1 else None


def _first_directory(data: bytes) -> dict[int, int]:
    """Tags of a TIFF's first directory, as far as it is there, with their values where those are of four bytes."""
    order = "<" if data[:2] == b"II" else ">"
    is_big = data.startswith(_BIG_TIFF)
    entry = struct.Struct(order + ("H10xI4x" if is_big else "H6xI"))
    at_word, n_word = ("Q", "Q") if is_big else ("I", "H")
    try:
        (at,) = struct.unpack_from(order + at_word, data, 8 if is_big else 4)
        (n_entries,) = struct.unpack_from(order + n_word, data, at)
    except struct.error:
        return {}
    first = at + struct.calcsize(n_word)
    end = min(first + entry.size * n_entries, len(data) - entry.size + 1)
    found: dict[int, int] = {}
    for start in range(first, end, entry.size):
        tag, value = entry.unpack_from(data, start)
        found[tag] = value
    return found


def _recognised_format(head: bytes, data: bytes) -> str | None:
    for signature, name in _RECOGNISED:
        if head.startswith(signature):
            return name
    if head.startswith(_TIFF):
        return f"camera raw ({_camera_raw(data)})"
    if head.startswith(b"\x00\x00\x02\x00") and head[4:6] not in (b"", b"\x00\x00"):
        return "Windows cursor"
    if head[4:12] == b"ftypcrx ":
        return "camera raw (CR3)"
    if len(head) > 3 and head[0] == 10 and head[1] <= 5 and head[2] <= 1 and head[3] in (1, 2, 4, 8):
        return "PCX"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<svg") or (text.startswith((b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in text):
        return "SVG"
    return None


def _is_bitmap(head: bytes) -> bool:
    return len(head) < 18 or struct.unpack("<I", head[14:18])[0] in _BMP_HEADER_SIZES


def _is_targa(data: bytes) -> bool:
    """Targa has no signature: its footer, or a header in which every field is possible and the size adds up."""
    if len(data) < 18:
        return False
    (id_length, map_type, kind, _, map_length, map_bits, _, _, width, height, bits, descriptor) = struct.unpack(
        "<BBBHHBHHHHBB", data[:18]
    )
    possible = (
        map_type in (0, 1)
        and kind in (1, 2, 3, 9, 10, 11)
        and (map_type == 1 or kind not in (1, 9))
        and bits in (8, 15, 16, 24, 32)
        and width > 0
        and height > 0
        and map_bits in (0, 15, 16, 24, 32)
        and descriptor & 0xC0 == 0
    )
    if not possible:
        return False
    if data[-18:] == b"TRUEVISION-XFILE.\x00":
        return True
    start = 18 + id_length + (map_length * ((map_bits + 7) // 8) if map_type else 0)
    pixel_bytes = (bits + 7) // 8
    # Run lengths compress at most 128 pixels into one of them and a byte.
    least = width * height * pixel_bytes if kind < 8 else width * height * (pixel_bytes + 1) // 128
    return len(data) >= start + least


def _describe(head: bytes) -> str:
    text = head.lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "an HTML page"
    if head.startswith(b"%PDF"):
        return "a PDF document"
    if head[4:8] == b"ftyp":
        return "a video or audio file"
    if head[:64].isascii() and all(byte >= 32 or byte in b"\t\r\n\f" for byte in head[:64]):
        return f"text that begins with {head[:24].decode('ascii', 'replace')!r}"
    return f"bytes that begin with {head[:8].hex(' ')}"
