"""What a run learns from, and what it measures on: everything that is the same however the model is fitted."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false
from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32

from lookalike.embed.description import ModelDescription
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.embed.sifting import embed_with_gaps
from lookalike.embed.tensors import finite_unit_rows
from lookalike.errors import InvalidConfiguration, NoVector
from lookalike.train.augmentation.augmenter import Augmenter
from lookalike.train.catalogue import ITSELF, UNTOLD
from lookalike.train.examples import Examples, read_examples
from lookalike.train.feed import Feed, KeptFeed, PixelFeed, central
from lookalike.train.initial_model import InitialModel
from lookalike.train.instances import with_second_looks
from lookalike.train.kept import Keeping, kept_features
from lookalike.train.report import TrainingTask
from lookalike.train.run_folder import LOOKS, SQUARES, RunFolder
from lookalike.train.split import Split, split_by_label, without_leaks
from lookalike.train.varying import prepare_varying

__all__ = ["Prepared", "prepare"]

Told: TypeAlias = Callable[[str], Callable[[int, int | None, float], None]]
"""Of the name of a phase, what is called with how much of it is done, how much there is, and the seconds so far."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What a run starts from.

    Attributes:
        examples: pictures and labels.
        split: what is held out.
        vectors: the initial model's, of every picture that has a label; zeros where it gives none, on which nothing
            is measured; empty where nothing is held out.
        feed: gives batches.
        folder: of the run.
    """

    examples: Examples
    split: Split
    vectors: Float32[np.ndarray, "n dimension"]
    feed: Feed
    folder: RunFolder


def prepare(task: TrainingTask, initial: InitialModel, told: Told) -> Prepared:
    """Read the pictures, hold some out, and make what gives batches.

    Args:
        task: what to learn from, and how.
        initial: the model that is to learn.
        told: told how far it is.

    Raises:
        InvalidConfiguration: the folder of the run holds another one.
        SourceError: a catalogue cannot be read at all.
        TooFewProducts: too little to learn from.
    """
    config = task.config
    examples = read_examples(
        task.catalogues,
        initial.preprocessing,
        mapped=task.run / SQUARES,
        memory_megabytes=config.run.memory_megabytes,
        told=told("reading pictures"),
        several=config.stopping.held_out > 0 or any(catalogue.label == UNTOLD for catalogue in task.catalogues),
    )
    examples = _looked_at_twice(task, examples, initial.size_pixels)
    facts = {
        "data_sha256": examples.data_sha256,
        "pictures_in_order_sha256": examples.in_order_sha256,
        "init_fingerprint": initial.description.fingerprint,
    }
    folder = RunFolder(task.run, config, facts, fresh=task.fresh)
    n_without = int((examples.label_categories < 0).sum())
    if config.sampling.n_categories and n_without:
        # Of all products: those held out now are learned from in the end.
        raise InvalidConfiguration(
            f"sampling.n_categories {config.sampling.n_categories} needs a category of every product, and "
            f"{n_without} of {len(examples.names)} have none: fill them in, or set it to 0"
        )
    split = _split(task, examples)
    feed, own = _feed(task, examples, initial, facts, told)
    vectors = np.empty((0, initial.description.dimension), np.float32)
    if len(split.measured):
        if own is None:
            vectors = _seen(examples, initial, told)
        else:
            vectors = _unit_rows(own[: examples.n_told], initial.description)
        split = replace(split, measured=split.measured[vectors[split.measured].any(axis=1)])
        contents = np.unique(examples.contents, return_inverse=True)[1].astype(np.int64)
        split = without_leaks(split, examples.labels, contents, examples.hashes, vectors)
    if not len(split.measured):
        split = replace(split, learned=np.arange(examples.n_told, dtype=np.int64))
    return Prepared(examples, split, vectors, feed, folder)


def _looked_at_twice(task: TrainingTask, examples: Examples, size_pixels: int) -> Examples:
    """A second look of each picture that is a thing of its own; not mirrored unless it is said to be the same."""
    config = task.config
    itself = [number for number, catalogue in enumerate(task.catalogues) if catalogue.label == ITSELF]
    if not itself:
        return examples
    flips = config.augmentation.flip == "always"
    return with_second_looks(
        examples,
        np.isin(examples.catalogues, itself),
        Augmenter(config.augmentation, size_pixels=size_pixels, seed=config.run.seed, mirror=flips),
        mapped=task.run / LOOKS,
        memory_megabytes=config.run.memory_megabytes,
    )


def _split(task: TrainingTask, examples: Examples) -> Split:
    """What is held out of the labelled pictures."""
    config, n = task.config, examples.n_told
    generator = np.random.default_rng([config.run.seed, 2])
    return split_by_label(
        examples.labels[:n], examples.catalogues[:n], held_out=config.stopping.held_out, generator=generator
    )


def _seen(examples: Examples, initial: InitialModel, told: Told) -> Float32[np.ndarray, "n dimension"]:
    """The initial model's vectors of the labelled pictures, zeros where it has none; nothing is measured on others."""
    n = examples.n_told
    embedder = OnnxEmbedder(initial.description, initial.onnx)
    tell, started = told("looking with the initial model"), time.perf_counter()
    found = np.zeros((n, initial.description.dimension), np.float32)
    for start in range(0, n, 64):
        end = min(n, start + 64)
        found[start:end] = embed_with_gaps(embedder, central(examples.squares[start:end], initial.size_pixels))
        tell(end, n, time.perf_counter() - started)
    return found


def _unit_rows(
    rows: Float32[np.ndarray, "n length"], description: ModelDescription
) -> Float32[np.ndarray, "n dimension"]:
    """As `finite_unit_rows`, with zeros for rows that have no direction, unless that is so of all."""
    try:
        return finite_unit_rows(rows, description)
    except NoVector as error:
        usable = np.delete(np.arange(len(rows)), error.places)
        if not len(usable):
            raise
        found = np.zeros((len(rows), description.dimension), np.float32)
        found[usable] = finite_unit_rows(rows[usable], description)
        return found


def _feed(
    task: TrainingTask, examples: Examples, initial: InitialModel, facts: Mapping[str, object], told: Told
) -> tuple[Feed, Float32[np.ndarray, "n length"] | None]:
    """What gives batches, and what the initial model gives of all pictures, where that comes with what is kept."""
    config, size = task.config, initial.size_pixels
    vary = prepare_varying(
        config.augmentation,
        examples,
        size_pixels=size,
        seed=config.run.seed,
        folder=task.run,
        memory_megabytes=config.run.memory_megabytes,
    )
    if not initial.given:
        return PixelFeed(examples.squares, size, vary, initial.device), None
    plain = config.as_dict()
    key = json.dumps([facts, plain["augmentation"], config.run.seed, plain["head"], initial.preprocessing.as_dict()])
    kept = kept_features(
        task.run,
        Keeping(initial.given, config.model.views, key),
        initial.assembly,
        initial.onnx,
        examples.squares,
        vary,
        device=initial.device,
        told=told("computing features"),
    )
    return KeptFeed(kept.tensors, initial.device), kept.vectors
