"""Importing costs little, and brings in nothing heavy: commands and searches start cold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "alembic", "fastapi", "httpx", "onnxruntime", "openvino", "pyarrow", "sqlalchemy", "timm", "torch", "uvicorn",
}  # fmt: skip


def imported_by(statement: str) -> set[str]:
    """Top-level modules present after `statement` in a fresh interpreter."""
    program = f"{statement}\nimport sys; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["lookalike", "lookalike.cli.program", "lookalike.types"])
def test_importing_brings_in_nothing_heavy(module: str) -> None:
    assert not imported_by(f"import {module}") & HEAVY


def test_searching_by_a_photograph_compiles_no_patterns_of_words() -> None:
    program = "import sys, lookalike.engine.engine; print('lookalike.search.words.bounds' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"


def test_words_without_a_number_compile_no_patterns_of_prices() -> None:
    program = (
        "import sys; from lookalike.search.words.understanding import Shelf, read\n"
        "for text in ('red mug', 'mug under 5'):\n"
        "    read(text, Shelf.of({}, frozenset()), beside_picture=False)\n"
        "    print('lookalike.search.words.bounds' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["False", "True"]


def test_help_brings_in_nothing_heavy() -> None:
    program = "import lookalike.cli.program as p\ntry: p.main(['--help'])\nexcept SystemExit: pass"
    assert not imported_by(program) & HEAVY


@pytest.mark.parametrize("words", ["lookalike ", "lookalike se", "lookalike index --p"])
def test_the_shell_completes_commands_and_options_without_anything_heavy(
    words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    monkeypatch.setenv("_LOOKALIKE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    program = (
        "import contextlib, lookalike.cli.program as p\n"
        f"with open({str(told)!r}, 'w') as file, contextlib.redirect_stdout(file), contextlib.suppress(SystemExit):\n"
        "    p.program.main(prog_name='lookalike')"
    )
    assert not imported_by(program) & {*HEAVY, "numpy"}
    wanted = {"lookalike index --p": "--prune", "lookalike se": "serve", "lookalike ": "releases"}[words]
    assert f"plain,{wanted}" in told.read_text().splitlines()


@pytest.mark.parametrize("command", ["index", "suggest", "serve", "compare", "events", "doctor"])
def test_what_a_command_can_do_is_said_without_a_catalogue(command: str) -> None:
    program = f"import lookalike.cli.program as p\ntry: p.main(['{command}', '--help'])\nexcept SystemExit: pass"
    assert not imported_by(program) & {*HEAVY, "numpy"}


@pytest.mark.parametrize(
    "room",
    [
        "images",
        "sources",
        "catalog",
        "embed",
        "index",
        "ingest",
        "search",
        "engine",
        "serve",
        "nets",
        "train",
        "compress",
        "probe",
    ],
)
def test_no_room_imports_torch(room: str) -> None:
    assert "torch" not in imported_by(f"import lookalike.{room}")
