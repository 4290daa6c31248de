"""A whole run: pictures, split, baseline, a fit on some products, a fit on all of them, the model folder."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false
from __future__ import annotations

import copy
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32, Int64

from lookalike.embed.model_folder import require_free
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.errors import InvalidConfiguration, ModelError
from lookalike.nets import open_backbone
from lookalike.nets.adapter import Adapter, adapt
from lookalike.nets.assembly import Assembly, channels_of, sides_of
from lookalike.nets.backbone import Backbone
from lookalike.nets.head import POOLED, Head
from lookalike.train.augmentation.augmenter import Augmenter
from lookalike.train.card import card_of
from lookalike.train.catalogue import ITSELF
from lookalike.train.classification import classify, write_classification
from lookalike.train.config import TrainingConfig
from lookalike.train.examples import Examples, read_examples
from lookalike.train.feed import Feed, KeptFeed, PixelFeed, central
from lookalike.train.fitting import Fitting, Look, Moment, Watch, fit
from lookalike.train.general import mixed_weights
from lookalike.train.instances import with_second_looks
from lookalike.train.kept import Keeping, kept_features, pooled_rows
from lookalike.train.learner import Learner
from lookalike.train.measurement import average_precisions_at_r, measure
from lookalike.train.model_folder import FinishedModel, write_model
from lookalike.train.objective.nested import NestedObjective
from lookalike.train.objective.objective import Objective
from lookalike.train.remembering import measure_retention
from lookalike.train.report import TrainingReport, TrainingTask
from lookalike.train.run_folder import RunFolder, environment
from lookalike.train.sampling import Pool, epoch_batches
from lookalike.train.split import Split, split_by_label, without_leaks
from lookalike.train.team import ALONE, Team, joined_team
from lookalike.train.varying import prepare_varying
from lookalike.train.watching import JournalChoice, Scribe, open_journals

__all__ = ["Prepared", "Run", "train"]

_STARTING_ROWS = 4096
_PARITY = 1e-3
"""Largest deviation of a coordinate of a unit vector, torch against ONNX Runtime, that a finished model may have."""
_WORSE_SHOWN = 5


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
    device = _device(task.config.run.device)
    with joined_team(device) as team:
        if team.leads:
            return Run(task, watch, team).go()
        # What a process keeps for itself is not the run: it goes with it.
        with tempfile.TemporaryDirectory(prefix="lookalike-train-") as folder:
            own = replace(
                task, out=Path(folder) / "model", run=Path(folder) / "run", journals=JournalChoice(tensorboard=False)
            )
            return Run(own, None, team).go()


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What a run starts from.

    Attributes:
        examples: pictures and labels.
        split: what is held out.
        vectors: the initial model's, of every picture; empty where nothing is held out.
        feed: gives batches.
        folder: of the run.
    """

    examples: Examples
    split: Split
    vectors: Float32[np.ndarray, "n dimension"]
    feed: Feed
    folder: RunFolder


