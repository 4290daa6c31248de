"""The section on what corrupted photographs cost: the worst three families as curves, all of them as a table."""

from __future__ import annotations

from lookalike.evaluate.report import words
from lookalike.evaluate.report.document import Section
from lookalike.evaluate.report.frame import Frame
from lookalike.evaluate.report.lines import Line, line_plot
from lookalike.evaluate.report.markup import Markup
from lookalike.evaluate.report.scale import Scale
from lookalike.evaluate.report.tables import Column, heard, noted, table
from lookalike.evaluate.report.whisker import scale_row, whisker
from lookalike.evaluate.robustness import Curve, Robustness

__all__ = ["robustness_section"]

_UNIT_TEXTS = ((0.0, "0"), (0.5, "50%"), (1.0, "100%"))


def robustness_section(measured: Robustness | None) -> Section | None:
    """What is kept of recall@1, family by family; None where it was not measured."""
    if measured is None:
        return None
    curves = sorted((c for c in measured.curves if c.says_something), key=lambda curve: curve.relative.value)
    if not curves:
        return None
    worst = curves[0]
    top = max(1.0, *(curve.relative.high for curve in curves))
    scale = Scale(0.0, top)
    rows = [
        (
            noted(words.family(curve.family), f"{words.count(curve.n_queries, 'query', 'queries')}"),
            noted(words.percent(curve.relative.value), words.between(curve.relative)),
            whisker(curve.relative, scale, reference=1.0, style="b" if curve.family in measured.weaknesses else "a"),
        )
        for curve in curves
    ]
    columns = [
        Column("Corruption"),
        Column(noted("Kept", "95% interval"), "number"),
        Column([heard("From 0 to 100%"), scale_row(scale, _UNIT_TEXTS)], "plot"),
    ]
    return Section(
        "robustness",
        words.ROBUSTNESS,
        f"{words.count(measured.n_queries, 'photograph')} corrupted and asked again; the catalogue stays as it is. "
        f"recall@1 without corruption is {measured.clean.value:.3f} ({words.between(measured.clean)}). Most is lost to "
        f"{words.family(worst.family).lower()}: {words.percent(worst.relative.value)} is kept.",
        [_plot(curves, measured), table("Share of recall@1 that is kept, over all severities", columns, rows)],
    )


def _plot(curves: list[Curve], measured: Robustness) -> Markup:
    most = max(len(curve.steps) for curve in curves)
    top = max(1.0, *(step.relative.value for curve in curves for step in curve.steps))
    frame = Frame(Scale(0.0, float(max(most, 2))), Scale(0.0, top), x_label="severity", y_label="kept of recall@1")
    lines = [_line(curve, weak=curve.family in measured.weaknesses) for curve in reversed(curves)]
    named = ", ".join(words.family(name) for name in measured.weaknesses)
    return line_plot(
        "robustness-curves",
        "Share of recall@1 that is kept, by severity",
        f"The three weakest are {named}; the other families are drawn in grey.",
        frame,
        lines,
        x_text=lambda value: f"{value:.0f}",
        y_text=words.percent,
        x_marks=[float(severity) for severity in range(most + 1)],
    )


def _line(curve: Curve, *, weak: bool) -> Line:
    points = [(0.0, 1.0), *((float(step.severity), step.relative.value) for step in curve.steps)]
    if not weak:
        return Line("", points, style="quiet")
    name = words.family(curve.family)
    texts = ["", *(f"{name}, {step.label}: {words.percent(step.relative.value)}" for step in curve.steps)]
    return Line(name, points, style="b", dots=True, texts=texts)
