"""What every source promises, whatever it reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.errors import ImageRejected
from lookalike.sources import STANDARD_COLUMNS, PictureBytes, Record, Source, Unchanged, open_source
from lookalike.types import Reason, Rejection

PRODUCTS = ["chairs/red-chair", "chairs/blue-chair", "lamps/lamp"]


def pictures(root: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for product in PRODUCTS:
        folder = root / "pictures" / product
        folder.mkdir(parents=True)
        for name in ("a.jpg", "b.jpg"):
            (folder / name).write_bytes(f"{product} {name}".encode())
        images = [f"pictures/{product}/{name}" for name in ("a.jpg", "b.jpg")]
        rows.append(
            {"product_id": product, "image": images, "size": len(rows) + 0.5, "new": not rows, "code": f"0{len(rows)}"}
        )
    return rows


def folder(root: Path) -> Path:
    pictures(root)
    return root / "pictures"


def delimited(sign: str, name: str) -> Callable[[Path], Path]:
    def write(root: Path) -> Path:
        lines = [sign.join(["product_id", "image", "size", "new", "code"])]
        for row in pictures(root):
            cells = [row["product_id"], "|".join(row["image"]), row["size"], str(row["new"]).lower(), row["code"]]  # type: ignore[arg-type]
            lines.append(sign.join(map(str, cells)))
        path = root / name
        path.write_text("\n".join([*lines, sign.join(["", "x.jpg", "", "", ""])]))
        return path

    return write


def jsonl(root: Path) -> Path:
    path = root / "a.jsonl"
    path.write_text("\n".join([*map(json.dumps, pictures(root)), '{"image": "x.jpg"}']))
    return path


def array(root: Path) -> Path:
    path = root / "a.json"
    path.write_text(json.dumps([*pictures(root), {"image": "x.jpg"}]))
    return path


def parquet(root: Path) -> Path:
    path = root / "a.parquet"
    pq.write_table(pa.Table.from_pylist([*pictures(root), {"image": ["x.jpg"]}]), path)
    return path


def xml(root: Path) -> Path:
    items: list[str] = []
    for row in pictures(root):
        first, *others = row["image"]  # type: ignore[misc]
        more = "".join(f"<g:additional_image_link>{image}</g:additional_image_link>" for image in others)
        new = str(row["new"]).lower()
        items.append(
            f"<item><g:id>{row['product_id']}</g:id><g:image_link>{first}</g:image_link>{more}"
            f"<size>{row['size']}</size><new>{new}</new><code>{row['code']}</code></item>"
        )
    items.append("<item><g:image_link>x.jpg</g:image_link></item></channel></rss>")
    path = root / "a.xml"
    path.write_text('<rss xmlns:g="http://base.google.com/ns/1.0"><channel>' + "\n".join(items))
    return path


WRITERS = {
    "folder": folder,
    "csv": delimited(",", "a.csv"),
    "semicolon": delimited(";", "b.csv"),
    "tsv": delimited("\t", "a.tsv"),
    "jsonl": jsonl,
    "json": array,
    "parquet": parquet,
    "xml": xml,
}


@pytest.fixture(params=sorted(WRITERS))
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    return open_source(WRITERS[request.param](tmp_path))


def records(source: Source) -> list[Record]:
    return [item for item in source.records() if isinstance(item, Record)]


def test_every_product_comes_out_with_its_pictures_in_order(source: Source) -> None:
    found = {record.product_id: [Path(image).name for image in record.images] for record in records(source)}
    assert found == {product: ["a.jpg", "b.jpg"] for product in PRODUCTS}


def test_every_location_can_be_read_and_is_recognised_afterwards(source: Source) -> None:
    reader = source.reader()
    for record in records(source):
        for image in record.images:
            first = reader.read(image, None)
            assert isinstance(first, PictureBytes)
            assert first.data == f"{record.product_id} {Path(image).name}".encode()
            assert reader.read(image, first.validator) == Unchanged()
            assert isinstance(reader.read(image, "of somebody else"), PictureBytes)


def test_a_location_that_is_not_there_is_rejected(source: Source) -> None:
    with pytest.raises(ImageRejected) as caught:
        source.reader().read("nowhere.jpg", None)
    assert caught.value.reason is Reason.NOT_FOUND


def test_everything_may_be_asked_again(source: Source) -> None:
    assert list(source.records()) == list(source.records())
    assert source.column_types() == source.column_types()
    assert source.name == source.name
    assert list(source.column_types()) == list(source.column_types())


def test_every_extra_attribute_has_its_column_type(source: Source) -> None:
    kinds = {"text": str, "number": (int, float), "boolean": bool}
    types = {**STANDARD_COLUMNS, **source.column_types()}
    assert not set(STANDARD_COLUMNS) & set(source.column_types())
    for record in records(source):
        for name, value in record.attributes.items():
            assert isinstance(value, kinds[types[name]])
            assert value != ""


def test_tables_agree_on_the_types_of_the_same_values(source: Source) -> None:
    if source.column_types():
        assert source.column_types() == {"size": "number", "new": "boolean", "code": "text"}
        assert records(source)[0].attributes == {"size": 0.5, "new": True, "code": "00"}


def test_a_row_without_a_product_is_a_rejection_with_its_place(source: Source) -> None:
    rejected = [item for item in source.records() if isinstance(item, Rejection)]
    if source.column_types():
        ((reason, line),) = [(item.reason, item.line) for item in rejected]
        assert reason is Reason.BAD_ROW
        assert line in (4, 5)
    else:
        assert rejected == []


def test_a_reader_serves_several_threads(source: Source) -> None:
    reader = source.reader()
    images = [image for record in records(source) for image in record.images] * 20
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda image: reader.read(image, None), images))
    assert [answer.data.split()[-1] for answer in answers] == [Path(image).name.encode() for image in images]  # type: ignore[union-attr]
