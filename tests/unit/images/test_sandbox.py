from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.errors import ImageRejected
from lookalike.images import ImageLimits, decode, sandbox
from lookalike.types import Reason

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="child processes are limited through POSIX")


@pytest.fixture(autouse=True)
def fresh_children():
    sandbox._POOL.close()
    yield
    sandbox._POOL.close()


@pytest.fixture
def bmp(sample, encode) -> bytes:
    return encode(sample, "BMP")


def child_pid() -> int:
    (child,) = sandbox._POOL._resting
    return child._process.pid


def test_a_child_is_kept_warm(bmp):
    decode(bmp)
    pid = child_pid()
    decode(bmp)
    assert child_pid() == pid


def test_usual_pictures_start_no_child(sample, encode):
    for format_name in ("JPEG", "PNG", "GIF", "WEBP"):
        decode(encode(sample, format_name))
    assert not sandbox._POOL._resting


def test_a_picture_that_takes_too_long_is_timed_out_and_the_next_one_passes(bmp):
    decode(bmp)
    os.kill(child_pid(), signal.SIGSTOP)
    start = time.monotonic()
    with pytest.raises(ImageRejected) as caught:
        decode(bmp, limits=ImageLimits(timeout_seconds=0.4))
    assert caught.value.reason == Reason.TIMED_OUT
    assert time.monotonic() - start < 5
    assert decode(bmp).width == 96


def test_a_picture_that_kills_its_decoder_is_refused_and_the_next_one_passes(bmp, monkeypatch):
    decode(bmp)
    (child,) = sandbox._POOL._resting
    real = child._send

    def send_and_shoot(*args, **kwargs):
        os.kill(child._process.pid, signal.SIGKILL)
        child._process.wait()
        real(*args, **kwargs)

    monkeypatch.setattr(child, "_send", send_and_shoot)
    with pytest.raises(ImageRejected) as caught:
        decode(bmp)
    assert caught.value.reason == Reason.CORRUPT
    assert "-9" in caught.value.detail
    assert decode(bmp).width == 96


def test_a_child_that_died_while_resting_is_replaced(bmp):
    decode(bmp)
    os.kill(child_pid(), signal.SIGKILL)
    time.sleep(0.1)
    assert decode(bmp).width == 96


def test_a_refusal_of_the_child_is_a_refusal_here_and_the_child_lives_on(bmp):
    decode(bmp)
    pid = child_pid()
    with pytest.raises(ImageRejected) as caught:
        decode(bmp[:200])
    assert caught.value.reason == Reason.TRUNCATED
    assert child_pid() == pid


def test_large_pictures_are_decoded_too(encode):
    data = encode(Image.new("L", (5000, 4000), 200), "TIFF", compression="tiff_lzw")
    with ThreadPoolExecutor(3) as pool:
        for picture in pool.map(lambda _: decode(data, shorter_side_pixels=400), range(3)):
            assert picture.pixels.shape == (400, 500, 3)
            assert np.all(picture.pixels == 200)


def test_without_any_child_pictures_are_decoded_here(bmp, monkeypatch, caplog):
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert decode(bmp).width == 96
    assert "without a sandbox" in caplog.text


def test_children_end_with_their_process(tmp_path, bmp):
    script = tmp_path / "script.py"
    (tmp_path / "picture.bmp").write_bytes(bmp)
    script.write_text(
        textwrap.dedent("""
            import os, pathlib, sys
            from lookalike.images import decode, sandbox
            decode(pathlib.Path(sys.argv[1]).read_bytes())
            print(sandbox._POOL._resting[0]._process.pid, flush=True)
            if sys.argv[2] == "abruptly":
                os._exit(3)
        """)
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    for how in ("properly", "abruptly"):
        command = [sys.executable, "-W", "error", str(script), str(tmp_path / "picture.bmp"), how]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.stderr == ""
        deadline = time.monotonic() + 60
        while is_running(int(done.stdout)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not is_running(int(done.stdout))


def is_running(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    if Path("/proc/self").exists():
        return status.exists() and status.read_text().split(") ")[1][0] != "Z"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
