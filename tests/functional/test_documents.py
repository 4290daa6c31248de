"""What README and the tutorial show is run here, on a drawn catalogue in place of the reader's."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import commands
from serving import index

if TYPE_CHECKING:
    from conftest import Drawn

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent.parent
FENCE = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
PAGES = ["README.md", "README.zh.md", "docs/tutorial.md", "docs/reference/python.md"]


def blocks(page: str, language: str) -> list[str]:
    """The page's fenced blocks of that language."""
    return [text for kind, text in FENCE.findall((ROOT / page).read_text(encoding="utf-8")) if kind == language]


@pytest.fixture(scope="module")
def desk(drawn: Drawn, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder such as the reader has: catalog.csv and its pictures, photo.jpg, room.jpg, queries.csv, and a store."""
    folder = tmp_path_factory.mktemp("desk") / "shop"
    shutil.copytree(drawn.folder, folder)
    for name in ("photo.jpg", "room.jpg"):
        shutil.copy(drawn.photographs[0], folder / name)
    index(folder / "catalog.csv", folder / "lookalike-store")
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_the_python_that_a_page_shows_runs(page: str, desk: Path) -> None:
    shown = blocks(page, "python")
    assert shown
    for block in shown:
        done = subprocess.run([sys.executable, "-c", block], cwd=desk, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert re.search(r"^[01]\.\d\d {2}\S+ {2}\S", done.stdout, re.MULTILINE), done.stdout


def test_the_readme_shows_six_lines_of_python() -> None:
    (block,) = blocks("README.md", "python")
    assert len([line for line in block.splitlines() if line.strip()]) <= 6


@pytest.mark.parametrize("page", PAGES[:3])
def test_the_commands_that_a_page_shows_run(page: str, desk: Path, drawn: Drawn) -> None:
    product = drawn.catalog.read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    shutil.rmtree(desk / "lookalike-store" / "golden", ignore_errors=True)  # made by another page
    ran = 0
    for block in blocks(page, "bash"):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] != ["lookalike"] or words[1] == "serve":
                continue
            words = [product if word.startswith("SKU-") else word for word in words[1:]]
            words = ["0,0,60,60" if word.count(",") == 3 else word for word in words]
            done = commands.run(*words, cwd=desk)
            assert done.returncode == 0, f"{line}\n{done.stderr}"
            ran += 1
    assert ran >= 3
