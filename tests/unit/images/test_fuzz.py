"""A short, seeded run of the fuzzer; `scripts/fuzz_decoder.py` runs as long as one likes."""

from __future__ import annotations

import importlib.util

import pytest


@pytest.mark.slow
def test_damaged_pictures_are_decoded_or_refused_and_nothing_else_happens(repository):
    path = repository / "scripts" / "fuzz_decoder.py"
    if not path.is_file():
        pytest.skip("the scripts are not part of this checkout")
    spec = importlib.util.spec_from_file_location("fuzz_decoder", path)
    assert spec is not None
    assert spec.loader is not None
    fuzz_decoder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fuzz_decoder)
    report = fuzz_decoder.fuzz(fuzz_decoder.drawn_seeds(), seconds=10.0, seed=20)
    assert report["pictures"] > 50
    assert len(report["outcomes"]) > 5
