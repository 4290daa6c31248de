"""Claims about `lookalike.train.catalogue`: which sources share their products, and what is told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookalike.errors import InvalidConfiguration, SourceError
from lookalike.train.catalogue import Catalogue, Sighting, catalogues_of, sightings
from lookalike.types import Rejection


def test_sources_without_names_are_one_catalogue_and_names_make_several() -> None:
    assert catalogues_of(["a.csv", "b.csv"]) == (Catalogue("", ("a.csv", "b.csv")),)
    assert catalogues_of(["food=a.csv", "food=b.csv", "signs=c.csv"], ["variant_id", "signs=category"]) == (
        Catalogue("food", ("a.csv", "b.csv"), "variant_id"),
        Catalogue("signs", ("c.csv",), "category"),
    )


def test_a_path_that_exists_is_never_read_as_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a=b.csv").write_text("product_id,image\n")
    assert catalogues_of(["a=b.csv"]) == (Catalogue("", ("a=b.csv",)),)


def test_nothing_and_a_label_for_nobody_are_refused() -> None:
    with pytest.raises(InvalidConfiguration, match="no source"):
        catalogues_of([])
    with pytest.raises(InvalidConfiguration, match="there is no catalogue 'signs'"):
        catalogues_of(["a.csv"], ["signs=category"])


@pytest.mark.parametrize("label", ["", "food="])
def test_a_label_without_a_column_is_refused(label: str) -> None:
    """An empty column stands for pictures of which nobody said what they show."""
    with pytest.raises(InvalidConfiguration, match="names no column"):
        catalogues_of(["food=a.csv", "b.csv"], [label])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "catalog.csv"
    path.write_text(
        "product_id,variant_id,category,size,image\n"
        "mug,red,cups,2,a.jpg|b.jpg\n"
        "mug,blue,cups,,c.jpg\n"
        "pot,,pots,3,d.jpg\n"
    )
    return path


def seen(path: Path, label: str, name: str = "") -> list[Sighting | Rejection]:
    return list(sightings([Catalogue(name, (str(path),), label)]))


@pytest.mark.parametrize(
    ("label", "expected"),
    [("product_id", ["mug", "mug", "mug", "pot"]), ("variant_id", ["mug/red", "mug/red", "mug/blue", "pot/"]),
     ("category", ["cups", "cups", "cups", "pots"])],
)  # fmt: skip
def test_any_column_can_be_what_is_told_apart(table: Path, label: str, expected: list[str]) -> None:
    found = seen(table, label)
    assert [item.label for item in found if isinstance(item, Sighting)] == expected


def test_a_row_without_the_label_is_rejected_with_its_line(table: Path) -> None:
    found = seen(table, "size")
    rejected = [item for item in found if isinstance(item, Rejection)]
    assert [(item.image, item.line) for item in rejected] == [("c.jpg", 3)]
    assert "the column size is empty or missing" in rejected[0].detail


def test_a_column_that_no_row_has_is_refused_with_those_that_there_are(table: Path) -> None:
    with pytest.raises(
        InvalidConfiguration, match=r"the column 'categry' of --label: expected one of .*category, size"
    ):
        seen(table, "categry")


def test_a_column_that_one_source_of_a_catalogue_has_is_enough(table: Path, tmp_path: Path) -> None:
    (tmp_path / "photographs.csv").write_text("product_id,image\nmug,e.jpg\n")
    catalogues = catalogues_of([str(tmp_path / "photographs.csv"), str(table)], ["category"])
    found = list(sightings(catalogues))
    assert [type(item) for item in found] == [Rejection, Sighting, Sighting, Sighting, Sighting]


def test_labels_carry_the_name_of_their_catalogue_and_kinds_count_sources(table: Path) -> None:
    catalogues = catalogues_of([f"x={table}", f"x={table}", f"y={table}"])
    found = [item for item in sightings(catalogues) if isinstance(item, Sighting)]
    assert {item.label for item in found} == {"x=mug", "x=pot", "y=mug", "y=pot"}
    assert [(item.catalogue, item.kind) for item in found[::4]] == [(0, 0), (0, 1), (1, 2)]


def test_a_source_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        seen(tmp_path / "absent.csv", "product_id")


def test_one_value_is_one_label_whatever_else_its_column_holds(tmp_path: Path) -> None:
    (tmp_path / "text.csv").write_text("product_id,group,kept,image\na,7,true,a.jpg\nb,A8,perhaps,b.jpg\n")
    (tmp_path / "numbers.csv").write_text("product_id,group,kept,image\nc,7,true,c.jpg\nd,2.5,false,d.jpg\n")
    for column, expected in (("group", ["7", "A8", "7", "2.5"]), ("kept", ["true", "perhaps", "true", "false"])):
        places = (str(tmp_path / "text.csv"), str(tmp_path / "numbers.csv"))
        found = sightings([Catalogue("", places, column)])
        assert [item.label for item in found if isinstance(item, Sighting)] == expected