class Run:
    """The parts of one run, in the order in which they need each other."""

    def __init__(self, task: TrainingTask, watch: Watch | None, team: Team = ALONE) -> None:
        require_free(task.out)
        self._task = task
        self._config = task.config
        self._watch = watch
        self._team = team
        self._started = time.perf_counter()
        self._device = _device(task.config.run.device)
        if task.config.run.threads:
            torch.set_num_threads(task.config.run.threads)
        net = open_backbone(task.config.model.init or None, device=self._device)
        self._before, self._model = net.description, net.to_onnx()
        if task.config.model.fit:
            fitted = replace(net.description.preprocessing, fit=task.config.model.fit)
            net.description = replace(net.description, preprocessing=fitted)
        features = task.config.head.features
        head = Head(task.config.head, channels_of(net, features), sides=sides_of(net, features))
        self._given = _given_names(net, task.config)
        self._assembly = Assembly(net, head, general=_general_share(task.config))
        net.requires_grad_(False)
        self._adapter: Adapter | None = None
        self._begun: dict[str, torch.Tensor] = {}
        self._size = self._before.preprocessing.size_pixels

    def prepare(self) -> Prepared:
        """Everything that is the same however the model is fitted."""
        task, config = self._task, self._config
        examples = read_examples(
            task.catalogues,
            self._before.preprocessing,
            mapped=task.run / "squares.npy",
            memory_megabytes=config.run.memory_megabytes,
            told=self._told("reading pictures"),
            several=config.stopping.held_out > 0,
        )
        examples = self._looked_at_twice(examples)
        facts = {"data_sha256": examples.data_sha256, "init_fingerprint": self._before.fingerprint}
        folder = RunFolder(task.run, config, facts, fresh=task.fresh)
        split, vectors = self._split(examples)
        if not len(split.measured):
            split = replace(split, learned=np.arange(len(examples), dtype=np.int64))
        return Prepared(examples, split, vectors, self._feed(examples, facts), folder)

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
        worse: tuple[tuple[str, float], ...] = ()
        baseline = None
        if len(split.measured):
            labels = examples.labels[split.measured]
            before = vectors[split.measured]
            baseline = measure(before, labels)
            learner.take(found.learned)
            after = learner.vectors(split.measured)
            worse = _worse(before, after, labels, examples.names)
            write_classification(
                classify(after, labels, examples.names, examples.category_of()),
                task.run,
                before=classify(before, labels, examples.names, examples.category_of()),
            )
            scribe.points(found.best_step, after)
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
            worse=worse,
            mode=config.model.mode,
            init=self._before.name,
            data_sha256=examples.data_sha256,
            data_licence=task.data_licence,
        )
        return self._written(report, learner, examples, prepared.folder, found, final) if self._team.leads else report

    def _looked_at_twice(self, examples: Examples) -> Examples:
        """A second look of each picture that is a thing of its own; not mirrored unless it is said to be the same."""
        config, catalogues = self._config, self._task.catalogues
        itself = [number for number, catalogue in enumerate(catalogues) if catalogue.label == ITSELF]
        if not itself:
            return examples
        flips = config.augmentation.flip == "always"
        return with_second_looks(
            examples,
            np.isin(examples.catalogues, itself),
            Augmenter(config.augmentation, size_pixels=self._size, seed=config.run.seed, mirror=flips),
            mapped=self._task.run / "looks.npy",
            memory_megabytes=config.run.memory_megabytes,
        )

    def _split(self, examples: Examples) -> tuple[Split, Float32[np.ndarray, "n dimension"]]:
        """What is held out, and the initial model's vectors of every picture (empty where nothing is held out)."""
        config = self._config
        generator = np.random.default_rng([config.run.seed, 2])
        split = split_by_label(
            examples.labels, examples.catalogues, held_out=config.stopping.held_out, generator=generator
        )
        if not len(split.measured):
            return split, np.empty((0, self._before.dimension), np.float32)
        embedder = OnnxEmbedder(self._before, self._model)
        told, started, n = self._told("looking with the initial model"), time.perf_counter(), len(examples)
        parts: list[np.ndarray] = []
        for start in range(0, n, 64):
            parts.append(embedder.embed(central(examples.squares[start : start + 64], self._size)))
            told(min(n, start + 64), n, time.perf_counter() - started)
        vectors = np.concatenate(parts)
        contents = np.unique(examples.contents, return_inverse=True)[1].astype(np.int64)
        return without_leaks(split, examples.labels, contents, examples.hashes, vectors), vectors

    def _feed(self, examples: Examples, facts: Mapping[str, object]) -> Feed:
        augmentation, seed = self._config.augmentation, self._config.run.seed
        vary = prepare_varying(augmentation, examples, size_pixels=self._size, seed=seed, folder=self._task.run)
        if not self._given:
            return PixelFeed(examples.squares, self._size, vary, self._device)
        config = self._config
        key = json.dumps([facts, config.as_dict()["augmentation"], config.run.seed, config.as_dict()["head"]])
        keeping = Keeping(self._given, config.model.views, key)
        kept = kept_features(
            self._task.run,
            keeping,
            self._assembly,
            self._model,
            examples.squares,
            vary,
            device=self._device,
            told=self._told("computing features"),
        )
        return KeptFeed(kept, self._device)

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

    def _learner(self, learned: Int64[np.ndarray, " _n"], examples: Examples, feed: Feed, total: int) -> Learner:
        config = self._config
        generator = torch.Generator().manual_seed(config.run.seed)
        assembly = copy.deepcopy(self._assembly)
        if config.model.mode == "adapter":
            self._adapter = adapt(assembly.net, config.adapter, generator=generator)
        _let_learn(assembly, config, self._given)
        shown = np.random.default_rng([config.run.seed, 3]).permutation(learned)[:_STARTING_ROWS]
        assembly.head.start(
            pooled_rows(assembly, self._model, examples.squares[np.sort(shown)], device=self._device),
            generator=generator,
        )
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
            assembly, objective, feed, batches, labels, config, n_steps=total, device=self._device, team=self._team
        )
        self._begun = learner.finished()
        return learner

    def _steps_per_epoch(self, learned: Int64[np.ndarray, " _n"], labels: Int64[np.ndarray, " m"]) -> int:
        """An epoch in optimiser steps: it has as many batches as hold each picture once on average."""
        sampling = self._config.sampling
        batch = min(sampling.n_products, len(np.unique(labels[learned]))) * sampling.n_pictures
        n_batches = max(1, round(len(learned) / batch))
        return max(1, round(n_batches / self._config.optimiser.accumulate))

    def _written(
        self,
        report: TrainingReport,
        learner: Learner,
        examples: Examples,
        folder: RunFolder,
        found: Fitting,
        final: Fitting,
    ) -> TrainingReport:
        task, before = self._task, self._before
        assembly = learner.assembly.to("cpu").eval()
        description, model = assembly.exported()
        source = (
            f"lookalike train {version('lookalike')}, from {before.name} {before.version} "
            f"({before.fingerprint[:12]}) on {report.pictures} pictures of {report.products} products"
            f"{f', licence of the pictures: {task.data_licence}' if task.data_licence else ''}"
        )
        description = replace(description, name=task.out.name, version="1", source=source)
        embedder = OnnxEmbedder(description, model)
        _check_parity(assembly, embedder, central(examples.squares[:8], self._size))
        if self._config.general.measured_on:
            initial, told = OnnxEmbedder(before, self._model), self._told("measuring what is kept")
            kept = measure_retention(self._config.general.measured_on, initial, embedder, folder=task.run, told=told)
            report = replace(report, kept=kept)
        report = replace(report, fingerprint=description.fingerprint, seconds=time.perf_counter() - self._started)
        history = [*found.history, *(final.history if final is not found else [])]
        record = {**report.as_dict(), "history": history, "environment": environment()}
        names = {key: value.detach().cpu().numpy() for key, value in learner.objective.state_dict().items()}
        write_model(
            task.out,
            FinishedModel(
                description=description,
                model=model,
                config=self._config,
                report=record,
                card=card_of(report, self._config, description, before),
                objective={**names, "labels": np.array(examples.names)},
                adapter=None if self._adapter is None else self._adapter.saved(),
            ),
        )
        folder.write_history(history)
        folder.finish(record)
        return report

    def _told(self, phase: str) -> Callable[[int, int | None, float], None]:
        def told(done: int, total: int | None, seconds: float) -> None:
            if self._watch is not None:
                self._watch(Moment(phase, done, total, seconds))

        return told


