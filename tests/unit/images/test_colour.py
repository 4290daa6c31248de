from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from lookalike.errors import ImageRejected
from lookalike.images import decode
from lookalike.images.colour import is_srgb_profile, pixels_to_srgb, to_srgb
from lookalike.types import Reason


def png(samples: np.ndarray, colour_type: int, depth: int, *, chunks: bytes = b"") -> bytes:
    """A PNG written by hand: `samples` of shape (height, width, channels), unfiltered."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    height, width = samples.shape[:2]
    rows = samples.astype(">u2" if depth == 16 else "u1")
    body = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunks
        + chunk(b"IDAT", zlib.compress(body))
        + chunk(b"IEND", b"")
    )


def profile_with_swapped_colours() -> bytes:
    """An sRGB profile in which red and blue have changed places, and whose name does not say sRGB."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (n_tags,) = struct.unpack_from(">I", data, 128)
    places = {bytes(data[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(n_tags)}
    red, blue = places[b"rXYZ"], places[b"bXYZ"]
    data[red + 4 : red + 12], data[blue + 4 : blue + 12] = data[blue + 4 : blue + 12], data[red + 4 : red + 12]
    return bytes(data).replace("sRGB".encode("utf-16-be"), "tRGB".encode("utf-16-be"))


def linear_grey_profile() -> bytes:
    """A profile for grey whose samples are proportional to the light."""
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    curve = b"curv\0\0\0\0" + struct.pack(">I", 0)
    tags = struct.pack(">I4sII4sII", 2, b"wtpt", 156, len(white), b"kTRC", 156 + len(white), len(curve))
    size = 128 + len(tags) + len(white) + len(curve)
    head = struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", 0x02100000, b"mntr", b"GRAY", b"XYZ ")
    head = head.ljust(36, b"\0") + b"acsp"
    return head.ljust(68, b"\0") + struct.pack(">3i", 63190, 65536, 54061) + bytes(48) + tags + white + curve


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "TIFF"])
def test_a_profile_for_grey_is_followed_in_every_format(format_name, encode):
    data = encode(np.full((16, 16), 55, np.uint8), format_name, icc_profile=linear_grey_profile())
    # As much light as the sRGB value 128 stands for.
    assert np.abs(decode(data).pixels.astype(int) - 128).max() <= 2


@pytest.mark.parametrize(("colour_type", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_sixteen_bits_are_scaled_rather_than_clipped(colour_type, channels):
    rng = np.random.default_rng(channels)
    samples = rng.integers(0, 65536, (12, 17, channels), dtype=np.uint16)
    shares = samples / 65535
    alpha = shares[..., -1:] if channels in (2, 4) else np.ones((12, 17, 1))
    colours = shares[..., : 1 if channels < 3 else 3]
    expected = 255 * (colours * alpha + 1 - alpha)
    picture = decode(png(samples, colour_type, 16))
    assert np.abs(picture.pixels - expected).max() < 2.5


def test_sixteen_bit_grey_of_a_tiff_is_scaled(encode):
    ramp = np.linspace(0, 65535, 256 * 8).astype(np.uint16).reshape(8, 256)
    pixels = decode(encode(Image.fromarray(ramp), "TIFF")).pixels
    assert np.abs(pixels[..., 0] - ramp / 257).max() <= 0.5


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (np.array([[0.0, 0.5], [1.0, 0.25]], dtype=np.float32), [[0, 128], [255, 64]]),
        (np.array([[0.0, 127.4], [255.0, 1.0]], dtype=np.float32), [[0, 127], [255, 1]]),
        (np.array([[-1.0, 0.0], [1.0, np.nan]], dtype=np.float32), [[0, 128], [255, 128]]),
        (np.array([[0, 100], [255, 7]], dtype=np.int32), [[0, 100], [255, 7]]),
        (np.array([[0, 65535], [257, 514]], dtype=np.int32), [[0, 255], [1, 2]]),
        (np.array([[-5, -5], [-5, -5]], dtype=np.int32), [[0, 0], [0, 0]]),
    ],
)
def test_samples_of_unstated_range_are_brought_to_eight_bits(samples, expected):
    assert to_srgb(Image.fromarray(samples), None)[..., 0].tolist() == expected


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "RGBa", "La"])
def test_transparency_is_laid_on_white(mode):
    rgba = np.full((4, 4, 4), (0, 0, 0, 0), dtype=np.uint8)
    rgba[:2] = (40, 40, 40, 255)
    rgba[:, 3, 3] = 128
    image = Image.fromarray(rgba)
    for step in {"PA": ["PA"], "LA": ["LA"], "RGBa": ["RGBa"], "La": ["LA", "La"]}.get(mode, []):
        image = image.convert(step)
    assert image.mode == mode
    pixels = to_srgb(image, None)
    assert pixels[0, 0].tolist() == [40, 40, 40]
    assert pixels[3, 0].tolist() == [255, 255, 255]
    assert abs(int(pixels[0, 3, 0]) - 147) <= 2


