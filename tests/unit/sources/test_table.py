from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from lookalike.errors import SourceError
from lookalike.sources import Record, open_source
from lookalike.types import ProductId, Reason, Rejection

Read = Callable[..., list[Record | Rejection]]
Shorten = Callable[[Iterable[Record | Rejection]], list[str]]


def test_known_columns_are_typed_and_others_by_what_they_hold(tmp_path: Path) -> None:
    path = tmp_path / "catalog.csv"
    path.write_text(
        "product_id,variant_id,image,title,price,in_stock,size,sku,kids,note\n"
        '1,1-red,a.jpg | b.jpg|a.jpg,Chair,"1,299.00",in stock,5,007,true,\n'
        "2,,c.jpg,,,,6.5,8,No,none\n"
    )
    source = open_source(path)
    assert source.column_types() == {"size": "number", "sku": "text", "kids": "boolean", "note": "text"}
    first, second = source.records()
    attributes = {"title": "Chair", "price": 1299.0, "in_stock": True, "size": 5.0, "sku": "007", "kids": True}
    assert first == Record("1", "1-red", ("a.jpg", "b.jpg"), attributes, 2)
    assert second == Record("2", None, ("c.jpg",), {"size": 6.5, "sku": "8", "kids": False, "note": "none"}, 3)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (",a.jpg,1,", "no product_id"),
        ("1,,1,", "no image"),
        ("1,|,1,", "no image"),
        ("1,a.jpg,cheap,", "price: 'cheap' is not a price"),
        ("1,a.jpg,1,perhaps", "in_stock: 'perhaps'"),
        ("1,a.jpg,-1,perhaps", "negative; in_stock"),
        ("1\x07,a.jpg,1,", "product_id '1\\x07' holds characters"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected_and_the_run_goes_on(row: str, words: str, read_table: Read) -> None:
    rejected, record = read_table(f"product_id,image,price,in_stock\n{row}\n2,b.jpg,3,1\n")
    assert isinstance(rejected, Rejection)
    assert (rejected.reason, rejected.line) == (Reason.BAD_ROW, 2)
    assert words in rejected.detail
    assert "line 2 of catalog.csv" in rejected.detail
    assert isinstance(record, Record)


def test_a_rejection_names_the_picture_and_the_product_where_they_are_known(read_table: Read) -> None:
    header = "product_id,variant_id,image,price\n"
    (rejected,) = read_table(header + "1,v,a.jpg,x\n")
    assert isinstance(rejected, Rejection)
    assert (rejected.image, rejected.product_id, rejected.variant_id) == ("a.jpg", "1", "v")
    (rejected,) = read_table(header + "1,,a.jpg|b.jpg,x\n")
    assert rejected.image == "catalog.csv:2"  # type: ignore[union-attr]
    (rejected,) = read_table(header + ",,a.jpg|b.jpg,1\n")
    assert rejected.image == "a.jpg"  # type: ignore[union-attr]


def test_decimal_commas_elsewhere_make_a_point_a_mark_of_thousands(read_table: Read) -> None:
    found = read_table("product_id;image;price\n1;a;12,50\n2;b;1.299\n")
    assert [item.attributes["price"] for item in found if isinstance(item, Record)] == [12.5, 1299.0]


def test_the_marks_of_a_column_are_told_where_only_the_rows_name_it(read_table: Read) -> None:
    lines = (
        '{"product_id":"1","image":"a","price":"12,50","size":"1.5"}\n{"product_id":"2","image":"b","price":"1.299"}\n'
    )
    found = read_table(lines, "feed.jsonl")
    assert [item.attributes["price"] for item in found if isinstance(item, Record)] == [12.5, 1299.0]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("product_id,image\n1,a.jpg\nA 7,b.jpg,more\n", "feed.csv"),
        ('product_id,image\n1,a.jpg\n"A 7",b.jpg,more\n', "feed.csv"),
        ('{"product_id":"1","image":"a"}\n{"product_id":"A 7","image":"b.jpg",\n', "feed.jsonl"),
        ('{"product_id":"1","image":"a"}\n["A 7", "b.jpg"]\n', "feed.jsonl"),
    ],
)
def test_a_row_that_cannot_be_read_names_what_it_may_be_about(read_table: Read, content: str, name: str) -> None:
    (rejected,) = [item for item in read_table(content, name) if isinstance(item, Rejection)]
    assert {"A 7", "b.jpg"} <= set(rejected.hides)


def test_prices_written_both_ways_are_each_read_for_themselves(
    read_table: Read, caplog: pytest.LogCaptureFixture
) -> None:
    found = read_table("product_id;image;price\n1;a;12,50\n2;b;1.299\n3;c;12.50\n")
    assert [item.attributes["price"] for item in found if isinstance(item, Record)] == [12.5, 1.299, 12.5]
    assert "decimal points and decimal commas" in caplog.text


