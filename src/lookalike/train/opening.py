"""The door to what needs torch: a missing extra is a sentence here."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from lookalike.errors import MissingExtra
from lookalike.train.config import MODES, Mode, TrainingConfig, assigned, merged_over
from lookalike.train.recipe import RecipeName, named_recipe, recipe

if TYPE_CHECKING:
    from lookalike.train.fitting import Watch
    from lookalike.train.report import TrainingReport, TrainingTask

__all__ = ["begun_with", "default_mode", "leads", "run_training"]

_NEEDED = ("torch", "onnx", "pytorch_metric_learning")


def default_mode(device: str) -> Mode:
    """``full`` where there is a GPU that may be used, ``head`` elsewhere: what ends within minutes.

    Raises:
        MissingExtra: torch is not installed.
    """
    _require()
    import torch

    return "full" if device != "cpu" and torch.cuda.is_available() else "head"


def begun_with(
    record: Mapping[str, object],
    assignments: Sequence[str],
    *,
    named: RecipeName | None = None,
    unlabelled: bool = False,
) -> TrainingConfig:
    """The recipe of the mode, the initial model and the device that were said, however that was done.

    Args:
        record: what a file says.
        assignments: single settings over it.
        named: a ready-made recipe; None for that of the mode.
        unlabelled: as for `lookalike.train.recipe.recipe`.

    Returns:
        what is to be put below them by `lookalike.train.config.with_settings`, in the mode that was said.

    Raises:
        InvalidConfiguration: a single setting without a name or a value.
        MissingExtra: no mode was said, and torch is not installed.
    """
    if named is not None:
        return named_recipe(named)
    said = merged_over(record, assigned(assignments))
    mode, init = _said(said, "model", "mode"), _said(said, "model", "init")
    if mode is None:
        return recipe(default_mode(_said(said, "run", "device") or "auto"), init, unlabelled=unlabelled)
    # Another mode is refused with everything else that is wrong.
    known: dict[str, Mode] = {one: one for one in MODES}
    return recipe(known.get(mode, "full"), init, unlabelled=unlabelled)


def _said(said: Mapping[str, object], section: str, key: str) -> str | None:
    """The text of that key; None where there is none, or something else that is refused later."""
    values = said.get(section)
    value = values.get(key) if isinstance(values, Mapping) else None
    return value if isinstance(value, str) and value else None


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
