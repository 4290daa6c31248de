"""The style sheet of a report, as the file beside this module has it."""

from __future__ import annotations

from importlib.resources import files

__all__ = ["style_sheet"]


def style_sheet() -> str:
    """The whole style sheet; it loads nothing, and neither does what it styles."""
    return files("lookalike.evaluate.report").joinpath("report.css").read_text(encoding="utf-8")
