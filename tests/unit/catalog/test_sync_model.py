"""Whatever is synced, pruned, patched and deleted, the store holds what a dictionary would."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.catalog.catalog import Catalog

# Few names, so that steps meet each other.
PRODUCTS = st.sampled_from(["p", "q"])
VARIANTS = st.sampled_from([None, "1"])
IMAGES = st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from(["a", "b", "c"]), max_size=2)
VALUES = st.fixed_dictionaries(
    {},
    optional={"price": st.sampled_from([1.0, 2.5]), "color": st.sampled_from(["red", "blue"]), "n": st.integers(0, 3)},
)
SOURCE = st.dictionaries(st.tuples(PRODUCTS, VARIANTS), st.tuples(IMAGES, VALUES), min_size=1, max_size=4)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("sync"), SOURCE, st.integers(1, 3), st.booleans()),
        st.tuples(st.just("delete"), PRODUCTS),
        st.tuples(st.just("patch"), PRODUCTS, VALUES),
        st.tuples(st.just("replace"), PRODUCTS, VARIANTS, IMAGES, VALUES),
    ),
    min_size=3,
    max_size=7,
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one release, to copy: making one costs more than all that an example does with it."""
    with Catalog.create(tmp_path_factory.mktemp("template")) as made:
        made.begin_release(fingerprint="f" * 64, model="test", dimension=8, description={})
    return made.folder / "catalog.sqlite"


@settings(max_examples=40)
@given(steps=STEPS)
def test_the_store_holds_what_a_dictionary_would(words, template: Path, steps) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(template, folder)
        with Catalog.open(Path(folder)) as catalog:
            follow(catalog, words, steps)


def follow(catalog: Catalog, words, steps) -> None:
    model: dict = {}
    for verb, *rest in steps:
        if verb == "sync":
            source, size, prune = rest
            rows = list(source.items())
            run = catalog.begin_run("feed")
            for start in range(0, len(rows), size):
                bring(catalog, words, rows[start : start + size], run=run)
            for name, (images, values) in rows:
                old = {} if prune else model.get(name, ({}, {}))[0]
                model[name] = ({**old, **images}, dict(values))
            if prune:
                model = {name: model[name] for name, _ in rows}
            catalog.finish_run(run, prune=prune)
        elif verb == "replace":
            product, variant, images, values = rest
            bring(catalog, words, [((product, variant), (images, values))], replace=True)
            model = {name: kept for name, kept in model.items() if name[0] != product}
            model[product, variant] = (dict(images), dict(values))
        elif any(name[0] == rest[0] for name in model):
            if verb == "delete":
                catalog.delete_product(rest[0])
                model = {name: kept for name, kept in model.items() if name[0] != rest[0]}
            else:
                catalog.patch_product(rest[0], rest[1])
                for name in model:
                    if name[0] == rest[0]:
                        model[name][1].update(rest[1])
        compare(catalog, words, model)


def bring(catalog: Catalog, words, rows, *, run=None, replace: bool = False) -> None:
    variants = [words.variant(p, v, images, **values) for (p, v), (images, values) in rows]
    contents = {content for _, (images, _) in rows for content in images.values()}
    catalog.apply(words.batch(*variants, contents=sorted(contents), replace=replace), "r1", run)
    again = catalog.sequence()
    catalog.apply(words.batch(*variants, contents=sorted(contents), replace=replace), "r1", run)
    assert catalog.sequence() == again


def compare(catalog: Catalog, words, model: dict) -> None:
    products = catalog.products()
    known = catalog.known([product.product_id for product in products], "r1")
    stored = {
        name: ({at: image.sha256 for at, image in variant.images.items()}, dict(variant.attributes))
        for name, variant in known.items()
    }
    assert stored == {
        name: ({at: words.sha256(c) for at, c in images.items()}, values) for name, (images, values) in model.items()
    }
    shown = {content for images, _ in model.values() for content in images.values()}
    assert set(catalog.picture_keys([words.sha256(c) for c in "abc"])) == {words.sha256(c) for c in shown}
    assert all(image.has_vector for variant in known.values() for image in variant.images.values())
    counts = catalog.counts()
    assert counts.products == len({name[0] for name in model})
    assert (counts.variants, counts.images) == (len(model), sum(len(images) for images, _ in model.values()))
    assert counts.pictures == counts.vectors if catalog.live_release() else counts.vectors == 0
    assert len(catalog.load_vectors("r1").keys) == len(shown)
    view = catalog.view(["color"])
    assert (len(view.all_variant_keys), len(view.image_keys)) == (counts.variants, counts.images)
    reds = {match.product_id for match in catalog.full_text("red")}
    assert reds == {name[0] for name, (_, values) in model.items() if values.get("color") == "red"}
