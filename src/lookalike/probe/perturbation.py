"""Photographs changed by a few grey levels so that a net ranks otherwise: projected gradient descent.

The attacker knows the net, its weights and the gallery. That is the worst case, and the one to plan for: a published
model is known to everybody.
"""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch.nn import functional

from lookalike.errors import InvalidConfiguration
from lookalike.nets.net import Net
from lookalike.probe.margin import Margin

__all__ = ["HARMLESS", "PgdOptions", "View", "perturb", "perturb_all_alike"]

Squares: TypeAlias = UInt8[np.ndarray, "n size size 3"]
Batch: TypeAlias = Float[torch.Tensor, "m size size 3"]
View: TypeAlias = Callable[[Batch], Batch]
"""A change of pictures that can be differentiated."""


@dataclass(frozen=True, slots=True)
class PgdOptions:
    """How hard the attacker tries.

    Attributes:
        epsilon: largest change of any channel of any pixel, in grey levels of 255.
        n_steps: gradient steps.
        step: size of one, in grey levels; None means 2.5 epsilon / n_steps, which can cross the allowed range and
            come back.
        batch_pictures: pictures attacked together; each on its own account.

    Raises:
        InvalidConfiguration: any of them out of range; all such fields are named at once.
    """

    epsilon: int = 8
    n_steps: int = 10
    step: float | None = None
    batch_pictures: int = 16

    def __post_init__(self) -> None:
        problems: list[str] = []
        if not 1 <= self.epsilon <= 255:
            problems.append(f"epsilon must be 1 to 255 grey levels, received {self.epsilon}")
        if not 1 <= self.n_steps <= 10_000:
            problems.append(f"n_steps must be 1 to 10000, received {self.n_steps}")
        if self.step is not None and not 0 < self.step <= 255:
            problems.append(f"step must be above 0 and at most 255 grey levels, received {self.step}")
        if not 1 <= self.batch_pictures <= 4096:
            problems.append(f"batch_pictures must be 1 to 4096, received {self.batch_pictures}")
        if problems:
            raise InvalidConfiguration("attack: " + "; ".join(problems))

    @property
    def step_size(self) -> float:
        """Grey levels that a pixel moves in one step."""
        return 2.5 * self.epsilon / self.n_steps if self.step is None else self.step


def perturb(
    net: Net,
    squares: Squares,
    aim: Margin,
    options: PgdOptions,
    *,
    generator: np.random.Generator,
    views: Sequence[View] = (),
    told: Callable[[int], None] | None = None,
) -> Squares:
    """The squares, each changed by at most `options.epsilon` grey levels so as to raise its margin.

    x' = clip(x + d), with d from d + step · sign(∂margin/∂d), kept in [-epsilon, epsilon] and started at random; of
    all d on the way the one with the largest margin is kept, then rounded to whole grey levels.

    Args:
        net: the model under attack; it is left as it is.
        squares: what it sees, one a query of `aim`.
        aim: what is to be raised.
        options: strength.
        generator: source of randomness.
        views: the margin is averaged over the square itself and these changes of it, for an attacker who expects
            them.
        told: called after each batch with the number of pictures done.

    Reference:
        Madry et al. 2018, "Towards Deep Learning Models Resistant to Adversarial Attacks" (arXiv 1706.06083), eq.
        (PGD), l_inf, without restarts, the best step kept. Margins of rankings as attacks: Zhou et al. 2020
        (arXiv 2002.11293). Averaging over views: Athalye et al. 2018 (arXiv 1707.07397).
    """
    parts = [np.empty((0, *squares.shape[1:]), np.uint8)]
    for start in range(0, len(squares), options.batch_pictures):
        chosen = slice(start, start + options.batch_pictures)
        clean = _on(net, squares[chosen])
        change = (clean + _random(clean.shape, options.epsilon, generator).to(clean.device)).clamp(0, 255) - clean
        best, highest = change, torch.full((len(clean),), -torch.inf, device=clean.device)
        for _ in range(options.n_steps):
            margins, slope = _slope(net, clean, change, aim, chosen, views)
            better = margins > highest
            highest = torch.where(better, margins, highest)
            best = torch.where(better[:, None, None, None], change, best)
            change = _stepped(clean, change, slope, options)
        with torch.no_grad():
            better = _margins(net, clean + change, aim, chosen, views) > highest
        best = torch.where(better[:, None, None, None], change, best)
        parts.append((clean + best).round().clamp(0, 255).to(torch.uint8).cpu().numpy())
        if told is not None:
            told(min(chosen.stop, len(squares)))
    return np.concatenate(parts)


