"""The whole path against a few lines that share none of its code: Pillow, ONNX Runtime, one matrix product."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import lookalike


def reference_vectors(paths: list[Path]) -> np.ndarray:
    """Plain Pillow decoding and resizing, the packaged graph, no decoder and no transform of ours."""
    import onnxruntime
    from PIL import Image, ImageOps

    from lookalike.embed.opening import describe_model

    description = describe_model()
    preprocessing = description.preprocessing
    model = Path(lookalike.__file__).parent / "embed" / "models" / description.name / "model.onnx"
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    size = preprocessing.size_pixels
    rows = []
    for path in paths:
        image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
        if preprocessing.fit == "squash":
            image = image.resize((size, size), Image.Resampling.BICUBIC)
        elif preprocessing.fit == "pad":
            image = ImageOps.pad(image, (size, size), Image.Resampling.BICUBIC, color=(preprocessing.pad_value,) * 3)
        else:
            image = ImageOps.fit(
                image, (size, size), Image.Resampling.BICUBIC, bleed=(1 - preprocessing.crop_fraction) / 2
            )
        rows.append(session.run([description.output], {description.input: np.asarray(image)[np.newaxis]})[0][0])
    vectors = np.stack(rows)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.data
@pytest.mark.slow
def test_the_reference_ranks_the_same_product_first_for_99_percent_of_the_grocery_queries(
    shared_data: Path, tmp_path: Path
) -> None:
    grocery = shared_data / "grocery"
    with (grocery / "catalog.csv").open(encoding="utf-8") as file:
        products = list(csv.DictReader(file))
    with (grocery / "val.csv").open(encoding="utf-8") as file:
        queries = list(csv.DictReader(file))
    with lookalike.open(tmp_path / "store") as shop:
        report = shop.index(grocery / "catalog.csv")
        assert (report.added, report.rejected) == (len(products), ())
        evaluation = shop.evaluate(grocery / "val.csv")
    assert evaluation.queries == len(queries) == 296
    assert evaluation.exact
    gallery = reference_vectors([grocery / row["image"] for row in products])
    asked = reference_vectors([grocery / row["image"] for row in queries])
    best = (asked @ gallery.T).argmax(axis=1)
    differences = [
        {
            "query": str(one.question.image),
            "ours": one.retrieved[0],
            "reference": products[index]["product_id"],
            "similarities": one.similarities[:2],
        }
        for one, index in zip(evaluation.asked, best, strict=True)
        if one.retrieved[0] != products[index]["product_id"]
    ]
    print(json.dumps(differences, indent=1))
    assert len(differences) <= 0.01 * len(queries), differences


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize(("name", "products", "images"), [("appliances", 37, 124)])
def test_a_real_catalogue_indexes_without_a_hitch(
    shared_data: Path, tmp_path: Path, name: str, products: int, images: int
) -> None:
    with lookalike.open(tmp_path / "store") as shop:
        report = shop.index(shared_data / name / "catalog.csv")
        assert (report.products, report.images, report.rejected) == (products, images, ())
        hits = shop.search(like="digital-air-fryer-6l", k=3).hits
        assert all("air-fryer" in hit.product_id for hit in hits[:1])
        again = shop.index(shared_data / name / "catalog.csv")
        assert (again.added, again.updated, again.unchanged) == (0, 0, images)
