"""The preprocessing settings of timm, open_clip and transformers, as ours; plain mappings in, no torch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from lookalike.errors import ModelDamaged
from lookalike.images.preprocessing import Preprocessing

__all__ = ["from_open_clip", "from_timm", "from_transformers", "of_torchvision"]

_INTERPOLATIONS: Mapping[str, Literal["bilinear", "bicubic", "lanczos"]] = {
    "bilinear": "bilinear",
    "bicubic": "bicubic",
    "lanczos": "lanczos",
    # Pillow's numbers, which transformers writes down.
    "1": "lanczos",
    "2": "bilinear",
    "3": "bicubic",
}
_SQUASHED_FROM = 384
"""Side from which transformers' ConvNeXt sees whole pictures, out of proportion."""


def from_timm(settings: Mapping[str, object]) -> Preprocessing:
    """What ``timm.data.resolve_model_data_config`` gives.

    Raises:
        ModelDamaged: settings that have no counterpart here, such as oblong pictures.
    """
    size = _square(_numbers(settings, "input_size", 3)[1:])
    given = settings.get("crop_pct", 1.0)
    fraction = float(given) if isinstance(given, int | float) else 1.0
    mode = settings.get("crop_mode", "center")
    if mode not in ("center", "squash", "border"):
        raise ModelDamaged(f"the model's crop_mode {mode!r} is not supported: expected center, squash or border")
    if mode != "center" and fraction != 1.0:
        raise ModelDamaged(
            f"the model's crop_pct {fraction:g} with crop_mode {mode!r} is not supported: expected 1, or center"
        )
    return _preprocessing(
        size_pixels=size,
        fit={"center": "crop", "squash": "squash", "border": "pad"}[mode],
        crop_fraction=_floored(size, fraction),
        interpolation=_interpolation(settings.get("interpolation", "bicubic")),
        mean=_numbers(settings, "mean", 3),
        std=_numbers(settings, "std", 3),
    )


def of_torchvision(size_pixels: int) -> Preprocessing:
    """What the weights of torchvision's models of that size were measured with."""
    return _preprocessing(
        size_pixels=size_pixels,
        fit="crop",
        crop_fraction=0.875,
        interpolation="bilinear",
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
    )


def from_open_clip(settings: Mapping[str, object]) -> Preprocessing:
    """What ``open_clip.get_model_preprocess_cfg`` gives.

    Raises:
        ModelDamaged: settings that have no counterpart here.
    """
    size = settings.get("size", 224)
    mode = settings.get("resize_mode", "shortest")
    if mode not in ("shortest", "longest", "squash"):
        raise ModelDamaged(f"the model's resize_mode {mode!r} is not supported: expected shortest, longest or squash")
    return _preprocessing(
        size_pixels=size if isinstance(size, int) else _square(_numbers(settings, "size", 2)),
        fit={"shortest": "crop", "longest": "pad", "squash": "squash"}[mode],
        crop_fraction=1.0,
        interpolation=_interpolation(settings.get("interpolation", "bicubic")),
        mean=_numbers(settings, "mean", 3),
        std=_numbers(settings, "std", 3),
    )


def from_transformers(settings: Mapping[str, object]) -> Preprocessing:
    """What ``AutoImageProcessor.from_pretrained(...).to_dict()`` gives.

    Raises:
        ModelDamaged: settings that have no counterpart here.
    """
    _require_usual_values(settings)
    resized = _sides(settings.get("size"))
    cropped = _sides(settings.get("crop_size")) if settings.get("do_center_crop") else None
    if resized is None:
        raise ModelDamaged(f"the image processor's size {settings.get('size')!r} is not understood")
    target = cropped or resized
    shortest = cropped is not None or "shortest_edge" in _record(settings.get("size"))
    share = min(1.0, target[0] / resized[0])
    part = settings.get("crop_pct")
    if isinstance(part, int | float) and cropped is None and shortest:
        # ConvNeXt's: the shorter side is made longer by this share and the middle cut out; large pictures are squashed.
        share, shortest = _floored(_square(target), float(part)), resized[0] < _SQUASHED_FROM
    return _preprocessing(
        size_pixels=_square(target),
        fit="crop" if shortest else "squash",
        crop_fraction=share if shortest else 1.0,
        interpolation=_interpolation(settings.get("resample", 2)),
        mean=_numbers(settings, "image_mean", 3) if settings.get("do_normalize") is not False else (0.0, 0.0, 0.0),
        std=_numbers(settings, "image_std", 3) if settings.get("do_normalize") is not False else (1.0, 1.0, 1.0),
    )


