"""What was taught from shoppers' events goes with them, also while somebody is learning from them."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from lookalike.engine import teaching
from lookalike.engine.engine import Engine
from lookalike.engine.teaching import Teacher
from lookalike.search.people.recommender import Recommender
from lookalike.sources.event import Event
from lookalike.types import ProductId


def crowd(n_shoppers: int) -> list[Event]:
    """Shoppers who each look at some of one of four groups of ten products; enough of them give a mix."""
    chance = np.random.default_rng(1)
    events: list[Event] = []
    for shopper in range(n_shoppers):
        group, at = int(chance.integers(4)), 1_700_000_000.0 + int(chance.integers(5_000_000))
        for step, product in enumerate(chance.permutation(10)[:5].tolist()):
            events.append(Event(f"shopper-{shopper}", ProductId(f"group{group}-{product}"), "view", at + 60 * step))
    return events


def test_who_learns_while_events_are_erased_leaves_nothing_behind(
    shop: Engine, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.record_events(crowd(500))
    catalog, mix = shop._readable(), store / "people" / "mix.json"
    Teacher(catalog, store).latest()
    assert mix.exists()
    mix.unlink()
    teacher = Teacher(catalog, store)
    begun, may_end = threading.Event(), threading.Event()
    fit = Recommender.fit

    def slow(*given: object) -> Recommender:
        begun.set()
        assert may_end.wait(60)
        return fit(*given)

    monkeypatch.setattr(teaching.Recommender, "fit", slow)
    learner = threading.Thread(target=teacher.latest)
    learner.start()
    assert begun.wait(60)
    gone: list[int] = []
    taken = threading.Event()

    def take_away() -> int:
        n_events = catalog.behaviour.erase(None)
        taken.set()
        return n_events

    eraser = threading.Thread(target=lambda: gone.append(teacher.forgetting(take_away)))
    eraser.start()
    assert taken.wait(60)
    eraser.join(0.5)  # whoever does not wait for the learner is through by now
    may_end.set()
    learner.join(60)
    eraser.join(60)
    assert gone == [500 * 5]
    assert not mix.exists()
    assert teacher.latest().n_events == 0


def test_who_asks_first_after_warming_up_does_not_wait_for_learning(
    shop: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold = [product.product_id for product in shop.products(k=2)]
    shop.record_events([Event("anna", sold[0], "view", 1_700_000_000.0)])
    shop.warm_up(personal=True)

    def learnt_again(*_: object) -> Recommender:
        raise AssertionError("learnt while somebody waits")

    monkeypatch.setattr(teaching.Recommender, "fit", learnt_again)
    found = shop.search(like=sold[1], shopper="anna")
    assert found.personal is not None
    assert found.personal.events == 1


def test_what_a_shopper_did_comes_in_the_recommenders_numbers_without_what_it_does_not_know(
    shop: Engine, store: Path
) -> None:
    shop.record_events(crowd(5))
    sold = [product.product_id for product in shop.products(k=5)]
    catalog = shop._readable()
    known = Teacher(catalog, store).latest()
    shop.record_events(
        [
            Event("late", sold[4], "view", 1_800_000_000.0),
            Event("late", ProductId("neither sold nor seen"), "view", 1_800_000_001.0),
        ]
    )
    history = known.history(catalog.behaviour.of("late"))
    assert [known.recommender.product_ids[number] for number in history.products.tolist()] == [sold[4]]
    assert not len(known.history(()))


def test_nobody_waits_while_all_is_learnt_anew_without_who_was_erased(
    shop: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teaching, "_MUCH", 1)
    sold = [product.product_id for product in shop.products(k=2)]
    at = 1_700_000_000.0
    shop.record_events([Event(name, sold[0], "view", at) for name in ("anna", "ben", "carl")])
    shop.warm_up(personal=True)
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()
    fit = Recommender.fit

    def slow(*given: object) -> Recommender:
        begun.set()
        assert may_end.wait(60)
        return fit(*given)

    monkeypatch.setattr(teaching.Recommender, "fit", slow)
    learn = Teacher._learn_aside
    monkeypatch.setattr(Teacher, "_learn_aside", lambda *given: (learn(*given), ended.set()))
    shop.erase_shopper("ben")
    meanwhile = shop.search(like=sold[1], shopper="anna")
    assert meanwhile.personal is not None
    assert meanwhile.personal.basis == "off"
    assert "personal" not in meanwhile.lanes
    assert begun.wait(60)
    popular = shop.recommend("anna", k=2)
    assert popular.personal.basis == "popularity"
    assert [hit.product_id for hit in popular.hits][:1] != [sold[0]]  # met already
    assert [hit.product_id for hit in shop.recommend("anna", k=2, repeats=True).hits][:1] == [sold[0]]
    assert [hit.because for hit in popular.hits] == [(), ()]
    may_end.set()
    assert ended.wait(60)
    assert shop.recommend("anna", k=2).personal.basis == "taste"
    assert "personal" in shop.search(like=sold[1], shopper="anna").lanes


def test_nobody_waits_while_a_large_catalogue_that_changed_is_learnt_anew(
    shop: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold = [product.product_id for product in shop.products(k=12)]
    shop.record_events([Event("anna", sold[0], "view", 1_700_000_000.0)])
    shop.warm_up(personal=True)
    monkeypatch.setattr(teaching, "_MUCH", len(sold) - 1)  # more products than that, and fewer events
    ended = threading.Event()
    learn = Teacher._learn_aside
    monkeypatch.setattr(Teacher, "_learn_aside", lambda *given: (learn(*given), ended.set()))
    shop.delete_product(sold[2])
    assert "personal" in shop.search(like=sold[1], shopper="anna").lanes
    assert ended.wait(60)


def test_what_changes_no_picture_teaches_nothing_anew(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    sold = [product.product_id for product in shop.products(k=12)]
    shop.record_events([Event("anna", sold[0], "view", 1_700_000_000.0)])
    shop.warm_up(personal=True)
    shop.patch_product(sold[2], {"price": 1.0, "title": "cheap"})
    taught: list[None] = []
    fit = Recommender.fit

    def counted(*given: object) -> Recommender:
        taught.append(None)
        return fit(*given)

    monkeypatch.setattr(teaching.Recommender, "fit", counted)
    first = shop.recommend("anna", where="price <= 1", k=12)
    assert [hit.product_id for hit in first.hits] == [sold[2]]
    assert not taught
    shop.delete_product(sold[2])
    assert sold[2] not in [hit.product_id for hit in shop.recommend("anna", k=12).hits]
    assert len(taught) == 1
