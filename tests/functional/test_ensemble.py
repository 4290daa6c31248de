"""``lookalike ensemble`` where the extra is not installed, and of what is no model."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from click.testing import CliRunner

from lookalike.cli.program import program
from lookalike.errors import MissingExtra
from lookalike.train.ensemble import ensemble


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"lookalike\[train\]"):
        ensemble(None, None, tmp_path / "both")
    assert not (tmp_path / "both").exists()


@pytest.mark.parametrize("share", ["0", "1", "half"])
def test_a_share_that_leaves_one_model_out_is_refused(tmp_path: Path, share: str) -> None:
    done = CliRunner().invoke(program, ["ensemble", "lite0", "lite0", "--share", share, "--out", str(tmp_path / "x")])
    assert done.exit_code == 2
    assert "--share" in done.output