def test_what_is_compressed_beside_the_pixels_of_a_png_costs_no_picture(encode):
    data = encode(np.full((8, 8, 3), (200, 10, 30), np.uint8), "PNG")

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    long = zlib.compress(b"a" * 2**21)
    for odd in (
        chunk(b"zTXt", b"workflow\0\0" + long),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + long),
        chunk(b"iCCP", b"too long\0\0" + zlib.compress(bytes(9 * 2**20))),
        chunk(b"iCCP", b"of another method\0\5" + long),
    ):
        for with_it in (data[:33] + odd + data[33:], data[:-12] + odd + data[-12:]):
            assert np.array_equal(decode(with_it).pixels, decode(data).pixels)
    with pytest.raises(ImageRejected):
        decode(data[:33] + chunk(b"zTXt", b"w\0\0" + long) + data[33:50])


def test_a_profile_of_more_than_a_megabyte_in_a_png_is_followed(encode):
    noise = np.random.default_rng(0).bytes(2**21)
    data = encode(np.full((8, 8, 3), (200, 10, 30), np.uint8), "PNG")
    for profile in (profile_with_swapped_colours(), profile_with_swapped_colours() + noise):
        body = b"iCCPswapped\0\0" + zlib.compress(profile)
        odd = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
        red, _, blue = decode(data[:33] + odd + odd + data[33:]).pixels[0, 0].tolist()
        assert blue > 150 > 100 > red


def test_a_transparent_colour_of_a_png_is_white():
    samples = np.array([[[255, 0, 0], [0, 255, 0]]] * 2)
    chunk = b"\0\0\0\x06tRNS\0\xff\0\0\0\0" + struct.pack(">I", zlib.crc32(b"tRNS\0\xff\0\0\0\0"))
    assert decode(png(samples, 2, 8, chunks=chunk)).pixels.tolist() == [[[255, 255, 255], [0, 255, 0]]] * 2


def test_a_transparent_grey_of_sixteen_bits_is_white():
    samples = np.full((10, 10, 1), 0x4040, dtype=np.uint16)
    samples[2:, :] = 0x4041
    body = struct.pack(">H", 0x4040)
    chunk = struct.pack(">I", 2) + b"tRNS" + body + struct.pack(">I", zlib.crc32(b"tRNS" + body))
    pixels = decode(png(samples, 0, 16, chunks=chunk)).pixels
    assert (pixels[:2] == 255).all()
    assert (pixels[2:] == 0x40).all()


@pytest.mark.parametrize("clear", [(0x1234, 0x8000, 0xFEDC), (0, 0, 0), (0xFFFF, 0, 0x00FF)])
def test_a_transparent_colour_of_sixteen_bits_is_white_where_it_is_exactly_that_colour(clear):
    samples = np.empty((6, 5, 3), dtype=np.uint16)
    samples[:] = clear
    samples[2:] ^= 1
    body = struct.pack(">3H", *clear)
    chunk = struct.pack(">I", 6) + b"tRNS" + body + struct.pack(">I", zlib.crc32(b"tRNS" + body))
    pixels = decode(png(samples, 2, 16, chunks=chunk)).pixels
    assert (pixels[:2] == 255).all()
    assert (pixels[2:] == [value >> 8 for value in clear]).all()


