"""Claims about `lookalike.search.words.sayings`: whatever changes, it tells what two dictionaries would."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.words.sayings import Sayings

CHANGES = st.lists(
    st.tuples(
        st.dictionaries(st.integers(1, 12), st.integers(1, 6), max_size=6),
        st.sets(st.integers(1, 14), max_size=3),
    ),
    max_size=5,
)


@given(CHANGES)
def test_it_tells_what_a_dictionary_would(changes: list[tuple[dict[int, int], set[int]]]) -> None:
    said = Sayings(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    expected: dict[int, int] = {}
    for came, went in changes:
        silent = went - came.keys()
        said = said.after(np.asarray([*came], dtype=np.int64), np.asarray([*came.values()], dtype=np.int64), silent)
        expected = {key: vector for key, vector in {**expected, **came}.items() if key not in silent}
    variants, vectors = np.arange(16), np.arange(8)
    assert len(said) == len(expected)
    assert said.vectors_of(variants).tolist() == [expected.get(key, -1) for key in variants.tolist()]
    places, speaking = said.variants_of(vectors)
    pairs = [(vector, key) for vector in vectors.tolist() for key in sorted(expected) if expected[key] == vector]
    assert list(zip(places.tolist(), speaking.tolist(), strict=True)) == pairs


def test_what_changes_nothing_keeps_it_as_it_is() -> None:
    said = Sayings(np.asarray([2, 1]), np.asarray([7, 7]))
    assert said.after(np.asarray([1]), np.asarray([7]), {5}) is said
