"""Claims about `lookalike.compose`."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookalike.compose import open_engine
from lookalike.errors import InvalidConfiguration, InvalidQuery
from lookalike.settings import Settings


@pytest.mark.parametrize("given", [{"store": "mine"}, {"model": "lite0"}, {"threads": 1}])
def test_settings_pass_over_no_argument_in_silence(tmp_path: Path, given: dict[str, object]) -> None:
    with pytest.raises(InvalidConfiguration, match="give either settings or store, model and threads"):
        open_engine(settings=Settings(store=tmp_path), **given)  # pyright: ignore[reportArgumentType]


def test_words_that_the_settings_switch_off_are_not_called_uninstalled(tmp_path: Path) -> None:
    with (
        open_engine(settings=Settings(store=tmp_path, text_model="none")) as shop,
        pytest.raises(InvalidQuery, match="text_model is none"),
    ):
        shop.align()
