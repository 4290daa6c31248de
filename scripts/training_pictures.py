"""The permissively licensed pictures that the default model is trained on and measured with, in one order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fitting_pictures import rows


@dataclass(frozen=True)
class Picture:
    """One picture; `product` and `content` name what two pictures may have in common."""

    origin: str
    product: str
    content: str
    path: Path


def pictures(data: Path) -> list[Picture]:
    """All pictures, withheld ones included: they are left out when batches are drawn."""
    grocery = data / "grocery"
    listed = [
        *(
            Picture("page", row["product_id"], row["product_id"], grocery / row["image"])
            for row in rows(grocery / "catalog.csv")
        ),
        *(
            Picture("photo", row["product_id"], row["product_id"], grocery / row["image"])
            for row in rows(grocery / "train.csv")
        ),
        *(
            Picture("val", row["product_id"], row["product_id"], grocery / row["image"])
            for row in rows(grocery / "val.csv")
        ),
    ]
    for name in ("appliances", "signs"):
        listed += [
            Picture(name, row["product_id"], f"{row['product_id']}|{row['variant_id']}", data / name / row["image"])
            for row in rows(data / name / "catalog.csv")
        ]
    listed += [
        Picture("clothing", row["product_id"], row["product_id"], data / "clothing" / row["image"])
        for row in rows(data / "clothing/items.csv")
    ]
    return listed
