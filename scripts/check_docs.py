"""Check that README and docs say what is so: generated parts, links, commands, settings, reasons, JSON, HTTP, changes.

``--write`` writes the generated parts instead of comparing them. Prints every problem; exit 1 if there is any.
"""

from __future__ import annotations

import importlib
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click

from generated import regenerate
from lookalike import errors
from lookalike.cli.program import COMMANDS, program
from lookalike.engine.engine import Engine
from lookalike.errors import SelectionError, UsageError
from lookalike.settings import Settings
from lookalike.types import Reason

ROOT = Path(__file__).resolve().parent.parent
FRONT = [ROOT / name for name in ("README.md", "README.zh.md", "CONTRIBUTING.md", "CHANGELOG.md")]
FENCE = re.compile(r"^ *```(\w*)[^\n]*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)


def pages() -> list[Path]:
    """README and its neighbours, and every page of the documentation."""
    return [*FRONT, *sorted((ROOT / "docs").rglob("*.md"))]


def stale_parts(*, write: bool) -> Iterator[str]:
    """Pages whose generated parts are not what the code gives; written instead where asked."""
    for page in pages():
        fresh = regenerate(page)
        if fresh == page.read_text(encoding="utf-8"):
            continue
        if write:
            page.write_text(fresh, encoding="utf-8")
            sys.stdout.write(f"wrote {page.relative_to(ROOT)}\n")
        else:
            yield f"{page.relative_to(ROOT)}: a generated part is stale; run `make update-docs`"


def dead_links() -> Iterator[str]:
    """Relative links of the front pages that lead nowhere (mkdocs checks those of docs/)."""
    for page in FRONT:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                yield f"{page.name}: links to {target}, which does not exist"


def commands_shown(page: Path) -> Iterator[list[str]]:
    """Words of each ``lookalike`` or ``make`` command line in the page's shell blocks."""
    for language, block in FENCE.findall(page.read_text(encoding="utf-8")):
        if language not in ("bash", "sh", "console", "shell"):
            continue
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.strip().removeprefix("$ "), comments=True)
            while words and re.match(r"^[A-Z_]+=", words[0]):
                words.pop(0)
            if words and words[0] in ("lookalike", "make"):
                yield words


