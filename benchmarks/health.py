"""How many of the faults that were planted in a catalogue does the doctor find, and how many of its findings are true?

The drawn catalogue (300 products with several colours and views) gets ten kinds of faults at once, each in its own
products; thresholds were chosen on seed 11 and are reported on the seeds named here. Then wrong categories are planted
in real photographs of clothes, where those are at hand; their own labels have mistakes, which count as false findings.

    python benchmarks/health.py [--seed N …] [--data FOLDER] [--out FILE]
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import lookalike
from lookalike.evaluate.health.report import HealthReport
from lookalike.evaluate.health.watermarks import find_mark
from lookalike.images.texture import fine_texture
from lookalike.sources.drawn import draw_catalogue
from result import RESULTS, Headline, earlier_parts, stamp, write_result

SEEDS = (12, 13)
N_PRODUCTS = 300
COPIES = ("exact", "recompressed", "resized", "cropped")
OF_PRODUCTS = ("duplicate_product", "swapped_titles", "wrong_category")
OF_PICTURES = ("blurred", "small", "dark", "watermark")
ROOT = Path(__file__).resolve().parents[1]

Row = dict[str, str]


@dataclass
class Planted:
    """What was planted: by kind, groups of products (or pictures) that a finding has to name."""

    truth: dict[str, list[frozenset[str]]] = field(default_factory=dict)

    def add(self, kind: str, *names: str) -> None:
        """Another fault."""
        self.truth.setdefault(kind, []).append(frozenset(names))


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font that comes with Pillow."""
    return ImageFont.load_default(max(8, size))


def camera(side: int) -> Image.Image:
    """A grey camera."""
    image, unit = Image.new("RGB", (side, side), "#eeeeee"), side / 400
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((110 * unit, 150 * unit, 290 * unit, 270 * unit), 18 * unit, fill="#bdbdbd")
    pen.rectangle((165 * unit, 130 * unit, 235 * unit, 155 * unit), fill="#bdbdbd")
    pen.ellipse((160 * unit, 165 * unit, 240 * unit, 245 * unit), fill="#eeeeee")
    pen.ellipse((175 * unit, 180 * unit, 225 * unit, 230 * unit), fill="#bdbdbd")
    return image


def mountain(side: int) -> Image.Image:
    """A frame with mountains and a sun."""
    image, unit = Image.new("RGB", (side, side), "#f5f5f5"), side / 400
    pen = ImageDraw.Draw(image)
    pen.rectangle((80 * unit, 100 * unit, 320 * unit, 300 * unit), outline="#cccccc", width=max(1, int(8 * unit)))
    peaks = [(100, 285), (180, 180), (230, 240), (260, 210), (305, 285)]
    pen.polygon([(x * unit, y * unit) for x, y in peaks], fill="#cccccc")
    pen.ellipse((240 * unit, 125 * unit, 280 * unit, 165 * unit), fill="#cccccc")
    return image


