"""Pictures made here, in every format that Pillow writes, so that no test needs a file."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

Encode = Callable[..., bytes]


@pytest.fixture(scope="session")
def sample() -> np.ndarray:
    """A picture of 96 x 64 pixels without any symmetry: smooth colours, and a mark in one corner."""
    y, x = np.mgrid[0:64, 0:96]
    pixels = np.stack([x * 2, y * 3, (x + y)], axis=2).astype(np.uint8)
    pixels[4:20, 6:30] = (250, 20, 30)
    pixels[4:12, 6:12] = (10, 240, 240)
    return pixels


@pytest.fixture(scope="session")
def encode() -> Encode:
    """Bytes of pixels (array or Pillow image) in a format, with the options of Pillow's `save`."""

    def encode(pixels: np.ndarray | Image.Image, format_name: str, **options: object) -> bytes:
        image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
        out = io.BytesIO()
        if format_name == "HEIF":
            import pillow_heif

            pillow_heif.from_pillow(image).save(out, **options)
        else:
            image.save(out, format_name, **options)
        return out.getvalue()

    return encode


@pytest.fixture(scope="session")
def exif_with_orientation() -> Callable[[int], bytes]:
    """A block of EXIF with an orientation, a place on Earth and an owner."""

    def build(orientation: int) -> bytes:
        exif = Image.Exif()
        exif[0x0112] = orientation
        exif[0x010F] = "SecretMaker"
        exif[0x013B] = "Jane Private"
        place = exif.get_ifd(0x8825)
        place[1], place[2] = "N", (52.0, 31.0, 12.5)
        place[3], place[4] = "E", (13.0, 24.0, 18.5)
        return exif.tobytes()

    return build
