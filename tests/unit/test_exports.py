"""What each package offers: sorted, few, and really there."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import lookalike

PACKAGES = ["lookalike"] + [
    f"lookalike.{module.name}" for module in pkgutil.iter_modules(lookalike.__path__) if module.ispkg
]


def as_the_linter_sorts(name: str) -> tuple[int, str]:
    """CONSTANTS, then Classes, then functions, each by name."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_exports_few_sorted_names_that_exist(name: str) -> None:
    package = importlib.import_module(name)
    exported = package.__all__
    assert list(exported) == sorted(exported, key=as_the_linter_sorts)
    assert len(set(exported)) == len(exported)
    assert len(exported) <= 20
    missing = [export for export in exported if not hasattr(package, export)]
    assert not missing


@pytest.mark.parametrize("name", PACKAGES)
def test_every_package_says_what_it_holds(name: str) -> None:
    assert (importlib.import_module(name).__doc__ or "").strip()


def test_no_room_is_named_after_nothing() -> None:
    banned = {"utils", "util", "common", "helpers", "helper", "misc", "base", "manager", "managers", "core"}
    named = {
        module.name
        for module in pkgutil.walk_packages(lookalike.__path__, "lookalike.")
        if module.name.rpartition(".")[2] in banned
    }
    assert not named
