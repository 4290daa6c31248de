"""Which codes of a catalogue a printed one stands for, and how its products come first."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.images.codes import PrintedCode
from lookalike.search.codes import asked_by, put_first
from lookalike.types import Box

PLACE = Box(0.0, 0.0, 1.0, 1.0)


def test_an_address_stands_for_its_last_part_and_its_values() -> None:
    asked = asked_by(PrintedCode("https://shop.example/p/Mug-017?sku=AB%2D12&v=2", "QR Code", PLACE))
    assert "mug017" in asked
    assert "ab12" in asked
    assert "2" not in asked


def test_a_broken_address_is_text_like_any_other() -> None:
    asked = asked_by(PrintedCode("https://[shop]/mug-017", "QR Code", PLACE))
    assert len(asked) == 1
    assert asked[0].endswith("mug017")


def test_a_typed_code_beside_a_scanned_one_keeps_its_place_and_the_shares_add_up() -> None:
    lanes = {
        "words": np.asarray([0.0, 0.3, 0.1], dtype=np.float32),
        "code": np.asarray([1.0, 0.0, 0.0], dtype=np.float32),
    }
    rows, told = put_first(np.asarray([10, 11, 12]), lanes, np.asarray([0, 1, 2]), np.asarray([22]), np.asarray([2]))
    assert rows.tolist() == [22, 10, 11]
    total = np.sum(list(told.values()), axis=0)
    np.testing.assert_allclose(total, [1.0, 1.0, 0.3], atol=1e-6)


def test_a_short_code_stands_for_nothing() -> None:
    assert asked_by(PrintedCode("12", "Code 128", PLACE)) == ()


def by_the_book(rows: list[int], groups: list[int], coded: list[int], coded_groups: list[int]) -> list[int]:
    return coded + [row for row, group in zip(rows, groups, strict=True) if group not in coded_groups]


@given(
    st.lists(st.integers(0, 9), unique=True, max_size=8),
    st.lists(st.integers(0, 9), unique=True, min_size=1, max_size=3),
    st.randoms(use_true_random=False),
)
def test_coded_rows_come_first_and_no_other_is_lost(groups: list[int], coded_groups: list[int], random) -> None:
    rows, coded = [100 + group for group in groups], [200 + group for group in coded_groups]
    falling = np.sort(np.asarray([random.random() for _ in rows], dtype=np.float32))[::-1].copy()
    ordered, lanes = put_first(
        np.asarray(rows, dtype=np.int64),
        {"picture": falling},
        np.asarray(groups, dtype=np.int64),
        np.asarray(coded, dtype=np.int64),
        np.asarray(coded_groups, dtype=np.int64),
    )
    assert ordered.tolist() == by_the_book(rows, groups, coded, coded_groups)
    known = dict(zip(groups, falling.tolist(), strict=True))
    for place, group in enumerate(coded_groups):
        assert lanes["picture"][place] == np.float32(known.get(group, 0.0))
        assert np.isclose(lanes["picture"][place] + lanes["code"][place], 1.0)
    rest = [known[group] for group in groups if group not in coded_groups]
    assert np.allclose(lanes["picture"][len(coded) :], rest)
    assert not lanes["code"][len(coded) :].any()