def test_a_google_merchant_feed_becomes_products_with_variants(read_table: Read) -> None:
    found = read_table(
        "id\titem_group_id\timage_link\tadditional_image_link\tprice\tavailability\n"
        "a1\ta\thttps://x/1.jpg\thttps://x/2.jpg,https://x/3,4.jpg\t12.50 EUR\tin_stock\n"
        "b1\t\thttps://x/5.jpg\t\t1 EUR\tpreorder\n",
        "feed.tsv",
    )
    assert found == [
        Record(
            "a", "a1", ("https://x/1.jpg", "https://x/2.jpg", "https://x/3,4.jpg"), {"price": 12.5, "in_stock": True}, 2
        ),
        Record("b1", None, ("https://x/5.jpg",), {"price": 1.0, "in_stock": False}, 3),
    ]


def test_sale_prices_are_read_as_prices_are(tmp_path: Path) -> None:
    path = tmp_path / "feed.tsv"
    path.write_text(
        "id\timage_link\tprice\tsale_price\tCompare At Price\tunit_price\n"
        "1\ta.jpg\t29,99 EUR\t1.299 EUR\t40\t2 EUR/kg\n2\tb.jpg\t19,99 EUR\t\t1.500\t\n"
    )
    source = open_source(path)
    types = {"sale_price": "number", "Compare At Price": "number", "unit_price": "text"}
    assert source.column_types() == types
    first, second = (record.attributes for record in source.records() if isinstance(record, Record))
    assert first == {"price": 29.99, "sale_price": 1299.0, "Compare At Price": 40.0, "unit_price": "2 EUR/kg"}
    assert second == {"price": 19.99, "Compare At Price": 1500.0}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("12.50 EUR", "9"), ("number", [12.5, 9.0])),
        (("12", "9"), ("number", [12, 9])),
        (("", "none"), ("number", [None, None])),
        (("12.50 EUR", "on request"), ("text", ["12.50 EUR", "on request"])),
        (("-1", "2"), ("number", [-1, 2])),
        (("true", "no"), ("boolean", [True, False])),
    ],
)
def test_a_column_of_money_is_number_if_each_value_is_an_amount(
    cells: tuple[str, str], expected: tuple[str, list[object]], tmp_path: Path
) -> None:
    path = tmp_path / "catalog.csv"
    path.write_text(f"product_id,image,sale_price\n1,a.jpg,{cells[0]}\n2,b.jpg,{cells[1]}\n")
    source = open_source(path)
    values = [record.attributes.get("sale_price") for record in source.records() if isinstance(record, Record)]
    assert (source.column_types()["sale_price"], values) == expected


def test_prices_as_text_are_amounts_in_json_too(tmp_path: Path) -> None:
    path = tmp_path / "feed.jsonl"
    path.write_text('{"product_id":"1","image":"a","compare_at_price":"19.90"}\n{"product_id":"2","image":"b"}\n')
    source = open_source(path)
    assert source.column_types() == {"compare_at_price": "number"}
    assert next(iter(source.records())).attributes == {"compare_at_price": 19.9}  # type: ignore[union-attr]


def test_a_table_in_which_each_row_has_names_of_its_own_is_refused_before_its_end(tmp_path: Path) -> None:
    path = tmp_path / "catalog.jsonl"
    rows = ({"product_id": "p", "image": "a.jpg"} | {f"own {row} {at}": at for at in range(700)} for row in range(9))
    path.write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(SourceError, match=r"more than 2,000 columns with values by line 3; .*one list in one column"):
        open_source(path).column_types()


def test_a_table_whose_rows_leave_most_of_many_columns_empty_is_read(tmp_path: Path) -> None:
    path = tmp_path / "catalog.jsonl"
    empty = dict.fromkeys(f"attribute {at}" for at in range(2_500))
    rows = ({"product_id": "p", "image": "a.jpg"} | empty | {f"attribute {row}": row} for row in range(3))
    path.write_text("\n".join(map(json.dumps, rows)))
    found = list(open_source(path).records())
    assert [one.attributes for one in found] == [{f"attribute {row}": row} for row in range(3)]  # type: ignore[union-attr]


def test_names_of_a_merchant_feed_may_have_the_prefix_that_they_have_in_xml(read_table: Read) -> None:
    found = read_table("g:id\tg:title\tg:image_link\tg:price\n1\tTee\tt.jpg\t19.99 EUR\n", "feed.txt")
    assert found == [Record(ProductId("1"), None, ("t.jpg",), {"title": "Tee", "price": 19.99}, 2)]


@pytest.mark.parametrize("between", [", ", ",", "; ", "\n", "|", " | "])
def test_several_urls_in_a_cell_are_several_pictures_as_shops_write_them(read_table: Read, between: str) -> None:
    urls = ("https://x/1.jpg?w=1,2", "HTTP://x/2;3.jpg", "https://x/a b.jpg")
    (found,) = read_table(f'product_id,images\n1,"{between.join(urls)}"\n')
    assert isinstance(found, Record)
    assert found.images == urls


