"""``lookalike train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
from click.core import ParameterSource

from lookalike.cli.output import emit, json_option, rejections_as_json, tell_rejections
from lookalike.cli.training_progress import watching

if TYPE_CHECKING:
    from lookalike.train.measurement import Measurement
    from lookalike.types import Rejection

__all__ = ["train"]


@click.command(name="train")
@click.argument("sources", nargs=-1, required=True)
@click.option("--init", default=None, help="Model to start from, as for `lookalike index --model`.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("lookalike-model"),
    show_default=True,
    help="Folder of the new model.",
)
@click.option(
    "--mode",
    type=click.Choice(["head", "adapter", "full"]),
    default=None,
    help="Learn a new head on kept features, small additions, or all layers.  [default: full on a GPU, head without]",
)
@click.option(
    "--recipe",
    "named",
    type=click.Choice(["signs", "upper-layers"]),
    default=None,
    help="Ready-made settings: signs learns from one drawing of each road sign; upper-layers lets some of the layers "
    "learn as well, for products that stay: half an hour on two cores.",
)
@click.option(
    "--label",
    "labels",
    multiple=True,
    help="Column that says what is told apart; NAME=COLUMN for one catalogue.  [default: product_id]",
)
@click.option(
    "--unlabelled",
    is_flag=True,
    help="Nobody said what the pictures show: each is a thing of its own. The same as --label image.",
)
@click.option(
    "--rest",
    multiple=True,
    metavar="SOURCE",
    help="Pictures without labels, most of which show what SOURCES do: learned from where their label can be guessed.",
)
@click.option(
    "--config", "file", type=click.Path(path_type=Path, dir_okay=False), default=None, help="TOML or JSON of settings."
)
@click.option("--set", "assignments", multiple=True, help="One setting: section.key=value; may be given several times.")
@click.option("--epochs", type=click.IntRange(min=1), default=None, help="Epochs at most (schedule.epochs).")
@click.option("--seed", type=click.IntRange(min=0), default=None, help="Of what is left to chance (run.seed).")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default=None, help="Where (run.device).")
@click.option(
    "--run",
    "run_folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Folder for configuration, history and checkpoints, to go on from.  [default: OUT-run]",
)
@click.option(
    "--verdicts",
    is_flag=True,
    help="Fit five times more, each time without a fifth of the products: for `lookalike calibrate --trained`.",
)
@click.option("--fresh", is_flag=True, help="Throw an unfinished run away rather than go on with it.")
@click.option("--data-licence", default="", help="Licence of the pictures, to be kept with the model.")
@click.option("--tensorboard/--no-tensorboard", default=True, help="Curves and pictures in RUN/tensorboard.")
@click.option(
    "--wandb",
    type=click.Choice(["offline", "online"]),
    default=None,
    help="Write to Weights & Biases as well; online sends pictures away.",
)
@click.option(
    "--align",
    is_flag=True,
    help="Learn how words and pictures go together instead: brings SOURCES into the store, and needs no torch.",
)
@click.option("--store", default=None, metavar="DIR", help="Of --align: the store.  [default: as for index]")
@click.option("--show-config", is_flag=True, help="Print the configuration as TOML (or --json) and do nothing.")
@json_option
def train(
    sources: tuple[str, ...],
    init: str | None,
    out: Path,
    mode: str | None,
    named: Literal["signs", "upper-layers"] | None,
    labels: tuple[str, ...],
    unlabelled: bool,
    rest: tuple[str, ...],
    file: Path | None,
    assignments: tuple[str, ...],
    epochs: int | None,
    seed: int | None,
    device: str | None,
    run_folder: Path | None,
    verdicts: bool,
    fresh: bool,
    data_licence: str,
    tensorboard: bool,
    wandb: Literal["offline", "online"] | None,
    align: bool,
    store: str | None,
    show_config: bool,
    as_json: bool,
) -> None:
    """Make a model that fits the catalogue of SOURCES, and measure it on products that it did not see.

    SOURCES are what `lookalike index` takes. Several are one catalogue (photographs in one file, product pages in
    another) unless they are given names: NAME=SOURCE. Needs `pip install lookalike[train]`. An interrupted run goes on
    when the same command is given again.
    """
    if align:
        _require_alone()
        _align(sources, store, as_json=as_json)
        return
    if store is not None:
        raise click.UsageError("--store belongs to --align: other training makes a model and touches no store")
    from lookalike.embed.model_folder import require_free
    from lookalike.train.card import why_not_measured
    from lookalike.train.catalogue import ITSELF, catalogues_of
    from lookalike.train.config import read_config, with_settings
    from lookalike.train.opening import begun_with, leads, run_training
    from lookalike.train.report import TrainingTask
    from lookalike.train.sections import toml_value
    from lookalike.train.watching import JournalChoice

    if unlabelled and labels:
        raise click.UsageError("--unlabelled does not go with --label: for one catalogue, write --label NAME=image")
    record = {} if file is None else read_config(file)
    shortcuts = {
        "model.init": None if init is None else toml_value(init),
        "model.mode": None if mode is None else f'"{mode}"',
        "schedule.epochs": epochs,
        "run.seed": seed,
        "verdict.folds": 5 if verdicts else None,
        "run.device": None if device is None else f'"{device}"',
    }
    settings = [*(f"{name}={value}" for name, value in shortcuts.items() if value is not None), *assignments]
    config = with_settings(begun_with(record, settings, named=named, unlabelled=unlabelled), record, settings)
    if named == "signs" and not labels and not unlabelled:
        labels = ("variant_id",)
    if show_config:
        if as_json:
            emit(config.as_dict())
        else:
            click.echo(config.as_toml(), nl=False)
        return
    require_free(out)
    task = TrainingTask(
        catalogues=catalogues_of(sources, (ITSELF,) if unlabelled else labels, rest),
        config=config,
        out=out,
        run=run_folder or out.with_name(f"{out.name}-run"),
        data_licence=data_licence,
        fresh=fresh,
        journals=JournalChoice(tensorboard=tensorboard, wandb=wandb or "off"),
    )
    with watching(quiet=as_json or not leads()) as watch:
        report = run_training(task, watch=watch)
    if not leads():
        return
    if as_json:
        emit({**report.as_dict(), "rejected": rejections_as_json(report.rejected)})
        return
    click.echo(
        f"{click.style(report.model, bold=True)}: {report.mode}, {report.epochs:g} epochs on {report.pictures} "
        f"pictures of {report.products} products in {report.seconds:.0f} s (fingerprint {report.fingerprint[:12]})"
    )
    if report.rest is not None:
        click.echo(
            f"  {report.rest.learned} of {report.rest.pictures} pictures without a label were learned from as well: "
            "those whose label could be guessed"
        )
    if report.best is not None and report.baseline is not None:
        click.echo(f"  {report.best.n_pictures} pictures of {report.best.n_labels} products held out:")
        first = f"before ({report.baseline_name})"
        for name, measured in ((first, report.baseline), ("after", report.best)):
            _tell(f"{name:{max(20, len(first))}}", measured)
        if report.no_better:
            click.echo(f"  it did not become better on products held out: stay with {report.init}")
    else:
        click.echo(f"  not measured: {why_not_measured(report, config)}")
    if report.kept is not None:
        before, after = (one.map_at_r.value for one in (report.kept.before, report.kept.after))
        source = "; ".join(part for part in (report.kept.source, report.kept.told_learned) if part)
        click.echo(f"  kept of what {report.init} knew ({source}): MAP@R {after:.3f} of {before:.3f}")
    if report.n_leaks:
        click.echo(f"  {report.n_leaks} held-out pictures were not measured: the same is shown by one learned from")
    if report.n_contradictions:
        click.echo(f"  {report.n_contradictions} pictures were left out: they are said to show different things")
    tell_rejections(report.rejected)
    click.echo(f"next: lookalike index SOURCE --model {report.model}")


_OF_ALIGN = frozenset({"sources", "align", "store", "as_json"})


def _require_alone() -> None:
    """Refuse options that belong to training a model, which an alignment does not."""
    context = click.get_current_context()
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name not in _OF_ALIGN
        and context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(f"--align makes no model: leave out {', '.join(given)}")


def _align(sources: tuple[str, ...], store: str | None, *, as_json: bool) -> None:
    from lookalike.cli.progress import watching as indexing
    from lookalike.compose import open_engine

    rejected: list[Rejection] = []
    with open_engine(store) as engine:
        engine.require_alignable()
        for source in sources:
            with indexing("indexing", quiet=as_json) as watcher:
                rejected += engine.index(source, watcher=watcher).rejected
        learned = engine.align()
        release = engine.release
    if as_json:
        told = {"release": release, "pairs": learned.pairs, "fit": round(learned.fit, 6)}
        emit({**told, "rejected": rejections_as_json(rejected)})
        return
    click.echo(
        f"learned from {learned.pairs} pictures with words; of what others vary by, {learned.fit:.0%} is foretold "
        f"(release {release})"
    )
    tell_rejections(rejected)
    click.echo('next: lookalike search --text "…" also finds pictures of products without titles')


def _tell(name: str, measured: Measurement) -> None:
    parts = [
        f"{label} {item.value:.3f} [{item.low:.3f}, {item.high:.3f}]"
        for label, item in (("MAP@R", measured.map_at_r), ("recall@1", measured.recall_at_1))
    ]
    click.echo(f"    {name} {'   '.join(parts)}")
