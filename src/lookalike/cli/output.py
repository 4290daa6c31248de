"""What a command prints: one JSON document, or lines for people; both made from the same plain values."""

from __future__ import annotations

import codecs
import json
import math
import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from lookalike.errors import UsageError

if TYPE_CHECKING:
    # Every command imports this module, and what can be said of a command needs no catalogue.
    from lookalike.search.part import Part
    from lookalike.types import Hit, Rejection

__all__ = [
    "command_line",
    "emit",
    "hit_as_json",
    "json_option",
    "on_one_line",
    "part_as_json",
    "rejections_as_json",
    "require_writable",
    "store_option",
    "tell_rejections",
    "write_document",
]

_BLANKS = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
# C0, DEL, C1, and what turns the direction of writing.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

F = TypeVar("F", bound=Callable[..., object])


def json_option(command: F) -> F:
    """``--json``: one JSON document on stdout and nothing else there."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")(command)


def store_option(command: F) -> F:
    """``--store``: which store; without it the setting, and without that ``lookalike-store``."""
    return click.option(
        "--store",
        type=click.Path(file_okay=False),
        default=None,
        help="Folder of the store.  [default: lookalike-store]",
    )(command)


def emit(document: Mapping[str, object]) -> None:
    """Print `document` as JSON; numbers that are not finite become null.

    What a stdout of another encoding than UTF-8 cannot carry is written as escapes, and so are the bytes of a file name
    that is no text, and what JSON leaves of the signs that a terminal obeys: whatever reads JSON reads it.
    """
    encoding = getattr(sys.stdout, "encoding", None)  # of a closed stdout there is nothing
    plain = codecs.lookup(encoding or "utf-8").name != "utf-8"
    text = json.dumps(_finite(document), ensure_ascii=plain, indent=2)
    text = _CONTROLS.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", text)
    click.echo(text.encode("utf-8", "backslashreplace").decode("utf-8"))


def write_document(path: Path, document: Mapping[str, object]) -> None:
    """Write what `emit` would print to a file, smaller; a file name that is no text keeps its bytes as escapes."""
    text = json.dumps(_finite(document), ensure_ascii=False, indent=1)
    path.write_text(text, encoding="utf-8", errors="backslashreplace")


def require_writable(folder: Path) -> None:
    """Make the folder that results will be written to, before what they take is spent.

    Raises:
        UsageError: it cannot be made, or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(f"nothing can be written to {folder}: {error.strerror or error}") from error


def command_line() -> str:
    """How this process was called, for a shell."""
    return shlex.join(["lookalike", *sys.argv[1:]])


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def hit_as_json(hit: Hit) -> dict[str, object]:
    """The contract's form of a hit."""
    return {
        "product_id": hit.product_id,
        "variant_id": hit.variant_id,
        "image": hit.image,
        "image_key": hit.image_key,
        "title": hit.title,
        "similarity": round(hit.similarity, 6),
        **({"lanes": dict(hit.lanes)} if hit.lanes else {}),
        **({} if hit.clip_seconds is None else {"seconds": hit.clip_seconds}),
        **({} if hit.score is None else {"score": hit.score}),
        **({"rules": list(hit.rules)} if hit.rules else {}),
        **({} if hit.instead is None else {"instead": hit_as_json(hit.instead)}),
        "attributes": dict(hit.attributes),
        "variants": [variant.as_dict() for variant in hit.variants],
    }


def part_as_json(part: Part) -> dict[str, object]:
    """The contract's form of a part of a photograph."""
    box = part.box
    return {
        "box": [box.x, box.y, box.width, box.height],
        "score": round(part.score, 4),
        "hits": [hit_as_json(hit) for hit in part.hits],
    }


def on_one_line(text: str) -> str:
    """`text` of a catalogue as a terminal may be given it: a feed must not move its cursor, nor change its title."""
    return _CONTROLS.sub(lambda found: ascii(found[0])[1:-1], _BLANKS.sub(" ", text))


def rejections_as_json(rejections: Sequence[Rejection]) -> list[dict[str, object]]:
    """The contract's form of rejections, with the line and product where known."""
    return [rejection.as_dict() for rejection in rejections]


def tell_rejections(rejections: Sequence[Rejection], *, most: int = 10) -> None:
    """The first rejections as lines, and how many more there are by reason."""
    for rejection in rejections[:most]:
        reason = click.style(str(rejection.reason), fg="yellow")
        click.echo(f"  {reason}  {on_one_line(f'{rejection.image}: {rejection.detail}')}")
    if len(rejections) > most:
        rest: dict[str, int] = {}
        for rejection in rejections[most:]:
            rest[str(rejection.reason)] = rest.get(str(rejection.reason), 0) + 1
        counts = ", ".join(f"{count} {reason}" for reason, count in sorted(rest.items()))
        click.echo(f"  … and {len(rejections) - most} more ({counts}); --json lists them all")
