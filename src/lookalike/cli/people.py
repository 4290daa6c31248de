"""``lookalike people``."""

from __future__ import annotations

from pathlib import Path

import click

from lookalike.cli.output import emit, json_option, require_writable, store_option, write_document

__all__ = ["people"]


@click.group(name="people")
def people() -> None:
    """Show, export, erase or switch off what is kept of a shopper."""


@people.command(name="show")
@click.argument("shopper")
@store_option
@json_option
def show(shopper: str, store: str | None, as_json: bool) -> None:
    """Say what is kept of SHOPPER, and what taste was read from it."""
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        found = engine.shopper(shopper)
    if as_json:
        emit({"shopper": shopper, **found.as_dict()})
        return
    state = "on" if found.on else "off: nothing is recorded or used"
    click.echo(f"personal results are {state}; {found.events} events are kept")
    if found.kinds:
        click.echo("  " + ", ".join(f"{count} {kind}" for kind, count in found.kinds.items()))
    if found.now:
        click.echo("  latest visit: " + ", ".join(found.now[:8]))
    for share, products in found.interests:
        click.echo(f"  interest {share:4.0%}: " + ", ".join(products[:8]))


@people.command(name="export")
@click.argument("shopper")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Write it to this file.")
@store_option
@json_option
def export(shopper: str, out: Path | None, store: str | None, as_json: bool) -> None:
    """Give out every event that is kept of SHOPPER, as JSON."""
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        if out is not None:
            require_writable(out.parent)
        document = engine.export_shopper(shopper)
    if out is not None:
        write_document(out, document)
    if as_json or out is None:
        emit(document)


@people.command(name="erase")
@click.argument("shopper", required=False)
@click.option("--all", "everybody", is_flag=True, help="Erase what is kept of everybody.")
@store_option
@json_option
def erase(shopper: str | None, everybody: bool, store: str | None, as_json: bool) -> None:
    """Erase everything that is kept of SHOPPER, so that no byte of it stays in the store's files."""
    from lookalike.compose import open_engine

    if (shopper is None) != everybody:
        raise click.UsageError("erase takes a SHOPPER, or --all")
    with open_engine(store, must_exist=True) as engine:
        gone = engine.erase_shopper(shopper)
    if as_json:
        emit({"erased": gone})
    else:
        click.echo(f"{gone} events erased")


@people.command(name="off")
@click.argument("shopper")
@store_option
@json_option
def off(shopper: str, store: str | None, as_json: bool) -> None:
    """Record and use nothing more of SHOPPER; what is kept stays until it is erased."""
    _switch(shopper, store, as_json, on=False)


@people.command(name="on")
@click.argument("shopper")
@store_option
@json_option
def on(shopper: str, store: str | None, as_json: bool) -> None:
    """Record and use events of SHOPPER again."""
    _switch(shopper, store, as_json, on=True)


def _switch(shopper: str, store: str | None, as_json: bool, *, on: bool) -> None:
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        engine.switch_personal(shopper, on=on)
    if as_json:
        emit({"personal": on})
    else:
        click.echo(f"personal results are {'on' if on else 'off'}")
