"""From what was learned to a model folder: exported, checked against the net, measured, told in its card."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false
from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from lookalike.embed.description import ModelDescription
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.evaluate.kept_trials import KeptTrials, learned_products
from lookalike.nets.adapter import Adapter
from lookalike.nets.assembly import Assembly
from lookalike.nets.side_by_side import side_by_side
from lookalike.train.card import card_of
from lookalike.train.config import TrainingConfig
from lookalike.train.feed import central
from lookalike.train.fitting import Fitting
from lookalike.train.general import beside
from lookalike.train.initial_model import InitialModel
from lookalike.train.learner import Learner
from lookalike.train.model_folder import FinishedModel, write_model
from lookalike.train.parity import check_parity
from lookalike.train.preparing import Prepared
from lookalike.train.remembering import measure_retention
from lookalike.train.report import TrainingReport, TrainingTask
from lookalike.train.run_folder import environment

__all__ = ["Learned", "write_finished"]


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What a run has learned.

    Attributes:
        learner: holds the weights of the finished model.
        adapter: of its net; None where there is none.
        found: the fit on the products that were not held out.
        final: the fit that the weights are of; `found` where there was no second one.
        products: names of the labels that the final fit learned, in the order of the objective's own.
        trials: what verdicts can be calibrated on; None where nothing was to be kept.
    """

    learner: Learner
    adapter: Adapter | None
    found: Fitting
    final: Fitting
    products: tuple[str, ...]
    trials: KeptTrials | None = None


def write_finished(
    report: TrainingReport,
    task: TrainingTask,
    initial: InitialModel,
    prepared: Prepared,
    learned: Learned,
    *,
    told: Callable[[int, int | None, float], None],
    started: float,
) -> TrainingReport:
    """Write the model folder, and finish the folder of the run.

    Args:
        report: of the run, but for what only the finished model has.
        task: what was to do.
        initial: the model that it started from.
        prepared: what it learned from.
        learned: what it learned.
        told: told how far measuring is, where what is kept is measured.
        started: when the run began, by `time.perf_counter`.

    Returns:
        the whole report.

    Raises:
        ModelError: the file does not give what the net gives.
    """
    config, before, learner = task.config, initial.description, learned.learner
    assembly = learner.assembly.to("cpu").eval()
    description, model = _exported(assembly, initial, prepared, share=config.general.share)
    source = (
        f"lookalike train {version('lookalike')}, from {before.name} {before.version} "
        f"({before.fingerprint[:12]}) on {report.pictures} pictures of {report.products} products"
        f"{f', licence of the pictures: {task.data_licence}' if task.data_licence else ''}"
    )
    description = replace(description, name=task.out.name, version="1", source=source)
    embedder = OnnxEmbedder(description, model)
    if config.general.measured_on:
        own = OnnxEmbedder(before, initial.onnx)
        learned_from = prepared.examples.contents
        kept = measure_retention(
            config.general.measured_on, own, embedder, folder=task.run, learned=learned_from, told=told
        )
        report = replace(report, kept=kept)
    fit = initial.preprocessing.fit
    report = replace(
        report,
        fingerprint=description.fingerprint,
        seconds=time.perf_counter() - started,
        fit="" if fit == before.preprocessing.fit else fit,
    )
    history = [*learned.found.history, *(learned.final.history if learned.final is not learned.found else [])]
    record = {**report.as_dict(), "history": history, "environment": environment()}
    names = {key: value.detach().cpu().numpy() for key, value in learner.objective.state_dict().items()}
    write_model(
        task.out,
        FinishedModel(
            description=description,
            model=model,
            config=config,
            report=record,
            card=card_of(report, config, description, before),
            objective={**names, "labels": np.array(learned.products), **_earlier(config)},
            adapter=None if learned.adapter is None else learned.adapter.saved(),
            trials=None if learned.trials is None else learned.trials.as_bytes(),
        ),
    )
    prepared.folder.write_history(history)
    prepared.folder.finish(record)
    return report


def _earlier(config: TrainingConfig) -> dict[str, np.ndarray]:
    """What the initial model had learned to tell apart, as far as it is in the new one.

    Of a model whose head alone has learned, a new head in its place keeps nothing, but for what its layers had learned
    before.
    """
    if not config.model.init:
        return {}
    folder = Path(config.model.init)
    replaced = config.model.mode == "head" and not config.general.share and _trained_mode(folder) == "head"
    products = learned_products(folder, before=replaced)
    return {"earlier": np.array(sorted(products))} if products else {}


def _trained_mode(folder: Path) -> object:
    """In which mode the model in that folder was trained; None where that is not told."""
    try:
        record: object = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record.get("mode") if isinstance(record, dict) else None


def _exported(
    assembly: Assembly, initial: InitialModel, prepared: Prepared, *, share: float
) -> tuple[ModelDescription, bytes]:
    """The finished file, which gives what the net gives, with the initial model's share beside it."""
    pixels = central(prepared.examples.squares[:8], initial.size_pixels)
    with torch.no_grad():
        expected = assembly.finished(torch.from_numpy(pixels)).numpy()
    description, model = assembly.exported()
    if share:
        general = OnnxEmbedder(initial.description, initial.onnx).embed(pixels)
        expected = beside(expected, general, share)
        description, model = side_by_side((description, model), (initial.description, initial.onnx), share=share)
    check_parity(expected, OnnxEmbedder(description, model), pixels)
    return description, model
