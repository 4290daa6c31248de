"""Every format but plain JPEG, through Pillow's plugins, one picture at a time, first frame only."""

from __future__ import annotations

import importlib
import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from lookalike.errors import ImageRejected
from lookalike.images.colour import to_srgb
from lookalike.images.limits import ImageLimits
from lookalike.images.orientation import exif_orientation, upright
from lookalike.images.png import plain_png
from lookalike.images.structure import ends_early
from lookalike.types import Pixels, Reason

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

__all__ = ["check_size", "decode_raster"]

_PLUGINS = {
    "avif": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "bmp": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "gif": ("PIL.GifImagePlugin", "GifImageFile"),
    "heif": ("pillow_heif.as_plugin", "HeifImageFile"),
    "ico": ("PIL.IcoImagePlugin", "IcoImageFile"),
    "jpeg": ("PIL.JpegImagePlugin", "JpegImageFile"),
    "jpeg2000": ("PIL.Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    "png": ("PIL.PngImagePlugin", "PngImageFile"),
    "pnm": ("PIL.PpmImagePlugin", "PpmImageFile"),
    "qoi": ("PIL.QoiImagePlugin", "QoiImageFile"),
    "tga": ("PIL.TgaImagePlugin", "TgaImageFile"),
    "tiff": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "webp": ("PIL.WebPImagePlugin", "WebPImageFile"),
}
_HIGH_BYTES, _LOW_BYTES = "RGB;16B", "RGB;16L"
"""Pillow's names for which byte of a 16-bit sample it takes; PNG has the upper one first."""
_ALPHA_OFTEN_UNUSED = frozenset({"bmp", "tga"})
_JPEG2000_WEIGHT = 3
_TURNED_BY_PLUGIN = frozenset({"heif", "tiff"})
_VARIANT_UNKNOWN = re.compile(
    r"unsupported(?! BMP palette)|unknown (pixel mode|raw mode|png color|data organization)|not supported|no decoder|cannot decode|decoder .* not available",  # noqa: E501
    re.IGNORECASE,
)
_ENDED = re.compile(r"truncated|not enough|unexpected end|end of file|\beof\b|buffer is not large", re.IGNORECASE)
_EXHAUSTED = "received a {name} picture that needs more memory than one picture may use"


def check_size(width: int, height: int, limits: ImageLimits, *, original: tuple[int, int] | None = None) -> None:
    """Refuse a picture for its stated size, before anything is allocated for it.

    Args:
        width: in pixels.
        height: in pixels.
        limits: `max_pixels` and `min_side_pixels` of them.
        original: width and height at full scale, where the picture is decoded at another; they must not be too small.

    Raises:
        ImageRejected: ``too_many_pixels``, or ``too_small``.
    """
    if width * height > limits.max_pixels:
        raise ImageRejected(
            Reason.TOO_MANY_PIXELS,
            f"received {width} x {height} pixels ({width * height:,}), expected at most {limits.max_pixels:,}",
        )
    whole = original or (width, height)
    if min(whole) < limits.min_side_pixels:
        raise ImageRejected(
            Reason.TOO_SMALL,
            f"received {whole[0]} x {whole[1]} pixels, expected at least {limits.min_side_pixels} on the shorter side",
        )


def decode_raster(
    data: bytes,
    format_name: str,
    limits: ImageLimits,
    shorter_side_pixels: int | None,
    admit: Callable[[int], None] | None = None,
) -> tuple[Pixels, int, int]:
    """Upright sRGB pixels, and the width and height that the upright picture has at full scale.

    Args:
        data: the whole file.
        format_name: what `identify` says it is.
        limits: checked before the pixels are allocated.
        shorter_side_pixels: the result may be reduced as long as its shorter side stays at least this.
        admit: called with the number of pixels before they are allocated; may wait.

    Returns:
        pixels, width, height; the pixels may be reduced, the sides are those of the original.

    Raises:
        ImageRejected: for whatever a plugin has against the file, under the fitting reason.
    """
    try:
        return _decode(data, format_name, limits, shorter_side_pixels, admit)
    except ImageRejected:
        raise
    except MemoryError as exc:
        raise ImageRejected(Reason.TOO_MANY_PIXELS, _EXHAUSTED.format(name=format_name)) from exc
    except Exception as exc:
        # Plugins raise anything at all on hostile bytes, and this is the edge.
        raise _refusal(exc, data, format_name) from exc


def _decode(
    data: bytes,
    format_name: str,
    limits: ImageLimits,
    shorter_side_pixels: int | None,
    admit: Callable[[int], None] | None,
) -> tuple[Pixels, int, int]:
    if format_name in ("heif", "avif") and ends_early(format_name, data):
        raise _truncated(data, format_name)
    data, profile = plain_png(data) if format_name == "png" else (data, None)
    module, name = _PLUGINS[format_name]
    opener: type[ImageFile] = getattr(importlib.import_module(module), name)
    # The class, not Image.open: that would consult a global registry and warn of sizes by a global limit.
    with opener(io.BytesIO(data)) as image:
        check_size(*image.size, limits)
        if format_name == "jpeg2000":
            _check_jpeg2000(*image.size, limits)
        profile = profile or image.info.get("icc_profile")
        if format_name == "jpeg" and shorter_side_pixels is not None:
            width, height = image.size
            scale = shorter_side_pixels / min(width, height)
            image.draft(None, (max(1, int(width * scale)), max(1, int(height * scale))))
            full = (width, height)
        else:
            full = None
        if admit is not None:
            admit(image.size[0] * image.size[1])
        low = _low_bytes(opener, data) if _has_clear_colour_of_sixteen_bits(image) else None
        image.load()
        orientation = 1 if format_name in _TURNED_BY_PLUGIN else exif_orientation(_exif(image))
        width, height = full or image.size
        if orientation >= 5:
            width, height = height, width
        check_size(*image.size, limits, original=full)
        shown = image.convert("RGB") if _has_unused_alpha(image, format_name) else image
        if low is not None:
            shown = _cleared(shown, low, image.info["transparency"])
        pixels = to_srgb(shown, profile if isinstance(profile, bytes) else None, shorter_side_pixels)
    return upright(pixels, orientation), width, height


def _check_jpeg2000(width: int, height: int, limits: ImageLimits) -> None:
    """Its decoder holds every sample in several words, and calls it damage when memory ends."""
    most = limits.max_pixels // _JPEG2000_WEIGHT
    if width * height > most:
        raise ImageRejected(
            Reason.TOO_MANY_PIXELS,
            f"received {width} x {height} pixels ({width * height:,}) of jpeg2000, expected at most {most:,} in this "
            "format, which takes more memory than others",
        )


def _has_unused_alpha(image: Image.Image, format_name: str) -> bool:
    """Whether the fourth channel is there but was never filled in, as some writers of these formats leave it."""
    return format_name in _ALPHA_OFTEN_UNUSED and image.mode == "RGBA" and image.getchannel("A").getextrema() == (0, 0)


def _has_clear_colour_of_sixteen_bits(image: ImageFile) -> bool:
    """Whether a PNG, not loaded yet, names a colour that is transparent in samples of which Pillow halves each."""
    return (
        image.mode == "RGB"
        and isinstance(image.info.get("transparency"), tuple)
        and [tile.args for tile in image.tile] == [_HIGH_BYTES]
    )


def _low_bytes(opener: type[ImageFile], data: bytes) -> Image.Image:
    """The lower halves of 16-bit samples, of which Pillow gives the upper ones."""
    with opener(io.BytesIO(data)) as image:
        image.tile = [tile._replace(args=_LOW_BYTES) for tile in image.tile]
        image.load()
        return image.copy()


def _cleared(high: Image.Image, low: Image.Image, clear: tuple[int, int, int]) -> Image.Image:
    """The picture with those pixels transparent that have the colour `clear` in all 16 bits."""
    samples = np.asarray(high).astype(np.uint16) << 8 | np.asarray(low)
    is_clear = (samples == np.asarray(clear, dtype=np.uint16)).all(axis=2)
    shown = high.convert("RGB")
    shown.info.pop("transparency", None)
    shown.putalpha(Image.fromarray(np.where(is_clear, 0, 255).astype(np.uint8)))
    return shown


def _exif(image: Image.Image) -> bytes:
    exif = image.info.get("exif")
    return exif if isinstance(exif, bytes) else b""


def _truncated(data: bytes, format_name: str) -> ImageRejected:
    return ImageRejected(
        Reason.TRUNCATED,
        f"received {len(data)} bytes of a {format_name} picture that goes on after them, expected a whole one",
    )


def _refusal(exc: Exception, data: bytes, format_name: str) -> ImageRejected:
    complaint = f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__
    if ends_early(format_name, data):
        return _truncated(data, format_name)
    if isinstance(exc, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return ImageRejected(Reason.TOO_MANY_PIXELS, f"received a {format_name} picture that is too large: {exc}")
    if _ENDED.search(complaint):
        return _truncated(data, format_name)
    # A Targa file is recognised by its every field being possible, so that what fails is a variant of the format.
    if isinstance(exc, NotImplementedError) or format_name == "tga" or _VARIANT_UNKNOWN.search(complaint):
        return ImageRejected(
            Reason.UNSUPPORTED_FORMAT,
            f"received a variant of {format_name} that is not decoded ({complaint}): convert it first",
        )
    return ImageRejected(Reason.CORRUPT, f"received a damaged {format_name} picture ({complaint})")
