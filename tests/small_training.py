"""Runs of training that take a second: of the tiny model, on the shop of coloured patterns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lookalike.train import TrainingConfig, recipe
from lookalike.train.catalogue import catalogues_of
from lookalike.train.config import with_settings
from lookalike.train.report import TrainingTask
from lookalike.train.watching import JournalChoice

__all__ = ["configured", "task"]


def configured(model: Path, mode, *settings: str) -> TrainingConfig:
    """The recipe of `mode` for the tiny model, with few epochs and small batches."""
    small = (
        f'model.init="{model}"', "model.views=2", "head.dimension=8", "sampling.n_products=4", "sampling.n_pictures=3",
        "schedule.epochs=3", "stopping.every=1", "run.device=cpu", 'head.features=["features"]',
        "augmentation.background_probability=0", 'general.measured_on=""', "general.share=0",
    )  # fmt: skip
    return with_settings(recipe(mode), {}, [*small, *settings])


def task(shop: Path, config: TrainingConfig, folder: Path, **changes: object) -> TrainingTask:
    """A run whose model and records go into `folder`."""
    made = TrainingTask(
        catalogues_of([str(shop)]),
        config,
        folder / "model",
        folder / "run",
        data_licence="CC0-1.0",
        journals=JournalChoice(tensorboard=False),
    )
    return replace(made, **changes)
