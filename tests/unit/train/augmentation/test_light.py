"""Claims about `lookalike.train.augmentation.light` and `lookalike.train.augmentation.smallness`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lookalike.train.augmentation import AugmentationConfig
from lookalike.train.augmentation.draws import draw

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch

SIDE = 32
OFF = AugmentationConfig()


def planes(n: int = 6) -> torch.Tensor:
    generator = np.random.default_rng(1)
    return torch.from_numpy(generator.integers(20, 236, (n, 3, SIDE, SIDE)).astype(np.float32))


def lit(config: AugmentationConfig, epoch: int = 0) -> torch.Tensor:
    from lookalike.train.augmentation.light import lit as change

    return change(config, planes(), draw(3, epoch, range(6)))


def small(config: AugmentationConfig, rows=range(6)) -> torch.Tensor:
    from lookalike.train.augmentation.smallness import made_small

    return made_small(config, planes(), draw(3, 0, rows), 3, 0, list(rows))


def test_what_is_switched_off_changes_nothing() -> None:
    assert torch.equal(lit(OFF), planes())
    assert torch.equal(small(OFF), planes())


def test_night_is_dark_and_a_shadow_darkens_one_side() -> None:
    night = lit(replace(OFF, night_probability=1.0, night_light=(0.1, 0.2)))
    assert float(night.mean()) < 0.4 * float(planes().mean())
    shaded = lit(replace(OFF, shade_probability=1.0)) / planes()
    assert float(shaded.max()) <= 1.0001
    assert all(float(one.max() - one.min()) > 0.1 for one in shaded)


def test_sun_takes_colour_and_contrast() -> None:
    faded = lit(replace(OFF, fade_probability=1.0, fade=(0.5, 0.5)))
    spread = (faded.amax(1) - faded.amin(1)).mean() / (planes().amax(1) - planes().amin(1)).mean()
    assert float(spread) == pytest.approx(0.5 * 0.65, rel=0.05)
    assert float(faded.std()) < float(planes().std())


def test_a_small_picture_is_the_means_of_its_cells() -> None:
    found = small(replace(OFF, small_probability=1.0, small_pixels=(8.0, 8.0)))
    cells = planes().reshape(6, 3, 8, 4, 8, 4).mean(dim=(3, 5))
    expected = torch.nn.functional.interpolate(cells, size=(SIDE, SIDE), mode="bicubic", align_corners=False)
    assert torch.allclose(found, expected.clamp(0, 255), atol=1e-3)


def test_noise_has_the_strength_that_was_asked_for_and_depends_on_the_row_alone() -> None:
    config = replace(OFF, noise_probability=1.0, noise=(9.0, 9.0))
    added = small(config) - planes()
    assert float(added.std()) == pytest.approx(9.0, rel=0.1)
    assert torch.equal(small(config), small(config))


@pytest.mark.parametrize("degrees", [0, 30, 90])
def test_motion_smears_a_point_along_a_line(degrees: int) -> None:
    from lookalike.train.augmentation.blur import smeared

    point = torch.zeros(1, 3, SIDE, SIDE)
    point[:, :, 16, 16] = 255.0
    angle = np.radians(degrees)
    found = smeared(point, np.asarray([9.0]), np.asarray([angle]))[0, 0].numpy()
    assert found.sum() == pytest.approx(255.0, rel=1e-3)
    y, x = np.nonzero(found > 1.0)
    along = (x - 16) * np.cos(angle) + (y - 16) * np.sin(angle)
    across = (y - 16) * np.cos(angle) - (x - 16) * np.sin(angle)
    assert np.abs(across).max() <= 1.0
    assert 8.0 <= along.max() - along.min() <= 10.5


def test_a_plate_is_taken_without_the_white_around_it_and_without_holes() -> None:
    from lookalike.train.augmentation.outlines import outlines_of

    y, x = np.mgrid[:64, :64] - 31.5
    ring = np.full((64, 64, 3), 255, np.uint8)
    ring[(np.hypot(x, y) < 31) & (np.hypot(x, y) > 24)] = (200, 20, 20)
    blue = np.zeros((64, 64, 3), np.uint8)
    blue[..., 2] = 180
    blue[20:40, 28:36] = 255
    outlines = outlines_of(np.stack([ring, blue]), plates=True)
    assert (outlines[0][np.hypot(x, y) < 28] == 255).all()
    assert (outlines[0][np.hypot(x, y) > 36] == 0).all()
    assert (outlines[1] == 255).all()
