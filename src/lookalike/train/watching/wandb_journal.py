"""Weights & Biases, in a folder of the run or, where asked for, on its server."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false, reportUnknownVariableType=false
from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, final

import numpy as np
import wandb
from jaxtyping import Float32, UInt8
from wandb.errors import Error as WandbError

from lookalike.errors import InvalidConfiguration
from lookalike.types import Pixels

__all__ = ["WandbJournal"]


@final
class WandbJournal:
    """One run of a project.

    Args:
        folder: where its files go.
        mode: ``offline`` sends nothing, ``online`` sends curves and pictures to whichever server the library is set up
            for; that sends parts of the catalogue away, which is why nobody else decides it.
        configuration: of the run, JSON-ready.
        project: name of the project.

    Raises:
        InvalidConfiguration: the library does not let the run begin.
    """

    def __init__(
        self, folder: Path, *, mode: Literal["offline", "online"], configuration: Mapping[str, object], project: str
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        settings = wandb.Settings(console="off", silent=True, disable_git=True, disable_code=True)
        try:
            self._run: Any = wandb.init(
                project=project, dir=str(folder), mode=mode, config=dict(configuration), settings=settings
            )
        except WandbError as error:
            raise InvalidConfiguration(
                f"Weights & Biases does not let the run begin ({str(error).rstrip('.')}): log in with `wandb login`, "
                "or give --wandb offline"
            ) from error

    def numbers(self, values: Mapping[str, float], step: int) -> None:
        """Beside a number ``step``: phases of a run count their own, which the library's may not do."""
        self._run.log({**values, "step": step})

    def picture(self, name: str, pixels: Pixels, step: int) -> None:
        """An image."""
        self._run.log({name: wandb.Image(pixels), "step": step})

    def points(
        self,
        vectors: Float32[np.ndarray, "n dimension"],
        names: Sequence[str],
        tiles: UInt8[np.ndarray, "n side side 3"],
        step: int,
    ) -> None:
        """A table of vectors, which its embedding projector reads; without the pictures."""
        del tiles
        columns: list[Any] = ["product", *(f"d{number}" for number in range(vectors.shape[1]))]
        rows: list[Any] = [[name, *row] for name, row in zip(names, vectors.tolist(), strict=True)]
        self._run.log({"vectors": wandb.Table(columns=columns, data=rows), "step": step})

    def close(self) -> None:
        """Everything is written, and sent where it was to be."""
        self._run.finish()
