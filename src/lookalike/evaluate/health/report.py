"""The report of a doctor's visit: files, rejections, duplicates, findings, views, and what could not be looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from lookalike.evaluate.health.finding import Finding, FindingKind, Severity
from lookalike.evaluate.health.views import ViewsReport
from lookalike.ingest.checkup import DuplicateGroup
from lookalike.sources.fetch.credentials import without_credentials
from lookalike.types import Rejection

__all__ = ["HealthReport", "finding_document", "health_document"]


@dataclass(frozen=True, slots=True)
class HealthReport:
    """What `doctor` answers; ok + rejected = files.

    Attributes:
        files: pictures that were looked at, with those that cannot be used.
        ok: those that can be used.
        rejected: those that cannot.
        duplicates: names of pictures with the same bytes, or the same looks.
        findings: worst first.
        views: what another view of a product is worth; None without a store, or where nothing can be said.
        unchecked: what could not be looked at, and why, in sentences.
        products: products in the store; 0 without one.
        sequence: where the store stood; None without one.
        seconds: how long it took.
    """

    files: int
    ok: int
    rejected: tuple[Rejection, ...]
    duplicates: tuple[DuplicateGroup, ...]
    findings: tuple[Finding, ...] = ()
    views: ViewsReport | None = None
    unchecked: tuple[str, ...] = field(default=())
    products: int = 0
    sequence: int | None = None
    seconds: float = 0.0

    @property
    def counts(self) -> Mapping[FindingKind, int]:
        """Findings by kind, worst kind first; kinds without any are left out."""
        counted = Counter(finding.kind for finding in self.findings)
        return {kind: counted[kind] for kind in FindingKind if counted[kind]}


def health_document(report: HealthReport) -> dict[str, object]:
    """The part of the answer that is about health, as plain values: ``findings``, ``summary`` and ``views``."""
    severities = Counter(finding.severity for finding in report.findings)
    order: tuple[Severity, ...] = ("high", "medium", "low")
    return {
        "findings": [finding_document(finding) for finding in report.findings],
        "summary": {
            "findings": len(report.findings),
            "products": report.products,
            "products_affected": len({one.about.product_id for one in report.findings} - {None}),
            "by_kind": {str(kind): count for kind, count in report.counts.items()},
            "by_severity": {severity: severities[severity] for severity in order},
            "unchecked": list(report.unchecked),
        },
        "views": None if report.views is None else report.views.document(),
    }


def finding_document(finding: Finding) -> dict[str, object]:
    """A finding as plain values."""
    return {
        "kind": str(finding.kind),
        "severity": finding.severity,
        "product_id": finding.about.product_id,
        "image": without_credentials(finding.about.image),
        "image_key": finding.about.image_key,
        "detail": finding.detail,
        "score": round(finding.score, 4),
        "others": [
            {
                "product_id": other.product_id,
                "image": without_credentials(other.image),
                "image_key": other.image_key,
            }
            for other in finding.others
        ],
        "evidence": dict(finding.evidence),
    }
