from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.images import hamming_distance, near_duplicates

hashes = st.integers(0, 2**64 - 1)


def naive_groups(values: list[int], max_distance: int) -> tuple[tuple[int, ...], ...]:
    group_of = list(range(len(values)))
    for i in range(len(values)):
        for j in range(i):
            if sum((values[i] ^ values[j]) >> bit & 1 for bit in range(64)) <= max_distance:
                old, new = group_of[i], group_of[j]
                group_of = [new if group == old else group for group in group_of]
    members: dict[int, list[int]] = {}
    for i, group in enumerate(group_of):
        members.setdefault(group, []).append(i)
    return tuple(sorted(tuple(group) for group in members.values() if len(group) > 1))


@settings(max_examples=60)
@given(st.data(), st.integers(0, 16))
def test_groups_are_those_of_the_naive_loop(data, max_distance):
    seeds = data.draw(st.lists(hashes, min_size=1, max_size=4))
    flips = data.draw(
        st.lists(st.tuples(st.sampled_from(seeds), st.sets(st.integers(0, 63), max_size=18)), max_size=25)
    )
    values = seeds + [seed ^ sum(1 << bit for bit in bits) for seed, bits in flips]
    assert near_duplicates(values, max_distance) == naive_groups(values, max_distance)


def test_chains_are_followed():
    chain = [0, 0b11, 0b1111, 0b111111, 2**64 - 1]
    assert near_duplicates(chain, 2) == ((0, 1, 2, 3),)


def test_equal_hashes_are_found_at_distance_zero():
    assert near_duplicates([5, 9, 5, 9, 7], 0) == ((0, 2), (1, 3))


@pytest.mark.parametrize("values", [[], [7]])
def test_fewer_than_two_pictures_have_no_duplicates(values):
    assert near_duplicates(values) == ()


@pytest.mark.parametrize("max_distance", [-1, 17])
def test_a_distance_out_of_range_is_refused(max_distance):
    with pytest.raises(ValueError, match="0 to 16"):
        near_duplicates([1, 2], max_distance)


def test_many_pictures_with_planted_copies_are_grouped_without_all_pairs():
    rng = np.random.default_rng(11)
    values = [int(value) for value in rng.integers(0, 2**64, 30_000, dtype=np.uint64)]
    copies = [value ^ (1 << 3) ^ (1 << 40) ^ (1 << 63) for value in values[:500]]
    groups = near_duplicates(values + copies, 4)
    assert groups == tuple((i, 30_000 + i) for i in range(500))


def test_many_equal_pictures_cost_no_more_than_one():
    assert near_duplicates([0] * 50_000 + [2**64 - 1], 6) == (tuple(range(50_000)),)


@given(hashes, hashes)
def test_the_distance_counts_bits(first, second):
    assert (
        hamming_distance(first, second)
        == sum((first ^ second) >> bit & 1 for bit in range(64))
        == hamming_distance(second, first)
    )
