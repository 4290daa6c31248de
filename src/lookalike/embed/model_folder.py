"""A model's folder on disk: written at once or not at all, in place of a model that was there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from lookalike.errors import InvalidConfiguration

__all__ = ["as_json", "require_free", "write_model_folder"]


def require_free(folder: Path) -> None:
    """Refuse a folder that holds something else than a model: it will be replaced.

    Raises:
        InvalidConfiguration: it is a file, a folder with other things in it, or has no name of its own.
    """
    if folder.name in ("", ".."):
        raise InvalidConfiguration(f"--out {folder} has no name that the model could have: name a folder inside it")
    if folder.exists() and not folder.is_dir():
        raise InvalidConfiguration(f"--out {folder} is a file, expected a folder that is new, empty or holds a model")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "description.json").is_file():
        raise InvalidConfiguration(
            f"--out {folder} holds other things than a model (there is no description.json): name another folder"
        )


def write_model_folder(folder: Path, files: Mapping[str, bytes | str]) -> None:
    """Put `files` into `folder`; a model that was there is replaced, in two renames.

    Args:
        folder: new, empty, or a model's.
        files: by name; text is written as UTF-8.

    Raises:
        InvalidConfiguration: the folder holds something else.
    """
    require_free(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside, before = folder.with_name(f".{folder.name}.new"), folder.with_name(f".{folder.name}.old")
    for left in (beside, before):
        shutil.rmtree(left, ignore_errors=True)
    beside.mkdir()
    for name, content in files.items():
        (beside / name).write_bytes(content.encode() if isinstance(content, str) else content)
    if folder.exists():
        folder.rename(before)
    beside.rename(folder)
    shutil.rmtree(before, ignore_errors=True)


def as_json(record: Mapping[str, object]) -> str:
    """Indented, readable in every language, with an end of line."""
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"
