"""What a quantisation does: which range, which rounding, how many bits, which layers stay as they are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from lookalike.errors import InvalidConfiguration

__all__ = ["CANDIDATES", "QuantisationRecipe", "RangeRule", "Rounding"]

RangeRule = Literal["whole", "percentile", "least_error"]
"""``whole``: everything that was seen; ``percentile``: all but the outermost 1 in 10,000 on either side;
``least_error``: the narrower range whose rounding and clipping together cost least."""
Rounding = Literal["nearest", "fitted"]
"""``nearest`` step of each weight by itself, or steps ``fitted`` together to what the layer's inputs are like."""


@dataclass(frozen=True, slots=True)
class QuantisationRecipe:
    """One way of making a model of eight-bit integers.

    Attributes:
        per_channel: a scale for each output channel of a layer, else one for the whole layer.
        ranges: what eight bits of a tensor span.
        rounding: of weights.
        weight_bits: 7 or 8. Processors of before 2019 or so add products of eight-bit weights in sixteen bits, which
            overflow silently: the same file then gives other vectors there. Seven bits are exact everywhere.
        n_float_layers: the first layers, counted from the picture, that stay in float.
    """

    per_channel: bool = True
    ranges: RangeRule = "least_error"
    rounding: Rounding = "fitted"
    weight_bits: int = 7
    n_float_layers: int = 0

    def __post_init__(self) -> None:
        problems: list[str] = []
        if self.weight_bits not in (7, 8):
            problems.append(f"weight_bits must be 7 or 8, received {self.weight_bits}")
        if self.n_float_layers < 0:
            problems.append(f"n_float_layers must not be negative, received {self.n_float_layers}")
        if problems:
            raise InvalidConfiguration("; ".join(problems))

    @property
    def limit(self) -> int:
        """The greatest step that a weight can be."""
        return 2 ** (self.weight_bits - 1) - 1

    @property
    def name(self) -> str:
        """For a table, such as ``per channel, fitted, least_error, 7 bits, 2 float``."""
        scope = "per channel" if self.per_channel else "per tensor"
        kept = f", {self.n_float_layers} float" if self.n_float_layers else ""
        return f"{scope}, {self.rounding}, {self.ranges}, {self.weight_bits} bits{kept}"

    def as_dict(self) -> dict[str, object]:
        """Every field, JSON-ready."""
        return asdict(self)


CANDIDATES: tuple[QuantisationRecipe, ...] = (
    QuantisationRecipe(),
    QuantisationRecipe(ranges="whole"),
    QuantisationRecipe(ranges="percentile"),
    QuantisationRecipe(n_float_layers=2),
    QuantisationRecipe(ranges="whole", n_float_layers=2),
    QuantisationRecipe(rounding="nearest"),
    QuantisationRecipe(per_channel=False),
    QuantisationRecipe(per_channel=False, rounding="nearest", ranges="whole"),
)
"""Which one is best differs from architecture to architecture, so that they are tried, not believed in."""
