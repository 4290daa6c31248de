"""Arrays in files that are too much for memory, with room on the disk for all of them before anything is written.

A file can be longer than what the disk still holds, and writing to such a place ends the process (SIGBUS) unexplained.
"""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

__all__ = ["mapped_array", "of_disk"]

_UNTOLD = frozenset({errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS})
"""What file systems say that cannot set room aside."""


def mapped_array(file: Path, shape: tuple[int, ...], dtype: DTypeLike) -> np.memmap:
    """An array in a new `file`, zeros, in numpy's own format; what was there is written over.

    Args:
        file: whose folder is there.
        shape: of the array.
        dtype: of its values.

    Raises:
        OSError: the disk has no room for it; the file is gone again.
    """
    try:
        made = np.lib.format.open_memmap(file, mode="w+", dtype=dtype, shape=shape)
        _set_aside(file)
    except OSError as error:
        file.unlink(missing_ok=True)
        raise of_disk(error, file) from error
    return made


def of_disk(error: OSError, file: Path) -> OSError:
    """The same error, which says of which file it is: what was mapped or written through a library does not."""
    return OSError(error.errno, error.strerror or str(error), str(file))


def _set_aside(file: Path) -> None:
    wanted = file.stat().st_size
    if hasattr(os, "posix_fallocate"):
        with file.open("r+b") as opened:
            try:
                os.posix_fallocate(opened.fileno(), 0, wanted)
            except OSError as error:
                if error.errno not in _UNTOLD:
                    raise
            else:
                return
    if shutil.disk_usage(file.parent).free < wanted:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