def impossible_commands() -> Iterator[str]:
    """Commands, options and make targets that a page shows and that do not exist."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in pages():
        where = page.relative_to(ROOT)
        for words in commands_shown(page):
            if words[0] == "make":
                unknown = [word for word in words[1:] if "=" not in word and word not in targets]
                if unknown:
                    yield f"{where}: `{' '.join(words)}`: no target {', '.join(unknown)}"
                continue
            names = [word for word in words[1:] if not word.startswith("-")]
            options: set[str] = {"--help", "-h", "--version"}
            commands: list[click.Command] = [program]
            if names and words[1] == names[0]:
                if names[0] not in COMMANDS:
                    yield f"{where}: `{' '.join(words)}`: no command {names[0]}"
                    continue
                found = getattr(importlib.import_module(COMMANDS[names[0]][0]), names[0])
                assert isinstance(found, click.Command)
                commands.append(found)
                if isinstance(found, click.Group) and len(names) > 1:
                    inner = found.commands.get(names[1])
                    if inner is None:
                        yield f"{where}: `{' '.join(words)}`: no command {names[0]} {names[1]}"
                        continue
                    commands.append(inner)
            for command in commands:
                for parameter in command.params:
                    options.update(parameter.opts, parameter.secondary_opts)
            used = {word.partition("=")[0] for word in words[1:] if re.match(r"^--?[a-z]", word)}
            if used - options:
                yield f"{where}: `{' '.join(words)}`: no option {', '.join(sorted(used - options))}"


def unknown_settings() -> Iterator[str]:
    """Settings that a page names and that do not exist."""
    known = set(Settings.model_fields)
    for page in pages():
        text = page.read_text(encoding="utf-8")
        named = {name.lower() for name in re.findall(r"\bLOOKALIKE_([A-Z][A-Z_]+[A-Z])\b", text)} - {"test_data"}
        for language, block in FENCE.findall(text):
            if language == "toml":
                named.update(re.findall(r"^(\w+) *=", block, re.MULTILINE))
        for name in sorted(named - known):
            yield f"{page.relative_to(ROOT)}: no setting {name}"


def unexplained_reasons() -> Iterator[str]:
    """Reason codes without a row of their own in the reference, and rows without a code."""
    text = (ROOT / "docs/reference/reasons.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    for code in sorted({str(reason) for reason in Reason} ^ set(explained)):
        yield f"docs/reference/reasons.md: {code} is not both in the code and on the page"


def untold_documents() -> Iterator[str]:
    """Commands whose JSON document has no section in the reference."""
    text = (ROOT / "docs/reference/json.md").read_text(encoding="utf-8")
    told = {name for heading in re.findall(r"^## (.+)$", text, re.MULTILINE) for name in re.findall(r"\w+", heading)}
    for name in sorted(set(COMMANDS) - told):
        yield f"docs/reference/json.md: does not say what `{name} --json` prints"


def untold_answers() -> Iterator[str]:
    """Operations and codes of errors over HTTP that the reference does not name."""
    text = (ROOT / "docs/reference/http.md").read_text(encoding="utf-8")
    sources = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "src/lookalike/serve").glob("*.py"))]
    for source in sources:
        prefix = (re.findall(r'APIRouter\(prefix="([^"]+)"', source) or [""])[0]
        for route in re.findall(r'^@router\.\w+\(\s*"([^"]*)"', source, re.MULTILINE):
            path = re.sub(r"{\w+(:path)?}", "{}", prefix + route)
            if path not in re.sub(r"{\w+}", "{}", text) and not path.startswith("/v1/people/"):
                yield f"docs/reference/http.md: does not name {prefix + route}"
    codes = {code for source in sources for code in re.findall(r'Failure\(\s*\w+,\s*"(\w+)"', source)}
    wrong = [UsageError, *UsageError.__subclasses__(), *SelectionError.__subclasses__()]
    codes |= {re.sub(r"(?<!^)(?=[A-Z])", "_", error.__name__).lower() for error in wrong}
    for code in sorted(codes - {"usage_error", "selection_error"} - set(re.findall(r"`(\w+)`", text))):
        yield f"docs/reference/http.md: does not name the code {code}"


def untold_python() -> Iterator[str]:
    """Verbs of the engine, and errors, that the reference of Python does not name."""
    named = set(re.findall(r"\b\w+\b", (ROOT / "docs/reference/python.md").read_text(encoding="utf-8")))
    verbs = {name for name in dir(Engine) if not name.startswith("_")}
    raised = {name for name in dir(errors) if name in errors.__all__ and name != "LookalikeError"}
    for name in sorted((verbs | raised) - named):
        yield f"docs/reference/python.md: does not name {name}"


def unread_fragments() -> Iterator[str]:
    """Fragments of the changelog that no release would gather."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
    kinds = [kind["directory"] for kind in settings.get("type", ())]
    for path in sorted((ROOT / "changelog.d").glob("*.md")):
        if path.name != "README.md" and Path(path.stem).suffix.removeprefix(".") not in kinds:
            yield f"changelog.d/{path.name}: expected a kind of {', '.join(kinds) or 'nothing'} before .md"


def diverging_translations() -> Iterator[str]:
    """Where README.zh.md lacks a section, a link or a line of code of README.md, or has one more."""

    def skeleton(name: str) -> dict[str, list[str]]:
        text = (ROOT / name).read_text(encoding="utf-8")
        code = [re.sub(r" *#.*", "", line) for _, block in FENCE.findall(text) for line in block.splitlines()]
        prose = FENCE.sub("", text)
        return {
            "headings": re.findall(r"^#+", prose, re.MULTILINE),
            "links": sorted(
                link for link in re.findall(r"\]\(([^)]+)\)", prose) if not link.startswith(("README", "docs/images/"))
            ),
            "lines of code": code,
        }

    english, chinese = skeleton("README.md"), skeleton("README.zh.md")
    for what, ours in english.items():
        if ours != chinese[what]:
            differing = sorted(set(ours) ^ set(chinese[what])) or [f"{len(ours)} and {len(chinese[what])}"]
            yield f"README.zh.md: other {what} than README.md: {', '.join(differing)}"


def main() -> int:
    """Run every check; the exit status."""
    problems = [
        *stale_parts(write="--write" in sys.argv[1:]),
        *dead_links(),
        *impossible_commands(),
        *unknown_settings(),
        *unexplained_reasons(),
        *untold_documents(),
        *untold_answers(),
        *untold_python(),
        *unread_fragments(),
        *diverging_translations(),
    ]
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
