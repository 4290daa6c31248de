"""Torch modules: the packaged model, or any other ONNX file, as something that has gradients.

Needs the extra ``train``. Importing this package does not import torch, so that a missing extra is a sentence and not
a traceback; its modules do. Feeds on the models that the embed room knows.
"""

from lookalike.nets.opening import open_backbone, open_net
from lookalike.nets.randomisation import randomised_copy

__all__ = ["open_backbone", "open_net", "randomised_copy"]
