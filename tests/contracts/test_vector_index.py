"""One suite for every `VectorIndex`: whatever is plugged in behind the seam must pass it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from jaxtyping import TypeCheckError

from lookalike.errors import DimensionMismatch
from lookalike.index import ExactIndex, GraphIndex, GraphPolicy, Subset, VectorIndex

MakeIndex = Callable[[int], VectorIndex]

EAGER = GraphPolicy(smallest=200, breadth=64, filtered_breadth=64, rows_per_candidate=0, longest_tail=64)

MAKERS: dict[str, MakeIndex] = {
    "exact": ExactIndex,
    "graph": lambda dimension: GraphIndex(dimension, replace(EAGER, background=False)),
    "graph in the background": lambda dimension: GraphIndex(dimension, EAGER),
    "graph when large": GraphIndex,
}


@pytest.fixture(params=sorted(MAKERS))
def make_index(request: pytest.FixtureRequest) -> Iterator[MakeIndex]:
    made: list[VectorIndex] = []

    def make(dimension: int) -> VectorIndex:
        made.append(MAKERS[request.param](dimension))
        return made[-1]

    yield make
    for index in made:
        if isinstance(index, GraphIndex):
            index.close()


def unit(vectors: np.ndarray) -> np.ndarray:
    vectors = np.asarray(vectors, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def draw(n: int, dimension: int, seed: int) -> np.ndarray:
    return unit(np.random.default_rng(seed).standard_normal((n, dimension)))


def keys_of(*keys: int) -> np.ndarray:
    return np.array(keys, dtype=np.int64)


def naive(held: dict[int, np.ndarray], query: np.ndarray, k: int, allowed: set[int] | None = None):
    """The plainest search there is: a loop, a sort."""
    scored = []
    for key, vector in held.items():
        if allowed is None or key in allowed:
            similarity = np.float32(sum(float(a) * float(b) for a, b in zip(vector, query, strict=True)))
            scored.append((-similarity, key))
    scored.sort()
    return [key for _, key in scored[:k]], [-negative for negative, _ in scored[:k]]


def check_against(index: VectorIndex, held: dict[int, np.ndarray], queries: np.ndarray, k: int, allowed=None) -> None:
    """An answer that says it is exact is what the loop finds; any other tells no lie."""
    subset = None if allowed is None else Subset(np.array(sorted(allowed), dtype=np.int64))
    found = index.search(queries, k, subset)
    assert found.keys.shape == found.similarities.shape == (len(queries), k)
    assert found.keys.dtype == np.int64
    assert found.similarities.dtype == np.float32
    for i, query in enumerate(queries):
        keys, similarities = naive(held, query, k, allowed)
        n = len(keys)
        if not found.exact:
            everyone = dict(zip(*naive(held, query, len(held), allowed), strict=True))
            answered = found.keys[i, :n].tolist()
            np.testing.assert_allclose(found.similarities[i, :n], [everyone[key] for key in answered], atol=2e-7)
            order = list(zip(-found.similarities[i, :n], answered, strict=True))
            assert order == sorted(set(order))
            assert len(set(answered) & set(keys)) >= 0.8 * n
            continue
        np.testing.assert_allclose(found.similarities[i, :n], similarities, atol=2e-7)
        assert found.keys[i, :n].tolist() == keys
        assert (found.keys[i, n:] == -1).all()
        assert np.isneginf(found.similarities[i, n:]).all()


def test_a_search_finds_what_a_loop_finds(make_index: MakeIndex):
    vectors = draw(700, 32, seed=1)
    keys = np.random.default_rng(2).permutation(5000)[:700].astype(np.int64)
    index = make_index(32)
    index.add(keys, vectors)
    assert len(index) == 700
    assert index.dimension == 32
    check_against(index, dict(zip(keys.tolist(), vectors, strict=True)), draw(8, 32, seed=3), 10)


@pytest.mark.parametrize("share", [0.0, 0.002, 0.02, 0.3, 0.9, 1.0])
def test_a_filtered_search_finds_what_a_loop_finds(make_index: MakeIndex, share: float):
    vectors = draw(900, 16, seed=4)
    index = make_index(16)
    index.add(np.arange(900), vectors)
    held = dict(enumerate(vectors))
    allowed = set(np.flatnonzero(np.random.default_rng(5).random(900) < share).tolist())
    check_against(index, held, draw(4, 16, seed=6), 10, allowed)


def test_a_subset_may_be_used_again_after_the_index_changed(make_index: MakeIndex):
    vectors = draw(60, 8, seed=7)
    index = make_index(8)
    index.add(np.arange(40), vectors[:40])
    subset = Subset(np.arange(0, 60, 3))
    query = vectors[45:46]
    before = index.search(query, 3, subset)
    assert 45 not in before.keys
    index.add(np.arange(40, 60), vectors[40:])
    assert index.search(query, 3, subset).keys[0, 0] == 45
    index.remove(keys_of(45))
    assert 45 not in index.search(query, 3, subset).keys


def test_keys_of_a_subset_that_are_not_held_are_ignored(make_index: MakeIndex):
    index = make_index(4)
    index.add(keys_of(5, 9), unit(np.eye(4)[:2]))
    found = index.search(unit(np.ones((1, 4))), 4, Subset(keys_of(-7, 1, 5, 6, 9, 10, 2**40)))
    assert found.keys.tolist() == [[5, 9, -1, -1]]


@pytest.mark.parametrize("keys", [[3, 1, 2], [2**60, -5, 0], [10**9, 10**9 + 1, 7]])
def test_keys_may_be_any_integers(make_index: MakeIndex, keys: list[int]):
    index = make_index(3)
    index.add(keys_of(*keys), unit(np.eye(3)))
    for i, key in enumerate(keys):
        query = unit(np.eye(3))[i : i + 1]
        assert index.search(query, 1).keys[0, 0] == key
        assert index.search(query, 1, Subset(keys_of(key))).keys[0, 0] == key


def test_equal_vectors_come_in_order_of_key_wherever_they_lie(make_index: MakeIndex):
    rng = np.random.default_rng(8)
    one = unit(rng.standard_normal((1, 256)))
    keys = rng.permutation(1000).astype(np.int64)
    vectors = np.repeat(one, 1000, axis=0)
    index = make_index(256)
    index.add(keys, vectors)
    for query in (one, unit(rng.standard_normal((1, 256)))):
        found = index.search(query, 7)
        assert found.keys[0].tolist() == (list(range(7)) if found.exact else sorted(set(found.keys[0].tolist())))
        assert len(set(found.similarities[0].tolist())) == 1
        assert index.search(query, 7, exact=True).keys[0].tolist() == list(range(7))


def test_ties_at_the_last_place_go_to_the_smallest_keys(make_index: MakeIndex):
    index = make_index(4)
    eye = unit(np.eye(4))
    index.add(keys_of(50, 40, 30, 20, 10), eye[[0, 1, 1, 1, 1]])
    query = unit(np.array([[1.0, 0.5, 0, 0]]))
    assert index.search(query, 3).keys.tolist() == [[50, 10, 20]]
    assert index.search(query, 2, Subset(keys_of(20, 30, 40))).keys.tolist() == [[20, 30]]


def test_one_query_and_many_give_the_same_bits(make_index: MakeIndex):
    index = make_index(64)
    index.add(np.arange(2000), draw(2000, 64, seed=9))
    queries = draw(37, 64, seed=10)
    together = index.search(queries, 10)
    alone = [index.search(query[None], 10) for query in queries]
    np.testing.assert_array_equal(together.keys, np.concatenate([one.keys for one in alone]))
    np.testing.assert_array_equal(together.similarities, np.concatenate([one.similarities for one in alone]))


def test_a_longer_page_begins_with_the_shorter(make_index: MakeIndex):
    index = make_index(32)
    index.add(np.arange(3000), draw(3000, 32, seed=11))
    query = draw(1, 32, seed=12)
    long, short = index.search(query, 50, exact=True), index.search(query, 20, exact=True)
    assert long.keys[0, :20].tolist() == short.keys[0].tolist()


def test_an_empty_index_finds_nothing(make_index: MakeIndex):
    index = make_index(4)
    for subset in (None, Subset(keys_of()), Subset(keys_of(1, 2))):
        found = index.search(unit(np.ones((2, 4))), 3, subset)
        assert found.keys.tolist() == [[-1] * 3] * 2
        assert found.exact
    assert len(index) == 0


def test_no_queries_are_no_answers(make_index: MakeIndex):
    index = make_index(4)
    index.add(keys_of(1), unit(np.ones((1, 4))))
    assert index.search(np.empty((0, 4), np.float32), 3).keys.shape == (0, 3)
    assert index.search(np.empty((0, 4), np.float32), 3, Subset(keys_of(1))).keys.shape == (0, 3)


def test_a_held_key_gets_its_new_vector(make_index: MakeIndex):
    eye = unit(np.eye(4))
    index = make_index(4)
    index.add(keys_of(1, 2), eye[:2])
    index.add(keys_of(2, 3), eye[2:])
    assert len(index) == 3
    assert index.search(eye[1:2], 3).similarities[0].tolist() == [0, 0, 0]
    assert index.search(eye[2:3], 1).keys.tolist() == [[2]]


def test_removing_is_seen_at_once_and_twice_is_once(make_index: MakeIndex):
    eye = unit(np.eye(4))
    index = make_index(4)
    index.add(keys_of(1, 2, 3), eye[:3])
    index.remove(keys_of(2, 99))
    index.remove(keys_of(2))
    assert len(index) == 2
    assert 2 not in index.search(eye[1:2], 3).keys
    index.add(keys_of(2), eye[3:])
    assert index.search(eye[3:], 1).keys.tolist() == [[2]]
    index.remove(keys_of(1, 2, 3))
    assert len(index) == 0
    assert index.search(eye, 1).keys.tolist() == [[-1]] * 4


def test_adding_the_same_again_changes_nothing(make_index: MakeIndex):
    vectors = draw(50, 8, seed=13)
    index = make_index(8)
    for _ in range(5):
        index.add(np.arange(50), vectors)
    assert len(index) == 50
    check_against(index, dict(enumerate(vectors)), vectors[:5], 10)


def test_churn_leaves_only_the_living(make_index: MakeIndex):
    rng = np.random.default_rng(14)
    index = make_index(8)
    held: dict[int, np.ndarray] = {}
    for step in range(40):
        keys = rng.permutation(2500)[:200].astype(np.int64)
        vectors = draw(200, 8, seed=100 + step)
        index.add(keys, vectors)
        held.update(zip(keys.tolist(), vectors, strict=True))
        gone = rng.permutation(2500)[:120].astype(np.int64)
        index.remove(gone)
        for key in gone.tolist():
            held.pop(key, None)
    assert len(index) == len(held)
    subset = set(range(0, 2500, 7))
    queries = draw(3, 8, seed=15)
    found = index.search(queries, 10, exact=True)
    for i, query in enumerate(queries):
        assert found.keys[i].tolist() == naive(held, query, 10)[0]
    check_against(index, held, queries, 10, subset)


def test_what_was_handed_in_may_be_overwritten(make_index: MakeIndex):
    vectors = unit(np.eye(4))
    keys = keys_of(1, 2, 3, 4)
    index = make_index(4)
    index.add(keys, vectors)
    vectors[:] = 0
    keys[:] = 0
    assert index.search(unit(np.eye(4))[2:3], 1).keys.tolist() == [[3]]


@pytest.mark.parametrize("bad", [np.nan, np.inf, 3.0, 0.0])
def test_vectors_that_are_not_unit_length_are_refused_whole(make_index: MakeIndex, bad: float):
    index = make_index(3)
    vectors = unit(np.eye(3))
    vectors[1, 1] = bad
    with pytest.raises(ValueError, match="length 1"):
        index.add(keys_of(1, 2, 3), vectors)
    assert len(index) == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_queries_that_are_not_finite_are_refused(make_index: MakeIndex, bad: float):
    index = make_index(3)
    index.add(keys_of(1), unit(np.ones((1, 3))))
    with pytest.raises(ValueError, match="finite"):
        index.search(np.array([[0, bad, 1]], np.float32), 1)


def test_other_dimensions_are_refused(make_index: MakeIndex):
    index = make_index(3)
    with pytest.raises(DimensionMismatch, match="3"):
        index.add(keys_of(1), unit(np.ones((1, 4))))
    with pytest.raises(DimensionMismatch, match="3"):
        index.search(unit(np.ones((1, 4))), 1)


def test_keys_that_do_not_match_are_refused(make_index: MakeIndex):
    index = make_index(3)
    with pytest.raises((ValueError, TypeCheckError)):
        index.add(keys_of(1, 2), unit(np.ones((1, 3))))
    with pytest.raises(ValueError, match="twice"):
        index.add(keys_of(1, 1), unit(np.ones((2, 3))))
    with pytest.raises(ValueError, match="at least 1"):
        index.search(unit(np.ones((1, 3))), 0)


@pytest.fixture
def quick_turns() -> Iterator[None]:
    """Threads take turns often: with three readers that never rest, a writer else waits 15 ms at each of its steps."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("quick_turns")
