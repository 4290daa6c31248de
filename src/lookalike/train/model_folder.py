"""What a run leaves: a folder that `lookalike index --model` takes at once, with a card that says what it is worth."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lookalike.embed.description import ModelDescription
from lookalike.errors import InvalidConfiguration
from lookalike.train.config import TrainingConfig

__all__ = ["FinishedModel", "require_free", "write_model"]


@dataclass(frozen=True, slots=True, eq=False)
class FinishedModel:
    """Everything that goes into the folder.

    Attributes:
        description: of the file; name, version and source already as they shall be.
        model: bytes of the ONNX file.
        config: of the run.
        report: numbers and facts of the run, JSON-ready.
        card: Markdown for people.
        objective: what the objective has learned, by name.
        adapter: what was added to the initial model, as a file; None where the layers themselves have learned.
    """

    description: ModelDescription
    model: bytes
    config: TrainingConfig
    report: Mapping[str, object]
    card: str
    objective: Mapping[str, np.ndarray]
    adapter: bytes | None = None


def require_free(folder: Path) -> None:
    """Refuse a folder that holds something else than a model: it will be replaced.

    Raises:
        InvalidConfiguration: it is a file, or a folder with other things in it.
    """
    if folder.exists() and not folder.is_dir():
        raise InvalidConfiguration(f"--out {folder} is a file, expected a folder that is new, empty or holds a model")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "description.json").is_file():
        raise InvalidConfiguration(
            f"--out {folder} holds other things than a model (there is no description.json): name another folder"
        )


def write_model(folder: Path, finished: FinishedModel) -> ModelDescription:
    """Put the model into `folder`, at once or not at all; a model that was there is replaced.

    Returns:
        its description, with the folder's name as the model's name.

    Raises:
        InvalidConfiguration: the folder holds something else.
    """
    require_free(folder)
    description = replace(finished.description, name=folder.name or "model")
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    (beside / "model.onnx").write_bytes(finished.model)
    _write_json(beside / "description.json", description.as_dict())
    _write_json(beside / "training.json", finished.report)
    (beside / "training.toml").write_text(finished.config.as_toml(), encoding="utf-8")
    (beside / "CARD.md").write_text(finished.card, encoding="utf-8")
    np.savez(beside / "objective.npz", **finished.objective)  # pyright: ignore[reportArgumentType]
    if finished.adapter is not None:
        (beside / "adapter.npz").write_bytes(finished.adapter)
    before = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(before, ignore_errors=True)
    if folder.exists():
        folder.rename(before)
    beside.rename(folder)
    shutil.rmtree(before, ignore_errors=True)
    return description


def _write_json(path: Path, record: Mapping[str, object]) -> None:
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
