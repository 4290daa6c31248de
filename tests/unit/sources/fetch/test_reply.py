from __future__ import annotations

import gzip
import math
from collections.abc import Iterator

import pytest

from lookalike.errors import ImageRejected
from lookalike.sources.fetch.reply import body_of, pieces_of
from lookalike.types import Reason

PACKED = {"content-encoding": "gzip"}
EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"


class Sent:
    """A body in pieces that counts what was taken of it."""

    def __init__(self, first: bytes, then: bytes, n_times: int) -> None:
        self._pieces = [first, *[then] * n_times]
        self.n_bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.n_bytes += len(piece)
            yield piece


def test_but_one_piece_is_taken_after_the_end_of_a_compressed_body() -> None:
    sent = Sent(gzip.compress(b"one"), b"\0" * 1000, 50)
    assert body_of(pieces_of("shop", PACKED, sent, max_bytes=10_000, deadline=math.inf)) == b"one"
    assert sent.n_bytes <= 1000 + len(gzip.compress(b"one"))


def test_a_compressed_body_that_unpacks_to_nothing_is_bounded_as_it_comes() -> None:
    sent = Sent(gzip.compress(b"")[:10], EMPTY_BLOCK * 200, 50)
    with pytest.raises(ImageRejected) as caught:
        body_of(pieces_of("shop", PACKED, sent, max_bytes=5000, deadline=math.inf))
    assert caught.value.reason is Reason.TOO_MANY_BYTES
    assert sent.n_bytes <= 7000


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_body_that_is_compressed_in_several_parts_is_read_to_its_end(size: int) -> None:
    packed = gzip.compress(b"one ") + gzip.compress(b"two ") + gzip.compress(b"three")
    pieces = [packed[start : start + size] for start in range(0, len(packed), size)]
    assert body_of(pieces_of("shop", PACKED, pieces, max_bytes=1000, deadline=math.inf)) == b"one two three"
    with pytest.raises(ImageRejected) as caught:
        body_of(pieces_of("shop", PACKED, pieces[:-1] or [packed[:-1]], max_bytes=1000, deadline=math.inf))
    assert caught.value.reason is Reason.FETCH_FAILED


def test_many_small_parts_are_bounded_together() -> None:
    sent = Sent(gzip.compress(b"x" * 1000), gzip.compress(b"x" * 1000), 50)
    with pytest.raises(ImageRejected) as caught:
        body_of(pieces_of("shop", PACKED, sent, max_bytes=5000, deadline=math.inf))
    assert caught.value.reason is Reason.TOO_MANY_BYTES
