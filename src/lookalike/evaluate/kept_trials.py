"""Trials that training has left with a model: each product was asked of a model that had not learned from it.

A model that has learned to keep a product's photographs away from everybody else's page no longer treats that product
as a stranger when it is taken out of the catalogue. So `lookalike train` fits the model again without a share of the
products, for each share, and keeps what came of it: what verdicts can be calibrated on.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from lookalike.errors import GoldenSetUnusable, ModelDamaged
from lookalike.evaluate.trials import Trials
from lookalike.search.evidence import BEFORE_CENTROIDS, FEATURES

__all__ = ["LEARNED_FILE", "TRIALS_FILE", "KeptTrials", "learned_products", "told_learned"]

TRIALS_FILE = "verdicts.npz"
"""Name of the file in a model's folder."""
LEARNED_FILE = "objective.npz"
"""Likewise, of the file that says what the model has learned to tell apart."""
_UNREADABLE = (OSError, EOFError, ValueError, KeyError, RuntimeError, MemoryError, BadZipFile, struct.error, zlib.error)
"""What numpy and zipfile raise on damaged archives."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptTrials:
    """Trials, and the catalogue that they were asked of.

    Attributes:
        trials: one a photograph; without colours.
        catalogue: ids of the products that had pictures to be compared with.
    """

    trials: Trials
    catalogue: frozenset[str]

    def as_bytes(self) -> bytes:
        """As a file that `read` reads."""
        held, file = self.trials, io.BytesIO()
        np.savez_compressed(
            file,
            features=np.asarray(FEATURES),
            products=held.products,
            there=held.there,
            right=held.right,
            gone=held.gone,
            there_category=np.asarray([one or "" for one in held.there_category]),
            gone_category=np.asarray([one or "" for one in held.gone_category]),
            catalogue=np.asarray(sorted(self.catalogue)),
        )
        return file.getvalue()

    @classmethod
    def read(cls, folder: Path | None) -> KeptTrials:
        """What a model's folder holds.

        Args:
            folder: of the model; None for a model without one, such as the packaged one.

        Raises:
            GoldenSetUnusable: there are none, or they are of another version's features.
            ModelDamaged: the file cannot be read.
        """
        if folder is None or not (folder / TRIALS_FILE).is_file():
            raise GoldenSetUnusable(
                f"{'the live model' if folder is None else folder} has no trials to calibrate on: make a model with "
                "`lookalike train --verdicts`, or calibrate on photographs of products that it has not learned from"
            )
        path = folder / TRIALS_FILE
        try:
            with np.load(io.BytesIO(path.read_bytes())) as held:
                features = tuple(held["features"].tolist())
                trials = Trials(
                    held["products"],
                    held["there"],
                    held["right"],
                    held["gone"],
                    [str(one) or None for one in held["there_category"]],
                    [str(one) or None for one in held["gone_category"]],
                )
                catalogue = frozenset(str(one) for one in held["catalogue"])
        except _UNREADABLE as error:
            raise ModelDamaged(f"{path} cannot be read ({error}): train the model again with --verdicts") from error
        if not trials.there.shape == trials.gone.shape == (len(trials), len(features)):
            raise ModelDamaged(
                f"{path} holds evidence of shape {trials.gone.shape}, expected {(len(trials), len(features))}: "
                "train the model again with --verdicts"
            )
        if features == BEFORE_CENTROIDS:
            features, trials = FEATURES, _widened(trials)
        if features != FEATURES:
            raise GoldenSetUnusable(
                f"{path} holds {', '.join(features)}, verdicts need {', '.join(FEATURES)}: train with --verdicts again"
            )
        return cls(trials, catalogue)


def _widened(trials: Trials) -> Trials:
    """Trials of the features before centroids, with centroids that say nothing."""
    more = ((0, 0), (0, len(FEATURES) - len(BEFORE_CENTROIDS)))
    there = np.where(trials.known[:, np.newaxis], np.pad(trials.there, more), np.nan)
    return replace(trials, there=there, gone=np.pad(trials.gone, more))


def learned_products(folder: Path, *, before: bool = False) -> frozenset[str]:
    """What the model in that folder has learned to tell apart, by name; none where training has left none.

    What the models that it was made of had learned is among it. Where several catalogues were named in training, ids
    stand without the name of theirs as well.

    Args:
        folder: of the model.
        before: whether only what was learned before its last training is meant.
    """
    try:
        with np.load(io.BytesIO((folder / LEARNED_FILE).read_bytes())) as held:
            keys = ("earlier",) if before else ("labels", "earlier")
            names = [str(one) for key in keys if key in held for one in held[key]]
    except _UNREADABLE:
        return frozenset()
    return frozenset(names) | frozenset(name.partition("=")[2] for name in names if "=" in name)


def told_learned(products: Collection[str]) -> dict[str, bytes]:
    """The file from which `learned_products` reads these, by its name; no file where there are none.

    Args:
        products: what the models that a new one is made of have learned to tell apart.
    """
    if not products:
        return {}
    file = io.BytesIO()
    np.savez(file, labels=np.array(sorted(products)))
    return {LEARNED_FILE: file.getvalue()}
