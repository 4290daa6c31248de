"""Bringing a source into a store: decoded, checked, embedded, written; idempotent and resumable.

Feeds on records of the sources room; hands batches to the catalogue, one transaction each.
"""

from lookalike.ingest.draft import ProductDraft, VariantDraft
from lookalike.ingest.progress import Progress, Watcher
from lookalike.ingest.report import IndexReport

__all__ = ["IndexReport", "ProductDraft", "Progress", "VariantDraft", "Watcher"]
