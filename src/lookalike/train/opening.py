"""The door to what needs torch: a missing extra is a sentence here."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

from lookalike.errors import MissingExtra
from lookalike.train.config import Mode

if TYPE_CHECKING:
    from lookalike.train.fitting import Watch
    from lookalike.train.report import TrainingReport, TrainingTask

__all__ = ["default_mode", "leads", "run_training"]

_NEEDED = ("torch", "onnx", "pytorch_metric_learning")


def default_mode(device: str) -> Mode:
    """``full`` where there is a GPU that may be used, ``head`` elsewhere: what ends within minutes.

    Raises:
        MissingExtra: torch is not installed.
    """
    _require()
    import torch

    return "full" if device != "cpu" and torch.cuda.is_available() else "head"


def leads() -> bool:
    """Whether this process tells what came out: of several that torch's launcher started, that of rank 0 alone."""
    return os.environ.get("RANK", "0") == "0"


def run_training(task: TrainingTask, *, watch: Watch | None = None) -> TrainingReport:
    """`lookalike.train.training.train`, once all it needs is there.

    Args:
        task: what to do.
        watch: told how far it is.

    Raises:
        MissingExtra: torch, onnx or pytorch-metric-learning is not installed.
    """
    _require()
    from lookalike.train.training import train

    return train(task, watch=watch)


def _require() -> None:
    if any(find_spec(name) is None for name in _NEEDED):
        raise MissingExtra(needed_for="training", extra="train")
