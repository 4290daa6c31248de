"""Which settings are tried, and between which values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from lookalike.errors import InvalidConfiguration
from lookalike.train.config import HeadConfig, TrainingConfig, with_settings
from lookalike.train.objective.config import absent_of
from lookalike.train.sections import leaf_names, nested

__all__ = ["Dimension", "Value", "default_space", "read_space", "tried_config"]

Value: TypeAlias = str | int | float | bool

_SECTIONS = ("objective", "sampling", "optimiser", "schedule", "bagging")
_OF_HEAD = ("head.dimension", "head.whitening", "head.shrinkage", "head.dropout", "head.neck")
_KEYS = {"low", "high", "log", "choices"}


@dataclass(frozen=True, slots=True)
class Dimension:
    """One setting and its values: `choices`, or from `low` to `high`, whole numbers where both are.

    Attributes:
        name: dotted, such as ``optimiser.head_rate``.
        low: least value.
        high: greatest value.
        log: whether values are tried evenly in the logarithm.
        choices: the values, where they are not numbers between two.

    Raises:
        InvalidConfiguration: no such setting, one that cannot be searched, or values that make no range.
    """

    name: str
    low: float | int = 0.0
    high: float | int = 0.0
    log: bool = False
    choices: tuple[Value, ...] = ()

    def __post_init__(self) -> None:
        if self.name not in leaf_names(TrainingConfig):
            raise InvalidConfiguration(f"space: there is no setting {self.name}")
        if self.name.partition(".")[0] not in _SECTIONS and self.name not in _OF_HEAD:
            raise InvalidConfiguration(
                f"space: {self.name} cannot be searched, as pictures would have to be prepared anew for each value; "
                f"can be: all of {', '.join(_SECTIONS)}, and {', '.join(_OF_HEAD)}"
            )
        if self.choices:
            return
        if not self.low < self.high or (self.log and self.low <= 0):
            raise InvalidConfiguration(
                f"space: {self.name} needs choices, or low below high (and above 0 where log), "
                f"received {self.low:g} and {self.high:g}"
            )

    def holds(self, value: object) -> bool:
        """Whether a study of this dimension could try `value`."""
        if self.choices:
            return value in self.choices
        return isinstance(value, int | float) and self.low <= value <= self.high


def default_space(config: TrainingConfig) -> tuple[Dimension, ...]:
    """What is tried where nothing else is asked for: rates, and what the mode and the loss of `config` have."""
    space = [
        Dimension("optimiser.head_rate", 1e-4, 1e-2, log=True),
        Dimension("optimiser.objective_rate", 1e-3, 1e-1, log=True),
        Dimension("optimiser.weight_decay", 1e-6, 1e-2, log=True),
    ]
    margin, scale = config.objective.margin_used, config.objective.scale_used
    if margin:
        space.append(Dimension("objective.margin", 0.0, min(3 * margin, 1.0)))
    if scale:
        space.append(Dimension("objective.scale", scale / 4, 2 * scale, log=True))
    if config.model.mode == "head":
        space += _of_start(config.head)
    else:
        space.append(Dimension("optimiser.backbone_rate", 1e-5, 1e-3, log=True))
    return tuple(space)


def tried_config(config: TrainingConfig, settings: Mapping[str, Value]) -> TrainingConfig:
    """`config` with the settings of a trial, but for a margin and a scale that the trial's loss does not have.

    Args:
        config: that the study began with.
        settings: of the trial, by dotted name.

    Raises:
        InvalidConfiguration: they do not go together.
    """
    absent = {f"objective.{name}" for name in absent_of(settings.get("objective.loss"))}
    return with_settings(config, nested({name: value for name, value in settings.items() if name not in absent}))


def _of_start(head: HeadConfig) -> tuple[Dimension, ...]:
    """What the start of `head` looks at."""
    match head.start:
        case "within-whitening":
            return (Dimension("head.shrinkage", head.shrinkage / 8, 8 * head.shrinkage, log=True),)
        case "pca-whitening":
            return (Dimension("head.whitening", 0.0, 1.0),)
        case _:
            return ()


def read_space(record: Mapping[str, object]) -> tuple[Dimension, ...]:
    """A space out of plain values, as a TOML file has them.

    Args:
        record: sections of ``{low, high, log}`` or ``{choices}`` by setting: ``{"optimiser": {"head_rate": {"low":
            0.0001, "high": 0.01, "log": True}}}``.

    Raises:
        InvalidConfiguration: anything else; all problems at once.
    """
    problems: list[str] = []
    space: list[Dimension] = []
    for section, settings in record.items():
        if not isinstance(settings, Mapping):
            problems.append(f"space: {section} must be a section, received {settings!r}")
            continue
        for name, values in settings.items():
            try:
                space.append(_dimension(f"{section}.{name}", values))
            except InvalidConfiguration as error:
                problems.append(str(error))
    if not space and not problems:
        problems.append("space: there is nothing to try in it")
    if problems:
        raise InvalidConfiguration("; ".join(problems))
    return tuple(space)


def _dimension(name: str, values: object) -> Dimension:
    if not isinstance(values, Mapping) or not values or set(values) - _KEYS:
        raise InvalidConfiguration(f"space: {name} must be {{low, high, log}} or {{choices}}, received {values!r}")
    choices = values.get("choices", ())
    low, high = values.get("low", 0.0), values.get("high", 0.0)
    if not isinstance(choices, list | tuple) or not isinstance(low, int | float) or not isinstance(high, int | float):
        raise InvalidConfiguration(f"space: {name} has values of another type: {values!r}")
    return Dimension(name, low, high, bool(values.get("log", False)), tuple(choices))
