"""Opening, releases, edits, and what readers see."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection

from lookalike.catalog import sqlite
from lookalike.catalog.catalog import Catalog
from lookalike.errors import (
    FingerprintMismatch,
    InvalidProduct,
    NotFound,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreNotFound,
    StoreReadOnly,
    StoreTooNew,
)
from lookalike.sources.cells import as_text


def test_a_store_is_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "store ünd %20?#"
    assert not Catalog.exists(folder)
    with pytest.raises(StoreNotFound, match="lookalike index"):
        Catalog.open(folder)
    with Catalog.create(folder) as made:
        identity = made.store_id
    assert Catalog.exists(folder)
    with Catalog.create(folder) as again, Catalog.open(folder, read_only=True) as reader:
        assert again.store_id == reader.store_id == identity
    assert {path.name for path in folder.iterdir()} <= {"catalog.sqlite", "write.lock"}


def test_threads_that_create_at_once_share_one_store(tmp_path: Path) -> None:
    found: list[str] = []

    def create() -> None:
        with Catalog.create(tmp_path / "store") as made:
            found.append(made.store_id)

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to look" * 100])
def test_what_is_no_database_is_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "catalog.sqlite").write_bytes(content)
    with pytest.raises(StoreDamaged):
        Catalog.open(tmp_path)


def test_a_database_of_something_else_is_damaged(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "catalog.sqlite")
    other.execute("CREATE TABLE unrelated (x)")
    other.close()
    with pytest.raises(StoreDamaged, match="lacks part"):
        Catalog.open(tmp_path)


def test_a_store_of_a_later_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    Catalog.create(tmp_path / "s").close()
    raw = sqlite3.connect(tmp_path / "s" / "catalog.sqlite")
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    with pytest.raises(StoreTooNew, match="pip install --upgrade lookalike"):
        Catalog.open(tmp_path / "s")


def test_a_store_of_an_older_version_says_so_where_it_is_only_to_be_read(tmp_path: Path) -> None:
    Catalog.create(tmp_path / "old").close()
    raw = sqlite3.connect(tmp_path / "old" / "catalog.sqlite")
    raw.execute("UPDATE alembic_version SET version_num = '0014'")
    raw.commit()
    raw.close()
    with pytest.raises(StoreReadOnly, match="reading only: it was written by an older version"):
        Catalog.open(tmp_path / "old", read_only=True)
    Catalog.open(tmp_path / "old").close()
    Catalog.open(tmp_path / "old", read_only=True).close()


def test_the_migrations_make_exactly_the_tables_that_a_new_store_has(catalog: Catalog, tmp_path: Path) -> None:
    from sqlalchemy import create_engine

    from lookalike.catalog import schema

    def described(connection: Connection) -> dict[str, list[str]]:
        """Every table and index by name, as the parts of its definition in no particular order."""
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
        return {name: sorted(part.strip() for part in re.split(r"[(),]", " ".join(sql.split()))) for name, sql in rows}

    engine = create_engine(f"sqlite:///{tmp_path / 'migrated.sqlite'}")
    with engine.begin() as connection:
        schema.upgrade(connection)
        migrated = described(connection)
    engine.dispose()
    with catalog._database.reading() as connection:
        assert described(connection) == migrated
        assert schema.is_current(connection, tmp_path)


def test_a_store_of_the_first_schema_is_brought_up_to_date_when_it_is_opened(catalog: Catalog, words) -> None:
    catalog.apply(words.batch(words.variant("p", None, title="kept", title_de="behalten")), None)
    catalog.close()
    raw = sqlite3.connect(catalog.folder / "catalog.sqlite")
    for table in (
        "calibrations",
        "promotions",
        "rankings",
        "shop_rules",
        "trial_failures",
        "trials",
        "unmet",
        "words",
        "text_vectors",
        "text_models",
        "variants_frequencies",
        "events",
        "shoppers",
        "behaviour",
    ):
        raw.execute(f"DROP TABLE {table}")
    raw.execute("DROP INDEX variants_sentence")
    raw.execute("ALTER TABLE variants DROP COLUMN sentence")
    raw.execute("ALTER TABLE pictures DROP COLUMN colouring")
    raw.execute("DROP TABLE variants_text")
    raw.execute("CREATE VIRTUAL TABLE variants_text USING fts5(title, description, attributes)")
    raw.execute("UPDATE alembic_version SET version_num = '0001'")
    raw.commit()
    raw.close()
    with Catalog.open(catalog.folder) as opened:
        assert opened.product("p") is not None
        assert [found.product_id for found in opened.full_text("kept")] == ["p"]
        assert [found.product_id for found in opened.full_text("behalten")] == ["p"]
        opened.set_calibration("r1", {"error": 0.05})
        assert opened.trial_failures() == ()


def test_colours_of_an_earlier_fit_are_forgotten_when_the_store_is_opened(catalog: Catalog, words) -> None:
    catalog.apply(words.batch(words.variant("p", None, {"a.jpg": "seen"}), contents=["seen"]), "r1")
    (key,) = (image.picture_key for image in catalog.images_of_product("p"))
    catalog.write_colourings({key: b"earlier"})
    assert catalog.colourings_of([key]) == {key: b"earlier"}
    catalog.close()
    raw = sqlite3.connect(catalog.folder / "catalog.sqlite")
    raw.execute("DROP TABLE trial_failures")
    raw.execute("UPDATE alembic_version SET version_num = '0009'")
    raw.commit()
    raw.close()
    with Catalog.open(catalog.folder) as opened:
        assert opened.colourings_of([key]) == {}


def test_a_store_from_before_titles_in_other_languages_reads_them_as_titles_when_it_is_opened(
    catalog: Catalog, words
) -> None:
    catalog.apply(words.batch(words.variant("p", None, title="kept", title_de="behalten")), None)
    catalog.apply(words.batch(words.variant("q", None, title="other", size="30 cm")), None)
    catalog.close()
    raw = sqlite3.connect(catalog.folder / "catalog.sqlite")
    raw.execute("UPDATE variants_text SET title = 'kept', attributes = 'behalten' WHERE codes = 'p'")
    raw.execute("DROP TABLE trial_failures")
    raw.execute("DROP TABLE trials")
    raw.execute("UPDATE alembic_version SET version_num = '0007'")
    raw.commit()
    raw.close()
    with Catalog.open(catalog.folder) as opened:
        said = {" ".join(one.title): one.attributes for one in opened.text.read([1, 2]).values()}
        assert said == {"kept | behalten": (), "other": ("30cm",)}
        assert [found.product_id for found in opened.full_text("behalten")] == ["p"]


def test_a_store_from_before_other_signs_of_inches_reads_them_when_it_is_opened(catalog: Catalog, words) -> None:
    catalog.apply(words.batch(words.variant("p", None, title="Monitor 27″")), None)
    catalog.apply(words.batch(words.variant("q", None, title="Other", size="12″")), None)
    catalog.close()
    raw = sqlite3.connect(catalog.folder / "catalog.sqlite")
    raw.execute("UPDATE variants_text SET title = 'monitor 27' WHERE codes = 'p'")
    raw.execute("UPDATE variants_text SET attributes = '12' WHERE codes = 'q'")
    raw.execute("UPDATE alembic_version SET version_num = '0011'")
    raw.commit()
    raw.close()
    with Catalog.open(catalog.folder) as opened:
        assert [found.product_id for found in opened.full_text('27"')] == ["p"]
        assert [found.product_id for found in opened.full_text("12''")] == ["q"]


def test_a_store_from_before_fractions_and_feet_reads_them_when_it_is_opened(catalog: Catalog, words) -> None:
    said = {"p": 'Pipe ½"', "q": "Ladder 6′", "r": "1.5L水壶", "s": 'Poster "Route 66"', "t": "Mug"}
    for product_id, title in said.items():
        catalog.apply(words.batch(words.variant(product_id, None, title=title)), None)
    catalog.apply(words.batch(words.variant("u", None, title="Hose", bore='3/4"')), None)
    catalog.apply(words.batch(words.variant("v", None, title="电视", screen='55"大屏')), None)
    catalog.apply(words.batch(words.variant("w", None, title="床1.8米")), None)
    catalog.apply(words.batch(words.variant("x", None, title="Plank 8＇")), None)
    catalog.close()
    raw = sqlite3.connect(catalog.folder / "catalog.sqlite")
    raw.execute("UPDATE variants_text SET title = 'kept' WHERE codes = 't'")
    raw.execute("UPDATE variants_text SET title = 'old', attributes = '' WHERE codes <> 't'")
    raw.execute("UPDATE alembic_version SET version_num = '0013'")
    raw.commit()
    raw.close()
    with Catalog.open(catalog.folder) as opened:
        for question, product_id in {
            "0.5 inch pipe": "p", "6 ft": "q", "1500 ml 水壶": "r", "route 66": "s", "kept": "t", "¾ inch": "u",
            "55 inch": "v", "1.8 米": "w", "8 ft": "x",
        }.items():  # fmt: skip
            assert [found.product_id for found in opened.full_text(question)] == [product_id]


def test_a_store_from_before_chinese_units_reads_them_when_it_is_opened(catalog: Catalog, words) -> None:
    catalog.apply(words.batch(words.variant("p", None, title="花瓶 50厘米")), None)
    catalog.apply(words.batch(words.variant("q", None, title="水杯", content="２５０ 毫升")), None)
    catalog.apply(words.batch(words.variant("r", None, title="Mug")), None)
    catalog.apply(words.batch(words.variant("s", None, title="2米桌布")), None)
    catalog.close()
    raw = sqlite3.connect(catalog.folder / "catalog.sqlite")
    raw.execute("UPDATE variants_text SET title = 'old', attributes = ''")
    raw.execute("UPDATE alembic_version SET version_num = '0014'")
    raw.commit()
    raw.close()
    with Catalog.open(catalog.folder) as opened:
        for question, product_id in {"50 cm": "p", "0.25 l": "q", "old": "r", "2m": "s"}.items():
            assert [found.product_id for found in opened.full_text(question)] == [product_id]


def test_a_store_from_before_names_without_signatures_gets_them_when_it_is_opened(catalog: Catalog, words) -> None:
    at, token = "https://cdn.example/{}?w=3&X-Amz-Signature={}&X-Amz-Expires=9", "https://cdn.example/photo?token={}"
    images = {
        **{at.format("a.jpg", number): "seen" for number in range(3)},
        at.format("b.jpg", 1): "other",
        **{f"{token.format(name)}&expires=9": name for name in ("one", "two")},
        "c.jpg?w=3": "seen",
    }
    contents = ["seen", "other", "one", "two"]
    catalog.apply(words.batch(words.variant("p", None, images), contents=contents), "r1")
    many = [words.variant(f"q{number}", None, {at.format("d.jpg", number): "seen"}) for number in range(2_100)]
    catalog.apply(words.batch(*many), None)
    before = {image.location: image.image_key for image in catalog.images_of_product("p")}
    sequence = catalog.sequence()
    catalog.close()
    raw = sqlite3.connect(catalog.folder / "catalog.sqlite")
    raw.execute("UPDATE alembic_version SET version_num = '0012'")
    raw.commit()
    raw.close()
    with Catalog.open(catalog.folder) as opened:
        after = {image.location: image.image_key for image in opened.images_of_product("p")}
        assert after == {
            "https://cdn.example/a.jpg?w=3": before[at.format("a.jpg", 2)],
            "https://cdn.example/b.jpg?w=3": before[at.format("b.jpg", 1)],
            **{name: key for name, key in before.items() if "token" in name or name.startswith("c")},
        }
        assert opened.sequence() > sequence
        assert [image.location for image in opened.images_of_product("q2099")] == ["https://cdn.example/d.jpg?w=3"]


def test_a_reader_may_not_write(catalog: Catalog, words) -> None:
    with Catalog.open(catalog.folder, read_only=True) as reader, pytest.raises(StoreError, match="reading only"):
        reader.apply(words.batch(words.variant("p", None)), None)


def test_a_closed_catalogue_says_so(catalog: Catalog) -> None:
    other = Catalog.open(catalog.folder)
    other.close()
    other.close()
    with pytest.raises(StoreError, match="closed"):
        other.sequence()


def test_one_long_job_at_a_time_but_edits_go_on(catalog: Catalog, words) -> None:
    with catalog.writing():
        with Catalog.open(catalog.folder) as other:
            with pytest.raises(StoreBusy, match=r"process [0-9]+"), other.writing():
                pass
            other.apply(words.batch(words.variant("p", None, price=1)), None)
            other.patch_product("p", {"price": 2})
        assert catalog.product("p").variants[0].attributes == {"price": 2.0}  # type: ignore[union-attr]
    with catalog.writing():
        pass


def test_releases_go_live_and_back(catalog: Catalog, words) -> None:
    assert catalog.live_release() is None
    r1 = catalog.set_live("r1")
    assert r1.state == "ready"
    at = catalog.sequence()
    r2 = catalog.begin_release(fingerprint="e" * 64, model="next", dimension=8, description={"a": [1, "ü"]})
    assert r2.description == {"a": [1, "ü"]}
    assert r2.state == "building"
    assert catalog.begin_release(fingerprint="e" * 64, model="next", dimension=8, description={}) == r2
    with pytest.raises(FingerprintMismatch, match="is recorded in release r2 with 8"):
        catalog.begin_release(fingerprint="e" * 64, model="next", dimension=9, description={})
    catalog.set_live("r2")
    catalog.set_live("r2")
    assert catalog.sequence() == at + 1
    live, previous = catalog.live_release(), catalog.previous_release()
    assert live is not None
    assert previous is not None
    assert (live.release_id, previous.release_id) == ("r2", "r1")
    catalog.set_live(previous.release_id)
    assert catalog.live_release() == previous
    with pytest.raises(StoreError, match="is live"):
        catalog.drop_release("r1")
    assert catalog.drop_release("r2") == 0
    assert catalog.previous_release() is None
    assert catalog.begin_release(fingerprint="d" * 64, model="x", dimension=8, description={}).release_id == "r3"
    with pytest.raises(NotFound, match="it has: r1, r3"):
        catalog.set_live("r2")


def test_patching_changes_values_without_a_model_and_is_seen_at_once(catalog: Catalog, words) -> None:
    catalog.apply(
        words.batch(words.variant("p", "1", price=1, note="x"), words.variant("p", "2", price=2, note="y")), None
    )
    with Catalog.open(catalog.folder, read_only=True) as reader:
        before = reader.sequence()
        product = catalog.patch_product("p", {"price": 9, "note": None, "fresh": True})
        assert [v.attributes for v in product.variants] == [{"price": 9.0, "fresh": True}] * 2
        assert reader.sequence() == before + 1
        assert reader.product("p") == product
        assert reader.columns()["fresh"] == "boolean"
    catalog.patch_product("p", {"price": 3}, "2")
    assert [v.attributes["price"] for v in catalog.product("p").variants] == [9.0, 3.0]  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["0123", "12345678901234567890", "1_000", "+49"])
def test_text_that_a_number_would_lose_part_of_is_no_number(catalog: Catalog, words, text: str) -> None:
    catalog.apply(words.batch(words.variant("p", None, serial=7), columns={"serial": "number"}), None)
    with pytest.raises(InvalidProduct, match="takes a number"):
        catalog.patch_product("p", {"serial": text})
    assert catalog.patch_product("p", {"serial": " 12.5 "}).variants[0].attributes["serial"] == 12.5


def test_a_number_is_written_alike_whether_a_source_or_a_later_one_makes_it_text(catalog: Catalog, words) -> None:
    long = 1_234_567_890_123_456.0
    catalog.apply(words.batch(words.variant("p", None, serial=long), columns={"serial": "number"}), None)
    catalog.apply(words.batch(words.variant("q", None, serial="B-7"), columns={"serial": "text"}), None)
    product = catalog.product("p")
    assert product is not None
    assert product.variants[0].attributes["serial"] == as_text(long)


def test_a_source_that_leaves_a_column_empty_says_nothing_of_its_type(catalog: Catalog, words) -> None:
    catalog.apply(words.batch(words.variant("p", None, rating=4.5), columns={"rating": "number"}), None)
    catalog.apply(words.batch(words.variant("q", None), columns={"rating": "text", "new": "text"}), None)
    assert (catalog.columns()["rating"], catalog.columns()["new"]) == ("number", "text")
    catalog.apply(words.batch(words.variant("q", None, rating="good"), columns={"rating": "text"}), None)
    assert catalog.columns()["rating"] == "text"


def test_a_column_that_had_no_value_yet_takes_the_type_of_the_first_ones(catalog: Catalog, words) -> None:
    for number, (product, values) in enumerate((("p", {}), ("q", {'say "': 4, "half": 0.5}), ("r", {}))):
        columns = {'say "': "number" if values else "text", "half": "number" if values else "text", "kind": "text"}
        kind = 'a "half": of it'
        run = catalog.begin_run(f"{number}.csv")
        batch = words.batch(words.variant(product, None, {product: product}, kind=kind, **values), contents=[product])
        catalog.apply(replace(batch, columns=columns), "r1", run)
        view = catalog.view(["half"])
    assert (catalog.columns()['say "'], catalog.columns()["half"]) == ("number", "number")
    assert view.select(catalog.parse("half < 1")).tolist() == [False, True, False]
    run = catalog.begin_run("kinds.csv")
    catalog.apply(words.batch(words.variant("s", None, kind=3), columns={"kind": "number"}), None, run)
    assert catalog.columns()["kind"] == "text"


def test_patching_refuses_values_of_another_type_and_names_all_of_them(catalog: Catalog, words) -> None:
    catalog.apply(words.batch(words.variant("p", None, price=1, weight=2.5)), None)
    with pytest.raises(InvalidProduct, match=r"price.*weight") as caught:
        catalog.patch_product("p", {"price": "cheap", "weight": "heavy", "title": "fine"})
    assert "title" not in str(caught.value)
    assert catalog.product("p").variants[0].attributes == {"price": 1.0, "weight": 2.5}  # type: ignore[union-attr]
    with pytest.raises(NotFound, match="no product 'q'"):
        catalog.patch_product("q", {"price": 1})
    with pytest.raises(NotFound, match="no variant 'red'"):
        catalog.patch_product("p", {"price": 1}, "red")


@pytest.mark.parametrize("value", [10**400, -(10**400), 2**53 + 1], ids=["large", "negative", "inexact"])
def test_a_whole_number_that_no_column_can_hold_is_refused(catalog: Catalog, words, value: int) -> None:
    catalog.apply(words.batch(words.variant("p", None, price=1, weight=2**53)), None)
    for column in ("price", "weight", "fresh"):
        with pytest.raises(InvalidProduct, match=column):
            catalog.patch_product("p", {column: value})
    with pytest.raises(InvalidProduct, match="weight"):
        catalog.apply(words.batch(words.variant("q", None, weight=value)), None)
    assert "fresh" not in catalog.columns()
    assert catalog.product("p").variants[0].attributes == {"price": 1.0, "weight": 2**53}  # type: ignore[union-attr]


def test_deleting_a_product_takes_only_what_only_it_had(catalog: Catalog, words) -> None:
    catalog.apply(
        words.batch(
            words.variant("p", None, {"x": "a", "y": "b"}), words.variant("q", None, {"x": "b"}), contents=["a", "b"]
        ),
        "r1",
    )
    catalog.kept.put(words.sha256("a"), b"copy")
    removed = catalog.delete_product("p")
    assert (removed.products, removed.variants, removed.images, removed.pictures) == (1, 1, 2, 1)
    assert catalog.product("p") is None
    assert catalog.kept.get(words.sha256("a")) is None
    assert catalog.counts().pictures == len(catalog.load_vectors("r1").keys) == 1
    with pytest.raises(NotFound):
        catalog.delete_product("p")


def test_a_run_without_prune_clears_only_its_old_rejections(catalog: Catalog, words) -> None:
    other, run = catalog.begin_run("other.csv"), catalog.begin_run("feed.csv")
    catalog.apply(words.batch(words.variant("p", None), rejections=[words.rejection("o")]), "r1", other)
    catalog.apply(words.batch(rejections=[words.rejection("x"), words.rejection("y")]), "r1", run)
    again = catalog.begin_run("feed.csv")
    catalog.apply(words.batch(rejections=[words.rejection("y")]), "r1", again)
    assert catalog.finish_run(again).rejections == 1
    assert {rejection.image for rejection in catalog.rejections()} == {"o", "y"}
    assert catalog.counts().products == 1


def test_prune_leaves_what_the_run_met_and_what_is_younger(catalog: Catalog, words) -> None:
    catalog.apply(
        words.batch(
            words.variant("stays", "1", {"x": "a", "gone": "b"}),
            words.variant("stays", "2", {"x": "c"}),
            words.variant("goes", None, {"x": "d"}),
            words.variant("unreadable", None, {"x": "e"}),
            contents=["a", "b", "c", "d", "e"],
        ),
        "r1",
    )
    for content in "abcde":
        catalog.kept.put(words.sha256(content), b"copy")
    catalog.kept.put(words.sha256("orphan"), b"copy")
    for copy in catalog.kept.folder.rglob("*.jpg"):
        os.utime(copy, (1_000.0, 1_000.0))
    run = catalog.begin_run("feed.csv")
    catalog.apply(words.batch(words.variant("meanwhile", None, {"x": "f"}), contents=["f"]), "r1")
    catalog.kept.put(words.sha256("coming"), b"copy of what another process is about to commit")
    os.utime(catalog.kept.path(words.sha256("coming")), (run.began_at - 60, run.began_at - 60))
    failed = words.rejection("x", product="unreadable")
    catalog.apply(words.batch(words.variant("stays", "1", {"x": "a"}), rejections=[failed]), "r1", run)
    removed = catalog.finish_run(run, prune=True)
    assert (removed.products, removed.variants, removed.images, removed.pictures) == (1, 2, 3, 3)
    assert [p.product_id for p in catalog.products()] == ["stays", "unreadable", "meanwhile"]
    assert {c for c in [*"abcdef", "orphan", "coming"] if catalog.kept.get(words.sha256(c))} == {"a", "e", "coming"}
    assert catalog.finish_run(run, prune=True).products == 0


def test_prune_leaves_the_moments_of_a_clip_that_could_not_be_read(catalog: Catalog, words) -> None:
    images = {
        "tour.mp4#t=0.50": "a",
        "tour.mp4#t=3.20": "b",
        "tour.mp4x#t=1.00": "c",
        "photo.jpg": "d",
        "gone.jpg": "e",
    }
    catalog.apply(words.batch(words.variant("lamp", None, images), contents=["a", "b", "c", "d", "e"]), "r1")
    run = catalog.begin_run("feed.csv")
    failed = words.rejection("tour.mp4", product="lamp")
    catalog.apply(words.batch(words.variant("lamp", None, {"photo.jpg": "d"}), rejections=[failed]), "r1", run)
    catalog.finish_run(run, prune=True)
    product = catalog.product("lamp")
    assert product is not None
    (variant,) = product.variants
    assert {image.location for image in variant.images} == {"tour.mp4#t=0.50", "tour.mp4#t=3.20", "photo.jpg"}


def test_a_reader_that_catches_up_holds_what_a_fresh_load_holds(catalog: Catalog, words) -> None:
    held: dict[int, np.ndarray] = {}
    at = 0
    steps = [
        words.batch(words.variant("p", None, {"x": "a", "y": "b"}), contents=["a", "b"]),
        words.batch(words.variant("p", None, {"x": "c"}), contents=["c"]),
        words.batch(words.variant("q", None, {"x": "a"}), contents=["a"]),
        words.batch(words.variant("p", None, price=1), replace=True),
    ]
    for step in steps:
        catalog.apply(step, "r1")
        changes = catalog.changes_since(at, "r1")
        assert changes.complete
        for key in changes.removed.tolist():
            held.pop(key, None)
        held.update(zip(changes.keys.tolist(), changes.vectors, strict=True))
        at = changes.sequence
        fresh = catalog.load_vectors("r1")
        assert sorted(held) == fresh.keys.tolist()
        for key, vector in zip(fresh.keys.tolist(), fresh.vectors, strict=True):
            np.testing.assert_array_equal(held[key], vector)
    assert not catalog.changes_since(at + 1, "r1").complete
    some = catalog.vectors_of("r1", [*held, 999])
    assert some.keys.tolist() == sorted(held)


def test_details_and_variants_show_what_is_there(catalog: Catalog, words) -> None:
    variants = [
        words.variant(f"p{n // 2}", f"v{n}", {"x": f"{n}", "y": "shared"}, title=f"T{n}", color="red", price=n, k=n)
        for n in range(60)
    ]
    applied = catalog.apply(words.batch(*variants, contents=[*map(str, range(60)), "shared"]), "r1")
    keys = list(applied.image_keys.values())
    details = catalog.details([*keys, 10_000, keys[0]])
    assert set(details) == set(keys)
    for (product_id, variant_id, location), key in applied.image_keys.items():
        detail = details[key]
        n = int(str(variant_id)[1:])
        assert (detail.product_id, detail.variant_id, detail.location) == (product_id, variant_id, location)
        assert detail.title == f"T{n}"
        assert detail.attributes == {"color": "red", "price": float(n), "k": n}
    summaries = catalog.variants_of([details[keys[0]].product_key, 999])
    assert [(s.variant_id, s.title, s.price, s.in_stock) for s in next(iter(summaries.values()))] == [
        ("v0", "T0", 0.0, None),
        ("v1", "T1", 1.0, None),
    ]
    assert len(summaries) == 1
    shown = catalog.image(keys[0])
    assert shown is not None
    assert (shown.location, shown.sha256) == ("x", words.sha256("0"))
    assert catalog.image(10_000) is None
    assert [i.location for i in catalog.images_of_product("p0", "v1")] == ["x", "y"]
    assert len(catalog.images_of_product("p0")) == 4
    assert catalog.details([]) == {}


def test_full_text_follows_every_change(catalog: Catalog, words) -> None:
    catalog.apply(
        words.batch(
            words.variant("p", None, title="Crème bottle", description="for milk", material="glass"),
            words.variant("q", None, title="Milk can", material="tin"),
        ),
        None,
    )

    def found(query: str) -> list[str]:
        return [match.product_id for match in catalog.full_text(query)]

    assert found("milk") == ["q", "p"]
    assert found("creme GLASS") == ["p"]
    assert found('") OR * NEAR(') == found("") == found("   ") == []
    catalog.patch_product("p", {"material": "steel", "description": None})
    assert found("milk") == ["q"]
    assert found("steel") == ["p"]
    catalog.delete_product("q")
    assert found("milk") == []


def test_a_store_in_a_folder_that_cannot_be_written_is_read(catalog: Catalog, words, tmp_path: Path) -> None:
    catalog.apply(words.batch(words.variant("p", None)), None)
    catalog.close()
    copy = tmp_path / "copy"
    shutil.copytree(catalog.folder, copy)
    copy.chmod(0o500)
    try:
        with Catalog.open(copy, read_only=True) as reader:
            assert reader.counts().products == 1
    finally:
        copy.chmod(0o700)


def test_where_nothing_can_be_written_a_store_is_read_and_says_why_it_does_not_change(
    catalog: Catalog, words, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.apply(words.batch(words.variant("p", None)), None)
    catalog.close()
    before = {file.name for file in catalog.folder.iterdir()}
    monkeypatch.setattr("lookalike.catalog.sqlite.is_writable", lambda _: False)
    with Catalog.open(catalog.folder) as opened:
        assert opened.read_only
        assert opened.counts().products == 1
        assert opened.behaviour.is_on("anna")
        assert opened.behaviour.of("anna") == ()
        with pytest.raises(StoreError, match="cannot be written to"):
            opened.apply(words.batch(words.variant("q", None)), None)
        with pytest.raises(StoreError, match="cannot be written to"), opened.writing():
            pass
    assert {file.name for file in catalog.folder.iterdir()} <= before


@pytest.mark.parametrize("closed", ["catalog.sqlite", "catalog.sqlite-wal"])
def test_a_file_that_cannot_be_written_in_a_folder_that_can_makes_a_store_to_be_read(
    catalog: Catalog, words, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    catalog.apply(words.batch(words.variant("p", None)), None)
    catalog.close()
    if closed.endswith("-wal"):
        (catalog.folder / closed).touch()
    before = {file.name for file in catalog.folder.iterdir()}
    access = os.access

    def as_another_user(path: Path, mode: int) -> bool:
        return access(path, mode) and not (mode == os.W_OK and Path(path).name == closed)

    monkeypatch.setattr("lookalike.catalog.sqlite.os.access", as_another_user)
    with Catalog.open(catalog.folder) as opened:
        assert opened.read_only
        assert opened.counts().products == 1
        with pytest.raises(StoreReadOnly, match=rf"since {closed} in it cannot be written to"):
            opened.apply(words.batch(words.variant("q", None)), None)
        # Lock files of who may not write the database would keep those out who may.
        assert {file.name for file in catalog.folder.iterdir()} == before


_OTHER_PROCESS = """
import sys
from pathlib import Path
from lookalike.catalog.catalog import Catalog
from lookalike.catalog.sync import SyncBatch, VariantEntry

