"""A net that has unlearned: for asking whether an explanation looks at the model or only at the picture."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false
from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from lookalike.nets.net import Net

__all__ = ["randomised_copy"]


def randomised_copy(net: Net, *, generator: np.random.Generator, n_layers: int | None = None) -> Net:
    """A copy of `net` whose last layers have their weights shuffled; `net` itself stays as it is.

    Each weight matrix or kernel keeps the values it has, in an order of chance, so that its scale, and with it the
    range of what follows, stays what it was. Biases keep their places: they are few, and set the operating point.

    Args:
        net: the trained one.
        generator: source of randomness.
        n_layers: how many layers, counted from the embedding backwards; None for all.

    Raises:
        ValueError: fewer than none, or more layers than there are.

    Reference:
        Adebayo et al. 2018, "Sanity Checks for Saliency Maps" (arXiv 1810.03292), cascading randomisation. They
        draw new weights from the initialiser; we shuffle, as the initialiser is not known of an ONNX file.
    """
    import torch

    changed = copy.deepcopy(net)
    layers = [path for path, _ in changed.named_parameters() if path.endswith(".weight")]
    chosen = len(layers) if n_layers is None else n_layers
    if not 0 <= chosen <= len(layers):
        raise ValueError(f"n_layers must be 0 to {len(layers)}, received {n_layers}")
    with torch.no_grad():
        for path in layers[len(layers) - chosen :]:
            weight = changed.get_parameter(path)
            values = weight.detach().cpu().numpy()
            shuffled = generator.permutation(values.reshape(-1)).reshape(values.shape)
            weight.copy_(torch.from_numpy(shuffled))
    return changed
