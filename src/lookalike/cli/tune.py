"""``lookalike tune``."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from lookalike.cli.output import emit, json_option
from lookalike.cli.training_progress import watching
from lookalike.errors import MissingExtra

__all__ = ["tune"]

_NEEDED = ("torch", "onnx", "pytorch_metric_learning", "optuna")


@click.command(name="tune")
@click.argument("sources", nargs=-1, required=True)
@click.option("--trials", type=click.IntRange(min=1), default=20, show_default=True, help="Over all calls.")
@click.option(
    "--space",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="TOML or JSON of what to try.  [default: rates, weight decay, margin, scale]",
)
@click.option("--init", default=None, help="Model to start from, as for `lookalike index --model`.")
@click.option("--mode", type=click.Choice(["head", "adapter", "full"]), default=None, help="As for `lookalike train`.")
@click.option("--label", "labels", multiple=True, help="As for `lookalike train`.")
@click.option(
    "--config", "file", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Settings to start from."
)
@click.option("--set", "assignments", multiple=True, help="One setting: section.key=value; may be given several times.")
@click.option(
    "--run",
    "run_folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("lookalike-tuning"),
    show_default=True,
    help="Folder of the study, to go on from.",
)
@json_option
def tune(
    sources: tuple[str, ...],
    trials: int,
    space: Path | None,
    init: str | None,
    mode: str | None,
    labels: tuple[str, ...],
    file: Path | None,
    assignments: tuple[str, ...],
    run_folder: Path,
    as_json: bool,
) -> None:
    """Search for settings of `lookalike train` on the catalogue of SOURCES.

    Each trial is fitted on some products and measured on others; what is clearly worse is stopped early. The best
    settings are written to RUN/best.toml, for `lookalike train --config`. An interrupted search goes on when the same
    command is given again.
    """
    if any(find_spec(name) is None for name in _NEEDED):
        raise MissingExtra(needed_for="searching for settings", extra="train")
    from lookalike.train.catalogue import catalogues_of
    from lookalike.train.config import read_config, with_settings
    from lookalike.train.opening import begun_with
    from lookalike.train.report import TrainingTask
    from lookalike.train.sections import toml_value
    from lookalike.train.tuning import default_space, read_space
    from lookalike.train.tuning.study import tune as search

    record = {} if file is None else read_config(file)
    shortcuts = {"model.mode": mode, "model.init": init}
    said = [f"{name}={toml_value(value)}" for name, value in shortcuts.items() if value is not None]
    settings = [*said, *assignments]
    config = with_settings(begun_with(record, settings), record, settings)
    dimensions = default_space(config) if space is None else read_space(read_config(space))
    task = TrainingTask(catalogues_of(sources, labels), config, run_folder / "no-model", run_folder)
    with watching(quiet=as_json) as watch:
        report = search(task, dimensions, trials, watch=watch)
    if as_json:
        emit(report.as_dict())
        return
    counts = {state: sum(trial.state == state for trial in report.trials) for state in ("complete", "pruned", "failed")}
    click.echo(
        f"{click.style(report.configuration, bold=True)}: best of {len(report.trials)} trials "
        f"({counts['pruned']} stopped early, {counts['failed']} failed) in {report.seconds:.0f} s"
    )
    begun = "not measured" if report.first.value is None else f"{report.first.value:.3f}"
    click.echo(
        f"  MAP@R over held-out products {report.best.value:.3f}, to begin with {begun}, "
        f"of the initial model {report.baseline:.3f}"
    )
    for name, value in report.best.settings.items():
        click.echo(f"    {name} = {value:.4g}" if isinstance(value, float) else f"    {name} = {value}")
    click.echo("  the best of many is too good: measure the trained model on other products")
    click.echo(f"next: lookalike train SOURCE --config {report.configuration}")
