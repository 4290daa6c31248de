"""Where a model may be written."""

from __future__ import annotations

from pathlib import Path

from lookalike.errors import InvalidConfiguration

__all__ = ["require_free"]


def require_free(folder: Path) -> None:
    """Refuse a folder that holds something else than a model, as it will be replaced.

    Raises:
        InvalidConfiguration: it is a file, or a folder with other things in it.
    """
    if folder.exists() and not folder.is_dir():
        raise InvalidConfiguration(f"--out {folder} is a file, expected a folder that is new, empty or holds a model")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "description.json").is_file():
        raise InvalidConfiguration(
            f"--out {folder} holds other things than a model (there is no description.json): name another folder"
        )
