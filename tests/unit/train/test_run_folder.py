"""Claims about `lookalike.train.run_folder`: a checkpoint is written whole, or says why not."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from lookalike.errors import InvalidConfiguration
from lookalike.train.config import TrainingConfig, with_settings

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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_folder_of_which_the_first_file_found_no_room_is_no_other_thing(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from lookalike.train.run_folder import RunFolder

    run = tmp_path / "run"
    run.mkdir()
    (run / "identity.json.new").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        RunFolder(run, TrainingConfig(), {})
    (run / "identity.json.new").unlink()
    (run / "identity.json.new").write_text('{"configu')  # as much as there was room for
    RunFolder(run, TrainingConfig(), {})
    assert json.loads((run / "identity.json").read_text())["configuration"]
    assert not (run / "identity.json.new").exists()


def test_a_run_goes_on_though_settings_were_added_since(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from lookalike.train.run_folder import RunFolder

    RunFolder(tmp_path / "run", TrainingConfig(), {"data": 1}).save({"phase": "search"})
    identity = tmp_path / "run" / "identity.json"
    written = json.loads(identity.read_text())
    del written["configuration"]["bagging"]
    identity.write_text(json.dumps(written))
    several = with_settings(TrainingConfig(), {}, ["model.mode=head", "bagging.heads=4"])
    with pytest.raises(
        InvalidConfiguration, match=r"differs in configuration\.model\.mode, configuration\.bagging\.heads"
    ):
        RunFolder(tmp_path / "run", several, {"data": 1})
    assert RunFolder(tmp_path / "run", TrainingConfig(), {"data": 1}).saved() == {"phase": "search"}
