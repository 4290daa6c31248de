"""How often is a barcode in a photograph read, how often is one read where there is none, and what does looking cost?

python benchmarks/codes.py [--each 40] [--seed 3] [--out FILE]

EAN-13 labels of random valid numbers are printed on pictures of noise of 1600 x 1200 pixels: turned by any angle, in
modules (narrowest bars) of 2 to 4 pixels, blurred, saved as JPEG of quality 70. Photographs without a code are the same
without the label. The cost is time of the processor: decoding the photograph once more at reading size, and looking.
"""

from __future__ import annotations

import argparse
import io
import time
from pathlib import Path

import numpy as np
import zxingcpp
from PIL import Image, ImageFilter

from lookalike.images.codes import read_codes
from lookalike.images.seen import read_pixels
from result import Headline, write_result

BLURS = (0.0, 1.0, 2.0)


def number(rng: np.random.Generator) -> str:
    """A valid EAN-13."""
    digits = [int(digit) for digit in rng.integers(0, 10, 12)]
    return "".join(map(str, digits)) + str(-sum(digit * (3 if at % 2 else 1) for at, digit in enumerate(digits)) % 10)


def photograph(code: str | None, blur: float, rng: np.random.Generator) -> bytes:
    """A JPEG of 1600 x 1200 pixels, with or without a label."""
    cells = Image.fromarray(rng.integers(40, 220, (12, 16, 3), dtype=np.uint8))
    shown = cells.resize((1600, 1200), Image.Resampling.BICUBIC)
    if code is not None:
        made = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.EAN13)
        label = Image.fromarray(
            np.array(zxingcpp.write_barcode_to_image(made, scale=int(rng.integers(2, 5)), add_quiet_zones=True))
        ).convert("RGB")
        angle = float(rng.uniform(0, 360))
        mask = Image.new("L", label.size, 255).rotate(angle, expand=True)
        turned = label.rotate(angle, expand=True, resample=Image.Resampling.BICUBIC)
        place = (int(rng.integers(50, 1550 - turned.width)), int(rng.integers(50, 1150 - turned.height)))
        shown.paste(turned, place, mask)
    if blur:
        shown = shown.filter(ImageFilter.GaussianBlur(blur))
    out = io.BytesIO()
    shown.save(out, "JPEG", quality=70)
    return out.getvalue()


def main() -> None:
    """Print, read, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=40)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    rates: dict[str, object] = {}
    taken: list[tuple[float, float]] = []
    wrong = 0
    for blur in BLURS:
        read = 0
        for _ in range(given.each):
            code = number(rng)
            found = read_codes(read_pixels(photograph(code, blur, rng)))
            read += code in [one.text for one in found]
            wrong += any(one.text != code for one in found)
        rates[f"blur {blur:g}"] = {"read": read, "of": given.each}
    invented = 0
    for _ in range(given.each):
        data = photograph(None, 0.0, rng)
        started = time.process_time()
        pixels = read_pixels(data)
        decoded = time.process_time()
        invented += bool(read_codes(pixels))
        taken.append(((decoded - started) * 1e3, (time.process_time() - decoded) * 1e3))
    decode_ms, look_ms = (round(float(np.median(column)), 1) for column in zip(*taken, strict=True))
    figures = {
        "rates": rates,
        "read_as_another": wrong,
        "invented": invented,
        "decode_ms": decode_ms,
        "look_ms": look_ms,
    }
    print(figures)
    told = ", ".join(f"{rate['read']}/{rate['of']}" for rate in rates.values())  # pyright: ignore[reportIndexIssue]
    write_result(
        "codes",
        figures=figures,
        headlines=[
            Headline("EAN-13 read at any angle in JPEGs of 1600 x 1200 (blur 0, 1, 2 pixels); read as another number",
                     "任意角度的 EAN-13（模糊 0、1、2 像素）读出数；误读数", f"{told}; {wrong}", front=False),
            Headline("what looking for codes costs a search by such a photograph, on one core (decoding, looking)",
                     "在这样的照片中寻找条码所需的时间（解码、识别）", f"{decode_ms} ms, {look_ms} ms", front=False),
        ],
        seed=given.seed,
        n=given.each * (len(BLURS) + 1),
        data="printed labels on noise",
        distributions=("zxing-cpp", "simplejpeg", "numpy"),
        out=given.out,
    )  # fmt: skip


if __name__ == "__main__":
    main()
