"""Reports: one self-contained HTML file an evaluation, and the same as JSON.

Fed by the evaluation and by the engine that was asked; draws its own plots, loads nothing, runs nothing.
"""

from lookalike.evaluate.report.collecting import Shelf, collect
from lookalike.evaluate.report.evaluation_page import evaluation_page
from lookalike.evaluate.report.evaluation_report import EvaluationReport
from lookalike.evaluate.report.record import Record, Subject, record_now

__all__ = ["EvaluationReport", "Record", "Shelf", "Subject", "collect", "evaluation_page", "record_now"]
