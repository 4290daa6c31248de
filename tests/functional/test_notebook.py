"""The notebook runs from top to bottom, on a catalogue small enough for a test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.torch, pytest.mark.slow]


def cells(notebook: Path) -> list[str]:
    read = json.loads(notebook.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in read["cells"] if cell["cell_type"] == "code"]


@pytest.mark.timeout(1200)
def test_every_cell_of_the_notebook_runs_in_order(repository: Path, tmp_path: Path) -> None:
    pytest.importorskip("pytorch_metric_learning")
    program = "\n".join(cells(repository / "notebooks" / "better_results.ipynb"))
    small = {
        "PRODUCTS = 120 ": "PRODUCTS = 8 ",
        'config=recipe(default_mode("auto"))': "config=small",
        "report = run_training(task)": "report = run_training(task)\nassert report.best is not None",
    }
    for was, becomes in small.items():
        assert program.count(was) == 1
        program = program.replace(was, becomes)
    settings = '["schedule.epochs=2", "model.views=1", "run.device=cpu", "sampling.n_products=6"]'
    program = (
        "from lookalike.train import recipe\nfrom lookalike.train.config import with_settings\n"
        "import lookalike.train.remembering as remembering\nremembering._N_PRODUCTS = 6\n"
        f'small = with_settings(recipe("head"), {{}}, {settings})\n{program}'
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=1100
    )
    assert done.returncode == 0, done.stderr
    assert "packaged model: recall@1" in done.stdout
    assert "now live: recall@1" in done.stdout
    assert "kept of the initial model" in done.stdout


def test_no_output_is_kept_in_the_notebook(repository: Path) -> None:
    read = json.loads((repository / "notebooks" / "better_results.ipynb").read_text(encoding="utf-8"))
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in read["cells"])