def test_a_long_run_of_blanks_in_a_cell_of_pictures_is_read_at_once(read_table: Read) -> None:
    blanks = " ;," * 20_000
    began = time.perf_counter()
    (found,) = read_table(f'product_id,image\n1,"https://x/1.jpg{blanks}https://x/2.jpg{blanks}a.jpg"\n')
    assert time.perf_counter() - began < 5
    assert isinstance(found, Record)
    assert found.images == ("https://x/1.jpg", f"https://x/2.jpg{blanks}a.jpg")


def test_what_an_export_says_once_of_a_product_holds_for_the_rows_of_its_variants(read_table: Read) -> None:
    """Exports of shop systems write title and category in the first row of a product, and leave the others empty."""
    rows = [
        "product_id,variant_id,title,category,brand,price,image",
        "boot,S,Boot,Shoes,,10,s.jpg",
        "boot,M,,,Acme,12,m.jpg",
        "boot,L,Boot for giants,,,14,",  # without a picture it is rejected, and says what it says
        "boot,X,,,,,x.jpg",
        "sock,S,,,,3,sock.jpg",
        "boot,Z,,,,9,z.jpg",
    ]
    told = [
        (one.variant_id, one.attributes) for one in read_table("\n".join(rows) + "\n") if not isinstance(one, Rejection)
    ]
    assert told == [
        ("S", {"title": "Boot", "category": "Shoes", "price": 10.0}),
        ("M", {"title": "Boot", "category": "Shoes", "brand": "Acme", "price": 12.0}),
        ("X", {"title": "Boot", "category": "Shoes", "brand": "Acme"}),
        ("S", {"price": 3.0}),
        ("Z", {"price": 9.0}),
    ]


def test_a_further_picture_of_a_variant_has_what_its_own_row_says_before_what_another_does(read_table: Read) -> None:
    rows = ["product_id,variant_id,title,brand,image", "p,a,Red,Acme,1.jpg", "p,b,Blue,,2.jpg", "p,b,,,3.jpg"]
    found = [one for one in read_table("\n".join(rows) + "\n") if isinstance(one, Record)]
    assert [one.attributes["title"] for one in found] == ["Red", "Blue", "Blue"]
    assert [one.attributes["brand"] for one in found] == ["Acme"] * 3


def test_a_comma_between_paths_may_be_of_a_name(read_table: Read) -> None:
    (found,) = read_table('product_id,image\n1,"red, large.jpg|https://x/1.jpg"\n')
    assert isinstance(found, Record)
    assert found.images == ("red, large.jpg", "https://x/1.jpg")


def test_an_object_names_its_picture_as_the_json_of_shops_does(read_table: Read) -> None:
    rows = [
        {"product_id": 1, "images": [{"id": 7, "src": "https://x/1.jpg", "alt": "a|b"}, {"src": "https://x/2.jpg"}]},
        {"product_id": 2, "images": {"@type": "ImageObject", "url": "a.jpg"}},
        {"product_id": 3, "images": [{"path": "b.jpg"}, "c.jpg"]},
        {"product_id": 4, "images": [{"alt": "front"}]},
        {"product_id": 5, "images": "{name}.jpg"},
    ]
    *found, bad, odd = read_table("\n".join(map(json.dumps, rows)), "a.jsonl")
    images = [item.images for item in found if isinstance(item, Record)]
    assert images == [("https://x/1.jpg", "https://x/2.jpg"), ("a.jpg",), ("b.jpg", "c.jpg")]
    assert isinstance(bad, Rejection)
    assert "with src, url or path" in bad.detail
    assert isinstance(odd, Record)
    assert odd.images == ("{name}.jpg",)


def test_a_table_that_changed_is_looked_at_again(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("product_id,image,x\n1,a,5\n")
    source = open_source(path)
    assert source.column_types() == {"x": "number"}
    path.write_text("product_id,image,y\n1,a,five\n")
    assert source.column_types() == {"y": "text"}
    assert [item.attributes for item in source.records() if isinstance(item, Record)] == [{"y": "five"}]
    path.unlink()
    with pytest.raises(SourceError, match="cannot be read"):
        list(source.records())


@pytest.mark.data
def test_the_real_catalogues_come_out_whole(shared_data: Path) -> None:
    for name, n_records, types in (
        ("grocery/catalog.csv", 81, {}),
        ("clothing/items.csv", 5096, {"kids": "boolean"}),
        ("appliances/catalog.csv", 124, {"title_de": "text", "title_fr": "text"}),
        ("signs/catalog.csv", 1543, {}),
    ):
        source = open_source(shared_data / name)
        found = list(source.records())
        assert len(found) == n_records
        assert all(isinstance(item, Record) for item in found)
        assert source.column_types() == types
