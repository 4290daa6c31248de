"""Claims about `lookalike.train.objective.memory`, against a plain queue."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch


@given(st.integers(1, 9), st.lists(st.integers(0, 20), max_size=8))
def test_the_last_pictures_are_held_and_no_others(size: int, batches: list[int]) -> None:
    from lookalike.train.objective.memory import Memory

    memory, queue, n = Memory(size, 2), deque(maxlen=size), 0
    for length in batches:
        labels = torch.arange(n, n + length)
        memory.remember(labels[:, None].float().repeat(1, 2), labels)
        queue.extend(range(n, n + length))
        n += length
        embeddings, held = memory.held()
        assert sorted(held.tolist()) == list(queue)
        assert torch.equal(embeddings, held[:, None].float().repeat(1, 2))
