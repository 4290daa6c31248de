"""Commands as people type them, run in this process: no interpreter has to start and import everything again.

What they print and how they end is what a shell would see. Where the process itself is in question (killed, timed,
what it imports), or where a command computes for long, which the run-time checks of this process would slow down,
it gets a process of its own.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from lookalike.cli import main

__all__ = ["Done", "ask", "run", "run_apart"]


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended.

    Attributes:
        returncode: its exit status.
        stdout: what it printed.
        stderr: what it said beside that.
    """

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: object, cwd: Path | None = None) -> Done:
    """What ``lookalike ARGUMENTS`` did, in the folder `cwd`; an unforeseen error fails the test."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with contextlib.ExitStack() as there:
        if cwd is not None:
            there.enter_context(contextlib.chdir(cwd))
        there.enter_context(contextlib.redirect_stdout(out))
        there.enter_context(contextlib.redirect_stderr(err))
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = ended.code
    assert isinstance(code, int)
    printed, said = (stream.buffer.getvalue().decode("utf-8") for stream in (out, err))  # type: ignore[attr-defined]
    assert "This is a fault of Lookalike" not in said, said
    return Done(code, printed, said)


def run_apart(*arguments: object, cwd: Path | None = None) -> Done:
    """As `run`, in a process of its own."""
    command = [sys.executable, "-m", "lookalike", *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=280)
    assert "Traceback" not in done.stderr, done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


def ask(*arguments: object, cwd: Path | None = None) -> dict:
    """The document that ``lookalike ARGUMENTS --json`` prints; it has to end well."""
    done = run(*arguments, "--json", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
