"""A barcode on the photographed package finds its product, whatever the photograph looks like."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from click.testing import CliRunner
from PIL import Image, ImageDraw, ImageFont

import lookalike
from lookalike.cli.program import program
from lookalike.images.regions import encode_jpeg

ROWS = {
    # id: (title, gtin as the feed writes it, price)
    "milk": ("Arla milk", "036000291452", 12),  # UPC-A, twelve digits
    "juice": ("Orange juice", "4006381333931", 20),
    "soap": ("Soap", "9506000134352", 5),
}


def picture(seed: int) -> np.ndarray:
    """Blocks of one colour, darker and lighter: alike under a label, and unlike the others."""
    rng = np.random.default_rng(seed)
    shade = rng.integers(80, 255, (8, 8, 1)) * np.eye(3)[seed % 3]
    return np.kron(shade.astype(np.uint8), np.ones((60, 60, 1), dtype=np.uint8))


def photograph(seed: int, text: str, kind: str) -> bytes:
    """What looks like the product of that seed, with a code printed on it."""
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    label = np.array(zxingcpp.write_barcode_to_image(code, scale=2, add_quiet_zones=True))
    shown = picture(seed)
    shown[200 : 200 + label.shape[0], 40 : 40 + label.shape[1]] = label[:, :, np.newaxis]
    return encode_jpeg(shown, quality=85)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("coded")
    rows = ["product_id,title,gtin,price,image"]
    for seed, (name, (title, gtin, price)) in enumerate(ROWS.items()):
        (folder / f"{name}.jpg").write_bytes(encode_jpeg(picture(seed), quality=90))
        rows.append(f"{name},{title},{gtin},{price},{name}.jpg")
    (folder / "catalog.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    with lookalike.open(folder / "store") as engine:
        engine.index(folder / "catalog.csv")
    return folder


@pytest.fixture(scope="module")
def shop(folder: Path):
    with lookalike.open(folder / "store") as engine:
        yield engine


@pytest.mark.parametrize(
    ("text", "kind", "product"),
    [
        ("036000291452", "UPCA", "milk"),
        ("0036000291452", "EAN13", "milk"),
        ("4006381333931", "EAN13", "juice"),
        ("https://id.gs1.org/01/09506000134352", "QRCode", "soap"),
        ("https://shop.example/items/juice", "QRCode", "juice"),
    ],
)
def test_a_code_wins_over_looks(shop, text: str, kind: str, product: str) -> None:
    other = next(seed for seed, name in enumerate(ROWS) if name != product)
    answer = shop.search(photograph(other, text, kind))
    assert [answer.hits[0].product_id, answer.hits[0].similarity] == [product, 1.0]
    assert answer.hits[0].lanes["code"] > 0
    assert answer.code is not None
    assert answer.code.products == (product,)
    assert answer.verdict_details.details() == {"reason": "read_code"}
    assert len(answer.hits) == len(ROWS)
    assert "code" in answer.timings_ms


def test_a_code_that_nothing_has_is_told_and_changes_nothing(shop) -> None:
    answer = shop.search(photograph(1, "96385074", "EAN8"))
    assert answer.hits[0].product_id == "juice"
    assert answer.code is not None
    assert (answer.code.text, answer.code.products) == ("96385074", ())


def test_a_filter_holds_for_codes_too(shop) -> None:
    answer = shop.search(photograph(0, "4006381333931", "EAN13"), where="price < 15")
    assert "juice" not in [hit.product_id for hit in answer.hits]
    assert answer.code is not None
    assert answer.code.outside_filter


def test_words_beside_a_coded_photograph_do_not_push_it_down(shop) -> None:
    answer = shop.search(photograph(0, "4006381333931", "EAN13"), text="soap")
    assert answer.hits[0].product_id == "juice"
    assert "words" in answer.lanes


def test_a_typed_code_beside_a_scanned_one_finds_both(shop) -> None:
    answer = shop.search(photograph(2, "4006381333931", "EAN13"), text="036000291452")
    assert [hit.product_id for hit in answer.hits][:2] == ["juice", "milk"]
    assert all(sum(hit.lanes.values()) == pytest.approx(hit.similarity, abs=1e-4) for hit in answer.hits)


def test_a_broken_address_in_a_code_breaks_no_search(shop) -> None:
    assert len(shop.search(photograph(0, "https://[shop]/x", "QRCode")).hits) == len(ROWS)


def test_typed_codes_are_found_in_every_spelling(shop) -> None:
    for typed in ("036000291452", "0036000291452", "0 036000 291452"):
        assert shop.search(text=typed).hits[0].product_id == "milk"
    assert shop.search(text="09506000134352").hits[0].product_id == "soap"


def test_the_command_says_what_it_read(folder: Path) -> None:
    (folder / "photo.jpg").write_bytes(photograph(0, "4006381333931", "EAN13"))
    store = ["--store", str(folder / "store")]
    done = CliRunner().invoke(program, ["search", str(folder / "photo.jpg"), *store, "--json"])
    document = json.loads(done.stdout)
    assert document["code"] == {
        "text": "4006381333931", "kind": "EAN-13", "products": ["juice"], "outside_filter": False,
    }  # fmt: skip
    plain = CliRunner().invoke(program, ["search", str(folder / "photo.jpg"), *store])
    assert "read EAN-13 4006381333931: the code of juice" in plain.stderr


def test_a_printed_model_number_wins_where_print_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rapidocr", reason="RapidOCR is not installed (the extra `print`)")
    shown = Image.fromarray(picture(0))
    pen = ImageDraw.Draw(shown)
    pen.rectangle((40, 180, 460, 300), fill="white")
    pen.text((60, 200), "4006381333931", fill="black", font=ImageFont.load_default(44))
    photo = encode_jpeg(np.asarray(shown), quality=92)
    monkeypatch.setenv("LOOKALIKE_READ_PRINT", "true")
    monkeypatch.setenv("LOOKALIKE_THREADS", "1")
    with lookalike.open(folder / "store") as engine:
        answer = engine.search(photo)
        barcode = engine.search(photograph(0, "036000291452", "UPCA"))
    assert answer.hits[0].product_id == "juice"
    assert answer.code is not None
    assert (answer.code.text, answer.code.kind) == ("4006381333931", "print")
    assert "print" in answer.timings_ms
    assert "print" not in barcode.timings_ms


def test_a_catalogue_without_codes_reads_none(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(encode_jpeg(picture(0), quality=90))
    (tmp_path / "catalog.csv").write_text("product_id,title,image\na,Thing,a.jpg\n", encoding="utf-8")
    with lookalike.open(tmp_path / "store") as engine:
        engine.index(tmp_path / "catalog.csv")
        answer = engine.search(photograph(0, "4006381333931", "EAN13"))
    assert answer.code is None
    assert "code" not in answer.timings_ms
