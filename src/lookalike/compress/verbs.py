"""The verbs of this room, each of which says what is missing where an extra is not installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from lookalike.compress.options import QuantiseOptions, Told
from lookalike.errors import MissingExtra

if TYPE_CHECKING:
    from lookalike.compress.outcome import Outcome

__all__ = ["quantise"]


def quantise(
    model: str | Path | None,
    source: str | Path,
    out: Path,
    *,
    queries: Path | None = None,
    options: QuantiseOptions | None = None,
    told: Told | None = None,
) -> Outcome:
    """A model in integers of eight bits; see `lookalike.compress.quantising.quantise_model`.

    Args:
        model: name, folder or ONNX file; None for the packaged default.
        source: catalogue that calibrates and examines.
        out: folder to write.
        queries: photographs to examine by.
        options: how much is looked at.
        told: called with what is being done.

    Raises:
        MissingExtra: onnx is not installed.
        CompressionRefused: it loses more than allowed; nothing was written.
    """
    if importlib.util.find_spec("onnx") is None:
        raise MissingExtra(needed_for="a model in integers of eight bits", extra="compress")
    from lookalike.compress.quantising import quantise_model

    return quantise_model(model, source, out, queries=queries, options=options, told=told)