def test_readers_see_whole_batches_while_one_writes(make_index: MakeIndex):
    """The writer adds and removes pairs of opposite vectors; a reader must see both of a pair or neither, and never a
    vector that was not written."""
    n_pairs, dimension = 120, 16
    vectors = draw(n_pairs, dimension, seed=16)
    index = make_index(dimension)
    stop = threading.Event()
    faults: list[str] = []

    def read(seed: int) -> None:
        rng = np.random.default_rng(seed)
        everything = Subset(np.arange(2 * n_pairs))
        while not stop.is_set():
            i = int(rng.integers(n_pairs))
            pair = Subset(keys_of(i, n_pairs + i))
            found = index.search(vectors[i : i + 1], 2, pair)
            if int((found.keys >= 0).sum()) == 1:
                faults.append(f"half of pair {i}")
            for subset in (None, everything):
                found = index.search(vectors[i : i + 1], 1, subset)
                if found.keys[0, 0] == i and abs(found.similarities[0, 0] - 1) > 1e-6:
                    faults.append(f"key {i} at {found.similarities[0, 0]}")

    readers = [threading.Thread(target=read, args=(seed,)) for seed in range(3)]
    for reader in readers:
        reader.start()
    for round_number in range(3):
        for i in range(n_pairs):
            index.add(keys_of(i, n_pairs + i), np.stack([vectors[i], -vectors[i]]))
            assert index.search(vectors[i : i + 1], 1).keys[0, 0] == i
        for i in range(n_pairs):
            index.remove(keys_of(i, n_pairs + i))
            assert i not in index.search(vectors[i : i + 1], 1, exact=round_number == 1).keys
    stop.set()
    for reader in readers:
        reader.join()
    assert not faults


