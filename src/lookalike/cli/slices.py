"""Parts of an evaluation, as JSON."""

from __future__ import annotations

from collections.abc import Mapping

from lookalike.evaluate.slices import Slice, WorstGap

__all__ = ["slices_as_json", "worst_gaps_as_json"]


def slices_as_json(slices: Mapping[str, Mapping[str, Slice]]) -> dict[str, object]:
    """By column and value: ``n``, and each metric."""
    return {
        column: {
            value: {
                "n": part.n,
                **{metric: interval.as_dict() for metric, interval in part.metrics.items()},
            }
            for value, part in of_column.items()
        }
        for column, of_column in slices.items()
    }


def worst_gaps_as_json(gaps: Mapping[str, WorstGap]) -> dict[str, object]:
    """By column, the value on which the metric is lowest, and how far below the rest."""
    return {
        column: {"slice": gap.value, "n": gap.n, "metric": gap.metric, "gap": gap.gap.as_dict()}
        for column, gap in gaps.items()
    }
