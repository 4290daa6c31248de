"""How the pictures of a run are varied, found out at its start, and shown to people in its folder."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8

from lookalike.train.augmentation import AugmentationConfig
from lookalike.train.augmentation.augmenter import Augmenter
from lookalike.train.augmentation.outlines import outlines_of
from lookalike.train.contact_sheet import contact_sheet, rows_to_show
from lookalike.train.examples import Examples, room
from lookalike.train.mirroring import Mirroring, judge_mirroring
from lookalike.train.rows_on_device import RowsOnDevice
from lookalike.train.run_folder import OUTLINES

__all__ = ["Varying", "prepare_varying"]

_SHEET_ROWS, _SHEET_VIEWS = 8, 7
_MOST_JUDGED = 12_000


@dataclass(frozen=True, slots=True, eq=False)
class Varying:
    """Varies the pictures of one run: called with squares, a number for each, and the epoch.

    Attributes:
        augmenter: does it.
        outlines: of every picture, where backgrounds are replaced; None where not.
        mirrored: whether pictures are mirrored.
        mirroring: what the catalogue said to that; None where it was not asked.
        n_even: pictures before an even backdrop, whose background can be replaced.
        n_pictures: in all.
    """

    augmenter: Augmenter
    outlines: UInt8[np.ndarray, "n side side"] | None
    mirrored: bool
    mirroring: Mirroring | None
    n_even: int
    n_pictures: int
    _by_device: dict[str, RowsOnDevice] = field(default_factory=dict[str, RowsOnDevice], init=False, repr=False)

    def __call__(
        self, squares: UInt8[torch.Tensor, "m side side 3"], numbers: Sequence[int], epoch: int
    ) -> UInt8[torch.Tensor, "m size size 3"]:
        """The squares varied, on their device.

        Args:
            squares: upright sRGB.
            numbers: which picture each is, plus any multiple of `n_pictures`, by which its chances differ.
            epoch: or the number of the view.
        """
        outlines = None
        if self.outlines is not None:
            chosen = np.asarray(numbers, dtype=np.int64) % self.n_pictures
            device = str(squares.device)
            outlines = self._by_device.setdefault(device, RowsOnDevice(self.outlines, device))(chosen)
        return self.augmenter(squares, numbers, epoch=epoch, outlines=outlines)

    def notes(self) -> list[str]:
        """What was found out, as sentences."""
        found = self.mirroring
        mirrored = "Pictures are mirrored." if self.mirrored else "Pictures are not mirrored."
        if found is not None and found.keeps:
            mirrored += " Nothing in the catalogue speaks against it."
        elif found is not None:
            mirrored += (
                f" {found.n_changed} of {found.n_products} products have the mirror image of a picture of theirs in "
                "another product."
            )
        even = "Backgrounds are not replaced."
        if self.outlines is not None:
            even = f"{self.n_even} of {self.n_pictures} pictures have an even background, which may be replaced."
        return [mirrored, even]

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        found = None if self.mirroring is None else asdict(self.mirroring)
        return {"mirrored": self.mirrored, "mirroring": found, "even_backgrounds": self.n_even}


def prepare_varying(
    config: AugmentationConfig,
    examples: Examples,
    *,
    size_pixels: int,
    seed: int,
    folder: Path,
    memory_megabytes: int = 4096,
) -> Varying:
    """Find out what may be done to these pictures; write ``augmentation.json`` and ``augmentation.png`` to `folder`.

    Args:
        config: what is varied, and how much.
        examples: the pictures, and what they show.
        size_pixels: of what the model takes.
        seed: of the run.
        folder: of the run; it is there.
        memory_megabytes: outlines lie in a file of `folder` where they and the pictures need more.
    """
    mirroring = None
    if config.flip == "learned":
        n = examples.n_told
        asked = _evenly(n, _MOST_JUDGED)
        mirroring = judge_mirroring(examples.squares[:n], examples.labels[:n], asked=asked)
    mirrored = config.flip == "always" or (mirroring is not None and mirroring.keeps)
    outlines, n_even = None, 0
    if config.background_probability:
        shape = examples.squares.shape[:3]
        too_many = 4 * math.prod(shape) > memory_megabytes * 1_000_000
        held = room(folder / OUTLINES if too_many else None, shape)
        outlines = outlines_of(examples.squares, plates=config.beyond == "background", into=held)
        n_even = int((outlines.reshape(len(outlines), -1).min(axis=1) < 255).sum())
    augmenter = Augmenter(config, size_pixels=size_pixels, seed=seed, mirror=mirrored)
    if config.beyond != "background" and not n_even:
        outlines = None
    varying = Varying(augmenter, outlines, mirrored, mirroring, n_even, len(examples))
    (folder / "augmentation.json").write_text(json.dumps(varying.as_dict(), indent=2) + "\n", encoding="utf-8")
    (folder / "augmentation.png").write_bytes(_sheet(varying, examples, seed))
    return varying


def _sheet(varying: Varying, examples: Examples, seed: int) -> bytes:
    rows = rows_to_show(len(examples), _SHEET_ROWS, np.random.default_rng([seed, 5]))
    squares = np.ascontiguousarray(examples.squares[rows])
    given = torch.from_numpy(squares)
    views = [varying(given, rows, epoch).numpy() for epoch in range(_SHEET_VIEWS)]
    labels = examples.labels[rows].tolist()
    captions = [examples.names[label] if label >= 0 else "?" for label in labels]
    return contact_sheet(squares, np.stack(views, axis=1), captions=captions, notes=varying.notes())


def _evenly(n: int, most: int) -> slice:
    """Every picture, or every second, third, … so that there are at most `most`."""
    return slice(0, n, -(-n // most))
