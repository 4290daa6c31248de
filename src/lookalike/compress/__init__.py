"""Smaller models: fewer bits, fewer channels, or a student, each behind a gate on recall.

A smaller model has a fingerprint of its own: its vectors agree with the original's to less than the 0.999 at which two
ways of computing one model may share a release. Importing this package imports neither torch nor onnx.
"""

from lookalike.compress.options import ImitationOptions, QuantiseOptions, ShrinkOptions
from lookalike.compress.recipe import QuantisationRecipe
from lookalike.compress.verbs import distil, export, prune, quantise

__all__ = [
    "ImitationOptions",
    "QuantisationRecipe",
    "QuantiseOptions",
    "ShrinkOptions",
    "distil",
    "export",
    "prune",
    "quantise",
]
