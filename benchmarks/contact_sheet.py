"""What every corruption does to one picture, as one picture: ``python benchmarks/contact_sheet.py PICTURE OUT.jpg``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from lookalike.images.corruptions import FAMILIES, phone_photograph
from lookalike.images.decode import decode
from lookalike.images.preprocessing import Preprocessing

CELL = 104
LABEL = 118
SEED = 3


def main() -> int:
    """Write the sheet: two columns of families, severities from left to right, phone-like photographs last."""
    picture = decode(Path(sys.argv[1]).read_bytes()).pixels
    pixels = Preprocessing(fit="crop").apply(picture)
    rows: list[tuple[str, list[np.ndarray]]] = [
        (
            family.name,
            [
                corrupted
                for severity in range(1, len(family.levels) + 1)
                if (corrupted := family.apply(pixels, severity, np.random.default_rng(SEED))) is not None
            ],
        )
        for family in FAMILIES
    ]
    rows.append(("phone-like", [phone_photograph(pixels, np.random.default_rng(seed)) for seed in range(5)]))
    half = (len(rows) + 1) // 2
    width, height = LABEL + 5 * CELL + 12, half * (CELL + 2)
    sheet = Image.new("RGB", (2 * width, height), "white")
    draw = ImageDraw.Draw(sheet)
    for number, (name, pictures) in enumerate(rows):
        left, top = (number // half) * width, (number % half) * (CELL + 2)
        draw.text((left + 4, top + CELL // 2 - 6), name, fill="black")
        for column, one in enumerate(pictures):
            cell = Image.fromarray(one).resize((CELL, CELL), Image.Resampling.LANCZOS)
            sheet.paste(cell, (left + LABEL + column * CELL, top))
    sheet.save(sys.argv[2], quality=82)
    return 0


if __name__ == "__main__":
    sys.exit(main())
