"""A server as people start it: `lookalike serve` in a process of its own, on a port that the system picks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["UPLOAD_LIMIT_BYTES", "index", "serving"]

UPLOAD_LIMIT_BYTES = 2_000_000  # of the server that page tests share
COMMAND = (sys.executable, "-m", "lookalike")


def index(catalog: Path, store: Path) -> dict[str, object]:
    """What `lookalike index` says of a store that it makes of `catalog`."""
    command = [*COMMAND, "index", str(catalog), "--store", str(store), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@contextmanager
def serving(store: Path, *, temporary: Path | None = None, **settings: object) -> Iterator[str]:
    """Address of a server over `store`, with a slash at its end; asked to end afterwards, it has to end well.

    Args:
        store: what it serves; a test that writes passes a copy of its own.
        temporary: where it keeps what is for a moment; where this machine does without one.
        settings: of the server, by the names that their variables have behind `LOOKALIKE_`, in small letters.
    """
    environment = {**os.environ, **{f"LOOKALIKE_{name.upper()}": str(value) for name, value in settings.items()}}
    if temporary is not None:
        environment["TMPDIR"] = str(temporary)
    command = [*COMMAND, "serve", "--port", "0", "--store", str(store), "--json"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as served:
        assert served.stdout is not None
        try:
            said = b""
            while not said.rstrip().endswith(b"}"):
                line = served.stdout.readline()
                assert line, "the server ended before it listened"
                said += line
            yield json.loads(said)["url"]
        finally:
            served.terminate()
            try:
                status = served.wait(60)
            finally:
                served.kill()
    assert status == 0
