"""Any pixels that Pillow holds -> opaque 8-bit sRGB.

Profiles are followed, transparency is laid on white, 16-bit and float samples are scaled rather than clipped.
A picture of which nothing can be seen is refused.
A profile that cannot be used is ignored, as browsers do, and logged at debug level.
"""

from __future__ import annotations

import hashlib
import io
import logging
import struct
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

from lookalike.errors import ImageRejected
from lookalike.types import Pixels, Reason

__all__ = ["is_srgb_profile", "pixels_to_srgb", "to_srgb"]

logger = logging.getLogger(__name__)

_SIXTEEN_BIT = frozenset({"I;16", "I;16B", "I;16L", "I;16N"})
_PROFILE_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
_MAX_PROFILE_BYTES = 8 * 1024 * 1024


def to_srgb(image: Image.Image, profile: bytes | None, shorter_side_pixels: int | None = None) -> Pixels:
    """Opaque sRGB of a loaded Pillow image in whatever mode.

    Args:
        image: loaded; its palette and ``info["transparency"]`` are respected.
        profile: embedded ICC profile, or None for sRGB (for CMYK: Pillow's plain conversion).
        shorter_side_pixels: whole squares of pixels may be averaged as long as the shorter side stays at least
            this, which is what JPEG does while decoding; None for full scale.

    Returns:
        shape (height, width, 3), contiguous.

    Raises:
        ImageRejected: ``transparent``, where every pixel is fully so.
    """
    image, alpha = _without_alpha(_eight_bit(image))
    if alpha is None:
        image = _reduced(image, shorter_side_pixels)
    converted = _through_profile(image, profile or b"") if image.mode != "LAB" else _lab_to_srgb(image)
    if converted is None:
        converted = image if image.mode == "RGB" else image.convert("RGB")
    if alpha is not None:
        paper = Image.new("RGB", converted.size, (255, 255, 255))
        paper.paste(converted, mask=alpha)
        converted = _reduced(paper, shorter_side_pixels)
    return np.asarray(converted)


def pixels_to_srgb(pixels: Pixels, profile: bytes, *, grey: bool = False) -> Pixels:
    """`pixels` seen through a profile, as sRGB; unchanged where it is sRGB, unusable or not for pixels of that kind.

    Args:
        pixels: a picture.
        profile: ICC profile for RGB, or for grey.
        grey: whether the three channels are one, so that a profile for grey can be followed.
    """
    if is_srgb_profile(profile):
        return pixels
    as_grey = grey and profile[16:20] == b"GRAY"
    converted = _through_profile(Image.fromarray(pixels[:, :, 0] if as_grey else pixels), profile)
    return pixels if converted is None else np.asarray(converted)


def is_srgb_profile(profile: bytes) -> bool:
    """Whether a profile calls itself sRGB, so that following it would change nothing but rounding."""
    if profile[16:20] != b"RGB ":
        return False
    (n_tags,) = struct.unpack_from(">I", profile.ljust(132, b"\0"), 128)
    for at in range(132, min(132 + 12 * n_tags, len(profile) - 11), 12):
        name, start, length = struct.unpack_from(">4sII", profile, at)
        if name == b"desc":
            description = profile[start : start + length]
            # ASCII in version 2 of the format, UTF-16 in version 4.
            return b"sRGB" in description or "sRGB".encode("utf-16-be") in description
    return False


def _eight_bit(image: Image.Image) -> Image.Image:
    """Grey of more than eight bits as ``L``, premultiplied and palette modes in plain ones."""
    if image.mode in _SIXTEEN_BIT:
        samples = np.asarray(image).astype(np.uint32)
        grey = Image.fromarray(((samples * 255 + 32767) // 65535).astype(np.uint8))
        clear = image.info.get("transparency")
        if not isinstance(clear, int):
            return grey
        return Image.merge("LA", (grey, Image.fromarray(np.where(samples == clear, 0, 255).astype(np.uint8))))
    if image.mode in ("I", "F"):
        return Image.fromarray(_scaled(np.asarray(image)))
    if image.mode == "P":
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode in ("PA", "La", "RGBa"):
        return image.convert("LA" if image.mode == "La" else "RGBA")
    if image.mode in ("L", "RGB", "1") and "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    return image


def _scaled(samples: np.ndarray) -> np.ndarray:
    """Samples of unstated range as uint8: the smallest usual range (1, 255, 65535) that holds them, else their own."""
    values = np.nan_to_num(samples.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= 65535:
        low = 0.0
        ceilings = (1.0, 255.0, 65535.0) if samples.dtype.kind == "f" else (255.0, 65535.0)
        high = next(ceiling for ceiling in ceilings if high <= ceiling)
    if high <= low:
        return np.zeros(values.shape, dtype=np.uint8)
    return np.rint((values - low) * (255.0 / (high - low))).astype(np.uint8)


def _reduced(image: Image.Image, shorter_side_pixels: int | None) -> Image.Image:
    if shorter_side_pixels is None:
        return image
    factor = min(image.size) // max(1, shorter_side_pixels)
    return image.reduce(factor) if factor > 1 else image


def _without_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The colours and, where any pixel is not opaque, the alpha channel.

    Raises:
        ImageRejected: ``transparent``, where every pixel is fully so.
    """
    if image.mode not in ("LA", "RGBA"):
        return image, None
    alpha = image.getchannel("A")
    extrema = alpha.getextrema()
    if extrema == (0, 0):
        raise ImageRejected(
            Reason.TRANSPARENT, "received a picture, or a first frame, that is fully transparent: nothing can be seen"
        )
    colours = image.convert("L" if image.mode == "LA" else "RGB")
    return colours, None if extrema == (255, 255) else alpha


def _lab_to_srgb(image: Image.Image) -> Image.Image | None:
    transform = ImageCms.buildTransform(ImageCms.createProfile("LAB"), _srgb(), "LAB", "RGB")
    return ImageCms.applyTransform(image, transform)


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    mode = image.mode
    if mode not in _PROFILE_SPACES or not 132 <= len(profile) <= _MAX_PROFILE_BYTES or is_srgb_profile(profile):
        return None
    transform = _transform(_Profile(profile), mode)
    if transform is None:
        return None
    try:
        return ImageCms.applyTransform(image, transform)
    except (ImageCms.PyCMSError, ValueError) as exc:
        logger.debug("profile ignored: %s", exc)
        return None


class _Profile:
    """Bytes of a profile that compare and hash by digest, so that the cache below stays light on lookups."""

    __slots__ = ("data", "digest")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.digest = hashlib.sha256(data).digest()

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Profile) and other.digest == self.digest


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@lru_cache(maxsize=16)
def _transform(profile: _Profile, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Perceptual transform from `profile` to sRGB; None where there is none for pixels of that mode."""
    try:
        source = ImageCms.getOpenProfile(io.BytesIO(profile.data))
        # The header of a profile states its colour space in these four bytes.
        space = profile.data[16:20].decode("latin-1").strip()
        if space != _PROFILE_SPACES[mode]:
            logger.debug("profile ignored: it is for %s, the pixels are %s", space, mode)
            return None
        return ImageCms.buildTransform(source, _srgb(), mode, "RGB", ImageCms.Intent.PERCEPTUAL)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as exc:
        logger.debug("profile ignored: %s", exc)
        return None
