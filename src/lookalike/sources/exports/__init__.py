"""Product exports of shop systems as they are: rows that belong together become products, pictures and variants."""

from lookalike.sources.exports.export import Export, export_of
from lookalike.sources.exports.rows import ExportRows

__all__ = ["Export", "ExportRows", "export_of"]
