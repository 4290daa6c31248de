"""``lookalike calibrate``."""

from __future__ import annotations

from pathlib import Path

import click

from lookalike.cli.output import emit, json_option, rejections_as_json, store_option, tell_rejections

__all__ = ["calibrate"]


@click.command(name="calibrate")
@click.argument("queries", required=False, type=click.Path(path_type=Path))
@click.option("--golden", default=None, metavar="NAME", help="Calibrate on this golden set instead of QUERIES.")
@click.option(
    "--trained",
    is_flag=True,
    help="Calibrate on what `lookalike train --verdicts` has left with the model instead of QUERIES.",
)
@click.option(
    "--error",
    default=0.05,
    show_default=True,
    help="Most photographs, as a share, that may falsely be told 'same item'.",
)
@click.option(
    "--absent-error",
    default=None,
    type=float,
    help="Most photographs of products in the catalogue that may be told 'not in this catalogue'.  [default: --error]",
)
@store_option
@json_option
def calibrate(
    queries: Path | None,
    golden: str | None,
    trained: bool,
    error: float,
    absent_error: float | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Let searches say 'same item', 'similar' or 'not in this catalogue', wrong as seldom as you choose.

    QUERIES is a CSV file of photographs (image, product_id), as for `lookalike evaluate`; products that the catalogue
    does not have are welcome. Each photograph is asked with its product in the catalogue and with it taken out. The
    rule is kept with the live release; rates are measured by cross-validation over products.
    """
    from lookalike.cli.progress import watching
    from lookalike.compose import open_engine
    from lookalike.evaluate.intervals import Interval

    with open_engine(store, must_exist=True) as engine, watching("asking", quiet=as_json) as watcher:
        done = engine.calibrate(
            queries, golden=golden, trained=trained, error=error, absent_error=absent_error, watcher=watcher
        )
    if as_json:
        emit({**done.as_dict(), "rejected": rejections_as_json(done.rejected)})
        return
    measured, rule = done.fitted.measured, done.rule

    def line(name: str, interval: Interval, about: str) -> None:
        click.echo(f"  {name:22} {interval.value:6.1%}  [{interval.low:.1%}, {interval.high:.1%}]  {about}")

    click.echo(
        f"release {done.release}, {measured.photographs} photographs of {measured.products} products, "
        f"rule of {', '.join(done.fitted.uses)}"
    )
    line("false 'same item'", measured.false_same, f"of all photographs; promised: {rule.error:.1%}")
    line("true 'same item' kept", measured.same_kept, "of the photographs whose first hit is right")
    line("false 'not here'", measured.false_absent, f"of what is here; promised: {rule.absent_error:.1%}")
    line("'not here' recognised", measured.absent_found, "of what is not")
    if rule.categories:
        click.echo(f"  own thresholds for: {', '.join(sorted(rule.categories))}")
    if measured.same_kept.value < 0.5:
        click.echo(
            "less than half of the true ones are called 'same item': the model cannot tell these products apart well "
            "enough; allow a larger --error, add views of each product, or use a stronger model"
        )
    if done.n_learned:
        click.echo(
            f"the model has learned from {done.n_learned} of these products: of those that it has not met, more than "
            f"{rule.error:.1%} may falsely be told 'same item'; train with --verdicts and calibrate with --trained, "
            "or calibrate on products that were left out of training"
        )
    if done.n_leaked:
        click.echo(
            f"{done.n_leaked} of these photographs are all but the same as a picture of their product in the "
            "catalogue, which no shopper sends: the rates say nothing of photographs, and of what is here more than "
            f"{rule.absent_error:.1%} may be told 'not in this catalogue'; leave them out"
        )
    if done.rejected:
        click.echo(f"{len(done.rejected)} photographs could not be used:")
        tell_rejections(done.rejected)
