"""Batches of pictures, varied: geometry in one resampling, then background, colour, light, blur, JPEG and erasing."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch.nn import functional

from lookalike.train.augmentation.blur import blurred, smeared
from lookalike.train.augmentation.colour import GREY, colour_maps
from lookalike.train.augmentation.config import AugmentationConfig
from lookalike.train.augmentation.draws import Draws, draw
from lookalike.train.augmentation.geometry import Maps, homographies
from lookalike.train.augmentation.jpeg import compressed
from lookalike.train.augmentation.light import lit
from lookalike.train.augmentation.placing import placed, placed_numbers
from lookalike.train.augmentation.smallness import made_small

__all__ = ["Augmenter"]

_AT_ONCE = 16
"""On a processor: the steps of more pictures leave its caches, and each costs half as much again."""
_CELLS = 8
_TINT = 0.3
_ERASING_ASPECT = 10 / 3
_OCTAVES, _LONG, _HARD, _DETAIL = (2, 3, 4, 5), (1, 1, 2, 4), 0.3, 60.0


class Augmenter:
    """Varies pictures; what happens to one depends on seed, epoch and its number, not on the batch or its size.

    Works where the pictures are: a batch on a GPU is augmented there. On one CPU thread it costs 2 to 4 milliseconds a
    picture of 256 pixels.

    Args:
        config: what is varied, and how much.
        size_pixels: side of the results.
        seed: of the run.
        mirror: whether half of the pictures are mirrored: the answer to `config.flip`, which the caller has found.
    """

    def __init__(self, config: AugmentationConfig, *, size_pixels: int, seed: int, mirror: bool) -> None:
        self._config = config
        self._size = size_pixels
        self._seed = seed
        self._mirror = mirror

    def __call__(
        self,
        pictures: UInt8[torch.Tensor, "n height width 3"],
        rows: Sequence[int],
        *,
        epoch: int,
        outlines: UInt8[torch.Tensor, "n height width"] | None = None,
    ) -> UInt8[torch.Tensor, "n size size 3"]:
        """The pictures varied, in the same order, on the same device.

        Reduction is bilinear without a filter: meant for sources of at most about 1.5 times the result's side.

        Args:
            pictures: upright sRGB, all of one size.
            rows: number of each picture in the training set.
            epoch: or the number of the view, where several are made of a picture.
            outlines: how much of each pixel belongs to the object (`outlines_of`); needed for other backgrounds.
        """
        if pictures.device.type == "cpu" and len(rows) > _AT_ONCE:
            starts = range(0, len(rows), _AT_ONCE)
            return torch.cat(
                [
                    self._varied(
                        pictures[start : start + _AT_ONCE],
                        rows[start : start + _AT_ONCE],
                        epoch,
                        None if outlines is None else outlines[start : start + _AT_ONCE],
                    )
                    for start in starts
                ]
            )
        return self._varied(pictures, rows, epoch, outlines)

    def _varied(
        self,
        pictures: UInt8[torch.Tensor, "m height width 3"],
        rows: Sequence[int],
        epoch: int,
        outlines: UInt8[torch.Tensor, "m height width"] | None,
    ) -> UInt8[torch.Tensor, "m size size 3"]:
        config, draws = self._config, draw(self._seed, epoch, rows)
        grid = _grid(homographies(config, draws, mirror=self._mirror), self._size, pictures.device)
        seen = self._seen(pictures.permute(0, 3, 1, 2), grid)
        if outlines is not None:
            self._before_others(seen, outlines, grid, draws, rows, epoch)
        seen = lit(config, self._coloured(seen, draws), draws)
        seen = self._worse(seen, draws, rows, epoch)
        self._erase(seen, draws)
        return seen.round_().clamp_(0, 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous()

    def _seen(self, planes: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
        beyond = "reflection" if self._config.beyond == "mirror" else "border"
        return functional.grid_sample(planes.float(), grid, "bilinear", beyond, align_corners=False)

    def _there(self, outlines: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
        """How much of each pixel is the object; where the background lies beyond the picture, no object is there."""
        beyond = {"mirror": "reflection", "edge": "border", "background": "zeros"}[self._config.beyond]
        return functional.grid_sample(outlines[:, None].float(), grid, "bilinear", beyond, align_corners=False) / 255

    def _before_others(
        self,
        seen: Float[torch.Tensor, "n 3 size size"],
        outlines: torch.Tensor,
        grid: torch.Tensor,
        draws: Draws,
        rows: Sequence[int],
        epoch: int,
    ) -> None:
        """The chosen pictures before a mottled background, as far as their outline leaves room for one."""
        chosen = np.flatnonzero(draws.happens("background", self._config.background_probability))
        if not len(chosen):
            return
        cells = np.stack(
            [
                np.random.default_rng((self._seed, epoch, rows[place], 1)).random((3, _CELLS + 1, _CELLS))
                for place in chosen.tolist()
            ]
        )
        cells = cells[:, :1] + _TINT * (cells - 0.5)  # walls and tables have some brightness and little of a hue
        contrast = draws.between("background_contrast", 0.0, 1.0)[chosen, None, None, None]
        # The last row gives the shade, the others how it varies from place to place.
        coarse = 255 * np.clip(cells[:, :, -1:, :1] + contrast * (cells[:, :, :-1] - 0.5), 0, 1)
        if self._config.background_detail:
            of_them = [rows[place] for place in chosen.tolist()]
            behind = self._detailed(placed(coarse, seen), of_them, epoch, seen.shape[3])
        else:
            behind = functional.interpolate(placed(coarse, seen), size=seen.shape[2:], mode="bilinear")
        at = placed_numbers(chosen, seen)
        there = self._there(outlines[at], grid[at])
        seen[at] = seen[at] * there + behind * (1 - there)

    def _detailed(
        self, behind: Float[torch.Tensor, "m 3 cells cells"], rows: Sequence[int], epoch: int, size: int
    ) -> Float[torch.Tensor, "m 3 size size"]:
        """Finer and finer patches on the coarse ones, some of them long, some with hard edges: walls, leaves, poles."""
        side, strength = size // 2, _DETAIL * self._config.background_detail
        # Half the size is enough of a background, and a quarter of the work.
        drawn = functional.interpolate(behind, size=(side, side), mode="bilinear")
        for place, row in enumerate(rows):
            generator = np.random.default_rng((self._seed, epoch, row, 2))
            for octave in _OCTAVES:
                cells, long = 2**octave, int(generator.choice(_LONG))
                shape = (max(2, cells // long), cells)[:: int(generator.choice([1, -1]))]
                patch = generator.normal(size=(1, 1, *shape)) + _TINT * generator.normal(size=(1, 3, *shape))
                amount = generator.random() * strength * 0.75 ** (octave - _OCTAVES[0])
                mode = "nearest" if generator.random() < _HARD else "bilinear"
                drawn[place] += amount * functional.interpolate(placed(patch, behind), size=side, mode=mode)[0]
        return functional.interpolate(drawn.clamp_(0, 255), size=(size, size), mode="bilinear")

    def _coloured(
        self, seen: Float[torch.Tensor, "n 3 size size"], draws: Draws
    ) -> Float[torch.Tensor, "n 3 size size"]:
        if not self._config.colour_probability and not self._config.grey_probability:
            return seen
        matrices, contrasts = colour_maps(self._config, draws)
        matrix, contrast = placed(matrices, seen), placed(contrasts, seen)
        mean = torch.einsum("nkc,nc->nk", matrix, seen.mean(dim=(2, 3)))
        grey = (mean * placed(GREY, seen)).sum(dim=1)
        offset = ((1 - contrast) * grey)[:, None, None]
        flat = seen.permute(0, 2, 3, 1).reshape(len(seen), -1, 3)
        changed = torch.baddbmm(offset, flat, (contrast[:, None, None] * matrix).transpose(1, 2))
        return changed.clamp_(0, 255).reshape(len(seen), *seen.shape[2:], 3).permute(0, 3, 1, 2)

    def _worse(
        self, seen: Float[torch.Tensor, "n 3 size size"], draws: Draws, rows: Sequence[int], epoch: int
    ) -> Float[torch.Tensor, "n 3 size size"]:
        config = self._config
        chosen = np.flatnonzero(draws.happens("motion", config.motion_probability))
        if len(chosen):
            lengths = draws.ratio("motion_pixels", *config.motion_pixels)[chosen] * self._size / 224
            angles = draws.between("motion_angle", 0.0, np.pi)[chosen]
            at = placed_numbers(chosen, seen)
            seen[at] = smeared(seen[at], lengths, angles)
        chosen = np.flatnonzero(draws.happens("blur", config.blur_probability))
        if len(chosen):
            sigmas = draws.between("blur_sigma", *config.blur_sigma_pixels)[chosen] * self._size / 224
            at = placed_numbers(chosen, seen)
            seen[at] = blurred(seen[at], sigmas)
        seen = made_small(config, seen, draws, self._seed, epoch, rows)
        chosen = np.flatnonzero(draws.happens("jpeg", config.jpeg_probability))
        if len(chosen):
            qualities = np.round(draws.between("jpeg_quality", *map(float, config.jpeg_quality))[chosen])
            at = placed_numbers(chosen, seen)
            seen[at] = compressed(seen[at], placed(qualities, seen))
        return seen

    def _erase(self, seen: Float[torch.Tensor, "n 3 size size"], draws: Draws) -> None:
        """One rectangle each of the chosen pictures painted over in a colour of its own."""
        config, size = self._config, self._size
        area = draws.between("erasing_area", *config.erasing_area)
        aspect = draws.ratio("erasing_aspect", 1 / _ERASING_ASPECT, _ERASING_ASPECT)
        width = np.minimum(size, np.round(size * np.sqrt(area * aspect))).astype(np.int64)
        height = np.minimum(size, np.round(size * np.sqrt(area / aspect))).astype(np.int64)
        left = np.floor(draws.between("erasing_x", 0.0, 1.0) * (size - width + 1)).astype(np.int64)
        upper = np.floor(draws.between("erasing_y", 0.0, 1.0) * (size - height + 1)).astype(np.int64)
        colours = np.stack([draws.between(f"erasing_{name}", 0.0, 255.0) for name in ("red", "green", "blue")], axis=1)
        painted = placed(colours, seen)[:, :, None, None]
        for place in np.flatnonzero(draws.happens("erasing", config.erasing_probability)).tolist():
            rows = slice(int(upper[place]), int(upper[place] + height[place]))
            columns = slice(int(left[place]), int(left[place] + width[place]))
            seen[place, :, rows, columns] = painted[place]


def _grid(maps: Maps, size: int, device: torch.device) -> Float[torch.Tensor, "n size size 2"]:
    """Where in the source the middle of each pixel of the result lies."""
    at = (torch.arange(size, device=device, dtype=torch.float32) * 2 + 1) / size - 1
    m = placed(maps, at)[..., None, None]
    across, down = at[None, None, :], at[None, :, None]
    depth = m[:, 2, 0] * across + (m[:, 2, 1] * down + m[:, 2, 2])
    grid = torch.empty((len(maps), size, size, 2), device=device)
    for axis in range(2):
        place = m[:, axis, 0] * across + (m[:, axis, 1] * down + m[:, axis, 2])
        torch.div(place, depth, out=grid[..., axis])
    return grid
