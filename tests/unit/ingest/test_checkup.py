"""Claims about the doctor of files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from lookalike.ingest.checkup import check_files
from lookalike.ingest.options import IngestOptions


def test_flat_swatches_of_different_colours_are_no_duplicates_of_each_other(tmp_path: Path) -> None:
    for colour in ("red", "navy", "white"):
        Image.new("RGB", (300, 200), colour).save(tmp_path / f"{colour}.png")
    striped = Image.new("RGB", (300, 200), "red")
    striped.paste("white", (0, 70, 300, 140))
    striped.save(tmp_path / "flag.png")
    Image.new("RGB", (300, 200), "red").save(tmp_path / "red again.png")
    scene = np.random.default_rng(3).integers(0, 256, (8, 12, 3)).astype(np.uint8)
    photograph = Image.fromarray(scene).resize((300, 200), Image.Resampling.BICUBIC)
    photograph.save(tmp_path / "photograph.png")
    photograph.resize((240, 160)).save(tmp_path / "smaller.jpg")
    groups = [(group.kind, group.images) for group in check_files(tmp_path, IngestOptions(n_workers=1)).duplicates]
    assert groups == [("exact", ("red again.png", "red.png")), ("near", ("photograph.png", "smaller.jpg"))]
