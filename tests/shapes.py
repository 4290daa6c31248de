"""A small catalogue of plain shapes: thirty products in five colours, whose photographs a test can draw itself."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from PIL import Image, ImageDraw

__all__ = ["RED_VASE", "draw", "jpeg", "write_catalogue"]

COLOURS = {"red": "#c23b33", "blue": "#2f5fc4", "green": "#2f8f57", "cream": "#e9dcc0", "black": "#26262a"}
SHAPES = ("Bowl", "Box", "Vase", "Tray", "Lamp", "Mug")


def draw(shape: str, colour: str, turn: int = 0, size: int = 360) -> Image.Image:
    """`size` pixels a side: one thing on a light ground, turned by `turn` degrees."""
    canvas = Image.new("RGB", (size, size), "#f7f5f2")
    pen = ImageDraw.Draw(canvas)
    unit = size // 12
    fill = COLOURS[colour]
    match shape:
        case "Bowl":
            pen.pieslice((2 * unit, 0, 10 * unit, 9 * unit), 0, 180, fill=fill)
        case "Box":
            pen.rectangle((3 * unit, 4 * unit, 9 * unit, 10 * unit), fill=fill)
        case "Vase":
            pen.polygon([(5 * unit, unit), (7 * unit, unit), (9 * unit, 11 * unit), (3 * unit, 11 * unit)], fill=fill)
        case "Tray":
            pen.rounded_rectangle((unit, 7 * unit, 11 * unit, 9 * unit), unit, fill=fill)
        case "Lamp":
            pen.polygon([(4 * unit, unit), (8 * unit, unit), (10 * unit, 6 * unit), (2 * unit, 6 * unit)], fill=fill)
            pen.line((6 * unit, 6 * unit, 6 * unit, 11 * unit), fill="#333333", width=unit // 2)
        case _:
            pen.rectangle((3 * unit, 3 * unit, 8 * unit, 10 * unit), fill=fill)
            pen.arc((7 * unit, 4 * unit, 10 * unit, 8 * unit), -90, 90, fill=fill, width=unit // 2)
    return canvas.rotate(turn, fillcolor="#f7f5f2")


def jpeg(picture: Image.Image, **options: object) -> bytes:
    """The bytes of its file."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=92, **options)  # pyright: ignore[reportArgumentType]
    return out.getvalue()


def write_catalogue(folder: Path) -> Path:
    """Six shapes in five finishes; each product has two colours as variants, the first with two views."""
    (folder / "images").mkdir(parents=True)
    path = folder / "catalog.csv"
    names = list(COLOURS)
    with path.open("w", newline="") as file:
        columns = [
            "product_id",
            "variant_id",
            "title",
            "category",
            "color",
            "price",
            "in_stock",
            "description",
            "image",
        ]
        rows = csv.DictWriter(file, columns)
        rows.writeheader()
        for number, shape in enumerate(SHAPES):
            for step, colour in enumerate(names):
                for variant, shade in enumerate((colour, names[(step + 2) % len(names)])):
                    pictures: list[str] = []
                    for turn in (0, 8) if variant == 0 else (0,):
                        name = f"images/{shape.lower()}-{colour}-{shade}-{turn}.jpg"
                        (folder / name).write_bytes(jpeg(draw(shape, shade, turn + step)))
                        pictures.append(name)
                    rows.writerow(
                        {
                            "product_id": f"{shape.lower()}-{colour}",
                            "variant_id": f"{shape.lower()}-{colour}-{shade}",
                            "title": f"{shape} {'ABCDE'[step]}, {shade}",
                            "category": "Lighting" if shape == "Lamp" else "Kitchen" if number % 2 else "Living",
                            "color": shade,
                            "price": f"{8 + 3 * number + step:.2f}",
                            "in_stock": "true" if step != 3 else "false",
                            "description": f"A {shade} {shape.lower()}, drawn for the tests.",
                            "image": "|".join(pictures),
                        }
                    )
    return path


RED_VASE = jpeg(draw("Vase", "red", 4))
