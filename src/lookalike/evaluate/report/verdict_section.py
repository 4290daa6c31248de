"""The section on the live release's calibration: what verdicts cost and catch, as it was measured when calibrated."""

from __future__ import annotations

from lookalike.evaluate.report import words
from lookalike.evaluate.report.calibrated import Calibrated
from lookalike.evaluate.report.document import Section
from lookalike.evaluate.report.frame import Frame
from lookalike.evaluate.report.lines import Line, line_plot
from lookalike.evaluate.report.scale import Scale
from lookalike.evaluate.report.tables import Column, folded, table

__all__ = ["verdict_section"]


def verdict_section(calibrated: Calibrated | None) -> Section | None:
    """How much is still told apart at each error; None without a calibration."""
    if calibrated is None or len(calibrated.points) < 2:
        return None
    points = calibrated.points
    frame = Frame(
        Scale(0.0, points[-1].error),
        Scale(0.0, 1.0),
        x_label="error that is allowed",
        y_label="share recognised",
    )
    kept = Line("same item", [(point.error, point.same_kept) for point in points], dots=True)
    found = Line(
        "not in this catalogue",
        [(point.error, point.absent_found) for point in points],
        style="b",
        dots=True,
        label_below=True,
    )
    near = min(points, key=lambda point: abs(point.error - calibrated.error))
    plot = line_plot(
        "verdict-curve",
        "What verdicts recognise, by the error that is allowed",
        f"At {words.percent(near.error, 1)}, {words.percent(near.same_kept)} of the right first answers are called the "
        f"same item, and {words.percent(near.absent_found)} of absent products are recognised.",
        frame,
        [found, kept],
        x_text=words.percent,
        y_text=words.percent,
    )
    rows = [
        (words.percent(point.error, 1), words.percent(point.same_kept), words.percent(point.absent_found))
        for point in points
    ]
    columns = [Column("Error allowed"), Column("Same item kept", "number"), Column("Absent recognised", "number")]
    return Section(
        "verdicts",
        words.VERDICTS,
        f"Measured by cross-validation over {words.count(calibrated.n_products, 'product')} when the release was "
        f"calibrated ({calibrated.calibrated_on[:10]}); the release promises {words.percent(calibrated.error, 1)}. "
        "The more mistakes are allowed, the more can be said.",
        [plot, folded(words.NUMBERS, table("Verdicts by the error that is allowed", columns, rows))],
    )
