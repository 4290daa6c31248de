"""``lookalike attack``."""

from __future__ import annotations

from pathlib import Path

import click

from lookalike.cli.output import emit, json_option, rejections_as_json, store_option, tell_rejections

__all__ = ["attack"]


@click.command(name="attack")
@click.argument("queries", type=click.Path(path_type=Path))
@click.option(
    "--eps",
    "epsilons",
    type=click.IntRange(1, 255),
    multiple=True,
    default=(2, 4, 8),
    show_default=True,
    help="Largest change of a pixel, in grey levels of 255; may be given several times.",
)
@click.option("--targeted", is_flag=True, help="Bring a product of chance to the top, rather than any wrong one.")
@click.option(
    "--adaptive", is_flag=True, help="The attacker knows the detector and works around it (four times slower)."
)
@click.option("--n", type=click.IntRange(1), default=64, show_default=True, help="Photographs to attack.")
@click.option("--steps", type=click.IntRange(1), default=10, show_default=True, help="Gradient steps of an attack.")
@click.option(
    "--seed", type=click.IntRange(0), default=20_261_125, show_default=True, help="Of what is left to chance."
)
@click.option("--device", default="cpu", show_default=True, help="Where gradients are computed, as torch names it.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=None, help="Write attacked photographs here."
)
@store_option
@json_option
def attack(
    queries: Path,
    epsilons: tuple[int, ...],
    targeted: bool,
    adaptive: bool,
    n: int,
    steps: int,
    seed: int,
    device: str,
    out: Path | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Change photographs of QUERIES by a few grey levels so as to fool the model, and search by them again.

    The attacker knows the model and the catalogue (projected gradient descent). Needs `pip install lookalike[train]`.
    Intervals are 95% and leave out one product at a time.
    """
    from lookalike.cli.progress import watching
    from lookalike.compose import open_engine
    from lookalike.probe import AttackOptions, measure_attacks

    options = AttackOptions(epsilons, targeted=targeted, adaptive=adaptive, n=n, n_steps=steps, seed=seed)
    with open_engine(store, must_exist=True) as engine, watching("attacking", quiet=as_json) as watcher:
        report = measure_attacks(engine, queries, options, examples=out, device=device, watcher=watcher)
    if as_json:
        emit({**report.as_dict(), "rejected": rejections_as_json(report.rejected)})
        return
    kind = f"{'targeted' if targeted else 'untargeted'}{', expecting the detector' if adaptive else ''}"
    click.echo(f"{report.queries} photographs, {kind}, release {report.release}")
    success = "chosen product first" if targeted else "right ones made wrong"
    click.echo(f"{'':24} {'recall@1':>22} {success:>24} {'noticed':>8}")
    for arrival, clean in report.clean.items():
        click.echo(f"  {'unharmed':>8} as {arrival:10} {_shown(clean.value, clean.low, clean.high):>22}")
        for one in report.attacks:
            if one.arrival != arrival:
                continue
            recall = _shown(one.recall.value, one.recall.low, one.recall.high)
            won = _shown(one.success.value, one.success.low, one.success.high) if one.n_asked else "none was right"
            noticed = f"{one.detection.detected.value:.2f}"
            click.echo(f"  {one.epsilon:>4}/255 as {arrival:10} {recall:>22} {won:>24} {noticed:>8}")
    click.echo(
        f"noticed: by the detector, at {options.false_alarm_rate:.0%} false alarms; an attacker who knows it gets by"
    )
    if report.rejected:
        click.echo(f"{len(report.rejected)} queries could not be used:")
        tell_rejections(report.rejected)
    if report.unanswerable:
        click.echo(f"{report.unanswerable} queries left out: their right product is not in the store, or all there is")
    if report.examples:
        click.echo(f"{len(report.examples)} pictures in {out}")


def _shown(value: float, low: float, high: float) -> str:
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"
