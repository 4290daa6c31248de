"""``lookalike prune`` and ``lookalike distil``: the same options with other defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from lookalike.cli.compression import allow_loss_option, queries_option, saying, tell_outcome
from lookalike.cli.finite import FiniteRange
from lookalike.cli.output import json_option

__all__ = ["distil", "prune"]


class Side(click.ParamType[int | Literal["balanced"] | None]):
    """A number of pixels, ``balanced``, or ``same``."""

    name = "side"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | Literal["balanced"] | None:
        """What `ShrinkOptions` takes; None for ``same``."""
        if value == "balanced":
            return "balanced"
        if value == "same":
            return None
        try:
            pixels = int(str(value))
        except ValueError:
            pixels = 0
        if pixels < 8:
            self.fail(f"expected pixels, 8 or more, same or balanced, received {value!r}", param, ctx)
        return pixels


def _command(
    method: Literal["prune", "distil"], description: str, *, share: float, side: str, time: float, points: float
) -> click.Command:
    """The command of that name, with its defaults."""

    @click.command(name=method, help=description)
    @click.argument("model")
    @click.argument("source")
    @click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the new model.")
    @click.option(
        "--macs",
        type=FiniteRange(0.0, 1.0, min_open=True),
        default=share,
        show_default=True,
        help="Share of the multiply-adds that stays, at most.",
    )
    @click.option(
        "--side",
        type=Side(),
        default=side,
        show_default=True,
        help="Pixels of the pictures that the new model takes: a number, same, or balanced (smaller pictures save as "
        "much as fewer channels).",
    )
    @click.option(
        "--lower",
        type=click.Choice(["rest", "narrow"]),
        default="rest",
        show_default=True,
        help="Layers with fine maps stay as they are, where the others can save enough, and those learn faster; or are "
        "narrowed too.",
    )
    @click.option("--also", multiple=True, metavar="SOURCE", help="Learn on these pictures too; may be repeated.")
    @click.option(
        "--minutes",
        type=FiniteRange(min=0.0),
        default=time,
        show_default=True,
        help="Time to learn, at most; 0 to fit the weights without gradients only, which needs no torch.",
    )
    @click.option("--steps", type=click.IntRange(1), default=20_000, show_default=True, help="Batches, at most.")
    @click.option("--batch", type=click.IntRange(2), default=32, show_default=True, help="Pictures in a batch.")
    @click.option(
        "--rate",
        type=FiniteRange(0.0, min_open=True),
        default=3e-5,
        show_default=True,
        help="Learning rate at its highest.",
    )
    @click.option("--device", default="cpu", show_default=True, help="Where it learns, as torch names it.")
    @click.option("--threads", type=click.IntRange(1), default=None, help="Cores to use.  [default: all]")
    @click.option("--seed", type=click.IntRange(0), default=20_261_125, show_default=True, help="Of what is drawn.")
    @queries_option
    @allow_loss_option(points)
    @json_option
    def run(
        model: str,
        source: str,
        out: Path,
        macs: float,
        side: int | Literal["balanced"] | None,
        lower: Literal["rest", "narrow"],
        also: tuple[str, ...],
        minutes: float,
        steps: int,
        batch: int,
        rate: float,
        device: str,
        threads: int | None,
        seed: int,
        queries: Path | None,
        allow_loss: float,
        as_json: bool,
    ) -> None:
        from lookalike import compress

        imitation = None
        if minutes > 0:
            imitation = compress.ImitationOptions(steps=steps, minutes=minutes, batch=batch, rate=rate)
        options = compress.ShrinkOptions(
            macs_share=macs,
            side=side,
            lower_rest=lower == "rest",
            allowed_loss=allow_loss / 100.0,
            imitation=imitation,
            device=device,
            threads=threads,
            seed=seed,
        )
        make = compress.prune if method == "prune" else compress.distil
        told = saying(quiet=as_json)
        tell_outcome(
            lambda: make(model, source, out, also=also, queries=queries, options=options, told=told), as_json=as_json
        )

    return run


prune = _command(
    "prune",
    """Take channels out of MODEL, and let it learn on the pictures of SOURCE to answer as before.

    Those go that the others make up for best. No labels are needed. Needs `pip install lookalike[train]`; with
    --minutes 0 `lookalike[compress]` is enough.
    """,
    share=0.7,
    side="same",
    time=60.0,
    points=1.0,
)
distil = _command(
    "distil",
    """Teach a student of half the multiply-adds to answer as MODEL does, on the pictures of SOURCE.

    The student starts as MODEL for smaller pictures, with channels taken out. No labels are needed. Needs `pip install
    lookalike[train]`.
    """,
    share=0.5,
    side="balanced",
    time=120.0,
    points=2.0,
)
