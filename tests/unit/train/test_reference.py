"""The reference of training names every setting of objective, sampling and augmentation."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from lookalike.train.augmentation import AugmentationConfig
from lookalike.train.objective import ObjectiveConfig
from lookalike.train.sampling import SamplingConfig


@pytest.mark.parametrize("section", [AugmentationConfig, ObjectiveConfig, SamplingConfig])
def test_the_reference_describes_every_setting(section: type, repository: Path) -> None:
    page = (repository / "docs" / "reference" / "training.md").read_text(encoding="utf-8")
    missing = [field.name for field in fields(section) if f"`{field.name}`" not in page.replace("`objective.", "`")]
    assert not missing
