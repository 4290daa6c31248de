from __future__ import annotations

import csv
import io
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from lookalike.sources import Record, open_source
from lookalike.sources.exports import Export, export_of
from lookalike.sources.exports.woocommerce import is_woocommerce
from lookalike.types import Rejection

NAMES = (
    *("ID", "Type", "SKU", "GTIN, UPC, EAN, or ISBN", "Name", "Published", "Is featured?", "Visibility in catalog"),
    *("Short description", "Description", "Tax status", "In stock?", "Stock", "Weight (kg)", "Purchase note"),
    *("Sale price", "Regular price", "Categories", "Tags", "Images", "Parent", "Upsells", "External URL", "Position"),
    *("Brands", "Attribute 1 name", "Attribute 1 value(s)", "Attribute 1 visible", "Attribute 1 global"),
    *("Attribute 2 name", "Attribute 2 value(s)", "Meta: _cost", "Download 1 URL"),
)
SITE = "https://shop.example/wp-content/uploads"


def export(rows: Sequence[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, NAMES, restval="")
    writer.writeheader()
    writer.writerows({"Published": "1", "Visibility in catalog": "visible", "In stock?": "1", **row} for row in rows)
    return text.getvalue()


def read(tmp_path: Path, rows: Sequence[dict[str, str]]) -> tuple[list[Record], list[Rejection], dict[str, int]]:
    path = tmp_path / "wc-product-export.csv"
    path.write_text(export(rows))
    source = open_source(path)
    found = list(source.records())
    told = export_of(source)
    assert told is not None
    assert told.shop == "woocommerce"
    records = [item for item in found if isinstance(item, Record)]
    return records, [item for item in found if isinstance(item, Rejection)], dict(told.left_out)


def picture(*names: str) -> str:
    return ", ".join(f"{SITE}/{name}" for name in names)


def test_a_simple_product_is_read_as_it_is_sold(tmp_path: Path) -> None:
    row = {
        "ID": "7",
        "Type": "simple",
        "SKU": "mug",
        "GTIN, UPC, EAN, or ISBN": "4006381333931",
        "Name": "Mug &amp; spoon",
        "Short description": "'-10% today",
        "Description": r"<p>One</p>\nTwo \\n three",
        "Stock": "4",
        "Weight (kg)": ".3",
        "Purchase note": "secret",
        "Regular price": "12,50",
        "Sale price": "9,90",
        "Categories": r"Sale, Home > Tea\, coffee, Home",
        "Tags": "blue, new",
        "Images": picture("a.jpg", r"b\,1.jpg"),
        "Brands": "Potters",
        "Attribute 1 name": "Farbe",
        "Attribute 1 value(s)": "Blau",
        "Attribute 2 name": "Material",
        "Attribute 2 value(s)": "Clay",
        "Meta: _cost": "3.20",
        "Download 1 URL": "https://shop.example/paid.pdf",
    }
    (record,), bad, left_out = read(tmp_path, [row])
    assert not bad
    assert not left_out
    assert (record.product_id, record.variant_id, record.line) == ("mug", None, 2)
    assert record.images == (f"{SITE}/a.jpg", f"{SITE}/b,1.jpg")
    assert record.attributes == {
        "title": "Mug & spoon",
        "description": r"One Two \n three",
        "short_description": "-10% today",
        "category": "Home > Tea, coffee",
        "categories": "Sale, Home > Tea, coffee, Home",
        "brand": "Potters",
        "color": "Blau",
        "material": "Clay",
        "tags": "blue, new",
        "sku": "mug",
        "gtin": 4006381333931,
        "price": 12.5,
        "sale_price": 9.9,
        "stock": 4,
        "weight_kg": 0.3,
        "in_stock": True,
    }


PARENT = {
    "ID": "1",
    "Type": "variable",
    "Name": "Shirt",
    "Description": "Soft",
    "Categories": "Clothing",
    "Images": picture("a.jpg", "b.jpg"),
    "Attribute 1 name": "Color",
    "Attribute 1 value(s)": "Red, Blue",
    "Attribute 2 name": "Fabric",
    "Attribute 2 value(s)": "Wool",
}


def variation(number: int, parent: str, colour: str, **cells: str) -> dict[str, str]:
    return {
        "ID": str(number),
        "Type": "variation",
        "Name": f"Shirt - {colour}",
        "Parent": parent,
        "Regular price": "20",
        "Attribute 1 name": "Color",
        "Attribute 1 value(s)": colour,
        **cells,
    }


def test_a_variation_without_a_picture_has_those_of_its_product_wherever_that_stands(tmp_path: Path) -> None:
    other = {"ID": "9", "Type": "simple", "SKU": "x", "Name": "X", "Images": picture("x.jpg")}
    rows = [
        variation(5, "id:1", "Red", SKU="red", Images=picture("red.jpg")),
        PARENT,
        other,
        variation(6, "id:1", "Blue", Stock="parent"),
    ]
    records, bad, _ = read(tmp_path, rows)
    assert not bad
    assert [(record.product_id, record.variant_id, record.images) for record in records] == [
        ("id:1", "red", (f"{SITE}/red.jpg",)),
        ("x", None, (f"{SITE}/x.jpg",)),
        ("id:1", "id:6", (f"{SITE}/a.jpg", f"{SITE}/b.jpg")),
    ]
    assert records[-1].attributes == {
        "title": "Shirt - Blue",
        "description": "Soft",
        "category": "Clothing",
        "color": "Blue",
        "fabric": "Wool",
        "price": 20,
        "in_stock": True,
    }


def test_pictures_beside_those_of_all_variations_are_of_the_product_as_a_whole(tmp_path: Path) -> None:
    parent = {**PARENT, "SKU": "shirt"}
    rows = [parent, variation(5, "shirt", "Red", Images=picture("a.jpg"))]
    rows += [variation(6, "id:1", "Blue", Images=picture("blue.jpg"))]
    records, _, _ = read(tmp_path, rows)
    assert [(record.product_id, record.variant_id, record.images) for record in records] == [
        ("shirt", None, (f"{SITE}/b.jpg",)),
        ("shirt", "id:5", (f"{SITE}/a.jpg",)),
        ("shirt", "id:6", (f"{SITE}/blue.jpg",)),
    ]
    assert records[0].attributes["price"] == 20
    rows[-1]["Regular price"] = "25"
    records, _, _ = read(tmp_path, rows)
    assert "price" not in records[0].attributes


def test_what_is_not_for_sale_is_left_out_and_counted(tmp_path: Path) -> None:
    simple = {"Type": "simple", "Name": "A", "Images": picture("a.jpg")}
    rows = [
        {**simple, "ID": "20", "Published": "-1"},
        {**simple, "ID": "21", "Published": "'-1"},
        {**simple, "ID": "22", "Published": "0"},
        {**simple, "ID": "23", "Visibility in catalog": "hidden"},
        {**PARENT, "Published": "2"},
        variation(5, "id:1", "Red", Published="1"),
        variation(6, "id:1", "Blue", Published="0"),
        {**PARENT, "ID": "2", "SKU": "shirt"},
        variation(7, "shirt", "Red", Published="0"),
        variation(8, "shirt", "Blue"),
    ]
    records, bad, left_out = read(tmp_path, rows)
    assert not bad
    assert [(record.product_id, record.variant_id) for record in records] == [("shirt", "id:8")]
    assert left_out == {"draft": 2, "private": 2, "hidden": 1, "pending": 1}


def test_variations_that_belong_to_nothing_are_told(tmp_path: Path) -> None:
    rows = [
        variation(5, "", "Red", Images=picture("r.jpg")),
        variation(6, "gone", "Blue", Images=picture("b.jpg")),
        {"Type": "simple", "Name": "A", "Images": picture("a.jpg")},
    ]
    records, bad, _ = read(tmp_path, rows)
    assert [(record.product_id, record.variant_id) for record in records] == [("gone", "id:6")]
    assert [one.line for one in bad] == [2, 4]
    assert "names no parent" in bad[0].detail


def test_variations_in_an_export_without_a_column_for_parents_keep_a_prune_from_removing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Type,SKU,Name,Regular price,Images\nvariation,S-1,Shirt,3,a.jpg\n")
    (bad,) = open_source(path).records()
    assert isinstance(bad, Rejection)
    assert bad.breaks_off
    assert "no column Parent" in bad.detail


GERMAN = (
    "ID,Typ,Artikelnummer,Name,Veröffentlicht,Sichtbarkeit im Katalog,Kurzbeschreibung,Beschreibung,Vorrätig?,"
    "Lager,Gewicht (kg),Hinweis zum Kauf,Angebotspreis,Regulärer Preis,Kategorien,Schlagwörter,Bilder,"
    "Übergeordnetes Produkt,Attribut 1 Name,Attribut 1 Wert(e),Attribut 1 Sichtbar,Meta: _cost,Download 1 URL"
)
SPANISH = (
    "ID,Tipo,SKU,Nombre,Publicado,Visibilidad en el catálogo,Descripción corta,Descripción,¿Existencias?,"
    "Inventario,Peso (kg),Nota de compra,Precio rebajado,Precio normal,Categorías,Etiquetas,Imágenes,"
    "Superior,Nombre del atributo 1,Valor(es) del atributo 1,Atributo visible 1,Meta: _cost,URL de la descarga 1"
)
FRENCH = (
    "ID,Type,UGS,Nom,Publié,Visibilité dans le catalogue,Description courte,Description,En stock ?,Stock,"
    "Poids (kg),Note de l’achat,Tarif promo,Tarif régulier,Catégories,Étiquettes,Images,"
    "Parent,Nom de l’attribut 1,Valeur(s) de l’attribut 1,Attribut 1 visible,Méta : _cost,URL du téléchargement 1"
)


@pytest.mark.parametrize("header", [GERMAN, SPANISH, FRENCH])
def test_an_export_in_another_language_is_the_same(header: str, tmp_path: Path) -> None:
    rows = [
        f'1,variable,shirt,Shirt,1,visible,,Soft,1,,".3",secret,,,Clothing,new,{SITE}/a.jpg,,Farbe,"Rot, Blau",1,3,x',
        '5,variation,red,Shirt - Rot,1,visible,,,0,4,,,"9,90","12,50",,,,shirt,Farbe,Rot,1,,',
        "6,simple,mug,Mug,-1,visible,,,1,,,,,5,,,https://x/m.jpg,,,,,,",
    ]
    path = tmp_path / "wc.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    source = open_source(path)
    (record,) = source.records()
    assert isinstance(record, Record)
    assert (record.product_id, record.variant_id, record.images) == ("shirt", "red", (f"{SITE}/a.jpg",))
    assert record.attributes == {
        "title": "Shirt - Rot",
        "description": "Soft",
        "category": "Clothing",
        "color": "Rot",
        "tags": "new",
        "sku": "red",
        "price": 12.5,
        "sale_price": 9.9,
        "stock": 4,
        "weight_kg": 0.3,
        "in_stock": False,
    }
    told = export_of(source)
    assert told is not None
    assert told.left_out == {"draft": 1}


def test_a_header_without_bounds_is_looked_at_in_no_time() -> None:
    started = time.perf_counter()
    assert not is_woocommerce(["download 1 " * 20_000 + "x"])
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("name", ["", "Opublikowano"])
def test_an_export_that_does_not_tell_drafts_says_so(name: str, tmp_path: Path) -> None:
    path = tmp_path / "wc-product-export.csv"
    text = export([{"ID": "7", "Type": "simple", "SKU": "mug", "Published": "-1", "Images": picture("a.jpg")}])
    assert told_of(path, text).lacks is None
    assert told_of(path, text.replace("Published", name)).lacks == "Published"


def test_a_product_without_its_variations_is_counted(tmp_path: Path) -> None:
    rows = [
        {"ID": "1", "Type": "variable", "SKU": "whole", "Images": picture("a.jpg")},
        {"ID": "2", "Type": "variation", "SKU": "whole-s", "Parent": "whole"},
        {"ID": "3", "Type": "variable", "SKU": "off", "Images": picture("b.jpg")},
        {"ID": "4", "Type": "variation", "SKU": "off-s", "Parent": "id:3", "Published": "0"},
        {"ID": "5", "Type": "variable", "SKU": "draft", "Images": picture("c.jpg"), "Published": "-1"},
        {"ID": "6", "Type": "variable", "SKU": "cut", "Images": picture("d.jpg")},
        {"ID": "7", "Type": "simple", "SKU": "mug", "Images": picture("e.jpg")},
    ]
    path = tmp_path / "wc-product-export.csv"
    assert told_of(path, export(rows)).without_variations == 1
    assert told_of(path, export(rows[:-2])).without_variations == 0


def told_of(path: Path, text: str) -> Export:
    path.write_text(text)
    source = open_source(path)
    list(source.records())
    told = export_of(source)
    assert told is not None
    return told
