"""The Python API as a user of it sees it: one object, every verb, effects seen at once."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

import lookalike
from lookalike.catalog.catalog import Catalog
from lookalike.catalog.product import Product
from lookalike.engine.engine import Engine
from lookalike.errors import (
    DimensionMismatch,
    FingerprintMismatch,
    ImageRejected,
    InvalidProduct,
    InvalidQuery,
    NotFound,
    PromotionRefused,
    SourceError,
    StoreError,
    StoreNotFound,
)
from lookalike.ingest.draft import ProductDraft, VariantDraft
from lookalike.types import AttributeValue

COLORS = {"red": (200, 40, 40), "green": (40, 160, 60), "blue": (40, 60, 200), "cream": (240, 230, 205)}


def picture(color: tuple[int, int, int], seed: int) -> bytes:
    from lookalike.images.regions import encode_jpeg

    generator = np.random.default_rng(seed)
    pixels = np.full((160, 160, 3), 255, dtype=np.uint8)
    for _ in range(5):
        x, y = generator.integers(10, 100, 2)
        width, height = generator.integers(20, 60, 2)
        pixels[y : y + height, x : x + width] = (np.asarray(color) * generator.uniform(0.6, 1.0)).astype(np.uint8)
    return encode_jpeg(pixels, quality=95)


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("feed")
    rows = ["product_id,title,color,price,image"]
    for number in range(8):
        color = list(COLORS)[number % 4]
        (folder / f"{number}.jpg").write_bytes(picture(COLORS[color], number))
        rows.append(f"p{number},Thing {number},{color},{number}.5,{number}.jpg")
    (folder / "catalog.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder / "catalog.csv"


@pytest.fixture(scope="module")
def indexed(feed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("indexed") / "store"
    with lookalike.open(store) as engine:
        engine.index(feed)
    return store


@pytest.fixture
def shop(indexed: Path, tmp_path: Path) -> Engine:
    return lookalike.open(shutil.copytree(indexed, tmp_path / "store"))


def first(shop: Engine, data: bytes, **options: object) -> str:
    return shop.search(data, k=1, **options).hits[0].product_id  # type: ignore[arg-type]


def test_a_store_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(StoreNotFound, match="lookalike index SOURCE"):
        lookalike.open(tmp_path / "nothing").search(b"x")
    assert not (tmp_path / "nothing").exists()


def test_the_query_vector_finds_the_same_again_without_the_picture(shop: Engine) -> None:
    answer = shop.search(picture(COLORS["green"], 5), k=5)
    again = shop.search(vector=answer.vector, colouring=answer.colouring, k=5)
    assert [hit.product_id for hit in again.hits] == [hit.product_id for hit in answer.hits]
    assert [hit.similarity for hit in again.hits] == [hit.similarity for hit in answer.hits]
    with pytest.raises(DimensionMismatch, match="search by the picture again"):
        shop.search(vector=answer.vector[:10].copy())


def test_a_vector_of_another_model_is_refused_where_it_says_so(shop: Engine) -> None:
    vector = shop.search(picture(COLORS["green"], 5), k=5).vector
    assert len(shop.search(vector=vector, fingerprint=shop.model.fingerprint, k=5).hits) == 5
    with pytest.raises(FingerprintMismatch, match="search with the photograph again"):
        shop.search(vector=vector, fingerprint="0" * 64)
    with pytest.raises(InvalidQuery, match="a fingerprint goes with a vector"):
        shop.search(picture(COLORS["green"], 5), fingerprint="0" * 64)


def test_colours_count_only_where_a_product_has_several_variants(shop: Engine) -> None:
    photograph = picture(COLORS["green"], 5)
    assert set(shop.search(photograph, k=3).lanes) == {"picture"}
    variants = [VariantDraft(name, {"color": name}, (picture(COLORS[name], 90),)) for name in ("red", "cream")]
    shop.put_product(ProductDraft("two", tuple(variants)))
    answer = shop.search(photograph, k=3)
    assert set(answer.lanes) == {"picture", "colour"}
    assert all(sum(hit.lanes.values()) == pytest.approx(hit.similarity, abs=2e-6) for hit in answer.hits)


def test_a_search_after_a_change_does_not_read_through_the_variants_for_it(
    shop: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    photograph = picture(COLORS["green"], 5)
    shop.search(photograph)
    monkeypatch.setattr(Catalog, "has_several_variants", lambda _: pytest.fail("a pass over the catalogue"))
    shop.patch_product(shop.products(k=1)[0].product_id, {"price": 1.5})
    assert set(shop.search(photograph, k=3).lanes) == {"picture"}


def test_building_a_release_looks_at_colours_that_nobody_looked_at(shop: Engine) -> None:
    variants = [VariantDraft(name, {"color": name}, (picture(COLORS[name], 90),)) for name in ("red", "cream")]
    shop.put_product(ProductDraft("two", tuple(variants)))
    catalog = shop._readable()
    assert len(catalog.pictures_without_colouring()) == 8  # what came before any product had variants
    shop.build_release()
    assert catalog.pictures_without_colouring() == ()


def test_a_product_put_in_is_found_by_the_next_search_and_one_taken_out_is_not(shop: Engine) -> None:
    data = picture((120, 20, 130), 77)
    product, rejected = shop.put_product(
        ProductDraft("new", (VariantDraft(None, {"title": "New thing", "price": 3.0}, (data,)),))
    )
    assert rejected == ()
    assert product.variants[0].attributes["title"] == "New thing"
    assert first(shop, data) == "new"
    shop.delete_product("new")
    assert first(shop, data) != "new"
    with pytest.raises(NotFound):
        shop.product("new")


def test_a_product_put_in_takes_the_types_of_the_catalogue_and_never_changes_them_for_the_others(shop: Engine) -> None:
    data = picture((120, 20, 130), 79)

    def put(seats: AttributeValue) -> Product:
        return shop.put_product(ProductDraft("sofa", (VariantDraft(None, {"seats": seats}, (data,)),)))[0]

    put(3)
    assert shop.columns()["seats"] == "number"
    assert put("4").variants[0].attributes["seats"] == 4
    with pytest.raises(InvalidProduct, match="column 'seats' takes a number, received 'three'"):
        put("three")
    assert shop.columns()["seats"] == "number"
    assert shop.product("sofa").variants[0].attributes["seats"] == 4
    mixed = tuple(VariantDraft(str(legs), {"legs": legs}, (data,)) for legs in (4, "four"))
    assert [v.attributes["legs"] for v in shop.put_product(ProductDraft("table", mixed))[0].variants] == ["4", "four"]


def test_putting_again_replaces_and_keeps_pictures_that_the_store_has(shop: Engine) -> None:
    data = picture((120, 20, 130), 78)
    variants = (VariantDraft(None, {"title": "Thing 0"}, ("0.jpg", data)),)
    product, rejected = shop.put_product(ProductDraft("p0", variants))
    assert rejected == ()
    assert product.variants[0].images[0].location == "0.jpg"
    assert "price" not in product.variants[0].attributes
    product, _ = shop.put_product(ProductDraft("p0", (VariantDraft(None, {"title": "Thing 0"}, ("0.jpg",)),)))
    assert len(product.variants[0].images) == 1


def test_pictures_move_between_variants_when_a_product_is_put_again(shop: Engine) -> None:
    blue, red = picture((30, 40, 200), 80), picture((200, 30, 40), 81)
    draft = ProductDraft("two", (VariantDraft("blue", {}, (blue,)), VariantDraft("red", {}, (red,))))
    product, _ = shop.put_product(draft)
    names = [variant.images[0].location for variant in product.variants]
    renamed = (VariantDraft("blue", {}, (names[0],)), VariantDraft("crimson", {"price": 3.0}, (names[1],)))
    product, rejected = shop.put_product(ProductDraft("two", renamed))
    assert rejected == ()
    assert {variant.variant_id: [image.location for image in variant.images] for variant in product.variants} == {
        "blue": [names[0]],
        "crimson": [names[1]],
    }
    assert shop.search(red, k=1, by="variant").hits[0].variant_id == "crimson"


def test_a_product_none_of_whose_pictures_can_be_used_is_refused_and_changes_nothing(shop: Engine) -> None:
    before = shop.counts()
    with pytest.raises(NotFound, match="none of its pictures can be used"):
        shop.put_product(ProductDraft("bad", (VariantDraft(None, {}, (b"no picture",)),)))
    assert shop.counts().products == before.products


def test_a_patched_price_filters_at_once_and_a_wrong_one_is_refused(shop: Engine) -> None:
    shop.patch_product("p3", {"price": 999.0, "note": "last one"})
    assert [hit.product_id for hit in shop.search(like="p1", where="price > 900").hits] == ["p3"]
    assert [hit.product_id for hit in shop.search(like="p1", where='note contains "last"').hits] == ["p3"]
    with pytest.raises(InvalidProduct):
        shop.patch_product("p3", {"price": "dear"})


def test_another_process_sees_what_was_acknowledged(shop: Engine, indexed: Path) -> None:
    reader = lookalike.open(shop._folder)
    data = picture((10, 120, 130), 79)
    assert first(reader, data) != "late"
    shop.put_product(ProductDraft("late", (VariantDraft(None, {}, (data,)),)))
    assert first(reader, data) == "late"
    shop.delete_product("late")
    assert first(reader, data) != "late"


def test_thumbnails_are_small_jpegs(shop: Engine) -> None:
    from lookalike.images.decode import decode

    key = shop.search(like="p1", k=1).hits[0].image_key
    small = decode(shop.thumbnail(key, 64))
    assert max(small.width, small.height) == 64
    with pytest.raises(NotFound):
        shop.thumbnail(10_000, 64)


def test_facets_and_pages_follow_a_filter(shop: Engine) -> None:
    colors = {facet.column: facet for facet in shop.facets("price < 4")}["color"]
    assert {str(value.value): value.count for value in colors.values} == dict.fromkeys(COLORS, 1)
    assert [product.product_id for product in shop.products(where='color = "red"')] == ["p0", "p4"]
    assert [product.product_id for product in shop.products(k=2, offset=3)] == ["p3", "p4"]


def test_models_are_never_mixed_in_one_release(shop: Engine, feed: Path, other_model: Path) -> None:
    with (
        lookalike.open(shop._folder, model=str(other_model)) as other,
        pytest.raises(FingerprintMismatch, match="lookalike releases --build"),
    ):
        other.index(feed)


def test_a_release_is_built_from_kept_copies_promoted_and_rolled_back(
    shop: Engine, feed: Path, other_model: Path
) -> None:
    with lookalike.open(shop._folder, model=str(other_model)) as builder:
        built = builder.build_release()
    assert (built.live, built.vectors, built.missing, built.dimension) == (False, 8, 0, 12)
    assert shop.search(like="p1").release == "r1"
    with pytest.raises(PromotionRefused, match=r"cannot be compared .* 8 products, expected at least 10"):
        shop.promote(built.release_id)
    assert shop.release == "r1"
    done = shop.promote(built.release_id, force=True, reason="another dimension")
    assert (done.live, done.previous, done.gate, done.forced) == ("r2", "r1", None, True)
    assert [(one.kind, one.reason) for one in shop.promotions()][1:] == [("forced", "another dimension")]
    answer = shop.search(picture(COLORS["blue"], 6), k=8)
    assert answer.release == built.release_id
    assert answer.hits[0].product_id == "p6"
    assert len(answer.vector) == 12
    assert shop.rollback() == "r1"
    assert shop.search(like="p1").release == "r1"
    assert len(shop.search(like="p1").vector) == 256
    shop.drop_release(built.release_id)
    assert [release.release_id for release in shop.releases()] == ["r1"]


def test_a_dropped_release_takes_its_index_along(shop: Engine, other_model: Path) -> None:
    snapshot = shop._folder / "index" / "r1.index"
    assert snapshot.is_file()
    with lookalike.open(shop._folder, model=str(other_model)) as builder:
        shop.promote(builder.build_release().release_id, force=True)
    shop.drop_release("r1")
    assert not snapshot.exists()


def test_a_release_that_lacks_vectors_is_not_promoted(shop: Engine, feed: Path, other_model: Path) -> None:
    with lookalike.open(shop._folder, model=str(other_model)) as builder:
        built = builder.build_release()
    shop.put_product(ProductDraft("later", (VariantDraft(None, {}, (picture((9, 9, 9), 80),)),)))
    with pytest.raises(StoreError, match="lacks the vectors of 1 pictures"):
        shop.promote(built.release_id)


def test_a_release_that_lacks_vectors_is_promoted_by_force_and_completed_by_indexing(
    feed: Path, tmp_path: Path, other_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_KEEP_PICTURES", "false")
    with lookalike.open(tmp_path / "bare") as shop:
        shop.index(feed)
    with lookalike.open(tmp_path / "bare", model=str(other_model)) as shop:
        built = shop.build_release()
        assert (built.vectors, built.missing) == (0, 8)
        done = shop.promote(built.release_id, force=True, reason="no copies")
        assert (done.live, done.forced, done.missing) == (built.release_id, True, 8)
        last = shop.promotions()[-1]
        assert (last.kind, last.reason) == ("forced", "no copies; it lacks the vectors of 8 pictures")
        shop.index(feed)
        (live,) = [release for release in shop.releases() if release.live]
        assert (live.vectors, live.missing) == (8, 0)
        assert first(shop, picture(COLORS["blue"], 6)) == "p6"


@pytest.fixture
def n_decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each picture that indexing decodes."""
    from lookalike.ingest import preparing

    done: list[int] = []

    def counted(data: bytes, **options: object) -> object:
        done.append(len(data))
        return decode(data, **options)

    decode = preparing.decode
    monkeypatch.setattr(preparing, "decode", counted)
    return done


