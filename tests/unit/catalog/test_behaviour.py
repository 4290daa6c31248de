"""Events are written once, read by shopper, and taken away so that no byte of them stays."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from lookalike.catalog.behaviour import Behaviour
from lookalike.catalog.catalog import Catalog
from lookalike.catalog.database import Database
from lookalike.catalog.pseudonyms import KEY_FILE, Pseudonyms
from lookalike.errors import StoreDamaged, StoreFull
from lookalike.sources.event import Event
from lookalike.types import ProductId


def event(shopper: str, product: str, at: float = 1_700_000_000.0, **more) -> Event:
    return Event(shopper, ProductId(product), "view", at, **more)


@pytest.fixture
def store(tmp_path: Path):
    with Catalog.create(tmp_path / "store") as catalog:
        yield catalog


def test_the_same_event_twice_is_one(store: Catalog) -> None:
    first = store.behaviour.record([event("anna", "a"), event("anna", "b"), event("anna", "a")])
    assert (first.added, first.known) == (2, 1)
    before = store.behaviour.stamp()
    assert store.behaviour.record([event("anna", "a")]).added == 0
    assert store.behaviour.stamp() == before


def test_who_switched_off_is_not_listed_and_not_recorded(store: Catalog) -> None:
    store.behaviour.record([event("anna", "a"), event("ben", "b")])
    store.behaviour.switch("anna", on=False)
    assert store.behaviour.stamp().withdrawals == 1
    assert [one.product_id for one in store.behaviour.all()] == ["b"]
    assert store.behaviour.record([event("anna", "c")]).refused == 1
    assert not store.behaviour.is_on("anna")
    assert store.behaviour.is_on("nobody")
    assert [one.product_id for one in store.behaviour.of("anna")] == ["a"]


def test_erasing_takes_events_switch_and_name(store: Catalog) -> None:
    for turn in range(20):
        store.behaviour.record(
            [event(f"s{turn}-{n}", f"shared-{n}", query="q") for n in range(50)]
            + [event("anna", f"hers-alone-{turn}-{n}", query="her-query", session="visit") for n in range(20)]
        )
    name = Pseudonyms(store.folder).shopper("anna").encode()
    assert store.behaviour.erase("anna") == 400
    assert store.behaviour.erase("anna") == 0
    for path in store.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"hers-alone" not in data
            assert b"her-query" not in data
            assert name not in data
    assert store.behaviour.counts() == (1000, 1000)


def traces_of(store: Catalog, marker: bytes) -> list[str]:
    return [path.name for path in store.folder.rglob("*") if path.is_file() and marker in path.read_bytes()]


@pytest.mark.parametrize("again", [lambda b: b.erase("anna"), lambda b: b.expire(1_800_000_000.0)])
def test_an_erasure_that_ended_early_is_finished_by_the_next(
    store: Catalog, again: Callable[[Behaviour], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.behaviour.record([event("anna", f"hers-alone-{n}") for n in range(50)])

    def full(_: Database) -> None:
        raise StoreFull("no space is left")

    with monkeypatch.context() as patched:
        patched.setattr(Database, "rebuild", full)
        with pytest.raises(StoreFull):
            again(store.behaviour)
    assert traces_of(store, b"hers-alone")
    assert again(store.behaviour) == 0
    assert traces_of(store, b"hers-alone") == []


def test_old_events_expire_with_their_shoppers(store: Catalog) -> None:
    store.behaviour.record([event("anna", "old-product", 1_000.0), event("ben", "new-product", 5_000.0)])
    assert store.behaviour.expire(2_000.0) == 1
    assert store.behaviour.counts() == (1, 1)
    assert b"old-product" not in (store.folder / "catalog.sqlite").read_bytes()


def test_names_are_hashed_with_a_key_that_only_the_owner_may_read(store: Catalog) -> None:
    store.behaviour.record([event("anna@example.com", "a", session="visit-77")])
    key = store.folder / KEY_FILE
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    data = b"".join(path.read_bytes() for path in store.folder.rglob("*") if path.is_file())
    assert b"anna@example.com" not in data
    assert b"visit-77" not in data
    assert Pseudonyms(store.folder).shopper("a") != Pseudonyms(store.folder).shopper("b")
    assert Pseudonyms(store.folder).shopper("x") == Pseudonyms(store.folder).shopper("x")


def test_a_damaged_key_is_said_and_erasing_all_starts_anew(store: Catalog) -> None:
    store.behaviour.record([event("anna", "a")])
    (store.folder / KEY_FILE).write_bytes(b"short")
    with pytest.raises(StoreDamaged, match="people erase --all"):
        Pseudonyms(store.folder).shopper("anna")
    assert store.behaviour.erase(None) == 1
    assert not (store.folder / KEY_FILE).exists()
    assert store.behaviour.record([event("anna", "a")]).added == 1


def test_a_key_that_another_process_threw_away_hashes_nothing_more(store: Catalog) -> None:
    store.behaviour.record([event("anna", "a")])
    with Catalog.open(store.folder) as other:
        assert other.behaviour.erase(None) == 1
        store.behaviour.record([event("anna", "b")])
        store.behaviour.switch("ben", on=False)
        assert [one.product_id for one in other.behaviour.of("anna")] == ["b"]
        assert not other.behaviour.is_on("ben")
        assert other.behaviour.erase("anna") == 1
    assert store.behaviour.counts() == (1, 0)
