"""What a variant is found by."""

from __future__ import annotations

import pytest

from lookalike.catalog.attributes import BETWEEN_TITLES, is_title_column, pack, searchable


@pytest.mark.parametrize("name", ["title_de", "name_fr", "title-zh-CN", "Title_pt_BR"])
def test_a_language_after_title_or_name_makes_a_title(name: str) -> None:
    assert is_title_column(name)


@pytest.mark.parametrize("name", ["title", "title_long", "name", "brand_name", "title_of_set", "subtitle_de"])
def test_other_columns_hold_no_titles(name: str) -> None:
    assert not is_title_column(name)


def test_titles_in_other_languages_stand_with_the_title_and_nowhere_else() -> None:
    found = searchable(pack({"title": "Robot vacuum", "title_de": "Saugroboter", "power": "30 W"}), "p1", None)
    assert found.title == f"robot vacuum {BETWEEN_TITLES} saugroboter"
    assert "saugroboter" not in found.attributes
    assert BETWEEN_TITLES not in found.words()
    assert "saugroboter" in found.words()
