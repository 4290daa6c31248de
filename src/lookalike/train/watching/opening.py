"""Which journals a run writes."""

from __future__ import annotations

import importlib.util
import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lookalike.errors import MissingExtra
from lookalike.train.watching.journal import Journal

__all__ = ["JournalChoice", "open_journals", "require_journals"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JournalChoice:
    """Where a run is written down.

    Attributes:
        tensorboard: in ``tensorboard`` of the run's folder, if that package is installed.
        wandb: to Weights & Biases: ``off``, ``offline`` (files in ``wandb`` of the run's folder) or ``online``.
        project: of Weights & Biases.
    """

    tensorboard: bool = True
    wandb: Literal["off", "offline", "online"] = "off"
    project: str = "lookalike"


def require_journals(choice: JournalChoice) -> None:
    """Refuse a journal that cannot be opened here, before anything is read for it.

    Raises:
        MissingExtra: Weights & Biases is asked for and not installed.
    """
    if choice.wandb != "off" and importlib.util.find_spec("wandb") is None:
        raise MissingExtra(needed_for="writing to Weights & Biases", extra="wandb")


def open_journals(
    choice: JournalChoice, folder: Path, configuration: Mapping[str, object], *, resumes: bool = False
) -> tuple[Journal, ...]:
    """The journals that were asked for, opened.

    Args:
        choice: which.
        folder: of the run.
        configuration: of the run, JSON-ready.
        resumes: whether the run goes on from an interruption; otherwise earlier curves in `folder` are thrown away.

    Raises:
        MissingExtra: Weights & Biases is asked for and not installed.
        InvalidConfiguration: it does not let a run begin: nobody has logged in, or its server is out of reach.
    """
    opened: list[Journal] = []
    if choice.tensorboard:
        if importlib.util.find_spec("tensorboard") is None:
            logger.info("tensorboard is not installed, no curves are written")
        else:
            from lookalike.train.watching.tensorboard_journal import TensorBoardJournal

            if not resumes:
                shutil.rmtree(folder / "tensorboard", ignore_errors=True)
            opened.append(TensorBoardJournal(folder / "tensorboard"))
    if choice.wandb != "off":
        require_journals(choice)
        try:
            from lookalike.train.watching.wandb_journal import WandbJournal
        except ImportError as error:
            raise MissingExtra(needed_for="writing to Weights & Biases", extra="wandb") from error
        opened.append(WandbJournal(folder, mode=choice.wandb, configuration=configuration, project=choice.project))
    return tuple(opened)
