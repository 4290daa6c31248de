"""The report of one evaluation as a page."""

from __future__ import annotations

from statistics import median

from lookalike.evaluate.intervals import Interval
from lookalike.evaluate.report import words
from lookalike.evaluate.report.document import Section, page
from lookalike.evaluate.report.evaluation_report import EvaluationReport
from lookalike.evaluate.report.frame import Frame
from lookalike.evaluate.report.gallery import failures, picture
from lookalike.evaluate.report.histogram import mirrored
from lookalike.evaluate.report.lines import Line, line_plot
from lookalike.evaluate.report.markup import Markup, element
from lookalike.evaluate.report.repeating import repeat
from lookalike.evaluate.report.robustness_section import robustness_section
from lookalike.evaluate.report.scale import Scale
from lookalike.evaluate.report.tables import Column, facts, folded, heard, noted, table
from lookalike.evaluate.report.verdict_section import verdict_section
from lookalike.evaluate.report.whisker import scale_row, spread, stack, whisker

__all__ = ["evaluation_page"]

_UNIT = Scale(0.0, 1.0)
_UNIT_TEXTS = ((0.0, "0"), (0.5, "0.5"), (1.0, "1"))
_RANK_STYLES = ("first", "near", "far", "missed")


def evaluation_page(report: EvaluationReport) -> str:
    """`report` as one HTML file that needs nothing else."""
    sections = [
        _metrics(report),
        _depth(report),
        _slices(report),
        robustness_section(report.robustness),
        _certainty(report),
        verdict_section(report.calibrated),
        _confusions(report),
        _failures(report),
        _speed(report),
        _rejected(report),
        repeat(report.record, [report.subject]),
    ]
    return page(
        language=words.LANGUAGE,
        title=f"{words.percent(_headline(report).value)} recall@1 · {report.subject.release} · Lookalike",
        kind=words.EVALUATION,
        date=report.record.created_at,
        head=_head(report),
        contents=words.CONTENTS,
        sections=[section for section in sections if section is not None],
        foot=words.foot("evaluation.json"),
    )


def _headline(report: EvaluationReport) -> Interval:
    return report.metrics.get("recall@1", Interval(0.0, 0.0, 0.0))


def _head(report: EvaluationReport) -> list[Markup]:
    headline = _headline(report)
    labels = words.rank_labels(10)
    legend = [
        element(
            "li",
            {"class": style},
            element("b", None, f"{count:,}"),
            element("span", None, label),
        )
        for count, style, label in zip(report.ranks, _RANK_STYLES, labels, strict=True)
    ]
    subject = report.subject
    return [
        element(
            "div",
            {"class": "headline"},
            element(
                "p",
                {"class": "figure"},
                element("strong", None, f"{100 * headline.value:.1f}", element("small", None, "%")),
                element("span", None, f"recall@1 · {words.between(headline)}"),
            ),
            element(
                "div",
                None,
                element("h1", None, words.sentence(report.ranks[0], report.queries)),
                element("p", None, words.expectation(headline, report.n_clusters)),
                element("p", {"class": "note"}, words.leakage(report.leakage, report.queries))
                if report.leakage
                else "",
                element("p", {"class": "note"}, words.unanswerable(report.unanswerable, report.by) + ".")
                if report.unanswerable
                else "",
            ),
        ),
        stack(list(zip(report.ranks, _RANK_STYLES, strict=True))),
        element("ul", {"class": "legend"}, legend),
        facts(
            [
                ("Queries", f"{report.queries:,} of {words.count(report.n_clusters, 'product')}"),
                ("Catalogue", f"{subject.products:,} products, {subject.images:,} pictures"),
                ("Search", "exact" if report.exact else "approximate"),
                ("Release", subject.release),
                ("Model", subject.model),
                ("Fingerprint", element("code", None, subject.fingerprint[:12])),
            ],
            style="facts strip-facts",
        ),
    ]


def _metrics(report: EvaluationReport) -> Section:
    rows = [
        (
            noted(name, words.meaning(name)),
            noted(f"{interval.value:.3f}", f"{interval.low:.3f} – {interval.high:.3f}"),
            whisker(interval, _UNIT),
        )
        for name, interval in report.metrics.items()
    ]
    columns = [
        Column("Metric"),
        Column(noted("Value", "95% interval"), "number"),
        Column([heard("From 0 to 1"), scale_row(_UNIT, _UNIT_TEXTS)], "plot"),
    ]
    return Section(
        "metrics",
        words.METRICS,
        "Means over all queries. Intervals leave out one product at a time, because photographs of one product are not "
        "independent: compare them, not the digits.",
        [table("Metrics with 95% intervals", columns, rows)],
    )


