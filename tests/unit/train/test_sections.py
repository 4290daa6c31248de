"""Claims about `lookalike.train.sections`: what is written is read back, and what is not known is refused."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import InvalidConfiguration
from lookalike.train.sections import as_plain, as_toml, from_plain, leaf_names, nested


@dataclass(frozen=True, slots=True)
class Inner:
    text: str = ""
    many: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.text == "bad":
            raise ValueError("text must not be bad")


@dataclass(frozen=True, slots=True)
class Outer:
    number: float = 1.0
    count: int = 2
    yes: bool = True
    choice: Literal["a", "b"] = "a"
    inner: Inner = field(default_factory=Inner)


outers = st.builds(
    Outer,
    number=st.floats(allow_nan=False, allow_infinity=False),
    count=st.integers(-(2**62), 2**62),
    yes=st.booleans(),
    choice=st.sampled_from(["a", "b"]),
    inner=st.builds(
        Inner,
        text=st.text(st.characters(exclude_categories=("Cs",))).filter(lambda text: text != "bad"),
        many=st.lists(st.integers(-9, 9)).map(tuple),
    ),
)


@given(outers)
def test_toml_and_plain_values_read_back_to_an_equal_value(outer: Outer) -> None:
    assert from_plain(Outer, tomllib.loads(as_toml(outer))) == outer
    assert from_plain(Outer, as_plain(outer)) == outer


def test_every_problem_is_named_at_once_with_what_is_known() -> None:
    record = {"nmber": 1, "count": 1.5, "choice": "c", "yes": 1, "inner": {"many": "12", "tekst": 0}}
    with pytest.raises(InvalidConfiguration) as refused:
        from_plain(Outer, record)
    message = str(refused.value)
    for part in ("unknown key nmber, did you mean number?", "known: number, count, yes, choice, inner",
                 "count must be an integer", "choice must be one of a, b", "yes must be true or false",
                 "inner.many must be a list", "unknown key inner.tekst, did you mean inner.text?"):  # fmt: skip
        assert part in message


def test_what_a_section_refuses_is_named_by_its_section() -> None:
    with pytest.raises(InvalidConfiguration, match="inner: text must not be bad"):
        from_plain(Outer, {"inner": {"text": "bad"}})
    with pytest.raises(InvalidConfiguration, match="inner must be a section, received 3"):
        from_plain(Outer, {"inner": 3})


def test_an_integer_will_do_for_a_number_but_no_boolean() -> None:
    assert from_plain(Outer, {"number": 3}).number == 3.0
    with pytest.raises(InvalidConfiguration, match="number must be a number"):
        from_plain(Outer, {"number": True})


def test_names_are_dotted_in_order() -> None:
    assert leaf_names(Outer) == ("number", "count", "yes", "choice", "inner.text", "inner.many")
    assert nested({"count": 1, "inner.text": "x"}) == {"count": 1, "inner": {"text": "x"}}
