"""Pictures to vectors: the `Embedder` seam, the models known by name, and what runs them.

Feeds on pictures that the images room checked; knows nothing of catalogues. Heavy runtimes are imported when a model
is opened, not when this room is.
"""

from lookalike.embed.description import InputLayout, ModelDescription
from lookalike.embed.embedder import Embedder
from lookalike.embed.opening import Precision, Runtime, describe_model, open_embedder
from lookalike.embed.table import DEFAULT_MODEL, MODELS, HubModel, ModelEntry, PackagedModel

__all__ = [
    "DEFAULT_MODEL",
    "MODELS",
    "Embedder",
    "HubModel",
    "InputLayout",
    "ModelDescription",
    "ModelEntry",
    "PackagedModel",
    "Precision",
    "Runtime",
    "describe_model",
    "open_embedder",
]
