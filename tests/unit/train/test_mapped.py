"""Claims about `lookalike.train.mapped`: a disk that is full is an error before it is the end of the process."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lookalike.train import mapped
from lookalike.train.mapped import mapped_array


def test_an_array_in_a_file_can_be_written_and_read_again(tmp_path: Path) -> None:
    made = mapped_array(tmp_path / "a.npy", (3, 4), np.float16)
    assert not made.any()
    made[1] = 2.0
    made.flush()
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy")[1], np.full(4, 2.0, np.float16))


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="this system cannot set room aside")
def test_room_is_set_aside_for_all_of_it(tmp_path: Path) -> None:
    mapped_array(tmp_path / "a.npy", (1_000_000,), np.uint8)
    assert (tmp_path / "a.npy").stat().st_blocks * 512 >= 1_000_000


@pytest.mark.parametrize("aside", [True, False])
def test_a_disk_without_room_is_an_error_and_leaves_no_file(
    aside: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        number = errno.ENOSPC if aside else errno.EOPNOTSUPP
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(mapped.os, "posix_fallocate", refused, raising=False)
    monkeypatch.setattr(mapped.shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(OSError, match="No space left") as raised:
        mapped_array(tmp_path / "a.npy", (8, 8), np.uint8)
    assert raised.value.filename == str(tmp_path / "a.npy")
    assert not list(tmp_path.iterdir())
