"""A whole run: pictures, split, baseline, a fit on some products, a fit on all of them, the model folder."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false
from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64

from lookalike.embed.model_folder import require_free
from lookalike.errors import InvalidConfiguration
from lookalike.train.beginning import Beginning, begin
from lookalike.train.catalogue import UNTOLD, require_order
from lookalike.train.classification import classify, write_classification
from lookalike.train.config import TrainingConfig
from lookalike.train.crossing import Deal, require_products
from lookalike.train.finishing import Learned, write_finished
from lookalike.train.fitting import Fitting, Look, Moment, Watch, fit
from lookalike.train.general import beside
from lookalike.train.held_out import HeldOut
from lookalike.train.initial_model import device_of, open_initial_model
from lookalike.train.learner import Learner
from lookalike.train.measurement import measure, worse
from lookalike.train.preparing import Prepared, prepare
from lookalike.train.propagation import guessed
from lookalike.train.remembering import require_several
from lookalike.train.report import TrainingReport, TrainingTask
from lookalike.train.rest import RestReport
from lookalike.train.team import ALONE, Team, joined_team
from lookalike.train.verdicts import Fitted, deal_verdicts, verdict_trials
from lookalike.train.watching import JournalChoice, Scribe, open_journals, require_journals

__all__ = ["Run", "train"]


def train(task: TrainingTask, *, watch: Watch | None = None) -> TrainingReport:
    """Make a model that fits the catalogues, and write it to ``task.out``.

    Started by torch's launcher, the processes make one model together, and that of rank 0 alone writes it.

    Args:
        task: what to do.
        watch: told how far it is.

    Raises:
        InvalidConfiguration: settings that do not go together, or folders that hold something else.
        SourceError: a catalogue cannot be read at all.
        TooFewProducts: too little to learn from.
        ModelError: the initial model cannot be trained.
        TrainingDiverged: its loss or its vectors became infinite.
    """
    device = device_of(task.config.run.device)
    with joined_team(device) as team:
        if team.leads:
            return Run(task, watch, team).go()
        # What a process keeps for itself is not the run: it goes with it.
        with tempfile.TemporaryDirectory(prefix="lookalike-train-") as folder:
            own = replace(
                task, out=Path(folder) / "model", run=Path(folder) / "run", journals=JournalChoice(tensorboard=False)
            )
            return Run(own, None, team).go()


class Run:
    """The parts of one run, in the order in which they need each other."""

    def __init__(self, task: TrainingTask, watch: Watch | None, team: Team = ALONE) -> None:
        require_free(task.out)
        _require_apart(task)
        require_order(task.catalogues)
        require_journals(task.journals)
        told = [catalogue for catalogue in task.catalogues if catalogue.label != UNTOLD]
        if len(told) < len(task.catalogues):
            _require_second_fit(task.config)
        if task.config.verdict.folds:
            require_products(task.catalogues)
        task.config.sampling.require_shares_of(len(told))
        if task.config.general.measured_on:
            require_several(task.config.general.measured_on)
        self._task = task
        self._config = task.config
        self._watch = watch
        self._team = team
        self._started = time.perf_counter()
        if task.config.run.threads:
            torch.set_num_threads(task.config.run.threads)
        self._initial = open_initial_model(task.config, device_of(task.config.run.device))

    def prepare(self) -> Prepared:
        """Everything that is the same however the model is fitted."""
        return prepare(self._task, self._initial, self._told)

    def search(self, prepared: Prepared, look: Look | None, *, save: bool = True) -> tuple[Fitting, Beginning]:
        """The fit on the products that are not held out."""
        saved = self._team.agreed(prepared.folder.saved()) if save else None
        split = prepared.split
        return self._fitted("search", prepared, split.learned, split.measured, saved, None, look, save)

    def go(self) -> TrainingReport:
        """Everything."""
        task, config = self._task, self._config
        prepared = self.prepare()
        examples, split = prepared.examples, prepared.split
        # Before the fits, which may take hours: what would stop what comes after them.
        dealt = deal_verdicts(prepared, config) if config.verdict.folds else None
        journals = open_journals(task.journals, task.run, config.as_dict(), resumes=prepared.folder.resumes)
        scribe = Scribe(
            journals,
            squares=examples.squares,
            labels=examples.labels,
            names=examples.names,
            measured=split.measured,
            generator=np.random.default_rng([config.run.seed, 6]),
        )
        self._watch = _both(self._watch, scribe.moment)
        # What was written down of a run that ends in an error is what its error is found by.
        with closing(scribe):
            return self._followed(prepared, scribe, dealt)

    def _followed(self, prepared: Prepared, scribe: Scribe, dealt: Deal | None) -> TrainingReport:
        """From the first fit to the model folder, written down by `scribe`."""
        task, config = self._task, self._config
        examples, split, vectors = prepared.examples, prepared.split, prepared.vectors
        found, beginning = self.search(prepared, scribe.look)
        fallen: tuple[tuple[str, float], ...] = ()
        baseline, best = None, None
        if len(split.measured):
            labels = examples.labels[split.measured]
            before = vectors[split.measured]
            baseline = measure(before, labels)
            learner = beginning.finished(found.learned, config.general.interpolation)
            after = beside(learner.vectors(split.measured), before, config.general.share)
            best = measure(after, labels)
            fallen = worse(before, after, labels, examples.names)
            write_classification(
                classify(after, labels, examples.names, examples.category_of()),
                task.run,
                before=classify(before, labels, examples.names, examples.category_of()),
            )
            scribe.points(found.taken_step, after)
        trials = verdict_trials(dealt, prepared, config, self._without(prepared, found)) if dealt is not None else None
        final, learned_from = found, split.learned
        prepared, rest = self._with_rest(prepared, found, beginning)
        examples = prepared.examples
        refits = len(split.measured) > 0 and config.stopping.refit
        if refits or (rest is not None and rest.learned):
            learned_from = np.flatnonzero(examples.labels >= 0)
            saved = self._team.agreed(prepared.folder.saved())
            final, beginning = self._fitted("refit", prepared, learned_from, learned_from[:0], saved, found, None, True)
        names = examples.names_of(learned_from)
        learner = beginning.finished(final.learned, config.general.interpolation)
        report = TrainingReport(
            model=str(task.out),
            run=str(task.run),
            fingerprint="",
            epochs=round(final.epochs, 3),
            steps=final.taken_step,
            seconds=0.0,
            fit_seconds=found.seconds + (final.seconds if final is not found else 0.0),
            best=best,
            baseline=baseline,
            kept=None,
            refitted=refits,
            pictures=int((learned_from < len(examples) - examples.n_second_looks).sum()),
            products=len(names),
            rest=rest,
            rejected=examples.rejected,
            n_contradictions=examples.n_contradictions,
            n_leaks=split.n_leaks,
            leaks=tuple((examples.images[a], examples.images[b]) for a, b in split.leaks),
            worse=fallen,
            mode=config.model.mode,
            init=self._initial.description.name,
            data_sha256=examples.data_sha256,
            data_licence=task.data_licence,
        )
        if not self._team.leads:
            return report
        return write_finished(
            report,
            task,
            self._initial,
            prepared,
            Learned(learner, beginning.adapter, found, final, names, trials),
            told=self._told("measuring what is kept"),
            started=self._started,
        )

    def _with_rest(
        self, prepared: Prepared, found: Fitting, beginning: Beginning
    ) -> tuple[Prepared, RestReport | None]:
        """Labels for pictures without one, as far as the model that learned from the others can guess them."""
        examples = prepared.examples
        n = examples.n_told
        if n == len(examples):
            return prepared, None
        told, started = self._told("guessing what the rest shows"), time.perf_counter()
        told(0, len(examples), 0.0)
        learner = beginning.finished(found.learned, self._config.general.interpolation)
        labels = examples.labels.copy()
        guesses = guessed(learner.vectors(np.arange(len(examples), dtype=np.int64)), labels, self._config.rest)
        own = set(examples.contents[:n])
        news = np.array([row >= n and content not in own for row, content in enumerate(examples.contents)])
        labels[news] = guesses[news]
        # Processors of several machines round otherwise, and a guess more in one process would be another epoch.
        labels = self._team.agreed(labels)
        told(len(examples), len(examples), time.perf_counter() - started)
        report = RestReport(int(news.sum()), int((labels[n:] >= 0).sum()))
        return replace(prepared, examples=replace(examples, labels=labels)), report

    def _fitted(
        self,
        phase: str,
        prepared: Prepared,
        learned: Int64[np.ndarray, " _n"],
        measured: Int64[np.ndarray, " _n"],
        saved: Mapping[str, Any] | None,
        before: Fitting | None,
        look: Look | None,
        save_it: bool,
    ) -> tuple[Fitting, Beginning]:
        """One fit, from where it was interrupted; `before` is the fit whose number of steps is repeated."""
        config, examples, folder = self._config, prepared.examples, prepared.folder
        per_epoch = self._steps_per_epoch(learned, examples.labels)
        total = config.schedule.steps or config.schedule.epochs * per_epoch
        until = total
        if before is not None:
            until = before.taken_step if config.schedule.steps else round(before.epochs * per_epoch)
        beginning = begin(self._initial, prepared, learned, config, n_steps=total, team=self._team)
        learner = beginning.learner
        state = Fitting()
        if saved is not None and phase in saved:
            state = Fitting.from_state(saved[phase])
            if saved["phase"] != phase:
                return state, beginning
            learner.load(saved["learner"])

        def save(fitting: Fitting) -> None:
            if not save_it or not self._team.leads:
                return
            held: dict[str, object] = {"phase": phase, phase: fitting.as_state(), "learner": learner.state()}
            if before is not None:
                held["search"] = before.as_state()
            folder.save(held)
            folder.write_history([*(before.history if before is not None else []), *fitting.history])

        fit(
            learner,
            state,
            phase=phase,
            until=until,
            steps_per_epoch=per_epoch,
            stopping=config.stopping,
            held_out=HeldOut(measured, examples.labels[measured], prepared.vectors[measured], config.general.share),
            save=save,
            watch=self._watch,
            look=look,
        )
        state.epochs = state.taken_step / per_epoch
        save(state)
        return state, beginning

    def _without(self, prepared: Prepared, found: Fitting) -> Fitted:
        """Fits a model as long as `found` took to the rows that are left, each under a name of its own."""
        numbers = itertools.count(1)

        def fitted(rows: Int64[np.ndarray, " _n"]) -> Learner:
            phase = f"verdicts {next(numbers)}"
            fitting, beginning = self._fitted(phase, prepared, rows, rows[:0], None, found, None, False)
            return beginning.finished(fitting.learned, self._config.general.interpolation)

        return fitted

    def _steps_per_epoch(self, learned: Int64[np.ndarray, " _n"], labels: Int64[np.ndarray, " m"]) -> int:
        """An epoch in optimiser steps: it has as many batches as hold each picture once on average."""
        sampling = self._config.sampling
        batch = min(sampling.n_products, len(np.unique(labels[learned]))) * sampling.n_pictures
        n_batches = max(1, round(len(learned) / batch))
        return max(1, round(n_batches / self._config.optimiser.accumulate))

    def _told(self, phase: str) -> Callable[[int, int | None, float], None]:
        def told(done: int, total: int | None, seconds: float) -> None:
            if self._watch is not None:
                self._watch(Moment(phase, done, total, seconds))

        return told


def _require_second_fit(config: TrainingConfig) -> None:
    """Refuse settings that leave no fit in which guessed labels could be learned from."""
    if not config.stopping.refit:
        raise InvalidConfiguration(
            "--rest is learned from in a second fit, which stopping.refit=false takes away: leave one of them out"
        )
    if config.verdict.folds:
        raise InvalidConfiguration(
            "verdicts are calibrated on pictures of which it is known what they show: leave out --rest or verdict.folds"
        )


def _require_apart(task: TrainingTask) -> None:
    """Refuse a run whose folder would stand in the way of the model at its end."""
    out, run = task.out.resolve(), task.run.resolve()
    if run.is_relative_to(out):
        raise InvalidConfiguration(
            f"--run {task.run} lies in --out {task.out}, which holds nothing but the model: name another folder"
        )


def _both(first: Watch | None, second: Watch) -> Watch:
    if first is None:
        return second

    def both(moment: Moment) -> None:
        first(moment)
        second(moment)

    return both