with Catalog.open(Path(sys.argv[1])) as catalog:
    for first in range(0, 6000, 2000):
        added = [VariantEntry(f"q{n}", None, {"title": f"word{n}"}, ()) for n in range(first, first + 2000)]
        catalog.apply(SyncBatch(variants=tuple(added), pictures=()), None)
        print("applied", flush=True)
        sys.stdin.readline()
"""


def test_who_can_only_read_sees_what_another_process_writes_later(
    catalog: Catalog, words, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.apply(words.batch(words.variant("p", None)), None)
    catalog.close()
    monkeypatch.setattr("lookalike.catalog.sqlite.is_writable", lambda _: False)
    with Catalog.open(catalog.folder) as reader:
        assert (reader.counts().products, reader.sequence()) == (1, 1)
        with subprocess.Popen(
            [sys.executable, "-c", _OTHER_PROCESS, str(catalog.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdin is not None
            assert writer.stdout is not None
            for n in range(1, 4):
                assert writer.stdout.readline() == "applied\n"
                assert (reader.counts().products, reader.sequence()) == (1 + 2000 * n, 1 + n)
                writer.stdin.write("\n")
                writer.stdin.flush()
        assert (reader.counts().products, reader.sequence()) == (6001, 4)


def test_a_journal_that_cannot_be_read_says_what_to_copy(
    catalog: Catalog, words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.apply(words.batch(words.variant("p", None)), None)
    copy = tmp_path / "copy"
    shutil.copytree(catalog.folder, copy, ignore=shutil.ignore_patterns("*-shm"))
    error = sqlite3.OperationalError("unable to open database file")
    error.sqlite_errorname = "SQLITE_CANTOPEN"
    monkeypatch.setattr("lookalike.catalog.sqlite.is_writable", lambda _: False)
    assert "catalog.sqlite-shm too" in str(sqlite.translated(error, copy / "catalog.sqlite"))


def test_words_that_nobody_says_any_more_go_at_the_end_of_a_run(catalog: Catalog, words) -> None:
    def indexed(title: str, *, prune: bool) -> set[str]:
        run = catalog.begin_run("feed", prune=prune)
        catalog.apply(words.batch(words.variant("p", None, {"x": "a"}, title=title), contents=["a"]), "r1", run)
        catalog.finish_run(run, prune=prune)
        with Catalog.open(catalog.folder) as opened:
            return set(opened.text.words(opened.sequence()))

    def is_seen(word: str) -> bool:
        return word in catalog.text.words(catalog.sequence())

    assert indexed("oak chair", prune=True) == {"oak", "chair"}
    assert is_seen("chair")
    assert indexed("oak table", prune=True) == {"oak", "table"}
    assert is_seen("table")
    # The word that came last keeps its place: another that got it would not be seen by who is reading.
    assert indexed("oak", prune=True) == {"oak", "table"}
    assert indexed("oak lamp", prune=True) == {"oak", "lamp"}
    assert is_seen("lamp")
    # One that was forgotten and is said again is still one word to who has been reading all along.
    assert indexed("oak chair", prune=True) == {"oak", "chair"}
    assert list(catalog.text.words(catalog.sequence())).count("chair") == 1
    # Without a prune they are looked for where there must be many.
    for number in range(10):
        assert len(indexed(f"oak{number}", prune=False)) <= 4
        assert is_seen(f"oak{number}")


def test_words_are_looked_for_while_others_write_and_stay_where_one_is_said_again(
    catalog: Catalog, words, monkeypatch: pytest.MonkeyPatch
) -> None:
    def apply(product: str, title: str) -> None:
        catalog.apply(words.batch(words.variant(product, None, {}, title=title)), None)

    apply("p", "oak chair")
    apply("q", "ash lamp")
    run = catalog.begin_run("feed", prune=True)
    catalog.apply(words.batch(words.variant("q", None, {}, title="ash lamp")), None, run)
    unsaid = sqlite.unsaid_words

    def meanwhile(connection: Connection, **given: bool) -> list[str]:
        found = unsaid(connection, **given)
        assert {"oak", "chair"} <= set(found)
        apply("r", "oak")  # which could not be written before the run had ended
        return found

    monkeypatch.setattr(sqlite, "unsaid_words", meanwhile)
    catalog.finish_run(run, prune=True)
    with Catalog.open(catalog.folder) as opened:
        assert set(opened.text.words(opened.sequence())) == {"ash", "lamp", "oak"}