def _depth(report: EvaluationReport) -> Section | None:
    if not report.curve:
        return None
    depth = len(report.curve)
    low = min(0.9, max(0.0, int(10 * min(point.low for point in report.curve)) / 10))
    frame = Frame(Scale(1.0, float(max(depth, 2))), Scale(low, 1.0), x_label="first k answers", y_label="recall@k")
    line = Line(
        "",
        [(float(k), point.value) for k, point in enumerate(report.curve, start=1)],
        band=[(point.low, point.high) for point in report.curve],
        dots=True,
        texts=[f"recall@{k}: {point.value:.3f}" for k, point in enumerate(report.curve, start=1)],
    )
    first, last = report.curve[0], report.curve[-1]
    plot = line_plot(
        "recall",
        "recall@k with 95% band",
        f"From {first.value:.3f} at k = 1 to {last.value:.3f} at k = {depth}.",
        frame,
        [line],
        x_text=lambda value: f"{value:.0f}",
        y_text=words.percent,
        x_marks=[float(k) for k in range(1, depth + 1)],
    )
    rows = [
        (str(k), f"{point.value:.3f}", f"{point.low:.3f}", f"{point.high:.3f}")
        for k, point in enumerate(report.curve, start=1)
    ]
    columns = [Column("k"), Column("recall@k", "number"), Column("low", "number"), Column("high", "number")]
    gained = sum(report.ranks[1:3])
    return Section(
        "depth",
        words.DEPTH,
        f"Share of queries with a right answer among the first k. Of the {sum(report.ranks[1:]):,} queries whose first "
        f"answer was wrong, {gained:,} had a right one among the first {depth}: those a better order could win; the "
        "rest need another model, or other pictures.",
        [plot, folded(words.NUMBERS, table("recall@k", columns, rows))],
    )


def _slices(report: EvaluationReport) -> Section | None:
    if not report.slices:
        return None
    whole = _headline(report).value
    weakest = min(report.slices, key=lambda score: score.recall.value)
    tables: list[Markup] = []
    for trait in dict.fromkeys(score.trait for score in report.slices):
        own = [score for score in report.slices if score.trait == trait]
        rows = [
            (
                noted(element("bdi", None, score.value), words.count(score.n, "query", "queries")),
                noted(f"{score.recall.value:.3f}", f"{score.recall.low:.3f} – {score.recall.high:.3f}"),
                whisker(score.recall, _UNIT, reference=whole, style="b" if score is weakest else "a"),
            )
            for score in own
        ]
        columns = [
            Column(words.TRAITS.get(trait, trait)),
            Column(noted("recall@1", "95% interval"), "number"),
            Column([heard("From 0 to 1"), scale_row(_UNIT, _UNIT_TEXTS)], "plot"),
        ]
        tables.append(table(f"recall@1 by {words.TRAITS.get(trait, trait).lower()}", columns, rows))
    lead = words.slices(f"{weakest.trait} {weakest.value}", whole - weakest.recall.value, weakest.n)
    return Section("slices", words.SLICES, lead, tables)


def _certainty(report: EvaluationReport) -> Section | None:
    if not report.right and not report.wrong:
        return None
    right, wrong = report.right, report.wrong
    histogram = mirrored(
        "similarities",
        "Similarity of first answers, right and wrong",
        f"{len(right)} right first answers with a median similarity of {_median(right)}, "
        f"{len(wrong)} wrong ones with {_median(wrong)}.",
        right,
        wrong,
        (f"right ({len(right):,})", f"wrong ({len(wrong):,})", "similarity of the first answer"),
    )
    body = [histogram]
    lead = "Similarity of the first answer where it was right, and where it was wrong. "
    if len(report.thresholds) > 1:
        body.append(_threshold_plot(report))
        lead += (
            "The less the two overlap, the better a limit tells them apart: below, what share of the first answers "
            "is wrong when only the surest are shown."
        )
        rows = [(f"{at.similarity:.3f}", f"{at.answered:.3f}", f"{at.wrong:.3f}") for at in report.thresholds]
        columns = [Column("Similarity at least"), Column("Answered", "number"), Column("Wrong of these", "number")]
        body.append(folded(words.NUMBERS, table("Limits on the similarity", columns, rows)))
    return Section("certainty", words.CERTAINTY, lead, body)


