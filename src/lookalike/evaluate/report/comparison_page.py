"""The report of a comparison of two releases as a page."""

from __future__ import annotations

from collections.abc import Sequence

from lookalike.evaluate.report import words
from lookalike.evaluate.report.comparison_report import Change, ComparisonReport, MetricPair
from lookalike.evaluate.report.document import Section, page
from lookalike.evaluate.report.frame import Frame
from lookalike.evaluate.report.gallery import changes
from lookalike.evaluate.report.lines import Line, line_plot
from lookalike.evaluate.report.markup import Markup, element
from lookalike.evaluate.report.repeating import repeat
from lookalike.evaluate.report.scale import Scale
from lookalike.evaluate.report.tables import Column, facts, folded, heard, noted, table
from lookalike.evaluate.report.whisker import scale_row, stack, whisker

__all__ = ["comparison_page"]

_FLIP_STYLES = ("first", "missed", "won", "neither")


def comparison_page(report: ComparisonReport) -> str:
    """`report` as one HTML file that needs nothing else."""
    sections = [
        _metrics(report),
        _categories(report),
        _depth(report),
        _gallery("lost", words.LOST, words.lost(report.flips[1], report.second.release), report.lost),
        _gallery("won", words.WON, words.won(report.flips[2], report.second.release), report.won),
        repeat(report.record, [report.first, report.second]),
    ]
    return page(
        language=words.LANGUAGE,
        title=f"{report.second.release} against {report.first.release} · Lookalike",
        kind=words.COMPARISON,
        date=report.record.created_at,
        head=_head(report),
        contents=words.CONTENTS,
        sections=[section for section in sections if section is not None],
        foot=words.foot("comparison.json"),
    )


def _head(report: ComparisonReport) -> list[Markup]:
    headline = report.metrics[0]
    first, second = report.first.release, report.second.release
    legend = [
        element("li", {"class": style}, element("b", None, f"{count:,}"), element("span", None, label))
        for count, style, label in zip(report.flips, _FLIP_STYLES, words.flip_labels(first, second), strict=True)
    ]
    interval = headline.difference
    return [
        element(
            "div",
            {"class": "headline"},
            element(
                "p",
                {"class": "figure"},
                element("strong", None, words.points(interval.value), element("small", None, " pp")),
                element("span", None, f"recall@1 · {words.points(interval.low)} to {words.points(interval.high)}"),
            ),
            element(
                "div",
                None,
                element("h1", None, words.outcome(headline, first, second)),
                element("p", None, words.evidence(headline, report.queries, report.n_clusters, first, second)),
                element("p", {"class": "note"}, words.unanswerable(report.unanswerable, report.by) + ".")
                if report.unanswerable
                else "",
                element("p", {"class": "note"}, words.leakage(report.leakage, report.queries))
                if report.leakage
                else "",
            ),
        ),
        stack(list(zip(report.flips, _FLIP_STYLES, strict=True))),
        element("ul", {"class": "legend"}, legend),
        facts(
            [
                ("Queries", f"{report.queries:,} of {words.count(report.n_clusters, 'product')}"),
                ("Compared with", f"{first}, {report.first.model}"),
                ("Compared", f"{second}, {report.second.model}"),
                ("Search", "exact"),
            ],
            style="facts strip-facts",
        ),
    ]


def _metrics(report: ComparisonReport) -> Section:
    return Section(
        "metrics",
        words.METRICS,
        f"{report.second.release} minus {report.first.release}, query by query; intervals and p-values go by product. "
        "A difference counts where p, corrected for the number of metrics, is below 0.05.",
        [_pairs("Metrics of both, with the difference", report, report.metrics)],
    )


def _categories(report: ComparisonReport) -> Section | None:
    if not report.categories:
        return None
    ordered = sorted(report.categories, key=lambda pair: pair.difference.value)
    worst = ordered[0]
    return Section(
        "categories",
        words.CATEGORIES,
        f"recall@1 by category of the right product, the largest loss first: {worst.name}, "
        f"{words.points(worst.difference.value)} points over {words.count(worst.n, 'query', 'queries')}. p is "
        "corrected for the number of categories.",
        [_pairs("recall@1 by category", report, ordered, counted=True)],
    )


