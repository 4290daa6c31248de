"""``lookalike ensemble``."""

from __future__ import annotations

from pathlib import Path

import click

from lookalike.cli.finite import FiniteRange
from lookalike.cli.output import emit, json_option

__all__ = ["ensemble"]


@click.command(name="ensemble")
@click.argument("model")
@click.argument("other")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the new model.")
@click.option(
    "--share",
    type=FiniteRange(0.0, 1.0, min_open=True, max_open=True),
    default=0.5,
    show_default=True,
    help="Of OTHER in the new model's similarity.",
)
@json_option
def ensemble(model: str, other: str, out: Path, share: float, as_json: bool) -> None:
    """Put MODEL and OTHER side by side as one model, whose similarity is a mixture of theirs.

    Two models that learned differently may find more than either. Layers that both have alike, such as frozen ones, are
    computed once; the rest is computed for both. Needs `pip install lookalike[train]`.
    """
    from lookalike.train.ensemble import ensemble as make

    made = make(model, other, out, share=share)
    if as_json:
        emit(made.as_dict())
        return
    click.echo(f"{click.style(made.model, bold=True)}, fingerprint {made.fingerprint[:12]}: {made.dimension} values")
    click.echo(f"  {made.bytes / 1e6:.1f} MB; explanations {'exact' if made.explained else 'are estimates'}")
    click.echo(f"next: lookalike index SOURCE --store NEW_STORE --model {made.model}")
