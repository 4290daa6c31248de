"""The whole path against a few lines that share none of its code: Pillow, ONNX Runtime, one matrix product."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

import lookalike


def reference_vectors(paths: list[Path]) -> np.ndarray:
    """Plain Pillow decoding and resizing, the packaged graph, no decoder and no transform of ours."""
    import onnxruntime
    from PIL import Image, ImageCms, ImageOps

    from lookalike.embed.opening import describe_model

    description = describe_model()
    preprocessing = description.preprocessing
    model = Path(lookalike.__file__).parent / "embed" / "models" / description.name / "model.onnx"
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    rows = []
    for path in paths:
        image = ImageOps.exif_transpose(Image.open(path))
        if profile := image.info.get("icc_profile"):  # 56 of the 81 pages are in Adobe RGB
            embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            image = ImageCms.profileToProfile(image, embedded, ImageCms.createProfile("sRGB"))
        image = image.convert("RGB")
        assert preprocessing.fit == "crop"
        shorter, size = preprocessing.shorter_side_pixels, preprocessing.size_pixels
        width, height = image.size
        resized = (
            (int(shorter * width / height), shorter) if width > height else (shorter, int(shorter * height / width))
        )
        image = image.resize(resized, Image.Resampling.BICUBIC)
        left, upper = (image.width - size) // 2, (image.height - size) // 2
        image = image.crop((left, upper, left + size, upper + size))
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
