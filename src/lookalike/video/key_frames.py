"""From a stream of frames to the few that say it all: a shot ends where the picture changes, and its sharpest stays.

Costs a fraction of a millisecond a frame, and never looks ahead, so that it serves files and cameras alike.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from jaxtyping import Float32

from lookalike.errors import InvalidConfiguration
from lookalike.types import Pixels

__all__ = ["Chooser", "KeyFrame", "KeyFrameOptions", "glimpse_of", "key_frames", "sharpness"]

GLIMPSE_PIXELS = 160
"""Longer side of what is looked at of each frame."""
_CELLS = 12
_BLANK = 3.0
_JUMP, _JUMP_RATIO = 0.04, 3.0
_JUMP_MEMORY, _LEAST_MEMORY = 8, 4
_SLOW_SECONDS = 0.25
Sketch: TypeAlias = Float32[np.ndarray, "cells cells 3"]


@dataclass(frozen=True, slots=True)
class KeyFrameOptions:
    """When a new shot begins.

    Differences are means over 12 x 12 cells and three colours, as a share of the whole range. A cut is also what stands
    out: where a square of the frame as high as it differs by 0.04 or more, and by three times as much as in any of the
    eight steps before, or comes after a quarter of a second without a frame. One product before a plain ground differs
    from the next by no more.

    Attributes:
        cut: difference to the frame before that is a cut.
        drift: difference to the shot's first frame at which it has become another: the camera moved on, or it faded.
        shortest_seconds: no drift ends a shot before this; cuts do.
        longest_seconds: a shot is ended after this, whatever it shows.
        analysed_per_second: frames beyond so many a second are not looked at.

    Raises:
        InvalidConfiguration: any of them out of range; all such fields are named at once.
    """

    cut: float = 0.10
    drift: float = 0.08
    shortest_seconds: float = 0.25
    longest_seconds: float = 2.0
    analysed_per_second: float = 15.0

    def __post_init__(self) -> None:
        problems = [
            f"{name} must be {low:g} to {high:g}, received {getattr(self, name)}"
            for name, low, high in (
                ("cut", 0.005, 1.0),
                ("drift", 0.005, 1.0),
                ("shortest_seconds", 0.0, 60.0),
                ("longest_seconds", 0.05, 3600.0),
                ("analysed_per_second", 0.1, 1000.0),
            )
            if not low <= getattr(self, name) <= high
        ]
        if problems:
            raise InvalidConfiguration("key frames: " + "; ".join(problems))


@dataclass(frozen=True, slots=True, eq=False)
class KeyFrame:
    """The sharpest frame of a shot.

    Attributes:
        start: when the shot begins, in seconds from the clip's beginning.
        end: when the next one does, or the last frame came.
        seconds: when this frame is shown; `start` to `end`.
        pixels: upright sRGB.
    """

    start: float
    end: float
    seconds: float
    pixels: Pixels


@final
class Chooser:
    """Takes frames one by one, gives the key frame of each shot once the shot has ended.

    Args:
        options: when a shot ends.
    """

    def __init__(self, options: KeyFrameOptions) -> None:
        self._options = options
        self._first: tuple[float, Sketch] | None = None
        self._last: tuple[float, Sketch] | None = None
        self._steps: deque[float] = deque(maxlen=_JUMP_MEMORY)
        self._best: tuple[float, float, Callable[[], Pixels]] | None = None

    def wants(self, seconds: float) -> bool:
        """Whether a frame at that time would be looked at."""
        last = self._last
        return last is None or seconds - last[0] >= 1 / self._options.analysed_per_second - 1e-6 or seconds < last[0]

    def take(self, seconds: float, glimpse: Pixels, load: Callable[[], Pixels]) -> KeyFrame | None:
        """Look at one frame; gives the key frame of the shot that ended just before it, if one did.

        A frame of one shade (a fade, a lens cap) ends a shot as any other change does, and is no key frame.

        Args:
            seconds: rising; a time before the last one ends the shot.
            glimpse: the frame made small.
            load: gives the frame itself; called at most once, for a key frame, and not later than the shot's end.
        """
        sketch = _sketch(glimpse)
        is_over = self._jumps(seconds, sketch, glimpse.shape[0], glimpse.shape[1]) or self._ends(seconds, sketch)
        ended = self._flush(seconds) if is_over else None
        if is_over:
            self._steps.clear()
        if self._first is None:
            self._first = seconds, sketch
        self._last = seconds, sketch
        found = sharpness(glimpse)
        if float(glimpse.std()) > _BLANK and (self._best is None or found > self._best[0]):
            self._best = found, seconds, load
        return ended

    def finish(self, end: float | None = None) -> KeyFrame | None:
        """The key frame of the shot that is still going on; None where nothing was shown."""
        if self._last is None:
            return None
        return self._flush(max(self._last[0], self._last[0] if end is None else end))

    def _ends(self, seconds: float, sketch: Sketch) -> bool:
        if self._first is None or self._last is None:
            return False
        options = self._options
        since = seconds - self._first[0]
        if seconds < self._last[0] or since >= options.longest_seconds or _differ(self._last[1], sketch) >= options.cut:
            return True
        return since >= options.shortest_seconds and _differ(self._first[1], sketch) >= options.drift

    def _jumps(self, seconds: float, sketch: Sketch, height: int, width: int) -> bool:
        """Whether the step from the frame before stands out among the last ones; remembers it."""
        if self._last is None:
            return False
        step = _most_in_a_square(self._last[1], sketch, height, width)
        stands_out = len(self._steps) >= _LEAST_MEMORY and step >= _JUMP_RATIO * max(self._steps)
        is_jump = step >= _JUMP and (stands_out or seconds - self._last[0] >= _SLOW_SECONDS)
        self._steps.append(step)
        return is_jump

    def _flush(self, end: float) -> KeyFrame | None:
        first, last, best = self._first, self._last, self._best
        self._first = self._best = None
        if first is None or last is None or best is None:
            return None
        _, seconds, load = best
        return KeyFrame(first[0], max(end, last[0]) if end >= first[0] else last[0], seconds, load())


def key_frames(frames: Iterable[tuple[float, Pixels]], options: KeyFrameOptions | None = None) -> Iterator[KeyFrame]:
    """The key frames of a stream, each as soon as its shot has ended.

    Args:
        frames: seconds and upright sRGB pixels, in order of time; a camera, a decoder, a list.
        options: when a shot ends.
    """
    chosen = KeyFrameOptions() if options is None else options
    chooser = Chooser(chosen)
    for seconds, pixels in frames:
        if chooser.wants(seconds):
            found = chooser.take(seconds, glimpse_of(pixels), lambda held=pixels: held)
            if found is not None:
                yield found
    rest = chooser.finish()
    if rest is not None:
        yield rest


def glimpse_of(pixels: Pixels) -> Pixels:
    """Every second, third, … pixel, so that the longer side has at most some 160."""
    step = max(1, -(-max(pixels.shape[:2]) // GLIMPSE_PIXELS))
    return np.ascontiguousarray(pixels[::step, ::step])


def sharpness(pixels: Pixels) -> float:
    """Mean square of the Laplacian of the grey picture: more where edges are sharp; 0 for less than 3 x 3 pixels.

    Reference:
        Pertuz, Puig & Garcia 2013, "Analysis of focus measure operators for shape-from-focus": LAP1's relative.
    """
    grey = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    if min(grey.shape) < 3:
        return 0.0
    middle = grey[1:-1, 1:-1]
    bent = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * middle
    return float(np.mean(bent * bent))


def _sketch(glimpse: Pixels) -> Sketch:
    """Means over 12 x 12 cells, 0 to 1; cells of pictures smaller than that repeat pixels."""
    height, width = glimpse.shape[:2]
    rows = np.arange(_CELLS + 1) * height // _CELLS
    columns = np.arange(_CELLS + 1) * width // _CELLS
    sums = np.add.reduceat(glimpse.astype(np.float32), np.minimum(rows[:-1], height - 1), axis=0)
    sums = np.add.reduceat(sums, np.minimum(columns[:-1], width - 1), axis=1)
    sizes = np.maximum(np.diff(rows), 1)[:, None, None] * np.maximum(np.diff(columns), 1)[None, :, None]
    return (sums / sizes / 255).astype(np.float32)


def _differ(one: Sketch, other: Sketch) -> float:
    return float(np.abs(one - other).mean())


def _most_in_a_square(one: Sketch, other: Sketch, height: int, width: int) -> float:
    """The largest difference in a square as wide as the shorter side of the frame: the rest of it may be plain."""
    along = np.abs(one - other).mean(axis=(1, 2) if height > width else (0, 2))
    n_cells = max(1, round(_CELLS * min(height, width) / max(height, width)))
    sums = np.concatenate(([0.0], np.cumsum(along, dtype=np.float64)))
    return float((sums[n_cells:] - sums[:-n_cells]).max()) / n_cells
