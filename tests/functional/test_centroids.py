"""Claims about the centroids that verdicts look at: whose pictures, in which similarities, and when there are none."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lookalike
from lookalike.catalog.catalog import Catalog
from lookalike.engine.engine import Engine
from lookalike.search import judge as judging
from lookalike.search.colours import COLOUR_SHARE
from lookalike.search.evidence import DEPTH
from lookalike.search.gallery import Gallery
from lookalike.search.rule import Rule, Thresholds, Weights


def pictures_of(shop: Engine) -> dict[str, dict[int, np.ndarray]]:
    """Of each product its pictures: vector by key."""
    catalog = shop._readable()
    release = catalog.live_release()
    assert release is not None
    stored, inventory = catalog.load_vectors(release.release_id), catalog.inventory()
    vectors = dict(zip(stored.keys.tolist(), stored.vectors.astype(np.float64), strict=True))
    found: dict[str, dict[int, np.ndarray]] = {}
    for product, key in zip(inventory.product_ids, inventory.picture_keys.tolist(), strict=True):
        found.setdefault(product, {})[key] = vectors[key]
    return found


def expected(pictures: dict[str, dict[int, np.ndarray]], vector: np.ndarray, hidden: frozenset[int] = frozenset()):
    """Centroids of the nearest products by a loop, and which products these are."""
    held = {
        product: [one for key, one in own.items() if key not in hidden]
        for product, own in pictures.items()
        if set(own) - hidden
    }
    nearest = sorted(held, key=lambda product: -max(float(one @ vector) for one in held[product]))[:DEPTH]
    means = [np.mean(held[product], axis=0) for product in nearest]
    return nearest, [float(mean @ vector) / float(np.linalg.norm(mean)) for mean in means]


def test_they_are_of_every_picture_of_each_of_the_nearest_products(shop: Engine, drawn) -> None:
    vector, pictures = shop.search(drawn.photographs[0]).vector, pictures_of(shop)
    assert max(map(len, pictures.values())) > 1
    nearest, centroids = expected(pictures, vector)
    present = shop._searching().witness(vector)
    assert present is not None
    assert present.product_id == nearest[0]
    np.testing.assert_allclose(present.evidence.centroids, centroids, atol=1e-5)


def test_hidden_pictures_are_not_in_them(shop: Engine, drawn) -> None:
    vector, pictures = shop.search(drawn.photographs[0]).vector, pictures_of(shop)
    hidden = frozenset(next(iter(own)) for own in pictures.values() if len(own) > 1)
    nearest, centroids = expected(pictures, vector, hidden)
    assert centroids != expected(pictures, vector)[1]
    present = shop._searching().witness(vector, hidden=hidden)
    assert present is not None
    assert present.product_id == nearest[0]
    np.testing.assert_allclose(present.evidence.centroids, centroids, atol=1e-5)


def test_what_is_kept_is_of_these_pictures_and_read_once(
    shop: Engine, drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vector, pictures = shop.search(drawn.photographs[0]).vector, pictures_of(shop)
    several = [product for product in expected(pictures, vector)[0] if len(pictures[product]) > 1]
    hidden = frozenset([max(pictures[several[0]])])
    reads: list[int] = []
    read = Catalog.vectors_of
    monkeypatch.setattr(Catalog, "vectors_of", lambda *given: reads.append(1) or read(*given))
    for away, n_reads in ((frozenset[int](), DEPTH), (hidden, 1), (frozenset[int](), 0), (hidden, 0)):
        reads.clear()
        present = shop._searching().witness(vector, hidden=away)
        assert present is not None
        np.testing.assert_allclose(present.evidence.centroids, expected(pictures, vector, away)[1], atol=1e-5)
        assert len(reads) <= n_reads
    again = Path(shutil.copytree(drawn.folder, tmp_path / "again")) / "catalog.csv"
    with again.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    own = [row for row in rows if row["product_id"] == several[0]]
    gone = own[0]["image"].split("|")[-1]
    for row in own:
        row["image"] = "|".join(image for image in row["image"].split("|") if image != gone)
    with again.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    shop.index(again, prune=True)
    later = pictures_of(shop)
    assert len(later[several[0]]) == len(pictures[several[0]]) - 1
    present = shop._searching().witness(vector)
    assert present is not None
    np.testing.assert_allclose(present.evidence.centroids, expected(later, vector)[1], atol=1e-5)


def test_colours_are_averaged_and_not_divided_by_how_much_the_pictures_differ(shop: Engine, drawn) -> None:
    answer, pictures = shop.search(drawn.photographs[0], k=DEPTH), pictures_of(shop)
    searcher = shop._searching()
    present = searcher.witness(answer.vector, colouring=answer.colouring)
    assert present is not None
    assert present.coloured
    assert answer.colouring is not None
    centroids: list[float] = []
    for hit in answer.hits:
        own = pictures[hit.product_id]
        mean = np.mean(list(own.values()), axis=0)
        alike = searcher._judge._colours.alike(np.asarray(sorted(own)), answer.colouring)
        cosine = float(mean @ answer.vector) / float(np.linalg.norm(mean))
        centroids.append((1 - COLOUR_SHARE) * cosine + COLOUR_SHARE * float(alike.mean()))
    np.testing.assert_allclose(present.evidence.centroids, centroids, atol=1e-5)


def test_a_picture_of_two_products_counts_for_both_and_once_for_each(drawn, tmp_path: Path) -> None:
    with drawn.catalog.open(encoding="utf-8", newline="") as file:
        images = [drawn.folder / image for row in csv.DictReader(file) for image in row["image"].split("|")][:6]
    feed = tmp_path / "feed.csv"
    lines = [("a", images[:3]), ("b", [images[2], images[3], images[2]]), ("c", images[4:])]
    feed.write_text("product_id,image\n" + "".join(f"{name},{'|'.join(map(str, own))}\n" for name, own in lines))
    with lookalike.open(tmp_path / "small") as shop:
        shop.index(feed)
        vector, pictures = shop.search(drawn.photographs[0]).vector, pictures_of(shop)
        assert len(pictures["b"]) == 2
        assert set(pictures["a"]) & set(pictures["b"])
        present = shop._searching().witness(vector)
        assert present is not None
        np.testing.assert_allclose(
            np.sort(present.evidence.centroids), np.sort(expected(pictures, vector)[1]), atol=1e-5
        )


@pytest.mark.parametrize("place", [0, 1])
def test_a_product_that_goes_while_it_is_looked_at_is_judged_by_what_was_seen(shop: Engine, drawn, place: int) -> None:
    searcher, vector = shop._searching(), shop.search(drawn.photographs[0]).vector
    gallery = Gallery(*searcher._live.current(), searcher._live.view())
    seen = judging._search(gallery.index, gallery.view, vector, (), (), False)
    products, similarities = judging.gather(gallery.view.product_keys[seen.rows], seen.similarities)
    gallery.index.remove(gallery.view.picture_keys[gallery.view.product_keys == products[place]])
    evidence = searcher._judge._evidence(gallery, vector, seen, (), None, centroids=True)
    assert evidence.centroids is not None
    assert evidence.centroids[place] == similarities[place]
    assert np.isfinite(evidence.features()).all()


def test_a_release_that_goes_meanwhile_is_judged_by_what_was_seen(shop: Engine, drawn) -> None:
    searcher, vector = shop._searching(), shop.search(drawn.photographs[0]).vector
    release, index = searcher._live.current()
    gone = Gallery(replace(release, release_id="r99"), index, searcher._live.view())
    present = searcher._judge.witness(gone, vector, (), (), None)
    assert present is not None
    np.testing.assert_array_equal(present.evidence.centroids, present.evidence.similarities)


def test_a_rule_from_before_centroids_judges_as_ever_and_reads_no_vectors(
    store: Path, drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lookalike.open(store) as shop:
        shop.calibrate(drawn.queries, error=0.4)
    with Catalog.open(store) as catalog:
        document = catalog.calibration("r1")
        assert document is not None
        rule = Rule.from_dict(document)
        assert rule is not None
        old = replace(rule, weights=Weights(-0.5, (1.0, 2.0, 0.5, 3.0, 0.0, 0.0, 0.0)), pooled=Thresholds(1.0, -1.0, 6))
        written = old.as_dict()
        written["features"], written["coefficients"] = ["similarity", "gap", "relief", "views"], [1.0, 2.0, 0.5, 3.0]
        catalog.set_calibration("r1", written)
    with lookalike.open(store) as shop:
        shop._searching()._live.current()  # what an index that is opened compares itself with is not the rule's
        monkeypatch.setattr(Catalog, "vectors_of", lambda *_: pytest.fail("vectors were read"))
        answer = shop.search(drawn.photographs[0], k=DEPTH)
        first, *others = [hit.similarity for hit in answer.hits]
        own = pictures_of(shop)[answer.hits[0].product_id]
        alike = shop._searching()._judge._colours.alike(np.asarray(sorted(own)), answer.colouring)
        looks = np.asarray([own[key] @ answer.vector for key in sorted(own)])
        views = np.sort((1 - COLOUR_SHARE) * looks + COLOUR_SHARE * alike)
        agreement = float(views[-2]) - others[0] if len(views) > 1 else 0.0
        score = first + 2 * (first - others[0]) + 0.5 * (first - float(np.mean(others))) + 3 * agreement - 0.5
        assert answer.verdict_details.p_same == pytest.approx(1 / (1 + np.exp(-score)), abs=1e-4)
