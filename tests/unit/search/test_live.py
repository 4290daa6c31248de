"""Claims about `lookalike.search.live`: what is live is served, with its own index, whatever fails on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookalike.catalog.catalog import Catalog
from lookalike.errors import StoreBusy
from lookalike.search.live import LiveRelease


def test_a_promotion_is_seen_also_when_the_first_look_at_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Catalog.create(tmp_path / "store") as catalog:
        for letter, dimension in (("a", 8), ("b", 4)):
            catalog.begin_release(fingerprint=letter * 64, model=letter, dimension=dimension, description={})
        catalog.set_live("r1", "promoted")
        live = LiveRelease(catalog, tmp_path, exact_up_to=1000)
        assert live.current()[0].release_id == "r1"
        catalog.set_live("r2", "promoted")

        def busy(*_: object) -> None:
            raise StoreBusy("another process is writing")

        with monkeypatch.context() as patched:
            patched.setattr(catalog, "changes_since", busy)
            with pytest.raises(StoreBusy):
                live.current()
        release, index = live.current()
        assert (release.release_id, index.dimension) == ("r2", 4)
