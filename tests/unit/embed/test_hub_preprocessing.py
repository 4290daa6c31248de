"""Claims about `lookalike.embed.hub_preprocessing`."""

from __future__ import annotations

import pytest

from lookalike.embed.hub_preprocessing import from_open_clip, from_timm, from_transformers, of_torchvision
from lookalike.errors import ModelDamaged
from lookalike.images.preprocessing import Preprocessing

TIMM = {
    "input_size": (3, 224, 224),
    "interpolation": "bicubic",
    "mean": (0.5, 0.4, 0.3),
    "std": (0.2, 0.3, 0.4),
    "crop_pct": 0.875,
    "crop_mode": "center",
}
OPEN_CLIP = {
    "size": (224, 224),
    "mode": "RGB",
    "mean": (0.5, 0.4, 0.3),
    "std": (0.2, 0.3, 0.4),
    "interpolation": "bicubic",
    "resize_mode": "shortest",
    "fill_color": 0,
}
TRANSFORMERS = {
    "size": {"shortest_edge": 256},
    "crop_size": {"height": 224, "width": 224},
    "do_center_crop": True,
    "resample": 3,
    "image_mean": [0.5, 0.4, 0.3],
    "image_std": [0.2, 0.3, 0.4],
}


def expected(**fields: object) -> Preprocessing:
    values: dict[str, object] = {"fit": "crop", "mean": (0.5, 0.4, 0.3), "std": (0.2, 0.3, 0.4), "pad_value": 0}
    return Preprocessing(**{**values, **fields})  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, {"crop_fraction": 0.875}),
        ({"crop_mode": "squash", "crop_pct": 1.0}, {"fit": "squash"}),
        ({"crop_mode": "border", "crop_pct": 1.0}, {"fit": "pad"}),
        ({"crop_pct": 1, "interpolation": "random"}, {"interpolation": "bilinear"}),
        ({"crop_pct": 1.0, "input_size": (3, 384, 384)}, {"size_pixels": 384}),
    ],
)
def test_timm_settings_keep_their_meaning(changes: dict[str, object], fields: dict[str, object]):
    assert from_timm({**TIMM, **changes}) == expected(**fields)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, {}),
        ({"resize_mode": "squash"}, {"fit": "squash"}),
        ({"resize_mode": "longest", "size": 384}, {"fit": "pad", "size_pixels": 384}),
    ],
)
def test_open_clip_settings_keep_their_meaning(changes: dict[str, object], fields: dict[str, object]):
    assert from_open_clip({**OPEN_CLIP, **changes}) == expected(**fields)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, {"crop_fraction": 0.875}),
        ({"do_center_crop": False, "size": {"height": 224, "width": 224}}, {"fit": "squash"}),
        ({"size": 256, "crop_size": 224, "resample": 2}, {"crop_fraction": 0.875, "interpolation": "bilinear"}),
        (
            {"do_center_crop": False, "size": {"shortest_edge": 224}, "crop_pct": 0.875},
            {"size_pixels": 224, "crop_fraction": 0.875},
        ),
        (
            {"do_center_crop": False, "size": {"shortest_edge": 384}, "crop_pct": 0.875},
            {"size_pixels": 384, "fit": "squash"},
        ),
        (
            {"do_normalize": False},
            {"crop_fraction": 0.875, "mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)},
        ),
        (
            {"do_normalize": None, "do_rescale": None, "rescale_factor": 0.00392156862745098, "rescale_offset": None},
            {"crop_fraction": 0.875},
        ),
    ],
)
def test_transformers_settings_keep_their_meaning(changes: dict[str, object], fields: dict[str, object]):
    assert from_transformers({**TRANSFORMERS, **changes}) == expected(**fields)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: from_timm({**TIMM, "input_size": (3, 224, 448)}), "oblong"),
        (lambda: from_timm({**TIMM, "crop_mode": "five"}), "crop_mode 'five'"),
        (lambda: from_timm({**TIMM, "crop_mode": "squash"}), "crop_pct 0.875 with crop_mode 'squash'"),
        (lambda: from_timm({**TIMM, "crop_mode": "border"}), "crop_pct 0.875 with crop_mode 'border'"),
        (lambda: from_timm({**TIMM, "interpolation": "nearest"}), "interpolation 'nearest'"),
        (lambda: from_timm({**TIMM, "mean": None}), "3 numbers as mean"),
        (lambda: from_timm({**TIMM, "mean": ("a", "b", "c")}), "3 numbers as mean"),
        (lambda: from_timm({**TIMM, "crop_pct": 0.01}), "crop_fraction must be"),
        (lambda: from_open_clip({**OPEN_CLIP, "resize_mode": "stretch"}), "resize_mode 'stretch'"),
        (lambda: from_transformers({**TRANSFORMERS, "size": None}), "size None is not understood"),
        (lambda: from_transformers({**TRANSFORMERS, "do_flip_channel_order": True}), "do_flip_channel_order True"),
        (lambda: from_transformers({**TRANSFORMERS, "do_rescale": False}), "do_rescale False"),
        (lambda: from_transformers({**TRANSFORMERS, "rescale_factor": 1 / 127.5}), "rescale_factor 0.0078"),
    ],
)
def test_settings_without_a_counterpart_are_refused_rather_than_approximated(call: object, message: str):
    with pytest.raises(ModelDamaged, match=message):
        call()  # pyright: ignore[reportCallIssue]


@pytest.mark.parametrize(
    ("size", "fraction", "longer"), [(224, 0.875, 256), (224, 0.9, 248), (224, 0.95, 235), (288, 0.96, 300)]
)
def test_the_shorter_side_is_as_long_as_the_library_makes_it_which_leaves_off_a_rest(
    size: int, fraction: float, longer: int
):
    found = from_timm({**TIMM, "input_size": (3, size, size), "crop_pct": fraction})
    assert found.shorter_side_pixels == longer
    settings = {"do_center_crop": False, "size": {"shortest_edge": size}, "crop_pct": fraction}
    assert from_transformers({**TRANSFORMERS, **settings}).shorter_side_pixels == longer


@pytest.mark.parametrize("fraction", [0.875, 0.96])
def test_a_fraction_that_rounds_as_the_library_does_is_kept_and_with_it_the_fingerprint(fraction: float):
    assert from_timm({**TIMM, "crop_pct": fraction}).crop_fraction == fraction


def test_pictures_for_torchvision_are_made_as_long_as_its_own_weights_say():
    assert of_torchvision(224).shorter_side_pixels == 256
    assert of_torchvision(299).shorter_side_pixels == 342