def test_a_palette_with_transparency_is_laid_on_white(encode):
    image = Image.new("P", (4, 4), 1)
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.paste(0, (0, 0, 2, 4))
    for transparency in (0, bytes([0, 255])):
        data = encode(image, "PNG", transparency=transparency)
        pixels = decode(data).pixels
        assert pixels[0, 0].tolist() == [255, 255, 255]
        assert pixels[0, 3].tolist() == [200, 100, 50]


@pytest.mark.parametrize("format_name", ["PNG", "WEBP", "GIF", "TIFF", "AVIF"])
def test_a_picture_of_which_nothing_can_be_seen_is_refused(encode, format_name):
    clear, seen = (np.full((40, 40, 4), (200, 10, 30, alpha), dtype=np.uint8) for alpha in (0, 255))
    with pytest.raises(ImageRejected, match="fully transparent") as refused:
        decode(encode(clear, format_name))
    assert refused.value.reason is Reason.TRANSPARENT
    seen[1:] = clear[1:]
    assert (decode(encode(seen, format_name)).pixels[2:] >= 250).all()


def test_an_animation_that_begins_with_nothing_is_refused(encode):
    clear, seen = (Image.new("RGBA", (40, 40), (200, 10, 30, alpha)) for alpha in (0, 255))
    with pytest.raises(ImageRejected, match="first frame"):
        decode(encode(clear, "GIF", save_all=True, append_images=[seen]))
    assert decode(encode(seen, "GIF", save_all=True, append_images=[clear])).format == "gif"


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr", "LAB", "HSV", "I;16", "I", "F", "RGBX"])
def test_every_mode_becomes_three_bytes(mode, sample):
    image = Image.fromarray(sample)
    if mode in ("I;16", "I", "F"):
        image = image.convert("L")
    if mode == "LAB":
        image = ImageCms.applyTransform(
            image,
            ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"),
        )
    pixels = to_srgb(image if image.mode == mode else image.convert(mode), None)
    assert pixels.shape == (64, 96, 3)
    assert pixels.dtype == np.uint8
    if mode in ("YCbCr", "LAB", "HSV", "RGBX"):
        assert np.abs(pixels.astype(int) - sample).mean() < 6


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_an_embedded_profile_is_followed(format_name, encode):
    red = np.full((32, 32, 3), (230, 20, 20), dtype=np.uint8)
    data = encode(red, format_name, icc_profile=profile_with_swapped_colours(), quality=95)
    pixel = decode(data).pixels[16, 16].astype(int)
    assert np.abs(pixel - (20, 20, 230)).max() < 12


def test_pixels_under_an_srgb_profile_are_left_alone(sample):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert is_srgb_profile(profile)
    assert pixels_to_srgb(sample, profile) is sample
    assert not is_srgb_profile(profile_with_swapped_colours())


@pytest.mark.parametrize("cut", [0, 4, 40, 130, 200, -1])
def test_a_broken_profile_is_ignored(cut, sample, encode):
    broken = profile_with_swapped_colours()[:cut] if cut >= 0 else b"\xff" * 600
    data = encode(sample, "PNG", icc_profile=broken)
    assert decode(data).pixels.shape == sample.shape
    assert pixels_to_srgb(sample, broken).shape == sample.shape
    assert is_srgb_profile(broken) is False


def test_a_profile_for_other_channels_is_ignored(sample, encode):
    grey = Image.fromarray(sample).convert("L")
    data = encode(grey, "JPEG", icc_profile=profile_with_swapped_colours())
    assert np.array_equal(decode(data).pixels, decode(encode(grey, "JPEG")).pixels)