def _both(first: Watch | None, second: Watch) -> Watch:
    if first is None:
        return second

    def both(moment: Moment) -> None:
        first(moment)
        second(moment)

    return both


def _device(wanted: str) -> str:
    available = torch.cuda.is_available()
    if wanted == "cuda" and not available:
        raise InvalidConfiguration("run.device is cuda, but torch finds no GPU here: use cpu or auto")
    return "cuda" if wanted != "cpu" and available else "cpu"


def _general_share(config: TrainingConfig) -> float:
    """The share of the initial model, which is still there to be kept only where its layers do not learn."""
    if config.general.share and config.model.mode != "head":
        raise InvalidConfiguration(
            f"general.share keeps the initial model beside a new head, and mode {config.model.mode} changes the "
            "initial model: use mode head, or general.interpolation"
        )
    if config.general.share and config.head.sizes:
        raise InvalidConfiguration(
            f"received general.share {config.general.share} and head.sizes {list(config.head.sizes)}, expected one of "
            "the two: with the initial model in dimensions of its own, the first numbers of a vector do not work alone"
        )
    return config.general.share


def _given_names(net: Backbone, config: TrainingConfig) -> tuple[str, ...]:
    """Tensors that are computed once and kept; none where pixels are what a batch is."""
    features = config.head.features
    if config.model.mode == "head":
        return features if config.head.learns_before_pooling else (POOLED,)
    freeze = config.model.freeze
    if not freeze:
        return ()
    try:
        net.layers_between((), [freeze])
    except ValueError as error:
        known = ", ".join(net.description.features)
        raise InvalidConfiguration(f"model.freeze: no tensor {freeze!r} (such as {known}): {error}") from error
    below: list[str] = []
    for name in features:
        try:
            net.layers_between([freeze], [name])
        except ValueError:
            below.append(name)
    return tuple(dict.fromkeys((freeze, *below)))


def _let_learn(assembly: Assembly, config: TrainingConfig, given: Sequence[str]) -> None:
    """Let those parameters of the net require gradients that shall learn: of layers that are computed in a step."""
    if config.model.mode == "head":
        return
    layers = assembly.net.layers_between(given, config.head.features)
    if config.model.mode == "full":
        for path in layers:
            assembly.net.get_submodule(path).requires_grad_(True)
        return
    for name, parameter in assembly.net.named_parameters():
        if not any(name.startswith(f"{path}.") for path in layers):
            parameter.requires_grad_(False)


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


def _worse(
    before: Float32[np.ndarray, "n _before"],
    after: Float32[np.ndarray, "n _after"],
    labels: Int64[np.ndarray, " _n"],
    names: Sequence[str],
) -> tuple[tuple[str, float], ...]:
    """Labels whose mean average precision fell most, worst first."""
    changes = average_precisions_at_r(after, labels) - average_precisions_at_r(before, labels)
    found = [(names[int(label)], float(changes[labels == label].mean())) for label in np.unique(labels)]
    fallen = sorted((change, name) for name, change in found if change < 0)
    return tuple((name, change) for change, name in fallen[:_WORSE_SHOWN])


def _check_parity(assembly: Assembly, embedder: OnnxEmbedder, pixels: np.ndarray) -> None:
    """Refuse a file that does not give what the net gives."""
    with torch.no_grad():
        expected = assembly.finished(torch.from_numpy(pixels)).numpy()
    deviation = float(np.abs(embedder.embed(pixels) - expected).max())
    if not deviation <= _PARITY:
        raise ModelError(
            f"the finished ONNX file deviates from the net by {deviation:.2e} (at most {_PARITY:g}): "
            "this is a fault of Lookalike, report it with the run folder"
        )
