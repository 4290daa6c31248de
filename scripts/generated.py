"""The parts of README and docs that are made from the code: commands, settings (also of training), numbers.

A page holds ``<!-- generated: NAME ARGUMENT -->`` … ``<!-- end generated -->``; what is between them is the text that
the function of that name returns.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable
from dataclasses import fields
from inspect import cleandoc
from pathlib import Path

import click

import measured
from attacked import attacked
from lookalike.cli.program import COMMANDS
from lookalike.settings import Settings
from lookalike.train import recipe
from lookalike.train.config import MODES, TrainingConfig
from reranked import reranked

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(
    r"<!-- generated: (?P<name>[a-z]+) ?(?P<argument>\w*) -->\n(?P<text>.*?)<!-- end generated -->", re.DOTALL
)


def commands(_: str) -> str:
    """Every command's help, as the terminal shows it."""
    parts: list[str] = []
    for name, (module, _line) in COMMANDS.items():
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        named = {name: command}
        if isinstance(command, click.Group):
            named |= {f"{name} {inner}": command.commands[inner] for inner in command.commands}
        for full_name, one in named.items():
            context = click.Context(one, info_name=f"lookalike {full_name}", terminal_width=80, max_content_width=80)
            parts.append(f"## {full_name}\n\n```text\n{one.get_help(context).rstrip()}\n```\n")
    return "\n" + "\n".join(parts) + "\n"


def settings(_: str) -> str:
    """One row for each setting: name, default, meaning, in the order of declaration."""
    meanings = described_attributes(Settings.__doc__ or "")
    rows = ["| setting | environment | default | what it is |", "|---|---|---|---|"]
    for name, declared in Settings.model_fields.items():
        default = declared.default
        shown = "" if default in ("", ()) else str(default).lower() if isinstance(default, bool) else str(default)
        rows.append(f"| `{name}` | `LOOKALIKE_{name.upper()}` | {f'`{shown}`' if shown else '–'} | {meanings[name]} |")
    return "\n".join(rows) + "\n"


def training(_: str) -> str:
    """One row for each setting of training that the page does not describe itself: what each mode begins with."""
    bases = {mode: recipe(mode) for mode in MODES}
    rows = ["| setting | begins as | what it is |", "|---|---|---|"]
    by_hand = ("objective", "sampling", "augmentation")
    for section in (one.name for one in fields(TrainingConfig) if one.name not in by_hand):
        kind = type(getattr(bases["head"], section))
        meanings = described_attributes(kind.__doc__ or "")
        for declared in fields(kind):
            values = {mode: as_setting(getattr(getattr(base, section), declared.name)) for mode, base in bases.items()}
            same = len(set(values.values())) == 1
            shown = values["head"] if same else "; ".join(f"{mode}: {value}" for mode, value in values.items())
            rows.append(f"| `{section}.{declared.name}` | {shown} | {meanings[declared.name]} |")
    return "\n".join(rows) + "\n"


def as_setting(value: object) -> str:
    """A setting's value as TOML would have it; a dash for an empty text."""
    if value == "":
        return "–"
    return f"`{json.dumps(list(value) if isinstance(value, tuple) else value)}`"


def described_attributes(docstring: str) -> dict[str, str]:
    """Text by name of the ``Attributes:`` section of a Google docstring."""
    section = re.search(r"^Attributes:\n((?:[ ]{4}.*\n?)+)", cleandoc(docstring), re.MULTILINE)
    assert section is not None
    found: dict[str, str] = {}
    name = ""
    for line in section[1].splitlines():
        entry = re.match(r"^ {4}(\w+): (.*)", line)
        if entry is not None:
            name, found[entry[1]] = entry[1], entry[2]
        else:
            found[name] += " " + line.strip()
    return {key: text.replace("``", "`").replace("|", "\\|") for key, text in found.items()}


def decisions(_: str) -> str:
    """One row for each decision record, by number."""
    rows = ["| record | decision |", "|---|---|"]
    for record in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")):
        title = record.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
        rows.append(f"| [{record.stem[:4]}]({record.name}) | {re.sub(r'^[0-9]{4}[.:]? *', '', title)} |")
    return "\n".join(rows) + "\n"


BLOCKS: dict[str, Callable[[str], str]] = {
    "attacked": attacked,
    "reranked": reranked,
    "commands": commands,
    "decisions": decisions,
    "settings": settings,
    "training": training,
    "numbers": measured.short,
    "measured": measured.full,
}


def regenerate(page: Path) -> str:
    """The text of `page` with every generated part made anew."""
    return BLOCK.sub(
        lambda found: (
            f"<!-- generated: {found['name']}{' ' + found['argument'] if found['argument'] else ''} -->\n"
            f"{BLOCKS[found['name']](found['argument'])}<!-- end generated -->"
        ),
        page.read_text(encoding="utf-8"),
    )