small_vectors = st.lists(st.integers(-3, 3), min_size=3, max_size=3).filter(any).map(lambda v: unit(np.array([v]))[0])
small_keys = st.integers(-2, 12)


class IndexAgainstDict(RuleBasedStateMachine):
    """Whatever is done to it, an index holds what a dict holds; coarse vectors make ties common."""

    make: MakeIndex

    def __init__(self) -> None:
        super().__init__()
        self.index = type(self).make(3)
        self.held: dict[int, np.ndarray] = {}
        self.subset = Subset(keys_of(0, 1, 2, 3, 5, 8))

    @rule(batch=st.dictionaries(small_keys, small_vectors, max_size=6))
    def add(self, batch: dict[int, np.ndarray]) -> None:
        self.index.add(np.array(list(batch), dtype=np.int64), np.array(list(batch.values()), np.float32).reshape(-1, 3))
        self.held.update(batch)

    @rule(keys=st.lists(small_keys, max_size=4))
    def remove(self, keys: list[int]) -> None:
        self.index.remove(keys_of(*keys))
        for key in keys:
            self.held.pop(key, None)

    @rule(query=small_vectors, k=st.integers(1, 15))
    def search(self, query: np.ndarray, k: int) -> None:
        check_against(self.index, self.held, query[None], k)
        check_against(self.index, self.held, query[None], k, set(self.subset.keys.tolist()))

    @rule(query=small_vectors, k=st.integers(1, 5))
    def search_with_a_kept_subset(self, query: np.ndarray, k: int) -> None:
        found = self.index.search(query[None], k, self.subset)
        keys, _ = naive(self.held, query, k, set(self.subset.keys.tolist()))
        assert found.keys[0, : len(keys)].tolist() == keys
        assert (found.keys[0, len(keys) :] == -1).all()

    @invariant()
    def counts_the_living(self) -> None:
        assert len(self.index) == len(self.held)


