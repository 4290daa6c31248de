"""Reports: one self-contained HTML file an evaluation, and the same as JSON.

Fed by the evaluation and by the engine that was asked; draws its own plots, loads nothing, runs nothing.
"""

from lookalike.evaluate.report.camera import Shelf
from lookalike.evaluate.report.collecting import collect
from lookalike.evaluate.report.comparison_page import comparison_page
from lookalike.evaluate.report.comparison_report import ComparisonReport
from lookalike.evaluate.report.evaluation_page import evaluation_page
from lookalike.evaluate.report.evaluation_report import EvaluationReport
from lookalike.evaluate.report.record import Record, Subject, record_now

__all__ = [
    "ComparisonReport",
    "EvaluationReport",
    "Record",
    "Shelf",
    "Subject",
    "collect",
    "comparison_page",
    "evaluation_page",
    "record_now",
]
