"""What is done to training pictures, and how strongly; plain numbers that a file can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from lookalike.errors import InvalidConfiguration

__all__ = ["AugmentationConfig", "Beyond", "Flip"]

Flip: TypeAlias = Literal["learned", "always", "never"]
Beyond: TypeAlias = Literal["mirror", "edge", "background"]
Range: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class AugmentationConfig:
    """How strongly training pictures are varied. Every range is sampled evenly, every picture and epoch anew.

    Whatever is switched off by a probability or a range of no width costs nothing.

    Attributes:
        crop_area: share of the picture's area that is shown, from and to.
        crop_aspect: the shown part is at most this much wider than high, or higher than wide, in shares of the sides.
        flip: whether pictures are mirrored left to right, half of the time: ``learned`` asks the catalogue whether that
            keeps a product the same (`lookalike.train.mirroring`), ``always`` and ``never`` do not ask.
        rotation_degrees: turned by up to this, either way.
        shift: moved by up to this share of the side, each way.
        scale: enlarged by this factor, from and to; below 1 shows what lies beyond the picture.
        perspective: corners are moved inwards or outwards by up to this share of half the side.
        geometry_probability: share of pictures that are turned, moved, scaled and seen in perspective.
        beyond: what is shown beyond the picture: its mirror image, its last pixels continued, or what its background is
            replaced by. The last takes objects for plates (`lookalike.train.augmentation.outlines`).
        brightness: light is multiplied by 1 - x to 1 + x.
        contrast: differences from the picture's mean grey are multiplied by 1 - x to 1 + x.
        saturation: differences from each pixel's grey are multiplied by 1 - x to 1 + x.
        hue_degrees: colours are turned around the grey axis by up to this, either way.
        colour_probability: share of pictures whose colours are varied.
        grey_probability: share of pictures made grey altogether.
        blur_probability: share of pictures blurred.
        blur_sigma_pixels: standard deviation of the blur at a side of 224, from and to.
        jpeg_probability: share of pictures compressed.
        jpeg_quality: from and to, as libjpeg counts.
        erasing_probability: share of pictures with one rectangle erased.
        erasing_area: share of the picture erased, from and to.
        background_probability: share of pictures put before another background; only those whose object is known to
            stand before an even backdrop, the others stay as they are.
        background_detail: how much finer structure such a background has, 0 for soft patches, 1 for leaves and bricks.
        fade_probability: share of pictures bleached by sun: colours and contrast go towards a pale grey.
        fade: how far, from and to.
        shade_probability: share of pictures on which a shadow with a soft, straight edge lies.
        night_probability: share of pictures taken in the dark: little light, a gamma, a lamp from one side.
        night_light: share of the light that is left, from and to.
        motion_probability: share of pictures blurred along a line.
        motion_pixels: length of the line at a side of 224, from and to.
        small_probability: share of pictures reduced and enlarged again: an object far away.
        small_pixels: side that they are reduced to, from and to; evenly in the logarithm.
        noise_probability: share of pictures with the noise of a sensor, at the reduced size where there is one.
        noise: standard deviation in grey levels, from and to.

    Raises:
        InvalidConfiguration: any of them out of range; all such fields are named at once.

    Reference:
        Erasing: Zhong et al. 2020, "Random Erasing Data Augmentation" (arXiv 1708.04896). Background: Kobs & Hotho
        2022, "On Background Bias in Deep Metric Learning" (arXiv 2210.01615).
    """

    crop_area: Range = (0.7, 1.0)
    crop_aspect: float = 1.2
    flip: Flip = "learned"
    rotation_degrees: float = 15.0
    shift: float = 0.1
    scale: Range = (0.8, 1.25)
    perspective: float = 0.1
    geometry_probability: float = 0.8
    beyond: Beyond = "mirror"
    brightness: float = 0.3
    contrast: float = 0.3
    saturation: float = 0.3
    hue_degrees: float = 7.0
    colour_probability: float = 0.8
    grey_probability: float = 0.0
    blur_probability: float = 0.1
    blur_sigma_pixels: Range = (0.3, 1.5)
    jpeg_probability: float = 0.1
    jpeg_quality: tuple[int, int] = (30, 90)
    erasing_probability: float = 0.3
    erasing_area: Range = (0.02, 0.2)
    background_probability: float = 0.3
    background_detail: float = 0.0
    fade_probability: float = 0.0
    fade: Range = (0.1, 0.6)
    shade_probability: float = 0.0
    night_probability: float = 0.0
    night_light: Range = (0.08, 0.5)
    motion_probability: float = 0.0
    motion_pixels: Range = (4.0, 40.0)
    small_probability: float = 0.0
    small_pixels: Range = (16.0, 96.0)
    noise_probability: float = 0.0
    noise: Range = (2.0, 20.0)

    def __post_init__(self) -> None:
        problems = [
            *_outside("crop_area", self.crop_area, 0.05, 1.0),
            *_outside("scale", self.scale, 0.25, 4.0),
            *_outside("blur_sigma_pixels", self.blur_sigma_pixels, 0.05, 8.0),
            *_outside("jpeg_quality", tuple(map(float, self.jpeg_quality)), 1.0, 100.0),
            *_outside("erasing_area", self.erasing_area, 0.0, 0.9),
            *_outside("fade", self.fade, 0.0, 1.0),
            *_outside("night_light", self.night_light, 0.01, 1.0),
            *_outside("motion_pixels", self.motion_pixels, 1.0, 112.0),
            *_outside("small_pixels", self.small_pixels, 8.0, 1024.0),
            *_outside("noise", self.noise, 0.0, 128.0),
        ]
        highest = {
            "rotation_degrees": 180.0,
            "shift": 0.5,
            "perspective": 0.5,
            "brightness": 1.0,
            "contrast": 1.0,
            "saturation": 1.0,
            "hue_degrees": 180.0,
            "geometry_probability": 1.0,
            "colour_probability": 1.0,
            "grey_probability": 1.0,
            "blur_probability": 1.0,
            "jpeg_probability": 1.0,
            "erasing_probability": 1.0,
            "background_probability": 1.0,
            "background_detail": 1.0,
            "fade_probability": 1.0,
            "shade_probability": 1.0,
            "night_probability": 1.0,
            "motion_probability": 1.0,
            "small_probability": 1.0,
            "noise_probability": 1.0,
        }
        for name, most in highest.items():
            value: float = getattr(self, name)
            if not 0 <= value <= most:
                problems.append(f"{name} must be 0 to {most:g}, received {value:g}")
        if not 1 <= self.crop_aspect <= 4:
            problems.append(f"crop_aspect must be 1 to 4, received {self.crop_aspect:g}")
        if problems:
            raise InvalidConfiguration("augmentation: " + "; ".join(problems))


def _outside(name: str, span: tuple[float, ...], least: float, most: float) -> list[str]:
    """What is wrong with a range, as sentences."""
    if len(span) == 2 and least <= span[0] <= span[1] <= most:
        return []
    return [f"{name} must be two rising values within {least:g} to {most:g}, received {span}"]
