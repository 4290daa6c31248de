"""``prune`` and ``distil``: a narrower net, fitted to the catalogue's pictures, then taught by the original."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from lookalike.compress.exam import embedded
from lookalike.compress.footprint import n_macs
from lookalike.compress.lower import are_smaller, lower_maps
from lookalike.compress.options import ShrinkOptions, Told
from lookalike.compress.outcome import Outcome
from lookalike.compress.pictures import read_pictures
from lookalike.compress.pruning import Pruned, can_save, prune_channels, require_savable
from lookalike.compress.reconstruction import reconstructed
from lookalike.compress.smaller_input import fitting_side, taking_side
from lookalike.compress.subject import Subject, open_subject, read_float_model
from lookalike.compress.views import at_side, cut_at_random, mirror_by_chance
from lookalike.embed.description import ModelDescription
from lookalike.embed.graph import Graph as Runnable
from lookalike.embed.onnx_embedder import OnnxOptions
from lookalike.errors import ModelError, TooFewProducts
from lookalike.sources import open_source

if TYPE_CHECKING:
    from lookalike.nets.net import Net

__all__ = ["shrink_model"]

_COMPARED = 64
_COARSE = 16
"""Blocks whose result has a side of more than that part of the picture's rest."""
_UPPER_SHARE = 0.6
"""Of what the others can save at most, what may be asked of them alone: lite0's were measured at half of it."""


