"""Claims about `lookalike.embed.openvino_embedder` that the contract of embedders does not make."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_OPEN_FREE_AND_SIGNAL = """
import gc, os, signal, sys
from lookalike.embed import open_embedder

signal.signal(signal.SIGINT, lambda *_: print("heard", flush=True))
opened = [open_embedder(sys.argv[1], runtime="openvino", threads=1) for _ in range(2)]
while opened:
    del opened[0]
    gc.collect()
os.kill(os.getpid(), signal.SIGINT)
print("alive", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no process is interrupted by a signal here")
def test_a_signal_still_reaches_a_process_whose_models_are_gone(model_folder: Path):
    pytest.importorskip("openvino")
    # Faulthandler installs the stack for signals that the runtime replaces and may leave unmapped.
    child = [sys.executable, "-X", "faulthandler", "-c", _OPEN_FREE_AND_SIGNAL, str(model_folder)]
    ended = subprocess.run(child, capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stdout.split()) == (0, ["heard", "alive"]), ended.stderr
