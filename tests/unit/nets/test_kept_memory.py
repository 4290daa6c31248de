"""Claims about `lookalike.nets.kept_memory`: what is freed stays with the process, for the while."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from lookalike.nets.kept_memory import kept_memory

_glibc_only = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="this C library is not glibc")
_BLOCK = 48 << 20
"""Above what glibc keeps by itself."""
_BEGIN = f"""
import ctypes, resource, threading
from pathlib import Path
import numpy as np
from lookalike.nets.kept_memory import kept_memory

ctypes.CDLL(None).prctl(41, 1, 0, 0, 0)  # no huge pages, which are there or not

def cleared(n):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(n):
        np.ones({_BLOCK}, np.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
"""


def _said(code: str) -> list[int]:
    """What a process of its own prints, as it is not to share blocks with other tests."""
    done = subprocess.run([sys.executable, "-c", _BEGIN + code], capture_output=True, text=True, check=True)
    return [int(word) for word in done.stdout.split()]


@_glibc_only
def test_pages_are_cleared_by_the_system_once_and_not_for_every_block() -> None:
    code = "print(cleared(8))\nwith kept_memory():\n    cleared(1)\n    print(cleared(8))\nprint(cleared(8))"
    before, inside, after = _said(code)
    assert before > 8 * _BLOCK / (64 << 10)
    assert inside < before / 8
    assert after > before / 2


@_glibc_only
def test_what_was_freed_is_given_back_at_the_end() -> None:
    code = f"""
before = resident()
with kept_memory():
    many = [np.ones({_BLOCK}, np.uint8) for _ in range(4)]
    del many
    print(resident() - before)
print(resident() - before)
"""
    inside, after = _said(code)
    assert inside > 3 * _BLOCK
    assert after < _BLOCK


@_glibc_only
def test_the_last_of_several_ends_it() -> None:
    code = """
print(cleared(4))
began, may_end = threading.Event(), threading.Event()

def other():
    with kept_memory():
        began.set()
        may_end.wait(60)

thread = threading.Thread(target=other)
with kept_memory():
    thread.start()
    began.wait(60)
cleared(1)
print(cleared(4))
may_end.set()
thread.join()
print(cleared(4))
"""
    before, other_inside, after = _said(code)
    assert other_inside < before / 4
    assert after > before / 2


def test_it_passes_errors_on_and_ends() -> None:
    with pytest.raises(ZeroDivisionError), kept_memory():
        _ = 1 / 0
    with kept_memory():
        pass


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("musl", "1.2"))
    with kept_memory():
        pass
