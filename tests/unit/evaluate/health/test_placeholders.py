"""Claims about `lookalike.evaluate.health.placeholders`."""

from __future__ import annotations

import warnings

import numpy as np

from lookalike.evaluate.health.measurements import Traits
from lookalike.evaluate.health.placeholders import find_placeholders
from lookalike.evaluate.health.shelf import Shelf
from lookalike.images.traits import PictureTraits


def test_an_empty_shelf_has_no_placeholders_and_no_warning_comes_of_it() -> None:
    nothing = np.empty(0, dtype=np.int64)
    shelf = Shelf((), nothing, nothing, nothing, nothing, (), (), (), (), sequence=1)
    traits = Traits(np.empty((0, len(PictureTraits.names())), dtype=np.float32))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert find_placeholders(shelf, (), traits, None) == ((), frozenset())