def test_pictures_get_the_copies_that_were_not_kept_when_they_are_indexed_again(
    feed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_decoded: list[int]
) -> None:
    monkeypatch.setenv("LOOKALIKE_KEEP_PICTURES", "false")
    with lookalike.open(tmp_path / "store") as shop:
        shop.index(feed)
        key = shop.search(like="p1", k=1).hits[0].image_key
        with pytest.raises(NotFound, match="keep_pictures"):
            shop.thumbnail(key)
    monkeypatch.setenv("LOOKALIKE_KEEP_PICTURES", "true")
    with lookalike.open(tmp_path / "store") as shop:
        report = shop.index(feed)
        assert (report.added, report.updated, report.unchanged) == (0, 0, 8)
        assert shop.thumbnail(key)
        n_decoded.clear()
        shop.index(feed)
        assert n_decoded == []


def test_copies_that_were_lost_are_made_again_when_their_pictures_are_indexed_again(
    feed: Path, tmp_path: Path, n_decoded: list[int]
) -> None:
    with lookalike.open(tmp_path / "store") as shop:
        shop.index(feed)
        key = shop.search(like="p1", k=1).hits[0].image_key
        lost, empty, *_ = sorted((tmp_path / "store" / "pictures").glob("*/*.jpg"))
        lost.unlink()
        empty.write_bytes(b"")  # as a power cut leaves it
        n_decoded.clear()
        assert shop.index(feed).unchanged == 8
        assert len(n_decoded) == 2
        assert lost.stat().st_size
        assert empty.stat().st_size
        shutil.rmtree(tmp_path / "store" / "pictures")  # a backup without them
        shop.index(feed)
        assert shop.thumbnail(key)
        n_decoded.clear()
        shop.index(feed)
        assert n_decoded == []


