"""Claims about `lookalike.train.team`: how many processes train a model does not change which one comes out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytest.importorskip("pytorch_metric_learning")

import torch

from lookalike.embed import open_embedder
from lookalike.errors import InvalidConfiguration
from lookalike.train.team import ALONE, Team, joined_team

pytestmark = [pytest.mark.torch]

SETTINGS = (
    "model.views=2", "head.dimension=8", "head.neck=true", "head.dropout=0.1", "sampling.n_products=4",
    "sampling.n_pictures=3", "schedule.epochs=2", "stopping.every=1", "augmentation.background_probability=0",
    'general.measured_on=""', "general.share=0", 'head.features=["features"]',
)  # fmt: skip


def trained(n_processes: int, shop: Path, init: Path, out: Path, mixed: str, *more: str) -> dict[str, object]:
    """The report of `lookalike train` under torch's launcher, or without one for 1."""
    command = [sys.executable, "-m"]
    if n_processes > 1:
        command += ["torch.distributed.run", "--standalone", "--nproc-per-node", str(n_processes), "-m"]
    command += ["lookalike", "train", str(shop), "--init", str(init), "--mode", "full", "--out", str(out)]
    command += ["--device", "cpu", "--no-tensorboard", "--json", *more]
    for setting in (*SETTINGS, f"run.mixed_precision={mixed}"):
        command += ["--set", setting]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(("mixed", "off"), [("false", 0.005), ("true", 0.1)])
def test_two_processes_make_the_model_that_one_makes(
    mixed: str, off: float, shop: Path, tiny_model: Path, tmp_path: Path
) -> None:
    one = trained(1, shop, tiny_model, tmp_path / "one", mixed)
    two = trained(2, shop, tiny_model, tmp_path / "two", mixed)
    for key in ("epochs", "steps", "pictures", "products", "mode", "data_sha256"):
        assert one[key] == two[key], key
    squares = np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)
    first, second = (open_embedder(tmp_path / name).embed(squares) for name in ("one", "two"))
    learned = np.abs(first - open_embedder(tiny_model).embed(squares)).max()
    # Sums in another order differ in the last bits, which the optimiser enlarges; bfloat16 has fewer of them.
    assert np.abs(first - second).max() < off * learned
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "one-run", "two", "two-run"]


def test_two_processes_learn_from_the_pictures_without_labels_that_one_learns_from(
    shop: Path, tiny_model: Path, tmp_path: Path
) -> None:
    rows = shop.read_text().splitlines()
    few = shop.with_name("few.csv")
    few.write_text("\n".join([rows[0], *(row for row in rows[1:] if row.endswith(("-0.png", "-1.png")))]) + "\n")
    more = ("--rest", str(shop), "--set", "rest.neighbours=4")
    one, two = (trained(n, few, tiny_model, tmp_path / str(n), "false", *more) for n in (1, 2))
    for key in ("rest", "epochs", "steps", "pictures", "products", "data_sha256"):
        assert one[key] == two[key], key
    rest = one["rest"]
    assert isinstance(rest, dict)
    assert rest["learned"] > 0


def test_parts_of_a_batch_follow_each_other_and_leave_nothing_out() -> None:
    for size in (1, 2, 3, 5):
        for n in (0, 1, 4, 7, 128):
            rows = np.arange(n)
            parts = [rows[Team(rank, size).part(n)] for rank in range(size)]
            np.testing.assert_array_equal(np.concatenate(parts), rows)
            assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_alone_nothing_is_sent() -> None:
    rows = torch.ones(3, 2, requires_grad=True)
    assert ALONE.gathered(rows, 3) is rows
    assert ALONE.agreed("x") == "x"
    with joined_team("cpu", {}) as team:
        assert team is ALONE


def test_a_rank_outside_the_team_is_refused() -> None:
    with pytest.raises(ValueError, match="rank must be 0 to 1"):
        Team(2, 2)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU for the first process here")
def test_a_process_without_a_gpu_of_its_own_says_so() -> None:
    with (
        pytest.raises(InvalidConfiguration, match="there are 0"),
        joined_team("cuda", {"WORLD_SIZE": "2", "RANK": "0", "LOCAL_RANK": "0"}),
    ):
        pass
