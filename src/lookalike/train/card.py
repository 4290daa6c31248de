"""What a model says of itself to people: what it is made of, what it is worth, what it is worse at."""

from __future__ import annotations

from lookalike.embed.description import ModelDescription
from lookalike.evaluate.intervals import Interval
from lookalike.train.config import TrainingConfig
from lookalike.train.general import DRAWN
from lookalike.train.report import TrainingReport

__all__ = ["card_of", "why_not_measured"]


def card_of(
    report: TrainingReport, config: TrainingConfig, description: ModelDescription, before: ModelDescription
) -> str:
    """The card as Markdown.

    Args:
        report: of the run.
        config: of the run.
        description: of the new model.
        before: of the initial model.
    """
    licence = report.data_licence or "not stated (give --data-licence)"
    head = config.head
    origin = f"{before.name}, version {before.version}, {before.licence}, fingerprint {before.fingerprint[:12]}"
    length = f"{report.epochs:g} epochs ({report.steps:,} steps)"
    facts = (
        ("made from", origin),
        ("trained on", f"{report.pictures:,} pictures of {report.products:,} products, licence: {licence}"),
        *(
            [("of these without a label", f"{rest.learned:,} of {rest.pictures:,}, whose labels were guessed")]
            if (rest := report.rest) is not None
            else []
        ),
        ("how", f"mode {config.model.mode}, {length}, {config.objective.loss}"),
        ("head", f"{', '.join(head.features)} by {', '.join(head.pooling)}, {head.dimension} values"),
        *(
            [("general", f"{share:g} of {before.name}'s similarity, {description.dimension} values in all")]
            if (share := config.general.share)
            else []
        ),
        ("file", f"`model.onnx`, SHA-256 {description.weights_sha256}"),
        ("data", f"SHA-256 {report.data_sha256} over contents and labels"),
    )
    lines = [
        f"# {description.name}",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {_cell(text)} |" for name, text in facts),
        "",
    ]
    lines += ["## What it is worth", "", *_worth(report, config), ""]
    lines += ["## What it is worse at", "", *_worse(report, before), ""]
    lines += [
        "## Use",
        "",
        "    lookalike index CATALOGUE --model FOLDER",
        "",
        "`training.toml` is the whole configuration, `training.json` every number and version.",
        "",
    ]
    return "\n".join(lines)


def why_not_measured(report: TrainingReport, config: TrainingConfig) -> str:
    """Why a run whose `best` is None was not measured, as the end of a sentence."""
    if not config.stopping.held_out:
        return "nothing was held out (stopping.held_out is 0)"
    if report.n_leaks:
        return "of what was held out, too little is left without copies of what is learned from"
    return "there were too few products with two pictures to hold some out"


def _worth(report: TrainingReport, config: TrainingConfig) -> list[str]:
    if report.best is None or report.baseline is None:
        return [f"Not measured: {why_not_measured(report, config)}."]
    best, baseline = report.best, report.baseline
    lines = [
        f"On {best.n_pictures:,} pictures of {best.n_labels:,} products that it did not see, each asked among all",
        "the others (95% intervals, products left out one at a time):",
        "",
        "| model | MAP@R | recall@1 |",
        "|---|---|---|",
        f"| {report.baseline_name} | {_shown(baseline.map_at_r)} | {_shown(baseline.recall_at_1)} |",
        f"| this one | {_shown(best.map_at_r)} | {_shown(best.recall_at_1)} |",
    ]
    if config.schedule.steps != 1:
        lines += ["", "How long it was trained was chosen on these very pictures, which flatters it a little."]
    if report.refitted:
        lines += [
            "",
            "These numbers are those of a first run without these products; this model was then trained as long",
            "on all products.",
        ]
    return lines


def _worse(report: TrainingReport, before: ModelDescription) -> list[str]:
    lines = [
        f"- Whatever is unlike the pictures above: it was not measured there, and {before.name} may be better.",
        "  `lookalike evaluate` and `lookalike compare` tell on your own queries.",
    ]
    kept = report.kept
    if kept is not None:
        asked = f"{kept.before.n_labels} drawn products" if kept.source == DRAWN else kept.source
        what = (
            f"{asked}, of which {learned}"
            if (learned := kept.told_learned)
            else f"What it did not learn from ({asked})"
        )
        lines.append(
            f"- {what}: MAP@R {_shown(kept.after.map_at_r)}, and {before.name} {_shown(kept.before.map_at_r)}."
        )
    if report.worse:
        shown = ", ".join(f"{' '.join(name.split())} ({change:+.2f})" for name, change in report.worse)
        lines.append(f"- Products held out whose MAP@R fell most against {before.name}: {shown}.")
    if report.no_better:
        lines.append("- **It did not become better on products held out: do not use it instead.**")
    return lines


def _shown(interval: Interval) -> str:
    return f"{interval.value:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def _cell(text: str) -> str:
    """As it stands in one cell of a table, whatever somebody has put into a licence or a name."""
    return " ".join(text.replace("|", "\\|").split())
