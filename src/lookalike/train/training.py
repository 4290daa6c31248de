"""A whole run: pictures, split, baseline, a fit on some products, a fit on all of them, the model folder."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false
from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64

from lookalike.embed.model_folder import require_free
from lookalike.errors import InvalidConfiguration
from lookalike.evaluate.kept_trials import KeptTrials, learned_products
from lookalike.nets.adapter import Adapter
from lookalike.nets.head import POOLED
from lookalike.train.classification import classify, write_classification
from lookalike.train.config import TrainingConfig
from lookalike.train.crossing import Deal, crossed, deal, require_products
from lookalike.train.examples import Examples
from lookalike.train.feed import Feed
from lookalike.train.finishing import Learned, write_finished
from lookalike.train.fitting import Fitting, Look, Moment, Watch, fit
from lookalike.train.general import mixed_weights
from lookalike.train.initial_model import device_of, open_initial_model
from lookalike.train.kept import pooled_rows
from lookalike.train.learner import Learner
from lookalike.train.measurement import measure, worse
from lookalike.train.objective.nested import NestedObjective
from lookalike.train.objective.objective import Objective
from lookalike.train.preparing import Prepared, prepare
from lookalike.train.report import TrainingReport, TrainingTask
from lookalike.train.sampling import Pool, epoch_batches
from lookalike.train.team import ALONE, Team, joined_team
from lookalike.train.watching import JournalChoice, Scribe, open_journals

__all__ = ["Run", "train"]

_STARTING_ROWS = 4096


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
        if task.config.verdict.folds:
            require_products(task.catalogues)
        self._task = task
        self._config = task.config
        self._watch = watch
        self._team = team
        self._started = time.perf_counter()
        if task.config.run.threads:
            torch.set_num_threads(task.config.run.threads)
        self._initial = open_initial_model(task.config, device_of(task.config.run.device))
        self._adapter: Adapter | None = None
        self._begun: dict[str, torch.Tensor] = {}

    def prepare(self) -> Prepared:
        """Everything that is the same however the model is fitted."""
        return prepare(self._task, self._initial, self._told)

    def search(self, prepared: Prepared, look: Look | None, *, save: bool = True) -> tuple[Fitting, Learner]:
        """The fit on the products that are not held out."""
        saved = self._team.agreed(prepared.folder.saved()) if save else None
        return self._fitted(
            "search", prepared, prepared.split.learned, prepared.split.measured, saved, None, look, save
        )

    def go(self) -> TrainingReport:
        """Everything."""
        task, config = self._task, self._config
        prepared = self.prepare()
        examples, split, vectors = prepared.examples, prepared.split, prepared.vectors
        # Before the fits, which may take hours: what would stop what comes after them.
        dealt = self._dealt(prepared) if config.verdict.folds else None
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
        found, learner = self.search(prepared, lambda entry, found: scribe.look(entry["step"], found))
        fallen: tuple[tuple[str, float], ...] = ()
        baseline = None
        if len(split.measured):
            labels = examples.labels[split.measured]
            before = vectors[split.measured]
            baseline = measure(before, labels)
            learner.take(found.learned)
            after = learner.vectors(split.measured)
            fallen = worse(before, after, labels, examples.names)
            write_classification(
                classify(after, labels, examples.names, examples.category_of()),
                task.run,
                before=classify(before, labels, examples.names, examples.category_of()),
            )
            scribe.points(found.best_step, after)
        trials = self._crossed(prepared, found, dealt) if dealt is not None else None
        final = found
        refits = len(split.measured) > 0 and config.stopping.refit
        if refits:
            everything = np.arange(len(examples), dtype=np.int64)
            saved = self._team.agreed(prepared.folder.saved())
            final, learner = self._fitted("refit", prepared, everything, everything[:0], saved, found, None, True)
        scribe.close()
        learner.take(mixed_weights(final.learned, self._begun, config.general.interpolation))
        report = TrainingReport(
            model=str(task.out),
            run=str(task.run),
            fingerprint="",
            epochs=round(final.epochs, 3),
            steps=final.best_step,
            seconds=0.0,
            fit_seconds=found.seconds + (final.seconds if refits else 0.0),
            best=found.best,
            baseline=baseline,
            kept=None,
            refitted=refits,
            pictures=len(examples) - examples.n_second_looks,
            products=len(examples.names),
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
            Learned(learner, self._adapter, found, final, trials),
            told=self._told("measuring what is kept"),
            started=self._started,
        )

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
    ) -> tuple[Fitting, Learner]:
        """One fit, from where it was interrupted; `before` is the fit whose number of steps is repeated."""
        config, examples, folder = self._config, prepared.examples, prepared.folder
        per_epoch = self._steps_per_epoch(learned, examples.labels)
        total = config.schedule.steps or config.schedule.epochs * per_epoch
        until = total
        if before is not None:
            until = before.best_step if config.schedule.steps else round(before.epochs * per_epoch)
        learner = self._learner(learned, examples, prepared.feed, total)
        state = Fitting()
        if saved is not None and phase in saved:
            state = Fitting.from_state(saved[phase])
            if saved["phase"] != phase:
                return state, learner
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
            measured=measured,
            labels=examples.labels,
            save=save,
            watch=self._watch,
            look=look,
        )
        state.epochs = state.best_step / per_epoch
        save(state)
        return state, learner

    def _dealt(self, prepared: Prepared) -> Deal:
        """Who is left out of which fit, where that can be told.

        Raises:
            InvalidConfiguration: the initial model has met these products, or the general vectors are not there.
            TooFewProducts: fewer than two products can be asked.
        """
        examples, config = prepared.examples, self._config
        if config.general.share and not len(prepared.vectors):
            raise InvalidConfiguration(
                "verdict.folds with general.share needs products held out: set stopping.held_out"
            )
        met = learned_products(Path(config.model.init)) & set(examples.names) if config.model.init else frozenset[str]()
        if met:
            raise InvalidConfiguration(
                f"{config.model.init} has learned from {len(met)} of these products already, so that they cannot be "
                "strangers to it: start from the model that it was made of, or leave verdict.folds at 0"
            )
        generator = np.random.default_rng([config.run.seed, 7])
        return deal(examples.labels, examples.kinds, n_folds=config.verdict.folds, generator=generator)

    def _crossed(self, prepared: Prepared, found: Fitting, dealt: Deal) -> KeptTrials:
        """What verdicts can be calibrated on: fits as long as `found`, each without a share of the products."""
        examples, config = prepared.examples, self._config
        share, initial = config.general.share, prepared.vectors
        held = self._adapter, self._begun

        def fitted(rows: Int64[np.ndarray, " _n"]) -> Callable[[Int64[np.ndarray, " _m"]], np.ndarray]:
            fitting, learner = self._fitted("verdicts", prepared, rows, rows[:0], None, found, None, False)
            learner.take(mixed_weights(fitting.learned, self._begun, config.general.interpolation))

            def vectors(asked: Int64[np.ndarray, " _m"]) -> np.ndarray:
                own = learner.vectors(asked)
                return np.hstack([(1 - share) ** 0.5 * own, share**0.5 * initial[asked]]) if share else own

            return vectors

        trials = crossed(dealt, examples.labels, fitted, categories=examples.category_of())
        self._adapter, self._begun = held
        catalogue = {examples.names[label] for label in np.unique(examples.labels[dealt.shown]).tolist()}
        return KeptTrials(trials, frozenset(catalogue))

    def _learner(self, learned: Int64[np.ndarray, " _n"], examples: Examples, feed: Feed, total: int) -> Learner:
        config = self._config
        generator = torch.Generator().manual_seed(config.run.seed)
        initial = self._initial
        assembly, self._adapter = initial.to_learn(config, generator)
        shown = _shown(learned, examples.labels[learned], config)
        if initial.given == (POOLED,):
            begun = feed.plain(shown)[POOLED].cpu().numpy()
        else:
            begun = pooled_rows(assembly, initial.onnx, examples.squares[shown], device=initial.device)
        assembly.head.start(begun, generator=generator, labels=examples.labels[shown])
        names = np.unique(examples.labels[learned])
        numbers = np.full(len(examples.names), -1, np.int64)
        numbers[names] = np.arange(len(names))
        labels = np.full(len(examples), -1, np.int64)
        labels[learned] = numbers[examples.labels[learned]]
        length, sizes = config.head.dimension, config.head.sizes
        objective = (
            NestedObjective(config.objective, sizes=sizes, n_products=len(names), dimension=length, generator=generator)
            if sizes
            else Objective(config.objective, n_products=len(names), dimension=length, generator=generator)
        )

        pool = _pool(examples, learned, labels[learned])

        def batches(epoch: int) -> Sequence[Int64[np.ndarray, " _n"]]:
            drawn = epoch_batches(pool, config.sampling, np.random.default_rng([config.run.seed, 4, epoch]))
            return [learned[batch] for batch in drawn]

        learner = Learner(
            assembly, objective, feed, batches, labels, config, n_steps=total, device=initial.device, team=self._team
        )
        self._begun = learner.finished()
        return learner

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


def _shown(
    learned: Int64[np.ndarray, " _n"], labels: Int64[np.ndarray, " _n"], config: TrainingConfig
) -> Int64[np.ndarray, " _m"]:
    """Pictures that a head starts from: some of all, or all of some labels where it asks what these share."""
    chance = np.random.default_rng([config.run.seed, 3])
    if config.head.start != "within-whitening":
        return np.sort(chance.permutation(learned)[:_STARTING_ROWS])
    _, numbers = np.unique(labels, return_inverse=True)
    turns = chance.permutation(int(numbers.max()) + 1)[numbers]
    return np.sort(learned[np.argsort(turns, kind="stable")][:_STARTING_ROWS])


def _both(first: Watch | None, second: Watch) -> Watch:
    if first is None:
        return second

    def both(moment: Moment) -> None:
        first(moment)
        second(moment)

    return both


def _pool(examples: Examples, learned: Int64[np.ndarray, " _n"], labels: Int64[np.ndarray, " n"]) -> Pool:
    """What batches are drawn from; a category or catalogue of a product is that of its first picture."""
    first = learned[np.unique(labels, return_index=True)[1]]
    kinds, categories = examples.kinds[learned], examples.categories[first]
    catalogues = np.unique(examples.catalogues[first], return_inverse=True)[1].astype(np.int64)
    return Pool(
        labels,
        categories=categories if (categories >= 0).all() else None,
        kinds=kinds if len(np.unique(kinds)) > 1 else None,
        catalogues=catalogues if len(np.unique(catalogues)) > 1 else None,
    )