def _require_usual_values(settings: Mapping[str, object]) -> None:
    """Refuse values of pixels that `Preprocessing` cannot make: those that it makes are (level / 255 - mean) / std."""
    factor = settings.get("rescale_factor")
    if isinstance(factor, int | float) and not math.isclose(factor, 1 / 255, rel_tol=1e-3):
        raise ModelDamaged(f"the image processor's rescale_factor {factor!r} is not supported: expected 1/255")
    for name, wanted in (("do_rescale", True), ("do_flip_channel_order", False), ("rescale_offset", False)):
        given = settings.get(name)
        if given is not None and bool(given) is not wanted:
            raise ModelDamaged(f"the image processor's {name} {given!r} is not supported: expected {wanted}")


def _preprocessing(
    *,
    size_pixels: int,
    fit: str,
    crop_fraction: float,
    interpolation: Literal["bilinear", "bicubic", "lanczos"],
    mean: tuple[float, ...],
    std: tuple[float, ...],
) -> Preprocessing:
    try:
        return Preprocessing(
            size_pixels=size_pixels,
            fit="crop" if fit == "crop" else "pad" if fit == "pad" else "squash",
            crop_fraction=crop_fraction,
            interpolation=interpolation,
            pad_value=0,
            mean=(mean[0], mean[1], mean[2]),
            std=(std[0], std[1], std[2]),
        )
    except ValueError as error:
        raise ModelDamaged(f"the model's preprocessing cannot be used: {error}") from error


def _floored(size_pixels: int, fraction: float) -> float:
    """The fraction that rounds to the length to which these libraries resize the shorter side: they leave off a rest.

    Args:
        size_pixels: side of the square.
        fraction: as the library states it; given back where rounding comes to the same length.
    """
    if not 0.0 < fraction < 1.0:
        return fraction
    longer = math.floor(size_pixels / fraction)
    return fraction if longer == round(size_pixels / fraction) else size_pixels / longer


def _interpolation(value: object) -> Literal["bilinear", "bicubic", "lanczos"]:
    # timm's "random" is for training; its own evaluation then takes bilinear.
    name = str(getattr(value, "value", value)).lower()
    found = _INTERPOLATIONS.get("bilinear" if name == "random" else name)
    if found is None:
        raise ModelDamaged(f"the model's interpolation {value!r} is not supported: expected bilinear, bicubic, lanczos")
    return found


def _record(value: object) -> Mapping[str, object]:
    return {str(key): item for key, item in value.items()} if isinstance(value, Mapping) else {}


def _sides(value: object) -> tuple[float, float] | None:
    if isinstance(value, int):
        return float(value), float(value)
    record = _record(value)
    shortest = record.get("shortest_edge")
    if isinstance(shortest, int):
        return float(shortest), float(shortest)
    height, width = record.get("height"), record.get("width")
    return (float(height), float(width)) if isinstance(height, int) and isinstance(width, int) else None


def _square(sides: Sequence[float]) -> int:
    if len(set(sides)) != 1:
        raise ModelDamaged(f"the model takes oblong pictures {list(sides)}, only squares are supported")
    return int(sides[0])


def _numbers(settings: Mapping[str, object], key: str, count: int) -> tuple[float, ...]:
    value = settings.get(key)
    if not isinstance(value, Sequence) or len(value) != count:
        raise ModelDamaged(f"the model's preprocessing should give {count} numbers as {key}, received {value!r}")
    numbers = [item for item in value if isinstance(item, int | float)]
    if len(numbers) != count:
        raise ModelDamaged(f"the model's preprocessing should give {count} numbers as {key}, received {value!r}")
    return tuple(float(number) for number in numbers)
