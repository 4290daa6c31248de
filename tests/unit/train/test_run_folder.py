"""Claims about `lookalike.train.run_folder`: a checkpoint is written whole, or says why not."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from lookalike.train.config import TrainingConfig

pytestmark = pytest.mark.torch


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_disk_that_is_full_is_told_as_that_and_the_last_checkpoint_stays(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from lookalike.train.run_folder import RunFolder

    run = RunFolder(tmp_path / "run", TrainingConfig(), {})
    run.save({"phase": "search", "weights": torch.ones(10)})
    (tmp_path / "run" / "checkpoint.pt.new").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as raised:
        run.save({"phase": "search", "weights": torch.zeros(100_000)})
    assert (raised.value.errno, raised.value.filename) == (errno.ENOSPC, str(tmp_path / "run" / "checkpoint.pt"))
    again = RunFolder(tmp_path / "run", TrainingConfig(), {}).saved()
    assert again is not None
    assert torch.equal(again["weights"], torch.ones(10))
    assert not (tmp_path / "run" / "checkpoint.pt.new").exists()
