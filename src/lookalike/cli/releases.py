"""``lookalike releases``, ``promote`` and ``rollback``: which model's vectors answer."""

from __future__ import annotations

import click

from lookalike.cli.output import emit, json_option, store_option

__all__ = ["promote", "releases", "rollback"]


@click.command(name="releases")
@click.option(
    "--build", "model", default=None, metavar="MODEL", help="Embed the kept pictures with MODEL as a new release."
)
@click.option("--drop", default=None, metavar="RELEASE", help="Delete a release that is not live, and its vectors.")
@store_option
@json_option
def releases(model: str | None, drop: str | None, store: str | None, as_json: bool) -> None:
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
    if as_json:
        emit(
            {
                "releases": [release.as_dict() for release in listed],
                **({} if built is None else {"built": built.as_dict()}),
            }
        )
        return
    for release in listed:
        state = click.style("live", fg="green") if release.live else "    "
        click.echo(
            f"{release.release_id:5} {state}  {release.model}  {release.vectors} vectors  "
            f"{release.fingerprint[:12]}  {release.created_at}"
        )
    if built is not None and built.missing:
        click.echo(
            f"{built.missing} pictures have no kept copy; run `lookalike index SOURCE` after promoting to embed them"
        )


@click.command(name="promote")
@click.argument("release")
@store_option
@json_option
def promote(release: str, store: str | None, as_json: bool) -> None:
    """Make RELEASE the live one, at once and in one step; `lookalike rollback` undoes it."""
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        before = engine.release
        engine.promote(release)
    _tell_switch(before, release, as_json=as_json)


@click.command(name="rollback")
@store_option
@json_option
def rollback(store: str | None, as_json: bool) -> None:
    """Return to the release that was live before the last promotion."""
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        before = engine.release
        after = engine.rollback()
    _tell_switch(before, after, as_json=as_json)


def _tell_switch(before: str | None, after: str, *, as_json: bool) -> None:
    if as_json:
        emit({"live": after, "previous": before})
    else:
        click.echo(f"release {after} is live" + (f", {before} can be rolled back to" if before else ""))
