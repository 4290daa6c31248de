from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from lookalike.images import decode, normalised_copy
from lookalike.images.orientation import upright

SECRETS = (
    b"SecretMaker",
    b"Jane Private",
    b"Exif",
    b"http://ns.adobe.com",
    b"Photoshop 3.0",
    b"a private comment",
    b"GPS",
)


@pytest.fixture
def metadata(exif_with_orientation):
    def options(orientation: int) -> dict[str, object]:
        return {
            "exif": exif_with_orientation(orientation),
            "xmp": b"<x:xmpmeta>http://ns.adobe.com GPS 52.5N Jane Private</x:xmpmeta>",
            "comment": b"a private comment",
        }

    return options


def with_iptc(data: bytes) -> bytes:
    block = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x10Jane Private xxx"
    return data[:2] + b"\xff\xed" + (len(block) + 2).to_bytes(2, "big") + block + data[2:]


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("side", [512, 48])
@pytest.mark.parametrize("progressive", [False, True])
def test_personal_metadata_never_leaves(orientation, side, progressive, sample, encode, metadata):
    data = with_iptc(encode(sample, "JPEG", progressive=progressive, **metadata(orientation)))
    data += b"trailer: Jane Private"
    assert all(secret in data for secret in SECRETS)
    copy = normalised_copy(decode(data), data, side_pixels=side)
    assert not any(secret in copy for secret in SECRETS)
    image = Image.open(io.BytesIO(copy))
    assert not image.getexif()
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}


@pytest.mark.parametrize("format_name", ["PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_no_format_carries_metadata_over(format_name, sample, encode, exif_with_orientation):
    data = encode(sample, format_name, exif=exif_with_orientation(1))
    assert b"Jane Private" in data
    assert b"Jane Private" not in normalised_copy(decode(data), data)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_blocks": 2}])
def test_a_small_upright_jpeg_keeps_its_coded_pixels(options, sample, encode, metadata):
    data = encode(sample, "JPEG", **metadata(1), **options)
    copy = normalised_copy(decode(data), data)
    assert len(copy) < len(data)
    assert np.array_equal(decode(copy).pixels, decode(data).pixels)


def test_a_copy_of_a_copy_is_the_same(sample, encode):
    data = encode(sample, "JPEG")
    copy = normalised_copy(decode(data), data)
    assert normalised_copy(decode(copy), copy) == copy


def test_a_thumbnail_inside_the_header_is_dropped(sample, encode):
    thumbnail = bytes([4, 4]) + b"\x11" * 48
    segment = b"JFIF\0\x01\x02\0\0\x01\0\x01" + thumbnail
    plain = encode(sample, "JPEG")
    data = plain[:2] + b"\xff\xe0" + (len(segment) + 2).to_bytes(2, "big") + segment + plain[20:]
    copy = normalised_copy(decode(data), data)
    assert b"\x11" * 48 not in copy
    assert np.array_equal(decode(copy).pixels, decode(plain).pixels)


def test_a_turned_jpeg_is_stored_upright(sample, encode, exif_with_orientation):
    data = encode(upright(sample, 8), "JPEG", exif=exif_with_orientation(6), quality=95)
    copy = decode(normalised_copy(decode(data), data))
    assert copy.pixels.shape == sample.shape
    assert np.abs(copy.pixels.astype(int) - sample).mean() < 5


def test_a_profile_other_than_srgb_is_followed_before_it_is_dropped(sample, encode):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    data = encode(sample, "JPEG", icc_profile=lab.tobytes(), quality=95)
    copy = normalised_copy(decode(data), data)
    assert np.array_equal(decode(copy).pixels, decode(data).pixels)
    assert b"ICC_PROFILE" not in copy


@pytest.mark.parametrize("shape", [(1300, 700), (700, 1300), (2000, 3), (513, 513)])
def test_the_longer_side_is_at_most_what_was_asked(shape, encode):
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    data = encode(pixels, "PNG")
    copy = decode(normalised_copy(decode(data), data, side_pixels=512))
    assert max(copy.width, copy.height) == 512
    assert min(copy.width, copy.height) == max(2, round(512 * min(shape) / max(shape)))


def test_a_cmyk_or_grey_jpeg_is_coded_anew_in_rgb(sample, encode):
    for mode in ("CMYK", "L"):
        data = encode(Image.fromarray(sample).convert(mode), "JPEG")
        copy = Image.open(io.BytesIO(normalised_copy(decode(data), data)))
        assert copy.mode == "RGB"
