"""What a run leaves: a folder that `lookalike index --model` takes at once, with a card that says what it is worth."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lookalike.embed.description import ModelDescription
from lookalike.embed.model_folder import as_json, write_model_folder
from lookalike.evaluate.kept_trials import TRIALS_FILE
from lookalike.train.config import TrainingConfig

__all__ = ["FinishedModel", "write_model"]


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
        trials: what verdicts can be calibrated on, as a file; None where nothing was kept.
    """

    description: ModelDescription
    model: bytes
    config: TrainingConfig
    report: Mapping[str, object]
    card: str
    objective: Mapping[str, np.ndarray]
    adapter: bytes | None = None
    trials: bytes | None = None


def write_model(folder: Path, finished: FinishedModel) -> ModelDescription:
    """Put the model into `folder`, at once or not at all; a model that was there is replaced.

    Returns:
        its description, with the folder's name as the model's name.

    Raises:
        InvalidConfiguration: the folder holds something else.
    """
    description = replace(finished.description, name=folder.name or "model")
    objective = io.BytesIO()
    np.savez(objective, **finished.objective)  # pyright: ignore[reportArgumentType]
    files: dict[str, bytes | str] = {
        "model.onnx": finished.model,
        "description.json": as_json(description.as_dict()),
        "training.json": as_json(finished.report),
        "training.toml": finished.config.as_toml(),
        "CARD.md": finished.card,
        "objective.npz": objective.getvalue(),
    }
    if finished.adapter is not None:
        files["adapter.npz"] = finished.adapter
    if finished.trials is not None:
        files[TRIALS_FILE] = finished.trials
    write_model_folder(folder, files)
    return description