def words(side: int) -> Image.Image:
    """NO IMAGE AVAILABLE."""
    image = Image.new("RGB", (side, side), "white")
    pen = ImageDraw.Draw(image)
    pen.text((side / 2, side * 0.45), "NO IMAGE", fill="#888888", font=font(side // 9), anchor="mm")
    pen.text((side / 2, side * 0.58), "AVAILABLE", fill="#888888", font=font(side // 9), anchor="mm")
    return image


def soon(side: int) -> Image.Image:
    """COMING SOON on blue."""
    image = Image.new("RGB", (side, side), "#0d47a1")
    pen = ImageDraw.Draw(image)
    pen.text((side / 2, side * 0.4), "COMING", fill="white", font=font(side // 7), anchor="mm")
    pen.text((side / 2, side * 0.58), "SOON", fill="#ffca28", font=font(side // 7), anchor="mm")
    return image


def logo(side: int) -> Image.Image:
    """A shop's mark and name."""
    image, unit = Image.new("RGB", (side, side), "white"), side / 400
    pen = ImageDraw.Draw(image)
    pen.ellipse((140 * unit, 110 * unit, 260 * unit, 230 * unit), fill="#c62828")
    pen.polygon([(200 * unit, 130 * unit), (245 * unit, 215 * unit), (155 * unit, 215 * unit)], fill="white")
    pen.text((side / 2, side * 0.7), "shopname", fill="#333333", font=font(side // 9), anchor="mm")
    return image


def blank(side: int) -> Image.Image:
    """Nothing."""
    return Image.new("RGB", (side, side), "white")


PLACEHOLDERS: tuple[tuple[Callable[[int], Image.Image], int], ...] = (
    (camera, 4), (words, 5), (mountain, 3), (soon, 3), (logo, 2), (blank, 1), (camera, 1),
)  # fmt: skip
"""What stands for missing pictures, and for how many products; the second camera is darker, so it stands alone."""


def save(image: Image.Image, path: Path, quality: int = 90) -> None:
    """As JPEG."""
    image.convert("RGB").save(path, "JPEG", quality=quality)


def watermarked(image: Image.Image) -> Image.Image:
    """With the name of a shop across the middle, 45% opaque."""
    base = image.convert("RGBA")
    layer = Image.new("RGBA", base.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    width, height = base.size
    opacity = int(255 * 0.45)
    pen.text(
        (width / 2, height / 2), "shop.example", fill=(120, 120, 120, opacity), font=font(width // 8), anchor="mm",
        stroke_width=max(1, width // 200), stroke_fill=(255, 255, 255, opacity),
    )  # fmt: skip
    return Image.alpha_composite(base, layer).convert("RGB")


class Shop:
    """A drawn catalogue on disk whose rows and pictures are about to be spoiled."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.random = np.random.default_rng([seed, 4])
        with (folder / "catalog.csv").open(newline="") as file:
            self.rows: list[Row] = list(csv.DictReader(file))
        self.products = sorted({row["product_id"] for row in self.rows})
        self._free = [self.products[i] for i in self.random.permutation(len(self.products))]
        self.planted = Planted()

    def take(self, n: int, *, of: Callable[[str], bool] = lambda _: True) -> list[str]:
        """Products that nothing was planted in yet."""
        chosen = [product for product in self._free if of(product)][:n]
        self._free = [product for product in self._free if product not in set(chosen)]
        return chosen

    def of(self, product: str) -> list[Row]:
        """Its rows."""
        return [row for row in self.rows if row["product_id"] == product]

    def pictures(self, product: str) -> list[str]:
        """Of all its variants."""
        return [name for row in self.of(product) for name in row["image"].split("|")]

    def change(self, product: str, picture: Callable[[Image.Image], Image.Image], quality: int = 90) -> None:
        """Every picture of a product."""
        for name in self.pictures(product):
            with Image.open(self.folder / name) as image:
                save(picture(image.convert("RGB")), self.folder / name, quality)

    def write(self) -> Path:
        """The changed table."""
        path = self.folder / "planted.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(self.rows[0]))
            writer.writeheader()
            writer.writerows(self.rows)
        return path


def plant(shop: Shop) -> None:
    """Every kind of fault, each in products of its own."""
    random, planted = shop.random, shop.planted
    category = {row["product_id"]: row["category"] for row in shop.rows}

    def copied(how: str, n: int, change: Callable[[Image.Image], Image.Image], quality: int) -> None:
        for product in shop.take(n):
            (other,) = shop.take(1, of=lambda one, own=category[product]: category[one] != own)
            source, target = shop.pictures(product)[0], f"images/copy-{how}-{other}.jpg"
            if how == "exact":
                shutil.copy(shop.folder / source, shop.folder / target)
            else:
                with Image.open(shop.folder / source) as image:
                    save(change(image.convert("RGB")), shop.folder / target, quality)
            shop.of(other)[0]["image"] += f"|{target}"
            planted.add(f"shared {how}", source, target)

    def cropped(image: Image.Image) -> Image.Image:
        left, upper, right, lower = random.uniform(0.0, 0.09, 4)
        width, height = image.size
        return image.crop((int(left * width), int(upper * height), int((1 - right) * width), int((1 - lower) * height)))

    copied("exact", 6, lambda image: image, 90)
    copied("recompressed", 6, lambda image: image, 35)
    copied("resized", 6, lambda image: image.resize((image.width * 3 // 5, image.height * 3 // 5)), 85)
    copied("cropped", 6, cropped, 85)
    for product in shop.take(8):  # listed a second time, its pictures saved anew
        twin = f"{product}-again"
        for row in list(shop.of(product)):
            names = []
            for name in row["image"].split("|"):
                again = name.replace(".jpg", "-again.jpg")
                with Image.open(shop.folder / name) as image:
                    save(image, shop.folder / again, 80)
                names.append(again)
            shop.rows.append({**row, "product_id": twin, "variant_id": f"{row['variant_id']}-again",
                              "image": "|".join(names)})  # fmt: skip
        planted.add("duplicate_product", product, twin)
    for number, (draw, n) in enumerate(PLACEHOLDERS):
        for place, product in enumerate(shop.take(n)):
            name = f"images/placeholder-{number}-{place}.jpg"
            image = draw((400, 300, 360)[place % 3])
            save(
                image.point(lambda value: value * 9 // 10) if number == 6 else image,
                shop.folder / name,
                (90, 60)[place % 2],
            )
            row = shop.of(product)[0]
            row["image"] = "|".join([name, *row["image"].split("|")[1:]])
            planted.add("placeholder repeated" if n > 1 else "placeholder alone", name)
    taken = shop.take(12)
    for one, other in zip(taken[::2], taken[1::2], strict=True):
        titles = [shop.of(product)[0]["title"] for product in (one, other)]
        for product, title in ((one, titles[1]), (other, titles[0])):
            for row in shop.of(product):
                row["title"] = title
        planted.add("swapped_titles", one, other)
    names = sorted(set(category.values()))
    for product in shop.take(12):
        wrong = str(random.choice([name for name in names if name != category[product]]))
        for row in shop.of(product):
            row["category"] = wrong
        planted.add("wrong_category", product)
    for product in shop.take(8):
        softness = float(random.uniform(1.8, 4.0))
        shop.change(product, lambda image, s=softness: image.filter(ImageFilter.GaussianBlur(s)))
        for name in shop.pictures(product):
            planted.add("blurred", name)
    for product in shop.take(6):
        side = int(random.integers(60, 130))
        shop.change(product, lambda image, s=side: image.resize((s, s)))
        for name in shop.pictures(product):
            planted.add("small", name)
    for product in shop.take(6):
        shop.change(product, lambda image: image.point(lambda value: value // 5))
        for name in shop.pictures(product):
            planted.add("dark", name)
    for product in shop.take(60):
        shop.change(product, watermarked)
        for name in shop.pictures(product):
            planted.add("watermark", name)


def found(report: HealthReport, kind: str) -> list[frozenset[str]]:
    """What the findings of a kind name: images, or products where it is about those."""
    by_product = kind in OF_PRODUCTS
    groups: list[frozenset[str]] = []
    for finding in report.findings:
        if str(finding.kind) != kind:
            continue
        images = (finding.about, *finding.others)
        if kind in ("placeholder", "watermark"):
            groups += [frozenset({Path(image.image).name}) for image in images]
        else:
            groups.append(frozenset(str(one.product_id) if by_product else Path(one.image).name for one in images))
    return groups


def wilson(right: int, n: int) -> dict[str, float | int]:
    """A share with its 95% interval (Wilson)."""
    if n == 0:
        return {"value": 0.0, "low": 0.0, "high": 1.0, "n": 0}
    z, share = 1.959964, right / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * ((share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5) / (1 + z * z / n)
    return {"value": round(share, 4), "low": round(middle - half, 4), "high": round(middle + half, 4), "n": n}


def named(groups: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Pictures by their file's name."""
    return [frozenset(Path(name).name for name in group) for group in groups]


@dataclass
class Count:
    """Planted and found so far."""

    hit: int = 0
    planted: int = 0
    true: int = 0
    findings: int = 0

    def add(self, truth: Sequence[frozenset[str]], findings: Sequence[frozenset[str]]) -> None:
        """A fault is found where a finding names all of it, a finding is true where it names all of a fault."""
        self.planted += len(truth)
        self.hit += sum(any(fault <= finding for finding in findings) for fault in truth)
        self.findings += len(findings)
        self.true += sum(any(fault <= finding for fault in truth) for finding in findings)

    def figures(self) -> dict[str, object]:
        """Precision and recall."""
        precision = None if self.findings == 0 else wilson(self.true, self.findings)
        return {"recall": wilson(self.hit, self.planted), "precision": precision}


def drawn(seeds: Sequence[int], kept: Path | None) -> tuple[dict[str, object], dict[str, int]]:
    """Precision and recall by kind over the drawn catalogues, and what is found in them before they are spoiled."""
    counts: dict[str, Count] = {}
    clean: dict[str, int] = {}
    for seed in seeds:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "drawn"
            before = None if kept is None else kept / f"drawn{seed}"
            if before is not None and (before / "catalog.csv").exists():
                shutil.copytree(before, folder, ignore=shutil.ignore_patterns("store"))
            else:
                draw_catalogue(folder, seed=seed, n_products=N_PRODUCTS, n_queries=0, n_scenes=0)
            with lookalike.open(Path(scratch) / "clean") as engine:
                engine.index(folder / "catalog.csv")
                unspoiled = engine.doctor()
            for finding in unspoiled.findings:
                clean[str(finding.kind)] = clean.get(str(finding.kind), 0) + 1
            shop = Shop(folder, seed)
            plant(shop)
            with lookalike.open(Path(scratch) / "planted") as engine:
                engine.index(shop.write())
                report = engine.doctor()
            # What the catalogue had before is neither a fault that was planted nor a false alarm.
            truth = shop.planted.truth
            for kind in (*OF_PRODUCTS, *OF_PICTURES):
                groups = truth[kind] if kind in OF_PRODUCTS else named(truth[kind])
                findings = found(report, kind)
                if kind == "duplicate_product":
                    findings = sorted(set(findings), key=sorted)
                counts.setdefault(kind, Count()).add(groups, findings)
            known = found(unspoiled, "shared_picture")
            shared = [group for group in found(report, "shared_picture") if group not in known]
            all_shared = [
                fault
                for how in ("exact", "recompressed", "resized", "cropped")
                for fault in named(truth[f"shared {how}"])
            ]
            for how in ("exact", "recompressed", "resized", "cropped"):
                one = counts.setdefault(f"shared {how}", Count())
                one.add(named(truth[f"shared {how}"]), shared)
                one.findings = one.true = 0
            counts.setdefault("shared_picture", Count()).add(all_shared, shared)
            pages = found(report, "placeholder")
            repeated, alone = named(truth["placeholder repeated"]), named(truth["placeholder alone"])
            counts.setdefault("placeholder", Count()).add(repeated + alone, pages)
            for how, faults in (("placeholder repeated", repeated), ("placeholder alone", alone)):
                one = counts.setdefault(how, Count())
                one.add(faults, pages)
                one.findings = one.true = 0
            for one in report.findings:
                if str(one.kind) in ("wrong_category", "wrong_title", "swapped_titles"):
                    sys.stdout.write(f"    seed {seed} {one.kind} {one.about.product_id}: {one.detail}\n")
    return {kind: count.figures() for kind, count in counts.items()}, clean


def clothing(data: Path, seed: int) -> dict[str, object] | None:
    """Wrong categories planted in one of twenty real photographs of clothes."""
    table = data / "clothing" / "items.csv"
    if not table.exists():
        return None
    random = np.random.default_rng([seed, 5])
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = sorted({row["category"] for row in rows})
    wrong: set[str] = set()
    for place in random.choice(len(rows), len(rows) // 20, replace=False):
        rows[place]["category"] = str(random.choice([name for name in names if name != rows[place]["category"]]))
        wrong.add(rows[place]["product_id"])
    with tempfile.TemporaryDirectory() as scratch:
        planted = Path(scratch) / "items.csv"
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "image": str(table.parent / row["image"])} for row in rows)
        planted.write_text(text.getvalue())
        with lookalike.open(Path(scratch) / "store") as engine:
            engine.index(planted)
            report = engine.doctor()
    count = Count()
    count.add([frozenset({name}) for name in wrong], found(report, "wrong_category"))
    return {"wrong_category": count.figures(), "findings": {str(kind): n for kind, n in report.counts.items()}}


def marks(data: Path, seed: int) -> dict[str, object] | None:
    """A mark laid over a growing share of real photographs of clothes: carriers told, and told rightly."""
    table = data / "clothing" / "items.csv"
    if not table.exists():
        return None
    random = np.random.default_rng([seed, 6])
    with table.open(newline="") as file:
        names = [row["image"] for row in csv.DictReader(file)]
    pictures: list[Image.Image] = []
    for place in random.permutation(len(names)):
        with Image.open(table.parent / names[place]) as image:
            if 0.7 < image.width / image.height < 0.8:
                pictures.append(image.convert("RGB"))
        if len(pictures) == 500:
            break
    plain = np.stack([fine_texture(np.asarray(image)) for image in pictures]).reshape(len(pictures), -1)
    marked = np.stack([fine_texture(np.asarray(watermarked(image))) for image in pictures]).reshape(len(pictures), -1)
    figures: dict[str, object] = {"none": find_mark(plain) is None}
    for share in (0.05, 0.1, 0.2, 0.4, 0.8):
        carriers = random.random(len(pictures)) < share
        mark = find_mark(np.where(carriers[:, None], marked, plain))
        told = np.zeros(len(pictures), dtype=np.bool_) if mark is None else mark.carriers
        right = int((told & carriers).sum())
        precision = wilson(right, int(told.sum())) if told.any() else None
        figures[f"{share:.0%}"] = {"recall": wilson(right, int(carriers.sum())), "precision": precision}
    return figures


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, action="append")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--drawn", type=Path, help="where catalogues drawn before are, as drawnSEED")
    parser.add_argument("--only", choices=("drawn", "clothing", "marks"), help="leave the other parts as they were")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    seeds = tuple(arguments.seed or SEEDS)
    out = arguments.out or RESULTS / "health.json"
    measured: dict[str, dict] = earlier_parts(out) if arguments.only else {}
    now = {"measured": stamp()}
    if arguments.only in (None, "drawn"):
        measured["drawn"], measured["unspoiled"] = ({**part, **now} for part in drawn(seeds, arguments.drawn))
    if arguments.only in (None, "clothing"):
        part = clothing(arguments.data, seeds[0])
        measured["clothing"] = part and {**part, **now}
    if arguments.only in (None, "marks"):
        part = marks(arguments.data, seeds[0])
        measured["marks"] = part and {**part, **now}
    sys.stdout.write(json.dumps(measured, indent=1) + "\n")
    figures = measured["drawn"]

    def share(kind: str, what: str) -> str:
        value = figures[kind][what]  # pyright: ignore[reportIndexIssue]
        return f"{value['value']:.2f} [{value['low']:.2f}, {value['high']:.2f}]"

    headlines = [
        Headline(
            f"Doctor: {name}, precision and recall",
            f"体检：{name_zh}，精确率与召回率",
            f"{share(kind, 'precision')}, {share(kind, 'recall')}",
            front=False,
        )
        for kind, name, name_zh in (
            ("shared_picture", "one picture at two products", "两件商品共用一张图片"),
            ("duplicate_product", "product listed twice", "重复上架的商品"),
            ("placeholder", "placeholders", "占位图"),
        )
    ]
    write_result(
        "health",
        figures=measured,
        headlines=headlines,
        seed=seeds[0],
        n=len(seeds) * N_PRODUCTS,
        data=f"drawn catalogues, seeds {', '.join(map(str, seeds))}; clothing photographs where present",
        out=out,
    )


if __name__ == "__main__":
    main()
