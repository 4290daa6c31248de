from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest

from lookalike.sources import Record, open_source
from lookalike.sources.exports import export_of
from lookalike.types import Rejection

OLD = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,"
    "Option2 Value,Option3 Name,Option3 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,"
    "Variant Inventory Qty,Variant Inventory Policy,Variant Fulfillment Service,Variant Price,Variant Compare At Price,"
    "Variant Requires Shipping,Variant Taxable,Variant Barcode,Image Src,Image Position,Image Alt Text,Gift Card,"
    "SEO Title,Google Shopping / Gender,Fabric (product.metafields.custom.fabric),Variant Image,Variant Weight Unit,"
    "Cost per item,Price / International,Status"
)
NEW = (
    "Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,Status,SKU,Barcode,"
    "Option1 name,Option1 value,Option1 Linked To,Option2 name,Option2 value,Option2 Linked To,Price,Compare-at price,"
    "Cost per item,Charge tax,Inventory tracker,Inventory quantity,Continue selling when out of stock,"
    "Weight value (grams),Product image URL,Image position,Image alt text,Variant image URL,Gift card,"
    "Google Shopping / Gender"
)
CDN = "https://cdn.example/files"


def export(header: str, rows: Sequence[dict[str, str]]) -> str:
    names = header.split(",")
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def old(handle: str, **cells: str) -> dict[str, str]:
    """A row by the first words of its columns: ``title="A"``, ``variant_price="3"``."""
    by_word = {name.lower().replace(" ", "_").replace("(", "").replace(")", ""): name for name in OLD.split(",")}
    return {"Handle": handle, **{by_word[word]: cell for word, cell in cells.items()}}


def read(tmp_path: Path, text: str) -> tuple[list[Record], list[Rejection], dict[str, int]]:
    path = tmp_path / "products_export.csv"
    path.write_text(text)
    source = open_source(path)
    found = list(source.records())
    told = export_of(source)
    assert told is not None
    assert told.shop == "shopify"
    records = [item for item in found if isinstance(item, Record)]
    return records, [item for item in found if isinstance(item, Rejection)], dict(told.left_out)


def test_a_product_without_options_is_one_thing_with_all_its_pictures(tmp_path: Path) -> None:
    text = export(
        OLD,
        [
            {
                **old(
                    "mug",
                    title="Mug",
                    body_html="<p>For <b>tea</b> &amp; more</p>",
                    vendor="Potters",
                    type="Mugs",
                    product_category="Home > Kitchen",
                    tags="blue, new",
                    published="TRUE",
                    option1_name="Title",
                    option1_value="Default Title",
                    variant_sku="'00123",
                    variant_barcode="'4006381333931",
                    variant_inventory_tracker="shopify",
                    variant_inventory_qty="0",
                    variant_inventory_policy="deny",
                    variant_price="12.50",
                    variant_compare_at_price="15.00",
                    image_src=f"{CDN}/2.jpg?v=17",
                    image_position="2",
                    image_alt_text="A mug",
                    gift_card="FALSE",
                    cost_per_item="3.20",
                    status="active",
                ),
                "Fabric (product.metafields.custom.fabric)": "clay",
            },
            old("mug", image_src=f"{CDN}/1.jpg", image_position="1"),
        ],
    )
    (record,), bad, left_out = read(tmp_path, text)
    assert not bad
    assert not left_out
    assert (record.product_id, record.variant_id, record.line) == ("mug", None, 2)
    assert record.images == (f"{CDN}/1.jpg", f"{CDN}/2.jpg?v=17")
    assert record.attributes == {
        "title": "Mug",
        "description": "For tea & more",
        "brand": "Potters",
        "category": "Mugs",
        "product_category": "Home > Kitchen",
        "tags": "blue, new",
        "sku": "00123",
        "barcode": 4006381333931,
        "price": 12.5,
        "compare_at_price": 15.0,
        "inventory_quantity": 0,
        "in_stock": False,
        "gift_card": False,
        "fabric": "clay",
    }


