"""Vectors of sentences go when nobody says them any more, and not a moment before."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.catalog import text_vectors
from lookalike.catalog.catalog import Catalog
from lookalike.catalog.run import Run
from lookalike.catalog.sentence import sentence, sentence_name
from lookalike.catalog.sync import SyncBatch, VariantEntry
from lookalike.catalog.text_vectors import SentenceVectors

TITLES = ("oak chair", "elm table", "fir shelf")


def bring(catalog: Catalog, titles: tuple[str, ...], run: Run | None = None) -> None:
    """Products p0, p1, … of these titles, with a vector for each."""
    model = catalog.begin_text_model(fingerprint="f" * 64, name="m", dimension=2)
    entries = tuple(VariantEntry(f"p{place}", None, {"title": title}, ()) for place, title in enumerate(titles))
    named = {name: np.ones(2, np.float32) for entry in entries if (name := sentence_name(sentence(entry.attributes)))}
    catalog.apply(SyncBatch(variants=entries, pictures=(), sentences=SentenceVectors(model, named)), None, run)


def kept(catalog: Catalog) -> set[str]:
    """Which of the sentences have a vector."""
    model = catalog.text_model(fingerprint="f" * 64, name="m", dimension=2)
    assert model is not None
    names = {name: title for title in TITLES if (name := sentence_name(title))}
    return {names[name] for name in set(names) - catalog.sentences_missing(model, names)}


@pytest.mark.parametrize("prune", [False, True])
def test_a_run_forgets_what_nobody_says_any_more(catalog: Catalog, prune: bool) -> None:
    bring(catalog, TITLES)
    run = catalog.begin_run("feed", prune=prune)
    bring(catalog, ("elm table",), run)
    assert kept(catalog) == set(TITLES)
    catalog.finish_run(run, prune=prune)
    # p0 says "elm table" now; what it said before goes, and by a prune what p1 and p2 said goes with them.
    assert kept(catalog) == ({"elm table"} if prune else {"elm table", "fir shelf"})


def test_a_sentence_that_is_said_again_meanwhile_keeps_its_vector(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(catalog, TITLES)
    run = catalog.begin_run("feed")
    bring(catalog, ("elm table", "elm table", "elm table"), run)
    unused = text_vectors.unused

    def looking(connection: object) -> list[int]:
        found = unused(connection)  # pyright: ignore[reportArgumentType]
        # Nobody waits while they are looked for: another writes, and is done.
        with Catalog.open(catalog.folder) as other:
            bring(other, ("oak chair",))
        return found

    monkeypatch.setattr(text_vectors, "unused", looking)
    catalog.finish_run(run)
    assert kept(catalog) == {"oak chair", "elm table"}
