"""What the live index misses, asked of a real store by command and by engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lookalike
from commands import run
from conftest import Drawn
from lookalike.cli import main
from lookalike.evaluate.index_quality import IndexQuality, measure_index
from lookalike.index.vector_index import VectorIndex


def test_an_exact_index_is_measured_as_such_by_the_command(
    drawn_store: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bench", "--store", str(drawn_store), "--n", "7", "--share", "1", "--share", "0.3", "--json"])
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["queries"], told["k"], len(told["filters"])) == (7, 10, 2)
    assert all(one["recall"]["value"] == 1.0 and one["exact_share"] == 1.0 for one in told["filters"])
    np.save(tmp_path / "vectors.npy", np.eye(3, dtype=np.float32))
    with pytest.raises(SystemExit) as ended:
        main(["bench", "--store", str(drawn_store), "--vectors", str(tmp_path / "vectors.npy")])
    assert ended.value.code == 1
    assert "give vectors that its model made" in capsys.readouterr().err


def test_a_search_can_be_checked_against_the_scan(drawn_store: Path, drawn: Drawn) -> None:
    with lookalike.open(drawn_store) as shop:
        answer = shop.search(drawn.photographs[0])
        assert shop.missed(answer.vector) == (0, 10)
        assert shop.missed(answer.vector, where="price < 0") == (0, 0)


@pytest.mark.parametrize(("n", "different"), [(7, 7), (500, None)])
def test_questions_are_made_of_different_pictures_while_there_are_some(
    drawn_store: Path, monkeypatch: pytest.MonkeyPatch, n: int, different: int | None
) -> None:
    asked: list[tuple[np.ndarray, Sequence[int]]] = []

    def told(
        index: VectorIndex, keys: np.ndarray, queries: np.ndarray, *, clusters: Sequence[int], **options: Any
    ) -> IndexQuality:
        asked.append((queries, clusters))
        return measure_index(index, keys, queries, clusters=clusters, **options)

    monkeypatch.setattr("lookalike.engine.bench.measure_index", told)
    with lookalike.open(drawn_store) as shop:
        shop.bench(n, shares=(1.0,))
        n_pictures = shop.counts().pictures
    ((queries, clusters),) = asked
    assert len(queries) == len(clusters) == n
    assert len(set(clusters)) == different or (different is None and len(set(clusters)) <= n_pictures < n)
    # Of one picture they are nearly alike, of two they are not.
    alike = queries @ queries.T > 0.8
    assert alike[np.equal.outer(clusters, clusters)].mean() > 0.9


def save_archive(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, vectors=np.eye(256, dtype=np.float32))


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda path: path.write_bytes(b""), "cannot be read as a .npy file"),
        (save_archive, "an archive of arrays (.npz)"),
        (lambda path: np.save(path, np.full((2, 256), np.nan, dtype=np.float32)), "not finite"),
    ],
    ids=["empty", "archive", "nan"],
)
def test_a_file_that_holds_no_vectors_is_said_to_hold_none(
    drawn_store: Path, tmp_path: Path, write: Callable[[Path], object], said: str
) -> None:
    write(tmp_path / "vectors.npy")
    done = run("bench", "--store", drawn_store, "--vectors", tmp_path / "vectors.npy")
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
