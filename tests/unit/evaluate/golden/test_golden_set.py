"""A golden set survives being written, and refuses what is not what it was."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.catalog.kept import KeptOptions, KeptPictures
from lookalike.errors import GoldenSetUnusable, InvalidConfiguration
from lookalike.evaluate.golden import GoldenQuery, GoldenSet, GoldenShelf, Leakage
from lookalike.images.fingerprint import content_sha256

WORDS = ("p1", "ü", "a|b", "漢", "x" * 40)


def drawn_queries(seed: int, least: int = 0) -> list[GoldenQuery]:
    """Drawn here and not by Hypothesis: the run-time checks of types use a generator that it does not allow there."""
    generator = np.random.default_rng(seed)

    def words(fewest: int) -> tuple[str, ...]:
        return tuple(str(word) for word in generator.choice(WORDS, generator.integers(fewest, 4)))

    return [
        GoldenQuery(
            kind=("view", "phone", "photograph")[generator.integers(3)],
            picture=words(1)[0],
            answers=words(1),
            cluster=words(1)[0],
            left_out=words(0),
            made_of=words(1)[0] if generator.random() < 0.5 else None,
        )
        for _ in range(generator.integers(least, 6))
    ]


def golden_set(*some: GoldenQuery, name: str = "mine", store_id: str = "s") -> GoldenSet:
    return GoldenSet(
        name, "product", "catalogue", 7, store_id, "f" * 64, "2026-01-01T00:00:00+00:00", Leakage(1, 2, 3, 4), some
    )


@given(st.integers(0, 10_000))
def test_what_is_written_is_read(seed: int) -> None:
    golden = golden_set(*drawn_queries(seed))
    assert GoldenSet.from_dict(json.loads(json.dumps(golden.as_dict()))) == golden


@given(st.integers(0, 10_000), st.sampled_from(["picture", "cluster", "answers", "left_out"]))
def test_another_picture_or_answer_has_another_hash(seed: int, key: str) -> None:
    document = json.loads(json.dumps(golden_set(*drawn_queries(seed, least=1)).as_dict()))
    document["queries"][-1][key] += ["x"] if key in ("answers", "left_out") else "x"
    with pytest.raises(ValueError, match="was changed after it was made"):
        GoldenSet.from_dict(document)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": 2}, "schema version 2"),
        ({"name": 5}, "where a text belongs"),
        ({"queries": None}, "where a list belongs"),
        ({"leakage": {"exact": 1, "unheard_of": 2}}, "wrong one"),
    ],
)
def test_what_cannot_be_read_says_why(change: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        GoldenSet.from_dict({**golden_set().as_dict(), **change})
    with pytest.raises(ValueError, match="is no object"):
        GoldenSet.from_dict([])


def test_a_query_without_an_answer_is_none() -> None:
    with pytest.raises(ValueError, match="needs a right answer"):
        GoldenQuery("view", "a", (), "p")


@pytest.fixture
def shelf(tmp_path) -> GoldenShelf:
    return GoldenShelf(tmp_path, "s", KeptPictures(tmp_path / "pictures", KeptOptions()))


def photograph(data: bytes) -> GoldenQuery:
    return GoldenQuery("photograph", content_sha256(data), ("p",), "p")


def test_a_set_is_kept_with_its_pictures_listed_and_dropped(shelf: GoldenShelf) -> None:
    query = photograph(b"picture")
    golden = golden_set(query)
    shelf.save(golden, {query.picture: b"picture"})
    assert shelf.names() == ("mine",)
    assert shelf.load("mine") == golden
    assert shelf.picture(golden, query) == b"picture"
    shelf.drop("mine")
    assert shelf.names() == ()
    assert not any(shelf.folder.iterdir())


def test_a_set_is_overwritten_only_when_told_and_its_old_pictures_go(shelf: GoldenShelf) -> None:
    first, second = photograph(b"one"), photograph(b"two")
    shelf.save(golden_set(first), {first.picture: b"one"})
    with pytest.raises(GoldenSetUnusable, match="--replace"):
        shelf.save(golden_set(second), {second.picture: b"two"})
    shelf.save(golden_set(second), {second.picture: b"two"}, replace=True)
    assert [path.stem for path in (shelf.folder / "mine").iterdir()] == [second.picture]


def test_a_picture_that_was_changed_or_lost_is_refused(shelf: GoldenShelf) -> None:
    query = photograph(b"one")
    golden = golden_set(query)
    shelf.save(golden, {query.picture: b"one"})
    shelf.path(golden, query).write_bytes(b"other")
    with pytest.raises(GoldenSetUnusable, match="not the one"):
        shelf.picture(golden, query)
    shelf.path(golden, query).unlink()
    with pytest.raises(GoldenSetUnusable, match="cannot be read"):
        shelf.picture(golden, query)


def test_a_set_of_another_store_and_one_that_is_not_there_are_refused(shelf: GoldenShelf) -> None:
    shelf.save(golden_set(store_id="elsewhere"), {})
    with pytest.raises(GoldenSetUnusable, match="another store"):
        shelf.load("mine")
    with pytest.raises(GoldenSetUnusable, match="this store has: mine"):
        shelf.load("yours")
    with pytest.raises(GoldenSetUnusable, match="no golden set"):
        shelf.drop("yours")


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 65, "ä"])
def test_a_name_cannot_lead_out_of_the_store(shelf: GoldenShelf, name: str) -> None:
    with pytest.raises(InvalidConfiguration, match="letters, digits"):
        shelf.has(name)
