"""Claims about the small configurations that training is put together from."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from lookalike.errors import InvalidConfiguration
from lookalike.train.augmentation import AugmentationConfig
from lookalike.train.objective import ObjectiveConfig
from lookalike.train.sampling import SamplingConfig


def test_the_defaults_are_valid() -> None:
    assert AugmentationConfig() == AugmentationConfig()
    assert ObjectiveConfig().loss == "proxy_anchor"
    assert SamplingConfig().batch_pictures == 128


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: AugmentationConfig(shift=0.6, crop_area=(0.9, 0.5)), ["shift", "crop_area"]),
        (lambda: AugmentationConfig(crop_aspect=0.5, jpeg_quality=(0, 90)), ["crop_aspect", "jpeg_quality"]),
        (lambda: AugmentationConfig(rotation_degrees=float("nan")), ["rotation_degrees"]),
        (lambda: SamplingConfig(n_products=1, n_pictures=0), ["n_products", "n_pictures"]),
        (lambda: SamplingConfig(n_products=4, n_categories=5), ["n_categories"]),
        (lambda: SamplingConfig(catalogue_shares=(0.5, 0.4)), ["catalogue_shares"]),
        (lambda: ObjectiveConfig(miner="hard", memory_pictures=64), ["miner", "memory_pictures"]),
        (lambda: ObjectiveConfig(similarity="euclidean", label_smoothing=0.1), ["similarity", "label_smoothing"]),
        (lambda: ObjectiveConfig(loss="normalised_softmax", margin=0.3), ["margin", "normalised_softmax"]),
        (lambda: ObjectiveConfig(loss="triplet", scale=20.0), ["scale", "triplet"]),
        (lambda: ObjectiveConfig(loss="contrastive", scale=20.0), ["scale", "contrastive"]),
        (lambda: ObjectiveConfig(margin=-1.0, scale=0.0, sub_centres=0), ["margin", "scale", "sub_centres"]),
    ],
)
def test_every_bad_field_is_named_at_once(make: Callable[[], object], named: list[str]) -> None:
    with pytest.raises(InvalidConfiguration) as raised:
        make()
    for name in named:
        assert re.search(rf"\b{name}\b", str(raised.value))
