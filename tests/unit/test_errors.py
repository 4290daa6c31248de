"""The tree that the docstring draws is the tree that the code has."""

from __future__ import annotations

import inspect
import re

from lookalike import errors
from lookalike.errors import ImageRejected, LookalikeError, MissingExtra, SelectionError
from lookalike.types import Reason


def drawn_tree() -> dict[str, str]:
    """Parent by class, as drawn in the docstring of `lookalike.errors`."""
    parents: dict[str, str] = {}
    path: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        drawn = re.match(r"^(    |[ │├└─]{5,})([A-Z][A-Za-z]+)\s{2,}\S", line)
        if drawn is None:
            continue
        column, name = drawn.start(2), drawn.group(2)
        while path and path[-1][0] >= column:
            path.pop()
        if path:
            parents[name] = path[-1][1]
        path.append((column, name))
    return parents


def classes() -> dict[str, type[Exception]]:
    return {
        name: value for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, Exception)
    }


def test_the_drawn_tree_is_the_tree_of_the_classes() -> None:
    real = {name: value.__bases__[0].__name__ for name, value in classes().items() if value is not LookalikeError}
    assert drawn_tree() == real


def test_every_error_is_exported_and_descends_from_the_one_root() -> None:
    assert sorted(classes()) == sorted(errors.__all__)
    assert list(errors.__all__) == sorted(errors.__all__)
    assert all(issubclass(value, LookalikeError) for value in classes().values())


def test_every_error_says_when_it_is_raised() -> None:
    assert not [name for name, value in classes().items() if not (value.__doc__ or "").strip()]


def test_errors_carry_what_a_program_needs_to_react() -> None:
    assert SelectionError("x", position=3).position == 3
    rejected = ImageRejected(Reason.TRUNCATED, "ends after 10 of 20 rows")
    assert rejected.reason is Reason.TRUNCATED
    assert str(rejected) == "truncated: ends after 10 of 20 rows"
    absent = MissingExtra(needed_for="OpenVINO", extra="openvino")
    assert "lookalike[openvino]" in str(absent)
