"""A learned mix is found again while it is still the one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lookalike.engine.mix_file import MixFile
from lookalike.search.people.mixing import DEFAULT_MIX


def test_a_mix_is_read_as_it_was_written_while_it_fits(tmp_path: Path) -> None:
    mixes = MixFile(tmp_path / "people")
    assert mixes.read("0 r1", 100) is None
    mix = replace(DEFAULT_MIX, n_targets=77, query=0.05)
    mixes.write(mix, "0 r1", 100)
    assert mixes.read("0 r1", 100) == mix
    assert mixes.read("0 r1", 109) == mix
    assert mixes.read("0 r1", 120) is None
    assert mixes.read("0 r1", 90) is None
    assert mixes.read("1 r1", 100) is None
    mixes.forget()
    assert mixes.read("0 r1", 100) is None


def test_a_damaged_file_is_no_mix(tmp_path: Path) -> None:
    mixes = MixFile(tmp_path / "people")
    mixes.write(DEFAULT_MIX, "0 r1", 100)
    (tmp_path / "people" / "mix.json").write_text('{"features": 3}')
    assert mixes.read("0 r1", 100) is None
