"""Claims about indexing runs: what they do when pictures move, rows are long, and what is there cannot be read."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.sync import ImageEntry, PictureEntry, SyncBatch, VariantEntry
from lookalike.embed.description import ModelDescription
from lookalike.embed.text.encoder import TextDescription
from lookalike.errors import ImageRejected, InvalidProduct, NoVector, SourceError
from lookalike.images import Preprocessing
from lookalike.images.decode import decode
from lookalike.ingest.draft import ProductDraft, VariantDraft
from lookalike.ingest.options import IngestOptions
from lookalike.ingest.put import put_product
from lookalike.ingest.report import IndexReport
from lookalike.ingest.run import IngestRun
from lookalike.ingest.sentences import SentenceWriter
from lookalike.sources.record import PictureBytes, Record, Unchanged
from lookalike.types import ProductId, Reason, Rejection, VariantId

SIDE = 16


class Profile:
    """Embeds a picture as the brightness of its rows; remembers how many it saw, and ever saw at once."""

    description = ModelDescription(
        name="profile",
        version="1",
        dimension=SIDE,
        preprocessing=Preprocessing(size_pixels=SIDE),
        weights_sha256="a" * 64,
        licence="MIT",
        source="a test",
    )

    def __init__(self) -> None:
        self.most = self.n_pictures = 0
        self._counting = threading.Lock()

    def embed(self, batch: np.ndarray) -> np.ndarray:
        with self._counting:
            self.most = max(self.most, len(batch))
            self.n_pictures += len(batch)
        rows = batch.mean(axis=(2, 3)) + 1
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


class Words:
    """A sentence model that remembers what it was asked about."""

    description = TextDescription("words", 2, "w" * 64, "v" * 64, 64, "any", "MIT")

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], *, question: bool = False) -> np.ndarray:
        self.asked += texts
        return np.full((len(texts), 2), 0.5**0.5, np.float32)


class Shelf:
    """A source in memory: records, and pictures by location; a picture that is missing is rejected."""

    name = "shelf"

    def __init__(self, records: list[Record | Rejection], pictures: Mapping[str, bytes]) -> None:
        self._records = records
        self._pictures = pictures

    def records(self) -> Iterator[Record | Rejection]:
        yield from self._records

    def column_types(self) -> Mapping[str, str]:
        return {}

    def reader(self) -> Shelf:
        return self

    def read(self, location: str, validator: str | None) -> PictureBytes | Unchanged:
        if location not in self._pictures:
            raise ImageRejected(Reason.FETCH_FAILED, "the host answers 503")
        return PictureBytes(self._pictures[location], None)


def picture(seed: int) -> bytes:
    file = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def record(product: str, *images: str, variant: str | None = None, **attributes: str | float) -> Record:
    return Record(ProductId(product), None if variant is None else VariantId(variant), images, attributes)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.create(tmp_path / "store") as made:
        yield made


def index(
    catalog: Catalog, source: Shelf, *, prune: bool = False, embedder: Profile | None = None, commit_images: int = 2
) -> IndexReport:
    embedder = embedder or Profile()
    description = embedder.description
    release = catalog.begin_release(
        fingerprint=description.fingerprint, model="profile", dimension=SIDE, description={}
    )
    options = IngestOptions(n_workers=2, chunk_images=2, commit_images=commit_images, commit_seconds=60.0)
    return IngestRun(catalog, release, embedder, options).run(source, prune=prune)


def shown(catalog: Catalog) -> dict[str, list[str]]:
    return {
        str(product.product_id): [image.location for variant in product.variants for image in variant.images]
        for product in catalog.products()
    }


@pytest.mark.parametrize("shift", [1, 5])
def test_pictures_may_change_places_across_the_batches_of_a_run(catalog: Catalog, shift: int) -> None:
    names = [f"{number:02}.png" for number in range(12)]
    records = [record(f"p{name}", name) for name in names]
    index(catalog, Shelf(records, {name: picture(number) for number, name in enumerate(names)}))
    moved = {name: picture(number - shift + 100 * (number < shift)) for number, name in enumerate(names)}
    report = index(catalog, Shelf(records, moved))
    assert report.rejected == ()
    assert report.updated == 12
    again = index(catalog, Shelf(records, moved))
    assert (again.unchanged, again.updated, again.images) == (12, 0, 12)
    assert catalog.counts().pictures == 12


def signed(name: str, number: int) -> str:
    return f"https://cdn.example/{name}?X-Amz-Signature=secret{number}&X-Amz-Expires=9&w=3"


def test_a_picture_whose_address_is_signed_anew_is_the_picture_that_was_there(catalog: Catalog) -> None:
    names = ["a.png", "b.png", "none.png"]
    embedder = Profile()
    bare = [f"https://cdn.example/{name}?w=3" for name in names]
    for number in range(3):
        pictures = {signed(name, at): picture(1) for name in names[:2] for at in (number, 9)}
        rows: list[Record | Rejection] = [
            record("p", signed("a.png", number), signed("none.png", number)),
            record("q", signed("b.png", number), signed("b.png", 9)),
            Rejection(signed("bad.png", number), Reason.BAD_ROW, "line 4"),
        ]
        report = index(catalog, Shelf(rows, pictures), embedder=embedder)
        assert (report.images, report.added, report.unchanged) == (2, 0 if number else 2, 2 if number else 0)
        assert [rejection.image for rejection in report.rejected] == [bare[2], "https://cdn.example/bad.png?w=3"]
    assert shown(catalog) == {"p": bare[:1], "q": bare[1:2]}
    assert embedder.n_pictures == 1
    assert len(catalog.rejections()) == 2
    for file in catalog.folder.rglob("*"):
        assert not file.is_file() or b"secret" not in file.read_bytes()


def test_a_long_row_is_taken_in_parts_and_keeps_the_order_of_its_pictures(catalog: Catalog) -> None:
    names = [f"{number:03}.png" for number in range(150)]
    embedder = Profile()
    source = Shelf([record("long", *names)], {name: picture(number) for number, name in enumerate(names)})
    report = index(catalog, source, embedder=embedder)
    assert (report.added, report.products) == (150, 1)
    assert embedder.most <= 64
    assert shown(catalog) == {"long": names}


def test_the_pictures_of_rows_of_one_variant_follow_each_other(catalog: Catalog) -> None:
    names = ["a.png", "b.png", "c.png", "d.png"]
    rows: list[Record | Rejection] = [record("p", "b.png", "d.png"), record("p", "a.png"), record("p", "c.png")]
    index(catalog, Shelf(rows, {name: picture(number) for number, name in enumerate(names)}))
    assert shown(catalog) == {"p": ["b.png", "d.png", "a.png", "c.png"]}


def test_a_price_changes_although_the_new_picture_cannot_be_had(catalog: Catalog) -> None:
    index(catalog, Shelf([record("p", "a.png", price=10.0)], {"a.png": picture(1)}))
    index(catalog, Shelf([record("p", "a-v2.png", price=12.0)], {}))
    (product,) = catalog.products()
    assert product.variants[0].attributes["price"] == 12.0
    assert shown(catalog) == {"p": ["a.png"]}


def test_a_prune_leaves_alone_what_may_be_behind_something_that_cannot_be_read(catalog: Catalog) -> None:
    kept = ["shoes", "shoes/red", "mug"]
    pictures = {f"{name}.png": picture(number) for number, name in enumerate([*kept, "shoestring", "gone"])}
    index(catalog, Shelf([record(name.removesuffix(".png"), name) for name in pictures], pictures))
    unreadable: list[Record | Rejection] = [
        Rejection("shoes", Reason.FETCH_FAILED, "cannot be listed", hides=("shoes", "shoes/")),
        Rejection("feed:3", Reason.BAD_ROW, "too many cells", hides=("mug", "mug.png", "1,99")),
    ]
    report = index(catalog, Shelf(unreadable, {}), prune=True)
    assert report.removed == 2
    assert sorted(shown(catalog)) == sorted(kept)


def test_a_prune_leaves_alone_what_a_row_without_a_product_shows(catalog: Catalog) -> None:
    pictures = {f"{name}.png": picture(seed) for seed, name in enumerate("abcd")}
    rows = [record("p", "a.png", "b.png"), record("q", "c.png", variant="red"), record("r", "d.png")]
    index(catalog, Shelf(rows, pictures))
    variant = VariantEntry(ProductId("s"), None, {}, (ImageEntry("tour.mp4#t=0.48", "0" * 64),))
    catalog.apply(SyncBatch(variants=(variant,), pictures=(PictureEntry("0" * 64, 9, 9, "jpeg"),)))
    named = ("b.png", "c.png", "tour.mp4", "catalog.csv:7")
    unnamed = [Rejection(name, Reason.BAD_ROW, "the row has no product_id", line=2) for name in named]
    report = index(catalog, Shelf([*unnamed], pictures), prune=True)
    assert report.removed == 1
    assert shown(catalog) == {"p": ["a.png", "b.png"], "q": ["c.png"], "s": ["tour.mp4#t=0.48"]}


def test_a_prune_removes_nothing_where_the_source_breaks_off(catalog: Catalog) -> None:
    pictures = {"a.png": picture(1), "b.png": picture(2)}
    index(catalog, Shelf([record("p", "a.png"), record("q", "b.png")], pictures))
    half: list[Record | Rejection] = [
        record("p", "a.png"),
        Rejection("feed:4", Reason.BAD_ROW, "the feed ends before it is complete", breaks_off=True),
    ]
    report = index(catalog, Shelf(half, pictures), prune=True)
    assert (report.removed, len(report.rejected)) == (0, 1)
    assert sorted(shown(catalog)) == ["p", "q"]
    assert index(catalog, Shelf(half[:1], pictures), prune=True).removed == 1


def test_a_prune_by_a_source_that_names_nothing_empties_no_store(catalog: Catalog) -> None:
    assert index(catalog, Shelf([], {}), prune=True).products == 0
    index(catalog, Shelf([record("p", "a.png")], {"a.png": picture(1)}))
    with pytest.raises(SourceError, match="shelf names no product, and nothing was removed"):
        index(catalog, Shelf([], {}), prune=True)
    assert shown(catalog) == {"p": ["a.png"]}
    assert index(catalog, Shelf([record("q", "b.png")], {"b.png": picture(2)}), prune=True).removed == 1
    assert index(catalog, Shelf([], {})).products == 1


@pytest.mark.parametrize("prune", [False, True])
def test_a_row_that_cannot_be_read_does_not_freeze_what_later_rows_say(catalog: Catalog, prune: bool) -> None:
    pictures = {"p.png": picture(1), "q.png": picture(2), "r.png": picture(3)}
    names = ("q", "r", "p")
    index(catalog, Shelf([record(name, f"{name}.png", price=10.0) for name in names], pictures))
    bad = Rejection("feed:2", Reason.BAD_ROW, "too many cells", hides=("p", "12"))
    known = Rejection("feed:3", Reason.BAD_ROW, "no price", ProductId("p"))
    rows = [bad, known, *(record(name, f"{name}.png", price=12.0) for name in names)]
    report = index(catalog, Shelf(rows, pictures), prune=prune)
    assert {product.variants[0].attributes["price"] for product in catalog.products()} == {12.0}
    assert [one.hides for one in report.rejected] == [(), ()]


def test_a_picture_that_two_rows_of_a_variant_name_keeps_its_place(catalog: Catalog) -> None:
    pictures = {f"{name}.png": picture(number) for number, name in enumerate("abc")}
    rows: list[Record | Rejection] = [record("p", "a.png", "b.png"), record("p", "a.png", "c.png")]
    index(catalog, Shelf(rows, pictures))
    assert shown(catalog) == {"p": ["a.png", "b.png", "c.png"]}


def test_a_content_that_left_the_store_is_named(catalog: Catalog) -> None:
    from lookalike.catalog.sync import ImageEntry, UnknownContents, VariantEntry

    batch = SyncBatch(variants=(VariantEntry(ProductId("p"), None, {}, (ImageEntry("a.png", "b" * 64),)),))
    with pytest.raises(UnknownContents, match="such as bbbb") as refused:
        catalog.apply(batch)
    assert refused.value.sha256s == {"b" * 64}


def test_a_picture_that_cannot_be_fetched_today_stays_when_its_product_is_put(catalog: Catalog) -> None:
    embedder = Profile()
    url, file = "https://shop.example/a.png", "b.png"
    index(catalog, Shelf([record("p", url, file, price=1.0)], {url: picture(1), file: picture(2)}))
    release = catalog.live_release() or catalog.releases()[0]
    draft = ProductDraft("p", (VariantDraft(None, {"price": 2.0}, (url, file)),))
    rejected = put_product(
        draft,
        catalog=catalog,
        release=release,
        embedder=embedder,
        reader=Shelf([], {}),
        options=IngestOptions(),
    )
    assert [one.image for one in rejected] == [url]
    assert shown(catalog) == {"p": [url, file]}
    assert catalog.products()[0].variants[0].attributes["price"] == 2.0


def test_pictures_of_a_row_that_only_a_token_tells_apart_are_all_there(catalog: Catalog) -> None:
    def of(expires: int) -> list[str]:
        return [f"https://cdn.example/photo?token={token}&expires={expires}" for token in ("one", "two")]

    for expires in (7, 8):
        addresses = of(expires)
        shelf = Shelf([record("p", *addresses)], dict(zip(addresses, map(picture, (1, 2)), strict=True)))
        report = index(catalog, shelf)
        assert (report.images, report.rejected) == (2, ())
    assert (report.added, report.unchanged) == (0, 2)
    assert len(set(shown(catalog)["p"])) == 2
    assert not any(token in location for location in shown(catalog)["p"] for token in ("=one", "=two"))


def test_a_product_may_be_put_with_signed_addresses_again_and_again(catalog: Catalog) -> None:
    embedder = Profile()
    index(catalog, Shelf([record("p", signed("a.png", 0))], {signed("a.png", 0): picture(1)}), embedder=embedder)
    for number in (1, 2):
        refused = put_product(
            ProductDraft("p", (VariantDraft(None, {}, (signed("a.png", number), signed("b.png", number))),)),
            catalog=catalog,
            release=catalog.live_release() or catalog.releases()[0],
            embedder=embedder,
            reader=Shelf([], {signed("a.png", number): picture(1)}),
            options=IngestOptions(),
        )
        assert [one.image for one in refused] == ["https://cdn.example/b.png?w=3"]
    assert shown(catalog) == {"p": ["https://cdn.example/a.png?w=3"]}
    assert embedder.n_pictures == 1


def test_values_that_a_put_product_cannot_have_are_named_together_before_anything_is_made_of_them(
    catalog: Catalog,
) -> None:
    index(catalog, Shelf([record("p", "a.png", price=1.0)], {"a.png": picture(1)}))
    draft = ProductDraft("p", (VariantDraft(None, {"price": "cheap", "in_stock": "soon"}, ("a.png",)),))
    encoder = Words()
    with pytest.raises(InvalidProduct, match=r"price.*cheap.*in_stock.*soon"):
        put_product(
            draft,
            catalog=catalog,
            release=catalog.live_release() or catalog.releases()[0],
            embedder=Profile(),
            reader=Shelf([], {}),
            options=IngestOptions(),
            sentences=SentenceWriter(catalog, encoder),
        )
    assert encoder.asked == []
    assert catalog.products()[0].variants[0].attributes["price"] == 1.0


def test_rows_of_one_variant_that_disagree_are_told_within_a_batch_and_across_batches(catalog: Catalog) -> None:
    pictures = {f"{number}.png": picture(number) for number in range(9)}
    rows: list[Record | Rejection] = [
        record("p", "0.png", price=3.0, size="S", code="1"),
        record("p", "1.png", price=4.0, size="S", code=1.0),
        *(record(f"q{number}", f"{number}.png", price=1.0, size="S") for number in range(2, 8)),
        record("p", "8.png", price=5.0, size="L"),
        record("p", "0.png", variant="blue", price=6.0),
    ]
    for _ in range(2):
        conflicting = index(catalog, Shelf(rows, pictures)).conflicting
        assert [(one.column, one.rows) for one in conflicting] == [("price", 2), ("size", 1)]
        first = conflicting[0].first
        assert (first.product_id, first.variant_id, first.kept, first.ignored) == ("p", None, 3.0, 4.0)
    changed = [replace(row, attributes={**row.attributes, "price": 9.0}) for row in rows if isinstance(row, Record)]
    assert [one.column for one in index(catalog, Shelf(list(changed), pictures)).conflicting] == ["size"]


def test_a_picture_that_many_variants_show_is_embedded_once(catalog: Catalog) -> None:
    names = [f"{number}.png" for number in range(6)]
    sizes = [record(f"p{name}", name, f"{size}-{name}", variant=size) for name in names for size in "SMLX"]
    copies = {f"{size}-{name}": picture(number) for number, name in enumerate(names) for size in "SMLX"}
    shelf = Shelf(sizes, {**{name: picture(number) for number, name in enumerate(names)}, **copies})
    embedder = Profile()
    # In one transaction: where another worker is first with a picture of an earlier one, that makes it again.
    report = index(catalog, shelf, embedder=embedder, commit_images=1000)
    assert (report.added, report.images, report.rejected) == (48, 48, ())
    assert (embedder.n_pictures, catalog.counts().pictures) == (6, 6)
    assert index(catalog, shelf).unchanged == 48


def test_a_broken_picture_that_many_variants_show_is_tried_once_and_refused_for_each(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[bytes] = []

    def decode_and_count(data: bytes, **options: object) -> object:
        tried.append(data)
        return decode(data, **options)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr("lookalike.ingest.preparing.decode", decode_and_count)
    broken = picture(1)[:-40]
    report = index(catalog, Shelf([record("p", "a.png", variant=size) for size in "SMLX"], {"a.png": broken}))
    assert [(one.reason, one.variant_id) for one in report.rejected] == [(Reason.TRUNCATED, size) for size in "SMLX"]
    assert tried == [broken]


class Faint(Profile):
    """Has no vector of a picture whose upper left corner is dark."""

    def embed(self, batch: np.ndarray) -> np.ndarray:
        dark = batch[:, 0, 0].max(axis=1) < 8
        if dark.any():
            raise NoVector("nothing comes of it", places=tuple(np.flatnonzero(dark).tolist()))
        return super().embed(batch)


class Blind(Profile):
    """Has no vector of anything."""

    def embed(self, batch: np.ndarray) -> np.ndarray:
        raise NoVector("nothing comes of anything", places=tuple(range(len(batch))))


def flat(value: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((40, 40, 3), value, np.uint8)).save(file, "PNG")
    return file.getvalue()


def test_a_picture_without_a_vector_is_set_aside_and_the_run_goes_on(catalog: Catalog) -> None:
    pictures = {f"{number}.png": flat(60 + number) for number in range(5)} | {"black.png": flat(0)}
    pictures |= {"twin.png": flat(0), "far.png": flat(0)}
    order = ["0.png", "black.png", "twin.png", "1.png", "2.png", "3.png", "far.png", "4.png"]
    report = index(catalog, Shelf([record(f"p{name}", name) for name in order], pictures), embedder=Faint())
    assert report.images == 5
    assert sorted((each.image, each.reason) for each in report.rejected) == [
        ("black.png", Reason.NO_VECTOR),
        ("far.png", Reason.NO_VECTOR),
        ("twin.png", Reason.NO_VECTOR),
    ]
    # Another way of computing the same model may have one: it is tried again although the bytes are the same.
    again = index(catalog, Shelf([record(f"p{name}", name) for name in order], pictures))
    assert (again.images, again.rejected) == (8, ())


def test_a_product_that_is_put_with_a_picture_without_a_vector_keeps_the_others(catalog: Catalog) -> None:
    release = catalog.begin_release(fingerprint="f" * 64, model="faint", dimension=SIDE, description={})
    source = Shelf([], {})
    draft = ProductDraft("p", (VariantDraft(None, {}, (flat(0), flat(0), flat(90))),))
    told = put_product(
        draft, catalog=catalog, release=release, embedder=Faint(), reader=source, options=IngestOptions(n_workers=1)
    )
    assert [each.reason for each in told] == [Reason.NO_VECTOR, Reason.NO_VECTOR]
    assert [len(images) for images in shown(catalog).values()] == [1]


def test_a_model_that_has_a_vector_of_nothing_ends_the_run(catalog: Catalog) -> None:
    with pytest.raises(NoVector):
        index(catalog, Shelf([record("p", "a.png")], {"a.png": flat(90)}), embedder=Blind())
