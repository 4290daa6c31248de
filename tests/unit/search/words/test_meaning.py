"""Claims about `lookalike.search.words.meaning`: the nearest sentences, of what may be found."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.sentence import RECIPE, sentence_name
from lookalike.catalog.sync import SyncBatch, VariantEntry
from lookalike.catalog.text_vectors import SentenceVectors, TextChanges, TextModel
from lookalike.embed.text.encoder import TextDescription
from lookalike.index.graph import GraphIndex, GraphPolicy
from lookalike.search.words.meaning import Meaning
from lookalike.search.words.sayings import Sayings
from lookalike.types import ProductId

N = 500


class LengthEncoder:
    """Texts lie at an angle that grows with their number of characters."""

    description = TextDescription("lengths", 2, "w" * 64, "v" * 64, 64, "any", "MIT")

    def encode(self, texts: Sequence[str], *, question: bool = False) -> np.ndarray:
        angles = np.asarray([len(text) / 10.0 for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """An empty store."""
    with Catalog.create(tmp_path / "store") as made:
        yield made


@pytest.fixture
def meaning(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Meaning:
    """500 sentences whose cosine to (1, 0) falls with their number; variant 1000 + i says sentence i."""
    found = Meaning(catalog, lambda: None, tmp_path, exact_up_to=10_000)
    angles = np.linspace(0.0, 1.5, N)
    index = GraphIndex(2, GraphPolicy(smallest=10_000))
    index.add(np.arange(N), np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32))
    monkeypatch.setattr(found, "_current", lambda: index)
    monkeypatch.setattr(found, "_sayings", Sayings(1000 + np.arange(N), np.arange(N)))
    return found


ASKED = np.asarray([1.0, 0.0], dtype=np.float32)


def test_the_nearest_of_all_come_first(meaning: Meaning) -> None:
    variants, cosines, exact = meaning.near(ASKED, 3)
    assert variants.tolist() == [1000, 1001, 1002]
    assert np.all(np.diff(cosines) <= 0)
    assert exact


def test_a_filter_is_looked_within_and_not_behind_the_nearest_of_all(meaning: Meaning) -> None:
    within = np.asarray([1490, 1300, 1450, 77])
    variants, _, _ = meaning.near(ASKED, 100, within)
    assert variants.tolist() == [1300, 1450, 1490]
    assert meaning.near(ASKED, 2, within)[0].tolist() == [1300, 1450]
    assert meaning.near(ASKED, 2, np.asarray([77]))[0].tolist() == []


TITLES = ("a", "bb", "ccc", "dddd", "eeeee")


def say(catalog: Catalog, *titles: str) -> None:
    """Write products of these titles, with their sentences."""
    encoder = LengthEncoder()
    model = catalog.begin_text_model(
        fingerprint=encoder.description.fingerprint(RECIPE), name="lengths", dimension=encoder.description.dimension
    )
    vectors = {str(sentence_name(title)): encoder.encode([title])[0] for title in titles}
    catalog.apply(
        SyncBatch(
            variants=tuple(VariantEntry(ProductId(title), None, {"title": title}, ()) for title in titles),
            sentences=SentenceVectors(model, vectors),
        )
    )


@pytest.fixture
def said(catalog: Catalog, tmp_path: Path) -> Meaning:
    """Five products whose titles lie the farther from the question the longer they are; product n has key n."""
    encoder = LengthEncoder()
    say(catalog, *TITLES)
    found = Meaning(catalog, lambda: encoder, tmp_path, exact_up_to=10_000)
    assert found.n_speaking() == len(TITLES)
    return found


def found_keys(meaning: Meaning, k: int) -> list[int]:
    return meaning.near(meaning.question(""), k)[0].tolist()


def test_a_product_that_is_gone_says_nothing_any_more(said: Meaning, catalog: Catalog) -> None:
    first = found_keys(said, 5)
    catalog.delete_product(ProductId("bb"))
    assert said.n_speaking() == 4
    assert found_keys(said, 5) == [first[0], *first[2:]]


def test_a_product_whose_words_are_taken_away_is_not_found_by_what_they_meant(said: Meaning, catalog: Catalog) -> None:
    first = found_keys(said, 5)
    catalog.patch_product("a", {"title": None})
    assert found_keys(said, 5) == first[1:]
    assert said.silent(np.asarray(first)).tolist() == [True, False, False, False, False]


def test_sentences_that_nobody_says_take_no_place_of_the_nearest(said: Meaning, catalog: Catalog) -> None:
    first = found_keys(said, 5)
    for title in TITLES[:3]:
        catalog.delete_product(ProductId(title))
    assert found_keys(said, 1) == [first[3]]
    assert found_keys(said, 2) == first[3:]


def test_who_is_too_far_behind_to_be_told_what_went_begins_anew(said: Meaning, catalog: Catalog) -> None:
    catalog.delete_product(ProductId("a"))
    with closing(sqlite3.connect(catalog.folder / "catalog.sqlite")) as connection, connection:
        connection.execute("DELETE FROM tombstones")
        connection.execute("UPDATE state SET oldest_tombstone = sequence")
    assert said.n_speaking() == 4


def test_a_snapshot_is_written_without_opening_the_model_to_learn_its_name(
    said: Meaning, catalog: Catalog, tmp_path: Path
) -> None:
    description = LengthEncoder.description
    model = catalog.text_model(
        fingerprint=description.fingerprint(RECIPE), name=description.name, dimension=description.dimension
    )
    assert model is not None

    def opened() -> LengthEncoder:
        pytest.fail("opened")

    Meaning(catalog, opened, tmp_path / "index", exact_up_to=10_000).save(model)
    assert list((tmp_path / "index").iterdir())


def test_an_opened_snapshot_reads_no_vector_that_it_has(
    said: Meaning, catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said.save()
    read: list[int] = []
    asked = catalog.text_changes

    def counted(model: TextModel, sequence: int, **more: int | None) -> TextChanges:
        changes = asked(model, sequence, **more)
        read.append(len(changes.keys))
        return changes

    monkeypatch.setattr(catalog, "text_changes", counted)
    again = Meaning(catalog, LengthEncoder, tmp_path, exact_up_to=10_000)
    assert found_keys(again, 5) == found_keys(said, 5)
    assert sum(read) == 0


def test_an_opened_snapshot_takes_over_what_came_since(said: Meaning, catalog: Catalog, tmp_path: Path) -> None:
    said.save()
    catalog.patch_product("a", {"title": "bb"})
    again = Meaning(catalog, LengthEncoder, tmp_path, exact_up_to=10_000)
    assert found_keys(again, 1) == found_keys(said, 1)
    assert sorted(found_keys(again, 5)) == sorted(found_keys(said, 5))


def test_a_change_of_one_product_reads_no_vector_of_the_others(said: Meaning, catalog: Catalog) -> None:
    catalog.patch_product("a", {"price": 3.0})
    with closing(sqlite3.connect(catalog.folder / "catalog.sqlite")) as connection:
        (changed,) = connection.execute("SELECT sequence FROM state").fetchone()
    description = LengthEncoder.description
    model = catalog.text_model(
        fingerprint=description.fingerprint(RECIPE), name=description.name, dimension=description.dimension
    )
    assert model is not None
    changes = catalog.text_changes(model, changed - 1)
    assert len(changes.variant_keys) == 1
    assert not len(changes.keys)
    assert not changes.silent_keys


def test_a_snapshot_of_another_past_of_the_store_is_not_used(catalog: Catalog, tmp_path: Path) -> None:
    say(catalog, "a")
    catalog.close()
    shutil.copytree(catalog.folder, tmp_path / "earlier")
    with Catalog.open(catalog.folder) as gone:
        say(gone, "b" * 9)
        say(gone, "c" * 14)
        Meaning(gone, LengthEncoder, tmp_path / "index", exact_up_to=10_000).save()
    with Catalog.open(tmp_path / "earlier") as restored:
        say(restored, "dd")
        say(restored, "eee")
        found = Meaning(restored, LengthEncoder, tmp_path / "index", exact_up_to=10_000)
        asked = found.question("")
        assert found.near(asked, 3)[1].tolist() == pytest.approx(np.cos([0.1, 0.2, 0.3]).tolist(), abs=1e-5)
