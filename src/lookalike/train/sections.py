"""Nested frozen dataclasses out of plain mappings and back: every unknown key and every wrong type named at once."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from difflib import get_close_matches
from typing import Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from lookalike.errors import InvalidConfiguration

__all__ = ["as_plain", "as_toml", "from_plain", "leaf_names", "nested", "toml_value", "type_of"]

T = TypeVar("T")


def from_plain(kind: type[T], record: Mapping[str, object]) -> T:
    """A `kind`, its fields taken from `record`, absent ones at their defaults.

    Args:
        kind: a dataclass whose fields are booleans, numbers, texts, literals, tuples of these, or such dataclasses.
        record: plain values by name, sections as mappings; an integer will do for a float, a list for a tuple.

    Raises:
        InvalidConfiguration: unknown keys (the message lists known ones), values of another type, or values that the
            dataclass itself refuses; all problems at once.
    """
    problems: list[str] = []
    made = _made(kind, record, "", problems)
    if problems or made is None:
        raise InvalidConfiguration("; ".join(problems))
    return made


def as_plain(value: object) -> dict[str, object]:
    """Every field of a dataclass, JSON-ready: tuples as lists, sections as mappings."""
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"expected a dataclass, received {type(value).__name__}")
    return {name: _plain(item) for name, item in asdict(value).items()}


def as_toml(value: object) -> str:
    """The dataclass as TOML: scalars first, then one table a section."""
    return "\n".join(_tables(as_plain(value), "")).strip() + "\n"


def leaf_names(kind: type) -> tuple[str, ...]:
    """Dotted names of everything that can be set, in declaration order."""
    names: list[str] = []
    for name, hint in _hints(kind).items():
        if is_dataclass(hint) and isinstance(hint, type):
            names += [f"{name}.{inner}" for inner in leaf_names(hint)]
        else:
            names.append(name)
    return tuple(names)


def type_of(kind: type, dotted: str) -> object:
    """Type of the field of that dotted name.

    Raises:
        KeyError: there is none.
    """
    first, _, rest = dotted.partition(".")
    hint = _hints(kind)[first]
    if not rest:
        return hint
    if not (is_dataclass(hint) and isinstance(hint, type)):
        raise KeyError(dotted)
    return type_of(hint, rest)


def nested(dotted: Mapping[str, object]) -> dict[str, object]:
    """``{"a.b": 1}`` as ``{"a": {"b": 1}}``."""
    record: dict[str, object] = {}
    for name, value in dotted.items():
        at = record
        *sections, last = name.split(".")
        for section in sections:
            inner = at.setdefault(section, {})
            if not isinstance(inner, dict):
                raise InvalidConfiguration(f"{name}: {section} is a value, not a section")
            at = inner
        at[last] = value
    return record


def _hints(kind: type) -> dict[str, object]:
    hints = get_type_hints(kind)
    return {item.name: hints[item.name] for item in fields(kind)}


def _made(kind: type[T], record: Mapping[str, object], path: str, problems: list[str]) -> T | None:
    hints = _hints(kind)
    for key in record:
        if key not in hints:
            near = get_close_matches(str(key), hints, n=1)
            meant = f", did you mean {path}{near[0]}?" if near else ""
            problems.append(f"unknown key {path}{key}{meant} (known: {', '.join(path + name for name in hints)})")
    values: dict[str, object] = {}
    before = len(problems)
    for key, value in record.items():
        hint = hints.get(key)
        if hint is None:
            continue
        if is_dataclass(hint) and isinstance(hint, type):
            if not isinstance(value, Mapping):
                problems.append(f"{path}{key} must be a section, received {value!r}")
                continue
            values[key] = _made(hint, value, f"{path}{key}.", problems)
        else:
            fitting = _fitting(hint, value)
            if isinstance(fitting, _Misfit):
                problems.append(f"{path}{key} must be {fitting.expected}, received {value!r}")
            else:
                values[key] = fitting
    if len(problems) > before:
        return None
    try:
        return kind(**values)
    except (ValueError, InvalidConfiguration) as error:
        said, section = str(error), path.rstrip(".")
        # Some say themselves which section they are.
        problems.append(f"{section}: {said}" if section and not said.startswith(f"{section}: ") else said)
        return None


class _Misfit:
    def __init__(self, expected: str) -> None:
        self.expected = expected


def _fitting(hint: object, value: object) -> object:
    origin = get_origin(hint)
    if origin is Literal:
        choices = get_args(hint)
        return value if value in choices else _Misfit(f"one of {', '.join(str(choice) for choice in choices)}")
    if origin in (Union, types.UnionType):
        found = [_fitting(choice, value) for choice in get_args(hint)]
        fits = [item for item in found if not isinstance(item, _Misfit)]
        return fits[0] if fits else _Misfit(" or ".join(item.expected for item in found if isinstance(item, _Misfit)))
    if origin is tuple:
        inner, *others = get_args(hint)
        length = None if others == [...] else 1 + len(others)
        expected = "a list" if length is None else f"a list of {length}"
        if isinstance(value, str) or not isinstance(value, list | tuple) or length not in (None, len(value)):
            return _Misfit(expected)
        items = [_fitting(inner, item) for item in value]
        wrong = next((item for item in items if isinstance(item, _Misfit)), None)
        return _Misfit(f"{expected}, each {wrong.expected}") if wrong is not None else tuple(items)
    match hint:
        case _ if hint is bool:
            return value if isinstance(value, bool) else _Misfit("true or false")
        case _ if hint is int:
            return value if isinstance(value, int) and not isinstance(value, bool) else _Misfit("an integer")
        case _ if hint is float:
            if not isinstance(value, int | float) or isinstance(value, bool):
                return _Misfit("a number")
            return float(value) if math.isfinite(value) else _Misfit("a finite number")
        case _ if hint is str:
            return value if isinstance(value, str) else _Misfit("text")
        case _:
            return None if value is None and hint is type(None) else _Misfit("nothing")


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _tables(record: Mapping[str, object], path: str) -> list[str]:
    lines = [
        f"{name} = {toml_value(value)}"
        for name, value in record.items()
        if not isinstance(value, Mapping) and value is not None
    ]
    for name, value in record.items():
        if isinstance(value, Mapping):
            inner = _tables(value, f"{path}{name}.")
            lines += ["", f"[{path}{name}]", *inner]
    return lines


def toml_value(value: object) -> str:
    """A boolean, number, text or list as TOML writes it behind an equals sign."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = "".join(
            f"\\{character}"
            if character in '"\\'
            else f"\\u{ord(character):04x}"
            if character < " " or character == "\x7f"
            else character
            for character in value
        )
        return f'"{escaped}"'
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    return repr(value)
