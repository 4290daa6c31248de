"""Trials of settings, each a fit on the same pictures and split; what is known is in the run folder's ``study.db``."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false, reportUnknownVariableType=false
from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import optuna

from lookalike.errors import InvalidConfiguration, TooFewProducts, TrainingDiverged
from lookalike.train.config import TrainingConfig
from lookalike.train.fitting import Moment, Watch
from lookalike.train.measurement import measure
from lookalike.train.preparing import Prepared
from lookalike.train.report import TrainingTask
from lookalike.train.training import Run
from lookalike.train.tuning.report import Trial, TuningReport
from lookalike.train.tuning.space import Dimension, Value, tried_config

__all__ = ["tune"]

_DATABASE, _BEST = "study.db", "best.toml"
_NAME = "lookalike"
_UNPRUNED_TRIALS, _UNPRUNED_EPOCHS = 4, 2
_QUIET = logging.NullHandler()
_STATES = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}


def tune(task: TrainingTask, space: Sequence[Dimension], n_trials: int, *, watch: Watch | None = None) -> TuningReport:
    """Try settings until the study has `n_trials` trials, and write the best configuration to ``best.toml``.

    The first trial has the settings of ``task.config`` as far as the space holds them, so that the best is not worse
    than these were on the same held-out products. Being the best of many, its value is too good: measure the model on
    other products. A study that was interrupted goes on; a trial that was going on then counts as failed.

    Args:
        task: pictures, the configuration to start from, and the folder; no model is written.
        space: what to try.
        n_trials: over all calls, those pruned included.
        watch: told how far each trial is.

    Raises:
        InvalidConfiguration: the folder holds a study of other pictures, another initial model, another space or
            another configuration; or no trial ended.
        TooFewProducts: too few to hold some out.

    Reference:
        Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization" (TPE); pruning by the median of the other
        trials at the same epoch, as in Golovin et al. 2017, "Google Vizier". Both by Optuna (arXiv 1907.10902).
    """
    started = time.perf_counter()
    run = Run(task, watch)
    prepared = run.prepare()
    if not len(prepared.split.measured):
        copies = f" ({n} held-out pictures are shown by others as well)" if (n := prepared.split.n_leaks) else ""
        raise TooFewProducts(
            f"no products can be held out to measure settings on{copies}: give more products with two pictures or "
            "more, or raise stopping.held_out"
        )
    study = _study(task, space, prepared)
    for trial in study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,)):
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
    done = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    starting = _starting(task.config, space)
    if not any(_has(trial, starting) for trial in study.get_trials(deepcopy=False, states=done)):
        # The first of all, and again where it was interrupted.
        study.enqueue_trial(starting)

    refused = ""

    def tried(trial: optuna.Trial) -> float:
        nonlocal refused
        settings = {dimension.name: _suggested(trial, dimension) for dimension in space}
        try:
            return measured(trial, tried_config(task.config, settings))
        except InvalidConfiguration as error:
            refused = f" (the last was refused: {error})"
            raise

    def measured(trial: optuna.Trial, config: TrainingConfig) -> float:
        best = 0.0

        def look(entry: Mapping[str, Any], vectors: np.ndarray) -> None:
            nonlocal best
            del vectors
            if not entry["step"]:
                return
            best = max(best, float(entry["map@r"]))
            trial.report(best, round(float(entry["epoch"])))
            if trial.should_prune():
                raise optuna.TrialPruned

        found, _ = Run(replace(task, config=config), _numbered(watch, trial.number)).search(prepared, look, save=False)
        return best if found.taken is None else found.taken.map_at_r.value

    left = n_trials - len(study.get_trials(deepcopy=False, states=done))
    if left > 0:
        # Settings at which learning diverges, or that do not go together, are an answer, not the end of the search.
        study.optimize(tried, n_trials=left, catch=(TrainingDiverged, InvalidConfiguration))
    trials = tuple(_trial(trial) for trial in study.get_trials(deepcopy=False) if trial.state.is_finished())
    begun = [trial for trial in study.get_trials(deepcopy=False, states=done) if _has(trial, starting)]
    complete = [trial for trial in trials if trial.state == "complete" and trial.value is not None]
    if not complete:
        raise InvalidConfiguration(f"--run {task.run} holds no complete trial yet{refused}: raise --trials")
    rows = prepared.split.measured
    best = max(complete, key=lambda trial: (trial.value or 0.0, -trial.number))
    (task.run / _BEST).write_text(tried_config(task.config, best.settings).as_toml(), encoding="utf-8")
    return TuningReport(
        run=str(task.run),
        configuration=str(task.run / _BEST),
        best=best,
        first=_trial(begun[0]) if begun else trials[0],
        trials=trials,
        baseline=measure(prepared.vectors[rows], prepared.examples.labels[rows]).map_at_r.value,
        seconds=time.perf_counter() - started,
    )


def _study(task: TrainingTask, space: Sequence[Dimension], prepared: Prepared) -> optuna.Study:
    optuna.logging.disable_default_handler()  # it would print
    logging.getLogger("optuna").addHandler(_QUIET)  # and so would Python, tracebacks of failed trials, without any
    storage = optuna.storages.RDBStorage(f"sqlite:///{(task.run / _DATABASE).resolve()}")
    known = {item.study_name for item in optuna.get_all_study_summaries(storage)}
    n_before = 0
    if _NAME in known:
        n_before = len(optuna.load_study(study_name=_NAME, storage=storage).get_trials(deepcopy=False))
    study = optuna.create_study(
        storage=storage,
        study_name=_NAME,
        direction="maximize",
        load_if_exists=True,
        # Seeded by how many there were: a study that goes on does not repeat what it tried.
        sampler=optuna.samplers.TPESampler(seed=task.config.run.seed + n_before, n_startup_trials=8),
        pruner=optuna.pruners.MedianPruner(_UNPRUNED_TRIALS, _UNPRUNED_EPOCHS),
    )
    identity = _identity(task.config, space, prepared)
    held = study.user_attrs.get("identity")
    if held is None:
        study.set_user_attr("identity", identity)
    elif held != identity:
        raise InvalidConfiguration(
            f"--run {task.run} holds a study of other pictures, another initial model, another space or another "
            "configuration: give another folder"
        )
    return study


def _identity(config: TrainingConfig, space: Sequence[Dimension], prepared: Prepared) -> str:
    """Of everything that a trial's value depends on besides its settings."""
    record = [config.as_dict(), [repr(dimension) for dimension in space], dict(prepared.folder.facts)]
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _starting(config: TrainingConfig, space: Sequence[Dimension]) -> dict[str, Any]:
    """The values of `config` that the space holds; the others are left to the sampler."""
    published = {"objective.margin": config.objective.margin_used, "objective.scale": config.objective.scale_used}
    values: dict[str, Any] = {}
    for dimension in space:
        at: Any = config.as_dict()
        for name in dimension.name.split("."):
            at = at[name]
        at = published.get(dimension.name) if at is None else at
        if dimension.holds(at):
            values[dimension.name] = at
    return values


def _has(trial: optuna.trial.FrozenTrial, settings: Mapping[str, Any]) -> bool:
    """Whether the trial was of these settings, whatever else it tried."""
    return all(trial.params.get(name) == value for name, value in settings.items())


def _suggested(trial: optuna.Trial, dimension: Dimension) -> Value:
    if dimension.choices:
        return dimension.choices[dimension.choices.index(trial.suggest_categorical(dimension.name, dimension.choices))]
    low, high = dimension.low, dimension.high
    if isinstance(low, int) and isinstance(high, int):
        return trial.suggest_int(dimension.name, low, high, log=dimension.log)
    return trial.suggest_float(dimension.name, low, high, log=dimension.log)


def _numbered(watch: Watch | None, number: int) -> Watch | None:
    """`watch`, told of the trial instead of the phase."""
    if watch is None:
        return None

    def told(moment: Moment) -> None:
        watch(replace(moment, phase=f"trial {number}"))

    return told


def _trial(trial: optuna.trial.FrozenTrial) -> Trial:
    value = trial.value
    if value is None and trial.intermediate_values:
        value = max(trial.intermediate_values.values())
    return Trial(trial.number, _STATES.get(trial.state.name, "failed"), value, dict(trial.params))