def shirt(n_colours: int, *, own: bool, **cells: str) -> list[dict[str, str]]:
    """A product in colours and two sizes; `own`: whether each colour has a picture of its own."""
    rows = []
    for number in range(n_colours):
        for size in ("S", "M"):
            picture = f"{CDN}/{number}.jpg?v=2" if own else ""
            more = {"option1_value": f"c{number}", "option2_value": size, "variant_image": picture}
            rows.append(old("shirt", variant_sku=f"{number}-{size}", variant_price=f"{20 + number}", **more))
    first = {"Title": "Shirt", "Option1 Name": "Colour", "Option2 Name": "Size", "Status": "active", **cells}
    for number, row in enumerate(rows):
        # A picture beside a variant is not the variant's.
        row |= {"Image Src": f"{CDN}/{number}.jpg?v=1", "Image Position": str(number + 1)}
    rows[0] |= first
    return [*rows, old("shirt", image_src=f"{CDN}/chart.jpg", image_position="9")]


def test_a_variant_has_its_own_picture_and_the_product_what_is_no_variants(tmp_path: Path) -> None:
    records, bad, _ = read(tmp_path, export(OLD, shirt(2, own=True)))
    assert not bad
    shown = {record.variant_id: record.images for record in records}
    assert shown == {
        **{f"{number}-{size}": (f"{CDN}/{number}.jpg?v=2",) for number in (0, 1) for size in ("S", "M")},
        None: (f"{CDN}/2.jpg?v=1", f"{CDN}/3.jpg?v=1", f"{CDN}/chart.jpg"),
    }
    first, whole = records[0], records[-1]
    assert first.attributes == {
        "title": "Shirt",
        "color": "c0",
        "size": "S",
        "price": 20,
        "sku": "0-S",
        "in_stock": True,
    }
    # What the variants do not say alike is not said of the whole.
    assert whole.attributes == {"title": "Shirt", "in_stock": True}
    assert {record.product_id for record in records} == {"shirt"}


def test_a_variant_without_a_picture_has_that_of_another_in_its_colour(tmp_path: Path) -> None:
    rows = shirt(2, own=True)
    for row in rows[1:4:2]:  # the second size
        row["Variant Image"] = ""
    records, _, _ = read(tmp_path, export(OLD, rows))
    shown = {str(record.variant_id): record.images for record in records}
    assert shown["0-M"] == shown["0-S"] == (f"{CDN}/0.jpg?v=2",)
    assert shown["1-M"] == shown["1-S"] == (f"{CDN}/1.jpg?v=2",)
    assert len(shown["None"]) == 3


def test_variants_without_pictures_have_those_of_the_product(tmp_path: Path) -> None:
    records, bad, _ = read(tmp_path, export(OLD, shirt(1, own=False)))
    assert not bad
    pictures = (f"{CDN}/0.jpg?v=1", f"{CDN}/1.jpg?v=1", f"{CDN}/chart.jpg")
    assert [(record.variant_id, record.images) for record in records] == [("0-S", pictures), ("0-M", pictures)]
    assert [record.line for record in records] == [2, 3]


def test_the_names_of_2025_mean_the_same(tmp_path: Path) -> None:
    rows = [
        {
            "Title": "Boot",
            "URL handle": "boot",
            "Description": "<p>Warm</p>",
            "Vendor": "Alp",
            "Product category": "Shoes",
            "Published on online store": "TRUE",
            "Status": "Active",
            "Option1 name": "Size",
            "Option1 value": "42",
            "Price": "80",
            "Compare-at price": "99",
            "Inventory tracker": "shopify",
            "Inventory quantity": "0",
            "Continue selling when out of stock": "CONTINUE",
            "Product image URL": f"{CDN}/b.jpg",
        },
        {"URL handle": "boot", "Option1 value": "43", "Price": "80", "Inventory tracker": "shopify"},
    ]
    rows[1] |= {"Inventory quantity": "0", "Continue selling when out of stock": "DENY"}
    records, bad, _ = read(tmp_path, export(NEW, rows))
    assert not bad
    assert [(record.variant_id, record.images) for record in records] == [
        ("42", (f"{CDN}/b.jpg",)),
        ("43", (f"{CDN}/b.jpg",)),
    ]
    assert records[0].attributes == {
        "title": "Boot",
        "description": "Warm",
        "brand": "Alp",
        "category": "Shoes",
        "product_category": "Shoes",
        "size": 42,
        "price": 80,
        "compare_at_price": 99,
        "inventory_quantity": 0,
        "in_stock": True,
    }
    assert records[1].attributes["in_stock"] is False


