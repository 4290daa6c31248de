"""Everything that decides what a training run does: one frozen, typed, saved value whose unknown keys are errors.

The sections that belong to one part of the room stand beside that part; this module puts them together, reads them
from TOML or JSON and writes them. `lookalike.train.recipe` holds the values that each mode starts from.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from lookalike.errors import InvalidConfiguration
from lookalike.nets.configuration import AdapterConfig, HeadConfig
from lookalike.train.augmentation import AugmentationConfig
from lookalike.train.bagging import BaggingConfig
from lookalike.train.crossing import VerdictConfig
from lookalike.train.general import GeneralConfig
from lookalike.train.objective import ObjectiveConfig
from lookalike.train.objective.config import absent_of
from lookalike.train.rest import RestConfig
from lookalike.train.sampling import SamplingConfig
from lookalike.train.sections import as_plain, as_toml, from_plain, leaf_names, nested

__all__ = [
    "MODES",
    "AdapterConfig",
    "AugmentationConfig",
    "BaggingConfig",
    "Device",
    "Fit",
    "GeneralConfig",
    "HeadConfig",
    "Mode",
    "ModelConfig",
    "ObjectiveConfig",
    "OptimiserConfig",
    "RestConfig",
    "RunConfig",
    "SamplingConfig",
    "ScheduleConfig",
    "StoppingConfig",
    "TrainingConfig",
    "VerdictConfig",
    "assigned",
    "merged_over",
    "read_config",
    "with_settings",
]

Mode = Literal["head", "adapter", "full"]
MODES: tuple[Mode, ...] = get_args(Mode)
Fit = Literal["", "squash", "crop", "pad"]
Taken = Literal["last-as-good", "highest"]
Device = Literal["auto", "cpu", "cuda"]
_HIGHEST = 1e6
"""Above any rate or norm that means something, and below what overflows."""


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """What is trained, and how much of it.

    Attributes:
        init: model to start from, as `lookalike index --model` takes it; empty for the packaged default.
        mode: ``head`` trains a new head on kept features, ``full`` the layers as well, ``adapter`` small additions.
        freeze: tensor up to which layers stay as they are (such as ``stage28`` or ``stage14``); what they give is then
            computed once for `views` views of each picture and kept on disk. Empty trains all layers.
        fit: how pictures are made square: ``squash``, ``crop`` or ``pad``; empty for what the initial model does.
        views: augmented views of each picture that are kept where features are kept; besides the plain one.
    """

    init: str = ""
    mode: Mode = "full"
    freeze: str = ""
    fit: Fit = ""
    views: int = 8

    def __post_init__(self) -> None:
        if not 0 <= self.views <= 1000:
            raise ValueError(f"views must be 0 to 1000, received {self.views}")
        if self.mode not in MODES:
            raise ValueError(f"mode must be head, adapter or full, received {self.mode!r}")


@dataclass(frozen=True, slots=True)
class OptimiserConfig:
    """AdamW, with a rate for each of the three kinds of parameters.

    Attributes:
        backbone_rate: of the layers of the initial model.
        head_rate: of the new head.
        objective_rate: of the objective's own parameters (proxies, class weights).
        weight_decay: L2, decoupled; biases, norms and pooling exponents have none.
        clip_norm: gradients are scaled down to this norm; 0 leaves them.
        accumulate: batches whose gradients are added up before a step.

    Reference:
        Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization" (arXiv 1711.05101).
    """

    backbone_rate: float = 1e-4
    head_rate: float = 1e-3
    objective_rate: float = 1e-2
    weight_decay: float = 1e-4
    clip_norm: float = 10.0
    accumulate: int = 1

    def __post_init__(self) -> None:
        rates = (self.backbone_rate, self.head_rate, self.objective_rate, self.weight_decay, self.clip_norm)
        if min(rates) < 0 or max(rates) > _HIGHEST:
            raise ValueError(f"rates, weight_decay and clip_norm must be 0 to {_HIGHEST:g}, received {rates}")
        if self.accumulate < 1:
            raise ValueError(f"accumulate must be at least 1, received {self.accumulate}")


@dataclass(frozen=True, slots=True)
class ScheduleConfig:
    """How long, and at which share of the rates.

    Attributes:
        epochs: an epoch is as many batches as hold each picture once on average; ignored where `steps` is set.
        steps: optimiser steps in all; 0 to count in epochs.
        warm_up: share of the steps over which rates rise from 0.
        final_share: of the rates, reached at the end by a cosine.
        ema: share that an averaged copy of the weights keeps at each step; the copy is what is measured and saved.
            0 for none.

    Reference:
        Loshchilov & Hutter 2017, "SGDR" (arXiv 1608.03983), one period; Polyak & Juditsky 1992 for the average.
    """

    epochs: int = 30
    steps: int = 0
    warm_up: float = 0.05
    final_share: float = 0.01
    ema: float = 0.0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.steps < 0:
            raise ValueError(f"expected epochs of 1 and steps of 0 at least, received {self.epochs}, {self.steps}")
        if not (0 <= self.warm_up <= 1 and 0 <= self.final_share <= 1 and 0 <= self.ema < 1):
            raise ValueError(
                "warm_up and final_share must be 0 to 1, ema at least 0 and below 1, "
                f"received {self.warm_up}, {self.final_share}, {self.ema}"
            )


@dataclass(frozen=True, slots=True)
class StoppingConfig:
    """When to stop, by MAP@R over products that were held out.

    Attributes:
        held_out: share of the products that the first run does not see.
        taken: which measurement the model is of. ``last-as-good`` is the last one that is not worse than the highest
            by more than two standard errors of their difference, over products: products that are learned from gain
            from every further step, and products held out do not show it. ``highest`` is the highest alone, for a
            catalogue whose products will all be new.
        patience: measurements in a row that are not taken before it stops; 0 never stops early.
        every: epochs between measurements.
        refit: whether the model is then trained again on all products, for as many epochs as the one taken (as many
            steps where `ScheduleConfig.steps` counts). Without it the products held out are never learned.

    Reference:
        ``last-as-good`` is the rule of one standard error (Breiman, Friedman, Olshen & Stone 1984, "Classification and
        Regression Trees", section 3.4.3) the other way round. Deviations: the longest fit, not the simplest one, is
        taken among those that cannot be told apart, and they are told apart by two standard errors of their paired
        difference. Not by a 95% interval: of two or three products held out that is too wide to see a collapse.
    """

    held_out: float = 0.2
    taken: Taken = "last-as-good"
    patience: int = 5
    every: int = 1
    refit: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.held_out <= 0.9:
            raise ValueError(f"held_out must be 0 to 0.9, received {self.held_out}")
        if self.patience < 0 or self.every < 1:
            raise ValueError(f"expected patience of 0 and every of 1 at least, received {self.patience}, {self.every}")


@dataclass(frozen=True, slots=True)
class RunConfig:
    """Where and with what the run is computed; nothing here changes what is learned, up to rounding, but the seed.

    Attributes:
        seed: of all that is left to chance.
        device: ``auto`` takes a GPU where there is one.
        mixed_precision: whether bfloat16 is computed in where that is safe and the machine gains by it: a GPU, or a
            processor that multiplies bfloat16 (AMX, or AVX-512 for it).
        threads: of torch on the CPU; 0 for as many as there are cores.
        memory_megabytes: above this, kept pictures lie in a file instead of in memory.
    """

    seed: int = 0
    device: Device = "auto"
    mixed_precision: bool = True
    threads: int = 0
    memory_megabytes: int = 4096

    def __post_init__(self) -> None:
        if self.seed < 0 or self.threads < 0 or self.memory_megabytes < 0:
            raise ValueError("seed, threads and memory_megabytes must not be negative")


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """All sections. What is saved in the run folder and in the model folder, and what a run is repeated from."""

    model: ModelConfig = field(default_factory=ModelConfig)
    head: HeadConfig = field(default_factory=HeadConfig)
    bagging: BaggingConfig = field(default_factory=BaggingConfig)
    adapter: AdapterConfig = field(default_factory=AdapterConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    stopping: StoppingConfig = field(default_factory=StoppingConfig)
    general: GeneralConfig = field(default_factory=GeneralConfig)
    rest: RestConfig = field(default_factory=RestConfig)
    verdict: VerdictConfig = field(default_factory=VerdictConfig)
    run: RunConfig = field(default_factory=RunConfig)

    def __post_init__(self) -> None:
        if self.objective.compares_pictures and self.sampling.n_pictures < 2 and not self.objective.memory_pictures:
            raise ValueError(
                f"{self.objective.loss} compares pictures of one product, and sampling.n_pictures "
                f"{self.sampling.n_pictures} puts one into a batch: nothing would be learned; take 2 or more, or "
                "another objective.loss"
            )
        if self.model.freeze and self.model.mode == "head":
            raise ValueError(
                f"model.freeze {self.model.freeze} is for model.mode full and adapter, received mode head, in which "
                "all layers stay as they are: leave it out (`--set model.freeze=` where a recipe sets it), or choose "
                "another mode"
            )
        if self.bagging.heads > 1 and self.model.mode != "head":
            raise ValueError(
                f"bagging.heads {self.bagging.heads} is for model.mode head, received mode {self.model.mode}: where "
                "layers learn, they would learn from all products anyway; set bagging.heads to 1"
            )

    def as_dict(self) -> dict[str, object]:
        """JSON-ready, in declaration order."""
        return as_plain(self)

    def as_toml(self) -> str:
        """As a file that `read_config` reads back to an equal value."""
        return as_toml(self)


def read_config(path: Path) -> dict[str, object]:
    """The plain values of a TOML or JSON file, by its ending; not checked yet.

    Raises:
        InvalidConfiguration: there is no such file, or it is neither.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidConfiguration(f"the configuration {path} cannot be read: {error}") from error
    try:
        record: object = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except ValueError as error:
        raise InvalidConfiguration(f"the configuration {path} is neither TOML nor JSON: {error}") from error
    if not isinstance(record, dict):
        raise InvalidConfiguration(f"the configuration {path} must hold sections, received {type(record).__name__}")
    return {str(key): value for key, value in record.items()}


def with_settings(
    base: TrainingConfig, record: Mapping[str, object], assignments: Sequence[str] = ()
) -> TrainingConfig:
    """`base`, with what a file says over it, and single settings over that.

    Args:
        base: values to start from.
        record: sections as plain values, as `read_config` gives them.
        assignments: ``section.key=value`` each; a value that is no TOML value is taken as text. ``schedule.epochs``
            without ``schedule.steps`` counts in epochs whatever lies below: said here whatever the file does, said in
            the file whatever `base` does.

    Raises:
        InvalidConfiguration: an unknown key, a value of the wrong type or out of range; all at once.
    """
    merged = base.as_dict()
    for layer in (record, assigned(assignments)):
        schedule = layer.get("schedule")
        if isinstance(schedule, Mapping) and "epochs" in schedule and "steps" not in schedule:
            # Who names epochs means them, also where what lies below counts in steps.
            merged = merged_over(merged, {"schedule": {"steps": 0}})
        objective = layer.get("objective")
        if isinstance(objective, Mapping):
            merged = merged_over(merged, {"objective": dict.fromkeys(absent_of(objective.get("loss")))})
        merged = merged_over(merged, layer)
    return from_plain(TrainingConfig, merged)


def assigned(assignments: Sequence[str]) -> dict[str, object]:
    """Sections as plain values, of single settings as `with_settings` takes them; not checked yet.

    Raises:
        InvalidConfiguration: one without a name or a value.
    """
    given: dict[str, object] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals or not name.strip():
            raise InvalidConfiguration(
                f"received {assignment!r}, expected section.key=value; keys: {', '.join(leaf_names(TrainingConfig))}"
            )
        given[name.strip()] = _value(text.strip())
    return nested(given)


def _value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def merged_over(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    """Sections of plain values, those of `above` over those of `below`, key by key."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(under, Mapping) and isinstance(value, Mapping):
            merged[key] = merged_over(under, value)
        else:
            merged[key] = value
    return merged
