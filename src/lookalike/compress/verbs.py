"""The verbs of this room, each of which says what is missing where an extra is not installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lookalike.compress.options import ImitationOptions, QuantiseOptions, ShrinkOptions, Told
from lookalike.errors import MissingExtra

if TYPE_CHECKING:
    from lookalike.compress.exporting import Exported
    from lookalike.compress.outcome import Outcome

__all__ = ["distil", "export", "prune", "quantise"]


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


DISTIL = ShrinkOptions(macs_share=0.5, side="balanced", allowed_loss=0.02, imitation=ImitationOptions(minutes=120.0))
"""What `distil` does unless told otherwise."""


def prune(
    model: str | Path | None,
    source: str | Path,
    out: Path,
    *,
    also: Sequence[str | Path] = (),
    queries: Path | None = None,
    options: ShrinkOptions | None = None,
    told: Told | None = None,
) -> Outcome:
    """A model with fewer channels inside its blocks; see `lookalike.compress.shrinking.shrink_model`.

    Args:
        model: name, folder or ONNX file; None for the packaged default.
        source: catalogue that it learns on and is examined by.
        out: folder to write.
        also: further catalogues to learn on.
        queries: photographs to examine by.
        options: how narrow, how long; without `imitation` torch is not needed.
        told: called with what is being done.

    Raises:
        MissingExtra: onnx, or torch where it shall learn, is not installed.
        CompressionRefused: it loses more than allowed; nothing was written.
    """
    return _shrink("prune", model, source, out, also, queries, ShrinkOptions() if options is None else options, told)


def distil(
    model: str | Path | None,
    source: str | Path,
    out: Path,
    *,
    also: Sequence[str | Path] = (),
    queries: Path | None = None,
    options: ShrinkOptions | None = None,
    told: Told | None = None,
) -> Outcome:
    """A student of half the multiply-accumulates; as `prune` otherwise, with more to learn and more time for it.

    Args:
        model: the teacher.
        source: catalogue that it learns on and is examined by.
        out: folder to write.
        also: further catalogues to learn on.
        queries: photographs to examine by.
        options: how small, how long.
        told: called with what is being done.

    Raises:
        MissingExtra: onnx or torch is not installed.
        CompressionRefused: it loses more than allowed; nothing was written.
    """
    return _shrink("distil", model, source, out, also, queries, DISTIL if options is None else options, told)


def export(
    model: str | Path | None,
    out: Path,
    *,
    phone: bool = False,
    browser: bool = False,
    web_runtime: Path | None = None,
) -> Exported:
    """A model for other places; see `lookalike.compress.exporting.export_model`. Needs no extra.

    Args:
        model: name, folder or ONNX file; None for the packaged default.
        out: folder to write.
        phone: also ``model.ort``.
        browser: also a page.
        web_runtime: folder ``dist`` of the npm package ``onnxruntime-web``.

    Raises:
        InvalidConfiguration: `out` holds something else, or `web_runtime` is not that folder.
        ModelError: an exported file gives other vectors than the model.
    """
    from lookalike.compress.exporting import export_model

    return export_model(model, out, phone=phone, browser=browser, web_runtime=web_runtime)


def _shrink(
    method: Literal["prune", "distil"],
    model: str | Path | None,
    source: str | Path,
    out: Path,
    also: Sequence[str | Path],
    queries: Path | None,
    options: ShrinkOptions,
    told: Told | None,
) -> Outcome:
    if importlib.util.find_spec("onnx") is None:
        raise MissingExtra(needed_for="a narrower model", extra="compress")
    if options.imitation is not None and importlib.util.find_spec("torch") is None:
        raise MissingExtra(needed_for="a smaller model that learns from the original", extra="train")
    if options.imitation is not None:
        # Before pictures are read and layers fitted, which takes minutes.
        from lookalike.nets.devices import require_device

        require_device(options.device)
    from lookalike.compress.shrinking import shrink_model

    return shrink_model(method, model, source, out, also=also, queries=queries, options=options, told=told)
