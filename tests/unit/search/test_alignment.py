"""How words and pictures of one catalogue go together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import InvalidQuery
from lookalike.search.alignment import FEWEST_PAIRS, align, read_alignment, ridge


def world(seed: int, n: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """Sentences and pictures that the same few things are behind, in two bases, with noise."""
    rng = np.random.default_rng(seed)
    things = rng.normal(size=(n, 4))
    said = things @ rng.normal(size=(4, 12)) + 0.1 * rng.normal(size=(n, 12))
    shown = things @ rng.normal(size=(4, 9)) + 0.1 * rng.normal(size=(n, 9))
    return tuple((x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32) for x in (said, shown))


def test_a_question_points_to_the_picture_of_what_it_says_among_pictures_that_were_not_learned_from():
    said, shown = world(1)
    learned = align(said[:80], shown[:80], text_fingerprint="t", fingerprint="p")
    right = 0
    for place in range(80, 120):
        order = np.argsort(-(shown[80:] @ learned.direction(said[place])))
        right += int(order[0] == place - 80)
        assert float(np.linalg.norm(learned.direction(said[place]))) == pytest.approx(1, abs=1e-5)
    assert right > 20
    assert learned.fit > 0.5
    assert float(learned.words_of(shown[90]) @ (said[90] - said.mean(0))) > 0


def test_words_that_have_nothing_to_do_with_pictures_foretell_nothing():
    said, _ = world(2)
    _, shown = world(3)
    assert align(said, shown, text_fingerprint="t", fingerprint="p").fit < 0.1


def test_too_few_pairs_are_refused():
    said, shown = world(4, n=FEWEST_PAIRS - 1)
    with pytest.raises(InvalidQuery, match="index a catalogue with titles"):
        align(said, shown, text_fingerprint="t", fingerprint="p")


def test_what_was_saved_is_read_for_the_same_models_only(tmp_path):
    said, shown = world(5)
    learned = align(said, shown, text_fingerprint="t", fingerprint="p")
    path = tmp_path / "index" / "alignment.npz"
    assert read_alignment(path, "t", "p") is None
    learned.save(path)
    again = read_alignment(path, "t", "p")
    assert again is not None
    np.testing.assert_array_equal(again.direction(said[0]), learned.direction(said[0]))
    assert (again.pairs, again.fit) == (learned.pairs, learned.fit)
    assert read_alignment(path, "other", "p") is None
    path.write_bytes(b"no numbers")
    assert read_alignment(path, "t", "p") is None


@given(st.integers(0, 2**32 - 1), st.integers(6, 14), st.integers(1, 4))
def test_the_foretold_share_is_that_of_leaving_out_one_row_after_another(seed, n, width):
    rng = np.random.default_rng(seed)
    inputs, outputs = rng.normal(size=(n, width)), rng.normal(size=(n, 2))
    inputs -= inputs.mean(axis=0)
    outputs -= outputs.mean(axis=0)
    matrix, share = ridge(inputs, outputs)
    # The penalty that was chosen, found again from the map itself.
    mean_square = float((np.linalg.svd(inputs, compute_uv=False) ** 2).mean())
    errors = []
    for penalty in 10.0 ** np.arange(-3.0, 1.01, 0.5):
        total = 0.0
        for left in range(n):
            kept = np.arange(n) != left
            mean_in, mean_out = inputs[kept].mean(0), outputs[kept].mean(0)
            a, b = inputs[kept] - mean_in, outputs[kept] - mean_out
            own = np.linalg.solve(a.T @ a + penalty * mean_square * np.eye(width), a.T @ b)
            total += float(((outputs[left] - mean_out - (inputs[left] - mean_in) @ own) ** 2).sum())
        errors.append(total)
    expected = 1 - min(errors) / float((outputs**2).sum())
    assert share == pytest.approx(expected, abs=0.05 * (1 + abs(expected)))
    assert matrix.shape == (width, 2)