def test_a_quota_that_is_used_up_does_not_make_every_run_decode_everything(
    feed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_decoded: list[int]
) -> None:
    full = tmp_path / "store" / "pictures" / "00" / f"{'0' * 64}.jpg"
    monkeypatch.setenv("LOOKALIKE_KEPT_QUOTA_MEBIBYTES", "1")
    monkeypatch.setenv("LOOKALIKE_THREADS", "1")
    full.parent.mkdir(parents=True)
    full.write_bytes(bytes(2**20))
    with lookalike.open(tmp_path / "store") as shop:
        assert shop.index(feed).not_kept == 8
    n_decoded.clear()
    with lookalike.open(tmp_path / "store") as shop:
        shop.index(feed)
    assert len(n_decoded) <= 1


def test_pictures_that_a_limit_refused_come_in_when_it_is_raised(
    feed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_MAX_IMAGE_PIXELS", "2000")
    with lookalike.open(tmp_path / "store") as shop:
        assert {str(rejection.reason) for rejection in shop.index(feed).rejected} == {"too_many_pixels"}
        assert shop.counts().rejected == 8
    monkeypatch.setenv("LOOKALIKE_MAX_IMAGE_PIXELS", "1000000")
    with lookalike.open(tmp_path / "store") as shop:
        report = shop.index(feed)
        assert (report.added, report.rejected) == (8, ())
        assert shop.counts().rejected == 0


def test_a_picture_shown_by_two_products_is_embedded_once_and_finds_both(shop: Engine, feed: Path) -> None:
    shared = (feed.parent / "2.jpg").read_bytes()
    vectors = shop.counts().vectors
    shop.put_product(ProductDraft("twin", (VariantDraft(None, {}, (shared,)),)))
    assert shop.counts().vectors == vectors
    assert {hit.product_id for hit in shop.search(shared, k=2).hits} == {"p2", "twin"}
    shop.delete_product("p2")
    assert first(shop, shared) == "twin"


def test_many_threads_get_the_answers_that_one_gets(shop: Engine) -> None:
    queries = [picture(color, seed) for seed, color in enumerate(list(COLORS.values()) * 4)]
    expected = [[hit.product_id for hit in shop.search(query, k=8).hits] for query in queries]
    found: list[list[str] | None] = [None] * len(queries)

    def ask(number: int) -> None:
        found[number] = [hit.product_id for hit in shop.search(queries[number], k=8).hits]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(queries))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