def _pairs(caption: str, report: ComparisonReport, pairs: Sequence[MetricPair], *, counted: bool = False) -> Markup:
    reach = max(0.02, *(max(abs(pair.difference.low), abs(pair.difference.high)) for pair in pairs))
    reach = min(reach, 1.0)  # an interval of few products may reach beyond what is possible
    scale = Scale(-reach, reach)
    marks = [(-reach, words.points(-reach)), (0.0, "0"), (reach, words.points(reach))]
    rows = [
        (
            noted(element("bdi", None, pair.name), words.count(pair.n, "query", "queries") if counted else ""),
            f"{pair.first:.3f}",
            f"{pair.second:.3f}",
            noted(words.points(pair.difference.value), f"p {words.p_value(pair.p_value)}"),
            whisker(pair.difference, scale, reference=0.0, style=_style(pair)),
        )
        for pair in pairs
    ]
    columns = [
        Column("Category" if counted else "Metric"),
        Column(report.first.release, "number"),
        Column(report.second.release, "number"),
        Column(noted("Difference", "points"), "number"),
        Column([heard("Worse to the left, better to the right"), scale_row(scale, marks)], "plot"),
    ]
    return table(caption, columns, rows)


def _style(pair: MetricPair) -> str:
    if not pair.is_different:
        return "quiet"
    return "a" if pair.difference.value > 0 else "b"


def _depth(report: ComparisonReport) -> Section:
    curves = (report.first_curve, report.second_curve)
    depth = len(report.first_curve)
    low = max(0.0, int(10 * min(point.low for curve in curves for point in curve)) / 10)
    frame = Frame(
        Scale(1.0, float(max(depth, 2))), Scale(min(low, 0.9), 1.0), x_label="first k answers", y_label="recall@k"
    )
    first_is_above = report.first_curve[-1].value > report.second_curve[-1].value
    lines = [
        Line(
            subject.release,
            [(float(k), point.value) for k, point in enumerate(curve, start=1)],
            band=[(point.low, point.high) for point in curve],
            style=style,
            dots=style == "a",
            texts=[f"{subject.release} recall@{k}: {point.value:.3f}" for k, point in enumerate(curve, start=1)],
            label_below=first_is_above == (style == "a"),
        )
        for subject, curve, style in zip((report.first, report.second), curves, ("quiet", "a"), strict=True)
    ]
    plot = line_plot(
        "recall",
        "recall@k of both with 95% bands",
        f"At k = 1 {report.first.release} has {report.first_curve[0].value:.3f} and {report.second.release} "
        f"{report.second_curve[0].value:.3f}; at k = {depth} they have {report.first_curve[-1].value:.3f} and "
        f"{report.second_curve[-1].value:.3f}.",
        frame,
        lines,
        x_text=lambda value: f"{value:.0f}",
        y_text=words.percent,
        x_marks=[float(k) for k in range(1, depth + 1)],
    )
    rows = [
        (str(k), f"{before.value:.3f}", f"{after.value:.3f}")
        for k, (before, after) in enumerate(zip(*curves, strict=True), start=1)
    ]
    columns = [Column("k"), Column(report.first.release, "number"), Column(report.second.release, "number")]
    return Section(
        "depth",
        words.DEPTH,
        "Share of queries with a right answer among the first k. The bands are each release's own; since both answer "
        "the same queries, bands that overlap do not mean that they are alike: the difference above does.",
        [plot, folded(words.NUMBERS, table("recall@k", columns, rows))],
    )


def _gallery(name: str, heading: str, lead: str, shown: Sequence[Change]) -> Section | None:
    return Section(name, heading, lead, [changes(shown)], wide=True) if shown else None
