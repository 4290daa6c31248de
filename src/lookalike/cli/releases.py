"""``lookalike releases``, ``promote`` and ``rollback``: which model's vectors answer."""

from __future__ import annotations

from pathlib import Path

import click

from lookalike.cli.output import emit, json_option, rejections_as_json, store_option, tell_rejections
from lookalike.cli.ranking import ranking_line

__all__ = ["promote", "releases", "rollback"]


@click.command(name="releases")
@click.option(
    "--build", "model", default=None, metavar="MODEL", help="Embed the kept pictures with MODEL as a new release."
)
@click.option("--drop", default=None, metavar="RELEASE", help="Delete a release that is not live, and its vectors.")
@click.option("--history", is_flag=True, help="Show what was promoted, refused, forced and rolled back.")
@store_option
@json_option
def releases(model: str | None, drop: str | None, history: bool, store: str | None, as_json: bool) -> None:
    """List the releases of a store; build another from the kept pictures while the live one serves."""
    from lookalike.cli.progress import watching
    from lookalike.compose import open_engine

    with open_engine(store, model=model, must_exist=True) as engine:
        built = None
        if model is not None:
            with watching("embedding", quiet=as_json) as watcher:
                built = engine.build_release(watcher=watcher)
        if drop is not None:
            engine.drop_release(drop)
        listed = engine.releases()
        promotions = engine.promotions() if history else ()
    if as_json:
        emit(
            {
                "releases": [release.as_dict() for release in listed],
                **({} if built is None else {"built": built.as_dict()}),
                **({"promotions": [one.as_dict() for one in promotions]} if history else {}),
            }
        )
        return
    for release in listed:
        state = click.style("live", fg="green") if release.live else "    "
        click.echo(
            f"{release.release_id:5} {state}  {release.model}  {release.vectors} vectors  "
            f"{release.fingerprint[:12]}  {release.created_at}"
        )
        if release.calibration is not None:
            stale = "; stale, run `lookalike calibrate` again" if release.calibration["stale"] else ""
            click.echo(
                f"            verdicts: {release.calibration['error']:.1%} on {release.calibration['golden']}{stale}"
            )
        if release.ranking is not None:
            click.echo(f"            ranking: {ranking_line(release.ranking)}")
    for one in promotions:
        why = f"  {one.reason}" if one.reason else ""
        click.echo(f"{one.at}  {one.kind:11}  {one.from_release or '-'} -> {one.to_release}{why}")
    if built is not None and built.missing:
        click.echo(
            f"{built.missing} pictures have no vector in it, mostly for want of a kept copy: promote with --force, "
            "then run `lookalike index SOURCE` to embed them"
        )


@click.command(name="promote")
@click.argument("release")
@click.option("--golden", default=None, metavar="NAME", help="Compare on this golden set.  [default: default]")
@click.option(
    "--queries",
    type=click.Path(path_type=Path),
    default=None,
    help="Compare on these photographs (CSV: image, product_id).",
)
@click.option(
    "--force",
    is_flag=True,
    help="Promote it also where it is worse, cannot be compared or lacks vectors; leaves a record.",
)
@click.option("--reason", default=None, metavar="TEXT", help="For the record.")
@store_option
@json_option
def promote(
    release: str,
    golden: str | None,
    queries: Path | None,
    force: bool,
    reason: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Make RELEASE the live one, at once and in one step; `lookalike rollback` undoes it.

    It is compared with the live release on a golden set first, which is made of the catalogue where there is none,
    and refused where it is worse beyond the interval of the difference, overall or on a slice.
    """
    from lookalike.cli.progress import watching
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine, watching("comparing", quiet=as_json) as watcher:
        done = engine.promote(release, force=force, reason=reason, golden=golden, queries=queries, watcher=watcher)
    if as_json:
        emit({**done.as_dict(), "rejected": rejections_as_json(done.rejected)})
        return
    tell_rejections(done.rejected)
    if done.gate is not None:
        click.echo(done.gate.sentence())
    if done.note is not None:
        click.echo(f"not compared: {done.note}")
    if done.forced:
        click.echo(click.style("forced", fg="yellow") + ": a record was left, see `lookalike releases --history`")
    _tell_switch(done.previous, done.live)
    if done.missing:
        click.echo(f"{done.missing} pictures are not found by their looks until `lookalike index SOURCE` embeds them")


@click.command(name="rollback")
@store_option
@json_option
def rollback(store: str | None, as_json: bool) -> None:
    """Return to the release that was live before the last promotion."""
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        before = engine.release
        after = engine.rollback()
        live = next(one for one in engine.releases() if one.live)
    if as_json:
        emit({"live": after, "previous": before, "missing": live.missing})
        return
    _tell_switch(before, after)
    if live.missing:
        click.echo(
            f"{live.missing} pictures came since and are not found by their looks: run `lookalike releases --build "
            f"{live.model}`, or index their source again"
        )


def _tell_switch(before: str | None, after: str) -> None:
    click.echo(
        f"release {after} is live" + (f", {before} can be rolled back to" if before not in (None, after) else "")
    )