def test_eight_orientations_of_one_picture_have_the_same_vector(shop: Engine) -> None:
    import io

    from PIL import Image

    pixels = np.asarray(Image.open(io.BytesIO(picture(COLORS["red"], 4))).resize((200, 120)))
    turn = {1: 0, 2: 0, 3: 2, 4: 2, 5: 3, 6: 1, 7: 1, 8: 3}
    vectors = []
    for orientation in range(1, 9):
        stored = np.rot90(pixels, turn[orientation])
        stored = stored[:, ::-1] if orientation in (2, 4, 5, 7) else stored
        exif = Image.Exif()
        exif[0x0112] = orientation
        out = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(stored)).save(out, "png", exif=exif)
        vectors.append(shop.search(out.getvalue()).vector)
    assert float((np.stack(vectors) @ vectors[0]).min()) > 0.999


def test_a_query_that_is_no_picture_is_refused_with_its_reason(shop: Engine) -> None:
    with pytest.raises(ImageRejected) as refused:
        shop.search(b"GIF? no")
    assert str(refused.value.reason) == "not_an_image"


def test_a_runtime_joins_a_release_only_where_it_agrees(shop: Engine, feed: Path) -> None:
    from lookalike.compose import engine_options
    from lookalike.embed.opening import open_embedder
    from lookalike.settings import Settings

    class Drifting:
        """The packaged model computed by something that is a little off."""

        def __init__(self) -> None:
            self._exact = open_embedder()
            self.description = self._exact.description.computed_by("abacus", "fp8")

        def embed(self, batch: np.ndarray) -> np.ndarray:
            vectors = self._exact.embed(batch) + np.float32(0.02)
            return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    drifting = Drifting()
    with (
        Engine(
            shop._folder, engine_options(Settings()), lambda m, t, c: drifting if c is None else open_embedder(m)
        ) as other,
        pytest.raises(FingerprintMismatch, match=r"abacus in fp8 agrees with onnxruntime in fp32"),
    ):
        other.index(feed)


@pytest.mark.parametrize("rows", ["", "gone.jpg,p0\n"])
def test_an_evaluation_that_asked_nothing_says_so_instead_of_a_recall_of_zero(
    shop: Engine, tmp_path: Path, rows: str
) -> None:
    queries = tmp_path / "queries.csv"
    queries.write_text(f"image,product_id\n{rows}", encoding="utf-8")
    with pytest.raises(SourceError, match=r"no question could be asked: [01] rejected") as refused:
        shop.evaluate(queries)
    assert ("gone.jpg" in str(refused.value)) == bool(rows)