def shrink_model(
    method: Literal["prune", "distil"],
    model: str | Path | None,
    source: str | Path,
    out: Path,
    *,
    also: Sequence[str | Path] = (),
    queries: Path | None = None,
    options: ShrinkOptions | None = None,
    told: Told | None = None,
) -> Outcome:
    """Write a narrower `model` into the folder `out`, unless it loses too much.

    It may take smaller pictures. Channels inside its blocks go, those that the others make up for best first, and the
    weights behind them are fitted anew, both on pictures of `source` and `also`; then the net learns on them, and on
    parts of them, to answer as the original does. Labels are not needed.

    Args:
        method: what it is called in the card: a pruned model, or a student.
        model: as for `lookalike.embed.open_embedder`, but not a model of another library.
        source: catalogue that it learns on and, without `queries`, is examined by.
        out: folder to write.
        also: further catalogues to learn on.
        queries: photographs of products of `source`, with their ``product_id``, to be examined by. It does not learn
            on them: what of `source` and `also` is one of them, byte for byte, is left out.
        options: how narrow, how long.
        told: called with what is being done.

    Raises:
        CompressionRefused: it loses more than allowed; nothing was written.
        ModelError: the model has no blocks to narrow, is not in float, takes so many pictures at a time, cannot be made
            so small, or does not take pictures of the side asked for.
        TooFewProducts: too few products to examine by, or nothing but the photographs to learn from.
        InvalidConfiguration: `out` holds something else.
    """
    chosen = ShrinkOptions() if options is None else options
    say: Told = (lambda _: None) if told is None else told
    description, file = read_float_model(model, out)
    # What cannot be done is said before pictures are read and embedded, which takes minutes.
    _require_open_batch(description, file)
    smaller = _for_side(description, file, chosen, say)
    require_savable(smaller.description, smaller.file, smaller.share_of(chosen.macs_share))
    for name in also:
        open_source(name)
    generator = np.random.default_rng(chosen.seed)
    subject = open_subject(model, source, out, queries=queries, options=chosen, generator=generator, told=say)
    squares = [_not_asked(subject, subject.squares, subject.contents)]
    n_pictures = len(subject.squares)
    for name in also:
        say(f"reading {name}")
        more = read_pictures(name, subject.description.preprocessing, most=chosen.most_pictures, generator=generator)
        squares.append(_not_asked(subject, more.squares, more.contents))
        n_pictures += len(more.squares)
        subject = replace(subject, rejected=(*subject.rejected, *more.rejected))
    everything = np.concatenate(squares)
    if not len(everything):
        raise TooFewProducts(
            "every picture to learn from is asked with --queries, so that it would be examined by what it has learned: "
            "bring others with --also, or leave --queries out, to be examined by other views"
        )
    # Pictures of every catalogue are looked at, in proportion; a few are kept to compare by, of eight or more.
    order = generator.permutation(len(everything))
    n_compared = min(_COMPARED, len(everything) // 8)
    learned = everything[order[n_compared:]]
    own = np.flatnonzero(order[n_compared:] < len(squares[0]))
    compared = everything[order[:n_compared]] if n_compared else learned
    looked_at = learned[: chosen.n_calibration]
    say("choosing channels")
    pruned = _pruned(smaller, at_side(looked_at, smaller.description.preprocessing), chosen, generator, say)
    say("fitting its layers, one after the other")
    file = reconstructed(
        smaller.description,
        smaller.file,
        pruned.model,
        at_side(learned[: chosen.n_fitted], smaller.description.preprocessing),
        generator=generator,
        threads=chosen.threads,
    )
    details: dict[str, object] = {
        "asked_left_out": n_pictures - len(everything),
        "side": [smaller.side, subject.description.preprocessing.size_pixels],
        "channels": {name: [kept, pruned.of[name]] for name, kept in pruned.kept.items()},
    }
    agreement = details["agreement_before_learning"] = _agreement(subject, smaller, file, compared)
    if chosen.imitation is not None:
        taught, told_of = _taught(subject, smaller, file, learned, own, pruned.below, chosen, say)
        after_learning = None if taught is None else _agreement(subject, smaller, taught, compared)
        # A few steps do harm before many do good, and too high a rate does nothing else.
        better = after_learning is not None and after_learning["mean"] > agreement["mean"]
        details["learning"] = {**told_of, "agreement": after_learning, "kept": better}
        if better and taught is not None and after_learning is not None:
            file, agreement = taught, after_learning
    made = subject.described(file, method=method, preprocessing=smaller.description.preprocessing)
    say("examining")
    after = subject.exam.recall(subject.opened(made, file))
    say("timing")
    return subject.outcome(method, made, file, after, agreement=agreement, details=details)


def _not_asked(subject: Subject, squares: np.ndarray, contents: Sequence[str]) -> np.ndarray:
    """Those that are not, byte for byte, among the photographs to be examined by."""
    if subject.asked.isdisjoint(contents):
        return squares
    return squares[[content not in subject.asked for content in contents]]


def _require_open_batch(description: ModelDescription, file: bytes) -> None:
    """Refuse a graph for a number of pictures, before any are read: its layers are fitted on many at a time."""
    batch = Runnable(file, description.name, OnnxOptions(threads=1)).inputs[0].shape[0]
    if batch is not None:
        raise ModelError(
            f"{description.name} was written for {batch} pictures at a time, expected any number: export it again with "
            'an open batch axis, such as `dynamic_axes={"pixels": {0: "n"}}`'
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Smaller:
    """The model for pictures of another side, and by how much that alone has made it cheaper."""

    description: ModelDescription
    file: bytes
    times_fewer: float

    @property
    def side(self) -> int:
        return self.description.preprocessing.size_pixels

    def share_of(self, macs_share: float) -> float:
        """What may stay of its own multiply-accumulates, where `macs_share` may of the original's."""
        return min(1.0, macs_share * self.times_fewer)


def _for_side(own: ModelDescription, whole_file: bytes, chosen: ShrinkOptions, say: Told) -> _Smaller:
    whole = own.preprocessing.size_pixels
    side = whole if chosen.side is None else chosen.side
    if side == "balanced":
        side = fitting_side(whole, chosen.macs_share)
    try:
        description, file = taking_side(own, whole_file, side)
    except ModelError as error:
        if chosen.side != "balanced":
            raise
        say(f"{error}; fewer channels have to save everything")
        description, file = own, whole_file
    before = n_macs(own, whole_file)
    return _Smaller(description, file, before / n_macs(description, file))


def _pruned(
    smaller: _Smaller, squares: np.ndarray, chosen: ShrinkOptions, generator: np.random.Generator, say: Told
) -> Pruned:
    description, file = smaller.description, smaller.file
    share = smaller.share_of(chosen.macs_share)
    most = math.ceil(smaller.side / _COARSE) ** 2 if chosen.lower_rest else None
    if most is not None and 1.0 - share > _UPPER_SHARE * can_save(description, file, most_places=most):
        say("the upper blocks alone cannot save so much: all are narrowed")
        most = None
    return prune_channels(
        description, file, squares, macs_share=share, generator=generator, most_places=most, threads=chosen.threads
    )


def _agreement(subject: Subject, smaller: _Smaller, file: bytes, squares: np.ndarray) -> dict[str, float]:
    first = embedded(subject.opened(subject.description, subject.file), squares)
    second = embedded(subject.opened(smaller.description, file), squares)
    cosines = np.einsum("nd,nd->n", first, second, dtype=np.float64)
    return {"mean": float(cosines.mean()), "least": float(cosines.min())}


def _taught(
    subject: Subject,
    smaller: _Smaller,
    file: bytes,
    squares: np.ndarray,
    own: np.ndarray,
    below: str | None,
    chosen: ShrinkOptions,
    say: Told,
) -> tuple[bytes | None, dict[str, object]]:
    """What it has learned, None where that ended in numbers that are not finite; and what is told of learning."""
    import torch

    from lookalike.compress.imitation import imitate
    from lookalike.nets.net import Net

    assert chosen.imitation is not None
    say("asking the teacher")
    chance = np.random.default_rng(chosen.seed)
    n_cuts = chosen.imitation.n_cuts
    seen = np.concatenate([squares, *(cut_at_random(squares, chance) for _ in range(n_cuts))])
    # The cuts alone: whole pictures are asked and indexed as they are.
    mirror_by_chance(seen[len(squares) :], chance)
    targets = embedded(subject.opened(subject.description, subject.file), seen)
    net = Net(subject.described(file, method="prune", preprocessing=smaller.description.preprocessing), file)
    taken = at_side(seen, smaller.description.preprocessing)
    if below is not None and not (_leads_on(net, below) and are_smaller(smaller.description, file, below, taken[0])):
        below = None

    def heard(step: int, loss: float) -> None:
        if step % 50 == 0:
            say(f"learning, step {step}, loss {loss:.4f}")

    with tempfile.TemporaryDirectory() as folder:
        if below is not None:
            say("asking the layers that rest")
            taken = lower_maps(smaller.description, file, below, taken, Path(folder) / "maps", threads=chosen.threads)
        learned = imitate(
            net,
            taken,
            targets,
            chosen.imitation,
            generator=torch.Generator().manual_seed(chosen.seed),
            own=own,
            below=below,
            device=chosen.device,
            heard=heard,
        )
        del taken
    if learned.diverged:
        say("learning diverged, and is left out: a lower --rate may do")
    return None if learned.diverged else net.cpu().to_onnx(), {
        "pictures": len(squares),
        "cuts": len(seen) - len(squares),
        "from": below,
        "steps": learned.steps,
        "seconds": round(learned.seconds, 1),
        "first_loss": learned.first if math.isfinite(learned.first) else None,
        "last_loss": learned.last if math.isfinite(learned.last) else None,
        "diverged": learned.diverged,
    }


def _leads_on(net: Net, below: str) -> bool:
    """Whether what follows needs nothing but that tensor, and no layer works on both sides of it."""
    try:
        above = net.layers_between([below], [net.description.output])
    except ValueError:
        return False
    return not set(above).intersection(net.layers_between([], [below]))
