"""What the live index misses, asked of a real store by command and by engine."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import lookalike
from conftest import Drawn
from lookalike.cli import main


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