def perturb_all_alike(
    net: Net,
    squares: Squares,
    aim: Margin,
    options: PgdOptions,
    *,
    generator: np.random.Generator,
) -> Float[np.ndarray, "size size 3"]:
    """One change, at most `options.epsilon` grey levels, that raises the margins of all squares together.

    Args:
        net: the model under attack; it is left as it is.
        squares: photographs to learn it from; it is meant for others.
        aim: what is to be raised.
        options: strength; `n_steps` counts passes over all squares.
        generator: source of randomness.

    Reference:
        Shafahi et al. 2020, "Universal Adversarial Training" (arXiv 1811.11304), alg. 2: sign steps on batches, the
        objective clipped so that pictures already lost do not dominate (here at a margin of 0.1).
    """
    change = _random((1, *squares.shape[1:]), options.epsilon, generator).to(next(net.parameters()).device)
    for _ in range(options.n_steps):
        for start in range(0, len(squares), options.batch_pictures):
            chosen = slice(start, start + options.batch_pictures)
            moved = change.clone().requires_grad_(True)
            reached = _margins(net, (_on(net, squares[chosen]) + moved).clamp(0, 255), aim, chosen, ())
            (slope,) = torch.autograd.grad(reached.clamp(max=0.1).sum(), moved)
            change = (change + options.step_size * slope.sign()).clamp(-options.epsilon, options.epsilon)
    return change[0].round().cpu().numpy()


def _mirrored(pixels: Batch) -> Batch:
    return pixels.flip(2)


def _blurred(pixels: Batch) -> Batch:
    planes = functional.pad(pixels.permute(0, 3, 1, 2), (1, 1, 1, 1), mode="replicate")
    return functional.avg_pool2d(planes, 3, stride=1).permute(0, 2, 3, 1)


def _halved(pixels: Batch) -> Batch:
    planes = pixels.permute(0, 3, 1, 2)
    small = functional.interpolate(planes, scale_factor=0.5, mode="bilinear", antialias=True)
    return functional.interpolate(small, size=planes.shape[2:], mode="bilinear").permute(0, 2, 3, 1)


HARMLESS: tuple[View, ...] = (_mirrored, _blurred, _halved)
"""What the detector of `lookalike.search.agreement` does to a picture, near enough, in a form that has gradients."""


def _on(net: Net, squares: Squares) -> Batch:
    return torch.from_numpy(squares).to(next(net.parameters()).device, torch.float32)


def _random(shape: Sequence[int], epsilon: int, generator: np.random.Generator) -> Batch:
    return torch.from_numpy(generator.uniform(-epsilon, epsilon, tuple(shape)).astype(np.float32))


def _margins(net: Net, pixels: Batch, aim: Margin, chosen: slice, views: Sequence[View]) -> torch.Tensor:
    seen = [pixels, *(view(pixels) for view in views)]
    return torch.stack([aim.of(net(one), chosen) for one in seen]).mean(0)


def _slope(
    net: Net, clean: Batch, change: Batch, aim: Margin, chosen: slice, views: Sequence[View]
) -> tuple[torch.Tensor, torch.Tensor]:
    with torch.enable_grad():
        moved = change.clone().requires_grad_(True)
        margins = _margins(net, clean + moved, aim, chosen, views)
        (slope,) = torch.autograd.grad(margins.sum(), moved)
    return margins.detach(), slope


def _stepped(clean: Batch, change: Batch, slope: torch.Tensor, options: PgdOptions) -> Batch:
    changed = (change + options.step_size * slope.sign()).clamp(-options.epsilon, options.epsilon)
    return (clean + changed).clamp(0, 255) - clean
