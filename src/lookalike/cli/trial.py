"""``lookalike trial``: a change of the search is tried on real traffic."""

from __future__ import annotations

import click

from lookalike.catalog.trial_failures import TrialFailure
from lookalike.cli.output import emit, json_option, store_option
from lookalike.engine.trial_report import TrialReport
from lookalike.search.people.way import LIVE

__all__ = ["report_lines", "trial"]


@click.group(name="trial")
def trial() -> None:
    """Try a change on real traffic: two ways of answering share each list, and events say which is better."""


@trial.command(name="start")
@click.argument("change")
@click.option("--than", "other", default=LIVE, show_default=True, metavar="WAY", help="What CHANGE is compared with.")
@store_option
@json_option
def start(change: str, other: str, store: str | None, as_json: bool) -> None:
    """Let CHANGE share the lists of searches over HTTP; a trial that runs ends.

    CHANGE is written as some of rerank=METHOD, diverse=SHARE, personal=on or off, rules=on or off and release=ID, with
    commas between.
    """
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        started = engine.start_trial(change, a=other)
    if as_json:
        emit(started.as_dict())
    else:
        click.echo(f"trial {started.number}: {started.b} against {started.a}, until `lookalike trial stop`")


@trial.command(name="stop")
@store_option
@json_option
def stop(store: str | None, as_json: bool) -> None:
    """End the trial that runs; what it found stays."""
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        stopped = engine.stop_trial()
    if as_json:
        emit({"stopped": stopped})
    else:
        click.echo("stopped" if stopped else "no trial runs")


@trial.command(name="show")
@store_option
@json_option
def show(store: str | None, as_json: bool) -> None:
    """Say which trial takes part in searches, and what events said of every trial until now."""
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        running = engine.trial()
        reports = [one for one in engine.credits() if one.trial is not None]
    if as_json:
        emit(
            {
                "running": None if running is None else running.as_dict(),
                "trials": [one.as_dict() for one in reports],
            }
        )
        return
    if running is None:
        paused = any(one.trial is not None and one.trial.ended_at is None for one in reports)
        why = ": live is another release or re-ranking than when it was started, or the tried release is gone"
        why = why if paused else ""
        click.echo(f"no trial takes part in searches{why}")
    for one in reports:
        for line in report_lines(one):
            click.echo(line)


def report_lines(report: TrialReport) -> list[str]:
    """What events say of two rankers, for people."""
    one = report.credit
    head = "" if report.trial is None else f"trial {report.trial.number}, from {report.trial.started_at}: "
    better = {"a": f"{report.a} is better", "b": f"{report.b} is better", "undecided": "not decided"}[report.says]
    n = one.a + one.b + one.ties
    return [
        click.style(f"{head}{report.a} against {report.b}: {better}", bold=True),
        f"  {one.a} to {one.b}, {one.ties} ties, of {n} questions of {report.shoppers} shoppers who acted on a list",
        f"  {report.a} preferred: {one.preference:.3f} [{one.low:.3f}, {one.high:.3f}]",
        f"  p {one.p_value:.3g} for whoever looks once, {one.p_any_time:.3g} for whoever looks often",
        *(_failure_line(report, failure) for failure in report.failures),
    ]


def _failure_line(report: TrialReport, failure: TrialFailure) -> str:
    way = report.a if failure.way == "a" else report.b
    n = "1 search" if failure.searches == 1 else f"{failure.searches} searches"
    return f"  {way} could not answer {n}, last {failure.last_at}: {failure.error}: {failure.message}"
