"""Claims about `lookalike.evaluate.kept_trials`: what was kept comes back, and what cannot be used is said."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lookalike.errors import GoldenSetUnusable, ModelDamaged
from lookalike.evaluate import kept_trials
from lookalike.evaluate.kept_trials import TRIALS_FILE, KeptTrials, learned_products
from lookalike.evaluate.trials import Trials
from lookalike.search.evidence import BEFORE_CENTROIDS


def kept() -> KeptTrials:
    there = np.array([[0.9, 0.2, 0.3, 0.0, 0.8, 0.1, 0.2], [np.nan] * 7])
    trials = Trials(
        np.array([0, 3]), there, np.array([True, False]), np.full((2, 7), 0.5), ["fruit", None], [None, "milk"]
    )
    return KeptTrials(trials, frozenset({"apple", "Äpfel", "milk"}))


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    (tmp_path / TRIALS_FILE).write_bytes(kept().as_bytes())
    read, held = KeptTrials.read(tmp_path), kept()
    assert read.catalogue == held.catalogue
    for name in ("products", "there", "right", "gone"):
        np.testing.assert_array_equal(getattr(read.trials, name), getattr(held.trials, name))
    assert (read.trials.there_category, read.trials.gone_category) == (["fruit", None], [None, "milk"])
    assert not read.trials.coloured


def test_a_model_without_trials_says_how_to_make_some(tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        with pytest.raises(GoldenSetUnusable, match="train --verdicts"):
            KeptTrials.read(folder)


def test_a_damaged_file_is_told_from_one_of_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / TRIALS_FILE).write_bytes(b"nothing of the kind")
    with pytest.raises(ModelDamaged, match="cannot be read"):
        KeptTrials.read(tmp_path)
    whole = bytearray(kept().as_bytes())
    for place in range(60, len(whole) - 200, 7):
        (tmp_path / TRIALS_FILE).write_bytes(bytes([*whole[:place], whole[place] ^ 255, *whole[place + 1 :]]))
        with contextlib.suppress(ModelDamaged, GoldenSetUnusable):
            KeptTrials.read(tmp_path)
    (tmp_path / TRIALS_FILE).write_bytes(kept().as_bytes())
    monkeypatch.setattr(kept_trials, "FEATURES", ("similarity", "halo"))
    with pytest.raises(GoldenSetUnusable, match="halo"):
        KeptTrials.read(tmp_path)


def test_trials_from_before_centroids_are_read_and_centroids_say_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = kept().trials
    earlier = replace(earlier, there=earlier.there[:, :4], gone=earlier.gone[:, :4])
    monkeypatch.setattr(kept_trials, "FEATURES", BEFORE_CENTROIDS)
    (tmp_path / TRIALS_FILE).write_bytes(KeptTrials(earlier, frozenset({"apple"})).as_bytes())
    monkeypatch.undo()
    read = KeptTrials.read(tmp_path).trials
    np.testing.assert_array_equal(read.gone, [[0.5] * 4 + [0.0] * 3] * 2)
    np.testing.assert_array_equal(read.there, [[0.9, 0.2, 0.3, 0.0, 0.0, 0.0, 0.0], [np.nan] * 7])
    assert read.known.tolist() == [True, False]


def test_trials_of_fewer_numbers_than_their_features_are_damage(tmp_path: Path) -> None:
    narrow = replace(kept().trials, there=kept().trials.there[:, :5], gone=kept().trials.gone[:, :5])
    (tmp_path / TRIALS_FILE).write_bytes(KeptTrials(narrow, frozenset({"apple"})).as_bytes())
    with pytest.raises(ModelDamaged, match="shape"):
        KeptTrials.read(tmp_path)


def test_what_a_model_has_learned_from_is_read_where_training_left_it(tmp_path: Path) -> None:
    assert learned_products(tmp_path) == frozenset()
    np.savez(tmp_path / "objective.npz", labels=np.array(["apple", "milk"]))
    assert learned_products(tmp_path) == {"apple", "milk"}
    np.savez(tmp_path / "objective.npz", labels=np.array(["shop=apple", "web=a=b"]))
    assert learned_products(tmp_path) >= {"apple", "a=b"}
    (tmp_path / "objective.npz").write_bytes(b"")
    assert learned_products(tmp_path) == frozenset()
