from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import ImageRejected
from lookalike.images.signature import DECODED_FORMATS, identify


@pytest.mark.parametrize(
    ("saved_as", "name"),
    [
        ("AVIF", "avif"),
        ("BMP", "bmp"),
        ("GIF", "gif"),
        ("HEIF", "heif"),
        ("ICO", "ico"),
        ("JPEG", "jpeg"),
        ("JPEG2000", "jpeg2000"),
        ("PNG", "png"),
        ("PPM", "pnm"),
        ("TGA", "tga"),
        ("TIFF", "tiff"),
        ("WEBP", "webp"),
    ],
)
def test_a_format_is_known_by_its_bytes(saved_as, name, sample, encode):
    assert identify(encode(sample, saved_as)) == name
    assert name in DECODED_FORMATS


def test_an_empty_file_is_truncated():
    with pytest.raises(ImageRejected) as caught:
        identify(b"")
    assert caught.value.reason == "truncated"


@pytest.mark.parametrize("data", [b"\xff\xd8", b"\x89PN", b"GIF8"])
def test_a_part_of_a_signature_is_truncated(data):
    with pytest.raises(ImageRejected) as caught:
        identify(data)
    assert caught.value.reason == "truncated"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"8BPS\0\x01" + bytes(30), "PSD"),
        (b"\xff\x0a" + bytes(30), "JPEG XL"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- sample -->\n<svg/>", "SVG"),
        (b"II*\0\x10\0\0\0CR\x02\0" + bytes(30), "CR2"),
        (b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom", "CR3"),
        (b"II\x1a\0\0\0HEAPCCDR" + bytes(30), "CRW"),
        (b"\0MRM" + bytes(30), "MRW"),
        (b"MM\0+\0\x08\0\0" + bytes(30), "BigTIFF"),
        (b"\x76\x2f\x31\x01" + bytes(30), "OpenEXR"),
        (b"#?RADIANCE\n", "Radiance"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "PostScript"),
    ],
)
def test_pictures_that_are_not_decoded_are_named(data, name):
    with pytest.raises(ImageRejected) as caught:
        identify(data)
    assert caught.value.reason == "unsupported_format"
    assert name in caught.value.detail


def tiff(order: str, *entries: tuple[int, int]) -> bytes:
    """A TIFF whose directory of long values stands after two kilobytes of something else."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    listed = b"".join(struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in entries)
    return mark + struct.pack(order + "I", 2048) + bytes(2040) + struct.pack(order + "H", len(entries)) + listed


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("entries", "name"), [(((50706, 0x01040000),), "DNG"), (((254, 1), (256, 160), (330, 9000)), "NEF")]
)
def test_a_camera_raw_file_in_the_form_of_a_tiff_is_named_and_not_taken_for_its_thumbnail(order, entries, name):
    with pytest.raises(ImageRejected) as caught:
        identify(tiff(order, *entries))
    assert caught.value.reason == "unsupported_format"
    assert name in caught.value.detail


def big_tiff(*entries: tuple[int, int]) -> bytes:
    """The same as a BigTIFF."""
    listed = b"".join(struct.pack("<HHQI4x", tag, 4, 1, value) for tag, value in entries)
    return b"II+\0\x08\0\0\0" + struct.pack("<Q", 2048) + bytes(2032) + struct.pack("<Q", len(entries)) + listed


def test_a_camera_raw_file_in_the_form_of_a_big_tiff_is_named_too():
    for entries in (((50706, 0x0701),), ((254, 1), (256, 160), (330, 9000))):
        with pytest.raises(ImageRejected, match="camera raw"):
            identify(big_tiff(*entries))
    assert identify(big_tiff((254, 0), (330, 9000))) == "tiff"
    assert identify(big_tiff((254, 1), (330, 9000))[:2060]) == "tiff"


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_tiff_with_smaller_versions_of_itself_stays_a_tiff(order):
    assert identify(tiff(order, (254, 0), (330, 9000))) == "tiff"
    assert identify(tiff(order, (254, 1))) == "tiff"
    assert identify(tiff(order, (254, 1), (330, 9000))[:2060]) == "tiff"
    assert identify(tiff(order)[:6]) == "tiff"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"<!DOCTYPE html><html><body>404</body></html>", "an HTML page"),
        (b"%PDF-1.7\n" + bytes(30), "a PDF document"),
        (b"product_id,image\n1,a.jpg\n", "text that begins with"),
        (b"\0\0\0\x18ftypisom\0\0\0\x01isommp42", "a video or audio file"),
        (b"BM, the letters, and then some prose about them", "text"),
        (bytes(40), "bytes that begin with"),
    ],
)
def test_what_is_no_picture_is_described(data, what):
    with pytest.raises(ImageRejected) as caught:
        identify(data)
    assert caught.value.reason == "not_an_image"
    assert what in caught.value.detail


@given(st.binary(max_size=64))
def test_any_bytes_are_named_or_refused(data):
    try:
        answer = identify(data)
    except ImageRejected as rejected:
        answer = str(rejected.reason)
    assert answer in (*DECODED_FORMATS, "truncated", "not_an_image", "unsupported_format")
