"""A run, written down where people look: TensorBoard, Weights & Biases. Importing this package imports neither."""

from lookalike.train.watching.journal import Journal
from lookalike.train.watching.opening import JournalChoice, open_journals, require_journals
from lookalike.train.watching.scribe import Scribe

__all__ = ["Journal", "JournalChoice", "Scribe", "open_journals", "require_journals"]