def test_what_is_not_for_sale_is_left_out_and_counted(tmp_path: Path) -> None:
    rows = [
        old("a", title="A", status="draft", image_src=f"{CDN}/a.jpg"),
        old("a", image_src=f"{CDN}/a2.jpg"),
        old("b", title="B", status="archived", image_src=f"{CDN}/b.jpg"),
        old("c", title="C", status="active", published="FALSE", image_src=f"{CDN}/c.jpg"),
        old("d", title="D", status="active", published="TRUE", image_src=f"{CDN}/d.jpg"),
        # Rows of a draft that a spreadsheet has sorted away from it
        old("a", image_src=f"{CDN}/a3.jpg"),
    ]
    records, bad, left_out = read(tmp_path, export(OLD, rows))
    assert [record.product_id for record in records] == ["d"]
    assert not bad
    assert left_out == {"draft": 1, "archived": 1, "unpublished": 1}
    nothing, bad, left_out = read(tmp_path, export(OLD, rows[:2]))
    assert not nothing
    assert not bad
    assert left_out == {"draft": 1}


def test_rows_that_stand_apart_from_their_product_are_told(tmp_path: Path) -> None:
    rows = [
        old("a", title="A", image_src=f"{CDN}/a.jpg"),
        old("b", title="B", image_src=f"{CDN}/b.jpg"),
        old("a", image_src=f"{CDN}/a2.jpg"),
        old("", title="nameless", image_src=f"{CDN}/n.jpg"),
    ]
    records, bad, _ = read(tmp_path, export(OLD, rows))
    assert [record.product_id for record in records] == ["a", "b"]
    assert [(one.line, one.hides) for one in bad] == [(4, ("a",)), (5, ())]
    assert "sort by Handle" in bad[0].detail


def test_skus_that_are_there_twice_name_no_variant(tmp_path: Path) -> None:
    rows = [
        old("a", title="A", option1_name="Size", option1_value="S", variant_sku="x", image_src=f"{CDN}/a.jpg"),
        old("a", option1_value="M", variant_sku="x"),
        old("a", option1_value="L"),
        old("a", option1_value="XL", variant_sku="y"),
    ]
    records, _, _ = read(tmp_path, export(OLD, rows))
    assert [record.variant_id for record in records] == ["S", "M", "L", "y"]


@pytest.mark.parametrize(
    "header",
    [
        "product_id,image,handle,title,image_src",
        "product_id,image_url,handle,title,image_src",
        "productId,imageUrls,handle,title,Image Src",
        "id,image_link,handle,title,image_src",
        "product_id,images,type,name,regular_price,sku",
    ],
)
def test_a_table_with_the_formats_own_names_is_no_export(header: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{header}\n1,a.jpg,3,4,5{',6' * (header.count(',') - 4)}\n")
    source = open_source(path)
    (record,) = source.records()
    assert isinstance(record, Record)
    assert (record.product_id, record.images) == ("1", ("a.jpg",))
    assert export_of(source) is None


def test_pictures_that_only_a_query_tells_apart_are_different_pictures(tmp_path: Path) -> None:
    one, two = (f"https://shop.example/image.php?id={number}" for number in (1, 2))
    cdn = f"{CDN}/c.jpg?v="
    rows = [old("mug", title="Mug", image_src=one), *(old("mug", image_src=src) for src in (two, f"{cdn}3"))]
    rows.append(old("mug", variant_price="3", image_src=f"{cdn}4"))
    (record,), _, _ = read(tmp_path, export(OLD, rows))
    assert record.images == (one, two, f"{cdn}3")


def test_rows_of_one_product_are_held_within_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookalike.sources.exports.shopify._MOST_CHARACTERS", 2_000)
    rows = [old("mug", title="Mug", status="active", image_src=f"{CDN}/1.jpg", option1_name="Size", option1_value="0")]
    rows += [old("mug", option1_value=str(n), variant_price="3", body_html="x" * 150) for n in range(1, 21)]
    rows.append(old("cup", title="Cup", status="active", image_src=f"{CDN}/2.jpg"))
    records, bad, _ = read(tmp_path, export(OLD, rows))
    assert len(records) + len(bad) == len(rows)
    assert 5 < len(bad) < 15
    assert all("'mug'" in one.detail and "2,000 characters" in one.detail for one in bad)
    assert records[-1].product_id == "cup"


def test_an_export_that_does_not_tell_drafts_says_so(tmp_path: Path) -> None:
    for header, lacks in ((OLD, None), (OLD.replace(",Status", ""), None), ("Handle,Title,Image Src", "Status")):
        path = tmp_path / "products_export.csv"
        path.write_text(export(header, [{"Handle": "mug", "Title": "Mug", "Image Src": f"{CDN}/1.jpg"}]))
        told = export_of(open_source(path))
        assert told is not None
        assert told.lacks == lacks
