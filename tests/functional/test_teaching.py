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


def visited(shop: Engine, n_shoppers: int) -> list[str]:
    """Every shopper looks at some products of the shop, one after the other."""
    ids = [product.product_id for product in shop.products(k=20)]
    chance = np.random.default_rng(3)
    shop.record_events(
        Event(f"shopper-{shopper}", ids[number], "view", 1_700_000_000.0 + 1_000 * shopper + step)
        for shopper in range(n_shoppers)
        for step, number in enumerate(chance.permutation(len(ids))[:6].tolist())
    )
    return ids


def test_who_learns_while_events_are_erased_leaves_nothing_behind(
    shop: Engine, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visited(shop, 60)
    catalog = shop._readable()
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
    eraser = threading.Thread(target=lambda: gone.append(teacher.forgetting(lambda: catalog.behaviour.erase(None))))
    eraser.start()
    may_end.set()
    learner.join(60)
    eraser.join(60)
    assert gone == [60 * 6]
    assert not (store / "people" / "mix.json").exists()
    assert teacher.latest().n_events == 0


def test_what_a_shopper_did_comes_in_the_recommenders_numbers_without_what_it_does_not_know(
    shop: Engine, store: Path
) -> None:
    ids = visited(shop, 5)
    catalog = shop._readable()
    known = Teacher(catalog, store).latest()
    shop.record_events(
        [Event("late", ids[4], "view", 1_800_000_000.0), Event("late", "not sold here", "view", 1_800_000_001.0)]
    )
    history = known.history(catalog.behaviour.of("late"))
    assert [known.recommender.product_ids[number] for number in history.products.tolist()] == [ids[4]]
    assert not len(known.history(()))