@pytest.mark.parametrize("maker", sorted(MAKERS))
def test_any_sequence_of_changes_agrees_with_a_dict(maker: str):
    machine = type("Machine", (IndexAgainstDict,), {"make": staticmethod(MAKERS[maker])})
    case = machine.TestCase
    case.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
    case("runTest").runTest()


@pytest.mark.parametrize("maker", sorted(MAKERS))
def test_exact_means_exact_for_every_engine(maker: str):
    vectors, queries = draw(1500, 24, seed=17), draw(20, 24, seed=18)
    index, oracle = MAKERS[maker](24), ExactIndex(24)
    for one in (index, oracle):
        one.add(np.arange(1500), vectors)
        one.remove(np.arange(0, 1500, 5))
    subset = Subset(np.arange(0, 1500, 3))
    for filtered in (None, subset):
        found, expected = index.search(queries, 10, filtered, exact=True), oracle.search(queries, 10, filtered)
        assert found.exact
        np.testing.assert_array_equal(found.keys, expected.keys)
        np.testing.assert_array_equal(found.similarities, expected.similarities)


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 400), k=st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_the_order_of_adding_does_not_matter(seed: int, n: int, k: int):
    rng = np.random.default_rng(seed)
    vectors, query = unit(rng.integers(-2, 3, (n, 5)) + 0.5), unit(rng.integers(-2, 3, (1, 5)) + 0.5)
    forwards, shuffled = ExactIndex(5), ExactIndex(5)
    order = rng.permutation(n)
    forwards.add(np.arange(n), vectors)
    shuffled.add(order.astype(np.int64), vectors[order])
    np.testing.assert_array_equal(forwards.search(query, k).keys, shuffled.search(query, k).keys)
