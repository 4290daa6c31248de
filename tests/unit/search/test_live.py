"""Claims about `lookalike.search.live`: what is live is served, with its own index, whatever fails on the way."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.sync import ImageEntry, PictureEntry, SyncBatch, VariantEntry
from lookalike.catalog.vectors import Changes
from lookalike.errors import StoreBusy
from lookalike.search.live import LiveRelease
from lookalike.types import ProductId


def test_a_promotion_is_seen_also_when_the_first_look_at_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Catalog.create(tmp_path / "store") as catalog:
        for letter, dimension in (("a", 8), ("b", 4)):
            catalog.begin_release(fingerprint=letter * 64, model=letter, dimension=dimension, description={})
        catalog.set_live("r1", "promoted")
        live = LiveRelease(catalog, tmp_path, exact_up_to=1000)
        assert live.current()[0].release_id == "r1"
        catalog.set_live("r2", "promoted")

        def busy(*_: object) -> None:
            raise StoreBusy("another process is writing")

        with monkeypatch.context() as patched:
            patched.setattr(catalog, "changes_since", busy)
            with pytest.raises(StoreBusy):
                live.current()
        release, index = live.current()
        assert (release.release_id, index.dimension) == ("r2", 4)


def indexed(catalog: Catalog, product: str, content: str) -> None:
    """Add a product with one picture."""
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    vector = np.random.default_rng(int(sha256[:8], 16)).normal(size=8).astype(np.float32)
    vector /= np.linalg.norm(vector)
    catalog.apply(
        SyncBatch(
            variants=(VariantEntry(ProductId(product), None, {}, (ImageEntry("x.jpg", sha256),)),),
            pictures=(PictureEntry(sha256, 10, 10, "jpeg"),),
            vector_sha256s=(sha256,),
            vectors=vector[np.newaxis],
        ),
        "r1",
    )


@pytest.mark.parametrize("n_before", [1, 3])
def test_a_snapshot_beside_an_older_database_that_went_on_is_not_believed(tmp_path: Path, n_before: int) -> None:
    folder = tmp_path / "store"
    with Catalog.create(folder) as catalog:
        catalog.begin_release(fingerprint="a" * 64, model="a", dimension=8, description={})
        catalog.set_live("r1", "promoted")
        indexed(catalog, "kept", "kept")
    copy = (folder / "catalog.sqlite").read_bytes()
    with Catalog.open(folder) as catalog:
        for n in range(n_before):
            indexed(catalog, f"lost-{n}", f"lost-{n}")
        LiveRelease(catalog, tmp_path / "index", exact_up_to=1000).save()
    (folder / "catalog.sqlite").write_bytes(copy)
    with Catalog.open(folder) as catalog:
        for n in range(2):
            indexed(catalog, f"new-{n}", f"new-{n}")
        if n_before > 2:  # as many changes again, of which the snapshot knows nothing
            catalog.delete_product("new-0")
        release, index = LiveRelease(catalog, tmp_path / "index", exact_up_to=1000).current()
        stored = catalog.load_vectors(release.release_id)
        assert len(index) == len(stored.keys)
        found = index.search(stored.vectors, 1)
        assert found.keys[:, 0].tolist() == stored.keys.tolist()
        np.testing.assert_allclose(found.similarities[:, 0], 1.0, atol=1e-5)


def test_a_snapshot_of_the_same_past_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Catalog.create(tmp_path / "store") as catalog:
        catalog.begin_release(fingerprint="a" * 64, model="a", dimension=8, description={})
        catalog.set_live("r1", "promoted")
        for n in range(5):
            indexed(catalog, f"p{n}", f"p{n}")
        LiveRelease(catalog, tmp_path / "index", exact_up_to=1000).save()
        catalog.delete_product("p4")
        indexed(catalog, "p5", "p5")

        def read(*_: object) -> None:
            raise AssertionError("everything is read anew")

        monkeypatch.setattr(catalog, "load_vectors", read)
        assert len(LiveRelease(catalog, tmp_path / "index", exact_up_to=1000).current()[1]) == 5


def test_a_promotion_while_another_release_is_caught_up_is_not_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Catalog.create(tmp_path / "store") as catalog:
        for letter in ("a", "b"):
            catalog.begin_release(fingerprint=letter * 64, model=letter, dimension=8, description={})
        catalog.set_live("r1", "promoted")
        indexed(catalog, "p", "p")
        live = LiveRelease(catalog, tmp_path / "index", exact_up_to=1000)
        changes_since = catalog.changes_since

        def promoted(sequence: int, release_id: str) -> Changes:
            if release_id == "r1":
                catalog.set_live("r2", "promoted")
            return changes_since(sequence, release_id)

        monkeypatch.setattr(catalog, "changes_since", promoted)
        release, index = live.current()
        assert (release.release_id, len(index)) == ("r2", 0)
        assert live.current()[0].release_id == "r2"