def _threshold_plot(report: EvaluationReport) -> Markup:
    limits = report.thresholds
    most = max(0.05, *(limit.wrong for limit in limits))
    frame = Frame(
        Scale(0.0, 1.0), Scale(0.0, most), x_label="share of queries that get an answer", y_label="wrong of these"
    )
    line = Line(
        "",
        [(limit.answered, limit.wrong) for limit in limits],
        style="b",
    )
    half = next((limit for limit in limits if limit.answered >= 0.5), limits[-1])  # not all may have got an answer
    return line_plot(
        "limits",
        "Share of wrong first answers over the share that gets an answer",
        f"At a limit of {half.similarity:.2f}, {words.percent(half.answered)} get an answer and "
        f"{words.percent(half.wrong, 1)} of these are wrong.",
        frame,
        [line],
        x_text=words.percent,
        y_text=words.percent,
    )


def _median(values: tuple[float, ...]) -> str:
    return "none" if not values else f"{median(values):.2f}"


def _confusions(report: EvaluationReport) -> Section | None:
    repeated = [confusion for confusion in report.confusions if confusion.times > 1]
    if not repeated:
        return None
    rows = [
        (
            _named(confusion.right.title or confusion.right.name, picture(confusion.right, described=False)),
            _named(
                confusion.taken_for.title or confusion.taken_for.name, picture(confusion.taken_for, described=False)
            ),
            f"{confusion.times} of {confusion.of}",
        )
        for confusion in repeated
    ]
    columns = [Column("Asked for"), Column("Answered first"), Column("Queries", "number")]
    first = repeated[0]
    return Section(
        "confusions",
        words.CONFUSIONS,
        f"{first.right.title or first.right.name} is answered with {first.taken_for.title or first.taken_for.name} for "
        f"{first.times} of {first.of} queries. Pairs that come back are worth a look: are they one product twice, or "
        "does a detail tell them apart that the model does not see?",
        [table("Most frequent confusions", columns, rows)],
    )


def _named(name: str, image: Markup) -> Markup:
    return element("span", {"class": "named"}, image, element("bdi", None, name))


def _failures(report: EvaluationReport) -> Section | None:
    if not report.failures:
        return None
    shown = len(report.failures)
    which = "All" if shown == report.n_failures else f"The worst {shown} of the"
    return Section(
        "failures",
        words.FAILURES,
        f"{which} {words.count(report.n_failures, 'query', 'queries')} whose first answer was wrong, at most two of a "
        "product: the photograph, the right answer with its rank, and what came before it.",
        [failures(report.failures)],
        wide=True,
    )


def _speed(report: EvaluationReport) -> Section | None:
    if not report.latency:
        return None
    low = min(quantiles.p5 for quantiles in report.latency.values())
    high = max(quantiles.p95 for quantiles in report.latency.values())
    scale = Scale(max(low, 1e-3) * 0.9, max(high, 2e-3) * 1.1, logarithmic=True)
    marks = [(value, f"{value:g} ms") for value in scale.marks()]
    thinned = marks if len(marks) <= 4 else marks[:: max(1, len(marks) // 3)]
    rows = [
        (
            words.STAGES.get(stage, stage),
            words.milliseconds(quantiles.p50),
            words.milliseconds(quantiles.p95),
            words.milliseconds(quantiles.p99),
            spread(quantiles, scale),
        )
        for stage, quantiles in report.latency.items()
    ]
    columns = [
        Column("Stage"),
        Column("Median", "number"),
        Column("95%", "number"),
        Column("99%", "number"),
        Column([heard("Spread, logarithmic"), scale_row(scale, thinned)], "plot"),
    ]
    total = report.latency.get("total")
    lead = (
        "Wall time of each stage, one query after another. The line goes from the 5th to the 95th percentile, the bar "
    )
    lead += "holds the middle half, the ring is the median; the axis is logarithmic."
    if total is not None:
        lead += f" The slowest query took {words.milliseconds(total.most)}; the first one loads the model."
    return Section("speed", words.SPEED, lead, [table("Latency by stage", columns, rows)])


def _rejected(report: EvaluationReport) -> Section | None:
    if not report.rejected:
        return None
    rows = [
        (
            element("bdi", None, rejection.image),
            "" if rejection.line is None else str(rejection.line),
            element("code", None, str(rejection.reason)),
            element("bdi", None, rejection.detail),
        )
        for rejection in report.rejected[:100]
    ]
    columns = [Column("Query"), Column("Line", "number"), Column("Reason"), Column("What was wrong")]
    more = len(report.rejected) - len(rows)
    return Section(
        "rejected",
        words.REJECTED,
        f"{words.count(len(report.rejected), 'query', 'queries')} could not be asked and are in no number above."
        + (f" The first 100 are shown; {more:,} more are in evaluation.json." if more else ""),
        [table("Rejected queries", columns, rows)],
        wide=True,
    )
