"""Pages that fit together: what the nearest few candidates give first, and behind it that of ever more.

How many candidates are looked at depends on how deep a page lies. Hits of a later page must all the same stand behind
those of an earlier one, none of them twice and none left out: what was told once keeps its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64

__all__ = ["FIRST_REACH", "FURTHER", "Level", "joined"]

FIRST_REACH = 50
"""Hits that the first level is asked for, and tells one more of: whether there are more."""

FURTHER = 5
"""How many times as many the next level is asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Hits that were found with one number of candidates.

    Attributes:
        rows: of the view, one a hit.
        groups: which product (or variant, or image) each is.
        scores: falling.
        lanes: by name, shares that add up to the scores.
        most: how many are told before the next level; None for all.
    """

    rows: Int64[np.ndarray, " n"]
    groups: Int64[np.ndarray, " n"]
    scores: Float32[np.ndarray, " n"]
    lanes: dict[str, Float32[np.ndarray, " n"]]
    most: int | None


def joined(levels: Sequence[Level]) -> Level:
    """Each level's hits behind those of the levels before it, each group once.

    A score is lowered to the last of the level before it where it would be above, in all its lanes alike.

    Args:
        levels: at least one, the one with the fewest candidates first.
    """
    whole = levels[0]
    told = slice(whole.most)
    rows, groups, scores = [whole.rows[told]], [whole.groups[told]], [whole.scores[told]]
    names = list(dict.fromkeys(name for level in levels for name in level.lanes))
    lanes = {name: [_lane(whole, name)[told]] for name in names}
    for level in levels[1:]:
        known = np.concatenate(groups)
        new = np.flatnonzero(~np.isin(level.groups, known))
        new = new[: None if level.most is None else max(0, level.most - len(known))]
        lowest = min((float(part[-1]) for part in scores if len(part)), default=np.inf)
        own = level.scores[new]
        lowered = np.minimum(own, np.float32(lowest))
        share = np.divide(lowered, own, out=np.ones_like(own), where=own != 0)
        rows.append(level.rows[new])
        groups.append(level.groups[new])
        scores.append(lowered)
        for name in names:
            lanes[name].append((_lane(level, name)[new] * share).astype(np.float32))
    return Level(
        np.concatenate(rows),
        np.concatenate(groups),
        np.concatenate(scores),
        {name: np.concatenate(parts) for name, parts in lanes.items()},
        levels[-1].most,
    )


def _lane(level: Level, name: str) -> Float32[np.ndarray, " n"]:
    return level.lanes.get(name, np.zeros(len(level.rows), dtype=np.float32))
