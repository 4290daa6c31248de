"""The last section of every report: how to do it again."""

from __future__ import annotations

from collections.abc import Sequence

from lookalike.evaluate.report import words
from lookalike.evaluate.report.document import Section
from lookalike.evaluate.report.markup import Child, Markup, element
from lookalike.evaluate.report.record import Record, Subject
from lookalike.evaluate.report.tables import facts

__all__ = ["repeat"]


def repeat(record: Record, subjects: Sequence[Subject]) -> Section:
    """Command line, data, models, versions and machine; of a comparison its seed, too: an evaluation draws nothing."""
    body: list[Markup] = []
    if record.command:
        command = element("code", None, record.command)
        body.append(element("pre", {"tabindex": "0", "role": "region", "aria-label": "Command line"}, command))
    told: list[tuple[str, Child]] = [
        ("Queries", element("bdi", None, record.queries)),
        ("SHA-256 of the queries and their pictures", element("code", None, record.queries_sha256)),
        ("Store", element("bdi", None, subjects[0].store)),
        (
            "Catalogue",
            f"{words.count(subjects[0].products, 'product')}, {words.count(subjects[0].images, 'picture')}",
        ),
    ]
    for subject in subjects:
        model = f"{subject.model} {subject.model_version}, {subject.runtime}, {subject.precision}"
        told += [
            (f"Release {subject.release}", f"{model}, {words.count(subject.vectors, 'vector')}"),
            (f"Fingerprint of {subject.release}", element("code", None, subject.fingerprint)),
        ]
    if len(subjects) > 1:
        told.append(("Seed of the p-values", element("code", None, str(record.seed))))
    told += [
        ("Versions", ", ".join(f"{name} {version}" for name, version in record.versions.items())),
        ("Machine", record.machine),
        ("Asked", f"{record.created_at}, in {record.seconds:.1f} s"),
    ]
    body.append(facts(told))
    lead = "The same command over the same data gives the same numbers, times excepted."
    return Section("repeat", words.REPEAT, lead, body)
