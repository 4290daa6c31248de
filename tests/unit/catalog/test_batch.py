"""A batch is acknowledged whole, and twice is once."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.catalog import registry
from lookalike.catalog.catalog import Catalog
from lookalike.errors import DimensionMismatch, InvalidProduct, NotFound
from lookalike.types import ProductId, Reason, VariantId


def test_a_batch_is_found_again_in_every_detail(catalog: Catalog, words) -> None:
    entry = words.variant("p1", "red", {"a.jpg": "a", "b.jpg": "b"}, title="Shoe", price=3, in_stock=False, size="42")
    applied = catalog.apply(words.batch(entry, contents=["a", "b"]), "r1")

    assert (applied.products_added, applied.variants_added, applied.images_added) == (1, 1, 2)
    assert (applied.pictures_added, applied.vectors_added) == (2, 2)
    product = catalog.product("p1")
    assert product is not None
    (variant,) = product.variants
    assert variant.variant_id == "red"
    assert variant.attributes == {"title": "Shoe", "price": 3.0, "in_stock": False, "size": "42"}
    assert variant.attributes["in_stock"] is False
    assert [(i.location, i.width, i.height) for i in variant.images] == [("a.jpg", 100, 80), ("b.jpg", 100, 80)]
    stored = catalog.load_vectors("r1")
    by_key = dict(zip(stored.keys.tolist(), stored.vectors, strict=True))
    for content in ("a", "b"):
        key = applied.picture_keys[words.sha256(content)]
        np.testing.assert_array_equal(by_key[key], words.vectors([content])[0])
    known = catalog.picture_keys([words.sha256("a")], "r1")[words.sha256("a")]
    assert known.has_vector
    assert known.perceptual_hash == 2**64 - 1


def test_the_same_batch_twice_changes_nothing(catalog: Catalog, words) -> None:
    batch = words.batch(words.variant("p", None, {"a": "a"}, title="x", n=1.5, b=True), contents=["a"])
    first = catalog.apply(batch, "r1")
    second = catalog.apply(batch, "r1")
    assert second.sequence == first.sequence == catalog.sequence()
    assert (second.variants_unchanged, second.images_unchanged) == (1, 1)
    assert second.images_added == second.vectors_added == second.pictures_added == second.variants_updated == 0
    assert second.image_keys == first.image_keys


def test_the_same_content_is_stored_once_however_often_it_is_shown(catalog: Catalog, words) -> None:
    catalog.apply(
        words.batch(words.variant("p", "1", {"x": "a"}), words.variant("p", "2", {"x": "a", "y": "a"}), contents=["a"]),
        "r1",
    )
    counts = catalog.counts()
    assert (counts.products, counts.variants, counts.images, counts.pictures) == (1, 2, 3, 1)


def test_a_content_that_nothing_shows_any_more_goes_and_is_never_keyed_again(catalog: Catalog, words) -> None:
    first = catalog.apply(words.batch(words.variant("p", None, {"x": "a"}), contents=["a"]), "r1")
    old = first.picture_keys[words.sha256("a")]
    second = catalog.apply(words.batch(words.variant("p", None, {"x": "b"}), contents=["b"]), "r1")
    assert second.images_updated == 1
    assert second.removed_pictures == (old,)
    assert second.removed_sha256s == (words.sha256("a"),)
    assert second.image_keys == first.image_keys
    third = catalog.apply(words.batch(words.variant("p", None, {"x": "a"}), contents=["a"]), "r1")
    assert third.picture_keys[words.sha256("a")] > second.picture_keys[words.sha256("b")] > old
    assert catalog.counts().pictures == 1


def test_pictures_and_vectors_that_no_image_shows_are_left_out(catalog: Catalog, words) -> None:
    applied = catalog.apply(words.batch(words.variant("p", None, {"x": "a"}), contents=["a", "unshown"]), "r1")
    assert applied.pictures_added == applied.vectors_added == 1


def test_replace_removes_what_the_batch_does_not_list(catalog: Catalog, words) -> None:
    catalog.apply(
        words.batch(
            words.variant("p", "1", {"x": "a", "y": "b"}, note="n"),
            words.variant("p", "2", {"x": "c"}),
            words.variant("q", None, {"x": "c"}),
            contents=["a", "b", "c"],
        ),
        "r1",
    )
    applied = catalog.apply(words.batch(words.variant("p", "1", {"x": "a"}, price=1), replace=True), "r1")
    assert applied.images_removed == 2
    product = catalog.product("p")
    assert product is not None
    assert [(v.variant_id, v.attributes, [i.location for i in v.images]) for v in product.variants] == [
        ("1", {"price": 1.0}, ["x"])
    ]
    assert catalog.counts().pictures == 2
    assert catalog.product("q") is not None


def test_later_rows_of_a_run_only_add_what_a_variant_lacks(catalog: Catalog, words) -> None:
    catalog.apply(words.batch(words.variant("p", None, title="old", gone="x")), "r1")
    run = catalog.begin_run("feed.csv")
    catalog.apply(words.batch(words.variant("p", None, title="first")), "r1", run)
    catalog.apply(words.batch(words.variant("p", None, title="second", extra="e")), "r1", run)
    product = catalog.product("p")
    assert product is not None
    assert product.variants[0].attributes == {"title": "first", "extra": "e"}


def test_a_column_of_two_types_becomes_text_and_keeps_every_value(catalog: Catalog, words) -> None:
    catalog.apply(words.batch(words.variant("p", None, size=42, wide=True), words.variant("q", None, size=1.5)), "r1")
    assert catalog.columns()["size"] == "number"
    catalog.apply(words.batch(words.variant("r", None, size="M", wide="no")), "r1")
    assert catalog.columns()["size"] == "text"
    found = {p.product_id: p.variants[0].attributes for p in catalog.products()}
    assert found == {"p": {"size": "42", "wide": "true"}, "q": {"size": "1.5"}, "r": {"size": "M", "wide": "no"}}
    catalog.apply(words.batch(words.variant("s", None, size=7)), "r1")
    assert catalog.products()[-1].variants[0].attributes == {"size": "7"}


def test_a_column_declared_by_the_source_decides_over_its_values(catalog: Catalog, words) -> None:
    catalog.apply(words.batch(words.variant("p", None, code=12), columns={"code": "text"}), "r1")
    assert catalog.product("p").variants[0].attributes == {"code": "12"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "attributes",
    [{"price": "cheap"}, {"in_stock": 7}, {"weight": float("nan")}, {"product_id": "x"}, {"a`b": 1}, {"price": True}],
)
def test_nothing_is_stored_of_a_batch_with_a_value_that_cannot_be(catalog: Catalog, words, attributes) -> None:
    before = catalog.sequence()
    with pytest.raises(InvalidProduct):
        catalog.apply(words.batch(words.variant("good", None), words.variant("bad", None, **attributes)), "r1")
    assert catalog.counts().products == 0
    assert catalog.sequence() == before


@pytest.mark.parametrize(("product", "variant"), [("", None), ("p", "")])
def test_empty_ids_are_refused(catalog: Catalog, words, product: str, variant: str | None) -> None:
    with pytest.raises(InvalidProduct, match="id that is not empty"):
        catalog.apply(words.batch(words.variant(product, variant)), "r1")


def test_vectors_of_another_length_are_refused(catalog: Catalog, words) -> None:
    other = catalog.begin_release(fingerprint="e" * 64, model="other", dimension=4, description={})
    with pytest.raises(DimensionMismatch, match="4, received 8"):
        catalog.apply(words.batch(words.variant("p", None, {"x": "a"}), contents=["a"]), other.release_id)
    with pytest.raises(NotFound, match="it has: r1, r2"):
        catalog.apply(words.batch(words.variant("p", None)), "r9")
    assert catalog.counts().products == 0


def test_an_image_of_an_unknown_content_is_refused(catalog: Catalog, words) -> None:
    with pytest.raises(ValueError, match="neither the store nor the batch"):
        catalog.apply(words.batch(words.variant("p", None, {"x": "a"})), "r1")


def test_known_tells_what_a_sync_can_skip(catalog: Catalog, words) -> None:
    catalog.apply(words.batch(words.variant("p", "1", {"x": "a"}, title="t"), contents=["a"]), "r1")
    other = catalog.begin_release(fingerprint="e" * 64, model="other", dimension=4, description={})
    known = catalog.known(["p", "absent", "p"], "r1")
    assert set(known) == {("p", "1")}
    image = known["p", "1"].images["x"]  # type: ignore[index]
    assert (image.sha256, image.validator, image.has_vector) == (words.sha256("a"), "v:a", True)
    assert not catalog.known(["p"], other.release_id)["p", "1"].images["x"].has_vector  # type: ignore[index]
    assert [p.sha256 for p in catalog.pictures_without_vector(other.release_id)] == [words.sha256("a")]
    assert catalog.pictures_without_vector("r1") == ()


def test_a_rejection_is_remembered_counted_and_cleared_once_the_image_is_used(catalog: Catalog, words) -> None:
    for _ in range(2):
        catalog.apply(words.batch(rejections=[words.rejection("x", product="p", validator="v1")]), "r1")
    place, other = (ProductId("p"), None, "x"), (ProductId("p"), None, "y")
    known = catalog.known_rejections([place, other])
    assert set(known) == {place}
    assert known[place].attempts == 2
    assert (known[place].reason, known[place].validator) == (Reason.CORRUPT, "v1")
    assert catalog.rejections()[0].line == 3
    assert catalog.counts().rejected == 1
    catalog.apply(words.batch(words.variant("p", None, {"x": "a"}), contents=["a"]), "r1")
    assert catalog.rejections() == ()


def test_of_several_rejections_at_one_location_each_variant_knows_its_own(catalog: Catalog, words) -> None:
    own = [words.rejection("x", product=name, validator=f"v:{name}") for name in ("p", "q")]
    catalog.apply(words.batch(rejections=own), "r1")
    places = [(ProductId(name), None, "x") for name in ("p", "q", "new")]
    known = catalog.known_rejections([*places, (ProductId("p"), VariantId("red"), "x")])
    assert [known[place].validator for place in places] == ["v:p", "v:q", "v:q"]
    assert known[ProductId("p"), VariantId("red"), "x"].validator == "v:q"


def test_a_rejection_keeps_the_old_picture_unless_it_says_that_it_is_gone(catalog: Catalog, words) -> None:
    catalog.apply(words.batch(words.variant("p", None, {"x": "a"}), contents=["a"]), "r1")
    catalog.apply(words.batch(rejections=[words.rejection("x", Reason.FETCH_FAILED, "p")]), "r1")
    assert catalog.counts().images == 1
    applied = catalog.apply(words.batch(rejections=[words.rejection("x", product="p", drops_image=True)]), "r1")
    assert applied.images_removed == 1
    assert applied.removed_sha256s == (words.sha256("a"),)
    assert catalog.counts().images == catalog.counts().pictures == catalog.counts().vectors == 0


def test_a_column_becomes_text_for_every_variant_a_few_at_a_time(
    catalog: Catalog, words, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lookalike.catalog.registry._AT_ONCE", 3)
    held: list[int] = []
    retype = registry._retype

    def counting(connection: object, ledger: object, rows: list[object], names: list[str]) -> None:
        held.append(len(rows))
        retype(connection, ledger, rows, names)  # type: ignore[arg-type]

    monkeypatch.setattr(registry, "_retype", counting)
    catalog.apply(words.batch(*(words.variant(f"p{n}", None, size=n) for n in range(7))), "r1")
    catalog.apply(words.batch(words.variant("q", None, size="XL")), "r1")
    sizes = [product.variants[0].attributes["size"] for product in catalog.products()]
    assert sizes == [*"0123456", "XL"]
    assert held == [3, 3, 1]
    assert [found.product_id for found in catalog.full_text("6")] == ["p6"]
