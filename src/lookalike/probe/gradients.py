"""Which places of a photograph raise its similarity to a product, by the gradient at one feature map.

For models whose similarity does not split exactly over places. Where it does (`ModelDescription.projection`) the
explain room's terms are exact and this is an approximation of them.
"""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from lookalike.types import Pixels, Vector

if TYPE_CHECKING:
    from lookalike.nets.net import Net

__all__ = ["gradient_map"]


def gradient_map(
    net: Net, square: Pixels, vector: Vector, *, tensor: str = "features", signed: bool = False
) -> Float32[np.ndarray, "height width"]:
    """Grad-CAM of the cosine between the square's embedding and `vector`, one value a place of the feature map.

    With A the map (channels, height, width) and s the cosine, a_c = mean over places of ds/dA_c, and the value of
    place l is max(0, Σ_c a_c A_cl). Averaging the gradient over places is what makes it approximate: for layers
    below the last one, places that matter differently get the same weights. Rectification drops what speaks against.

    Args:
        net: the model, from `lookalike.nets.open_net`.
        square: the picture as the model sees it: through its preprocessing, shape (size, size, 3).
        vector: the product's unit vector, of the same model.
        tensor: name of a feature map of the graph, shape (1, channels, height, width).
        signed: whether places that lower the similarity keep their negative values.

    Returns:
        the map at the feature map's own size (7 x 7 for ``features`` of `lite0`), not scaled.

    Raises:
        ValueError: no such tensor, or one that is no map.

    Reference:
        Selvaraju et al. 2017, "Grad-CAM" (arXiv 1610.02391), eq. 1 and 2, with the cosine in place of a class score.
    """
    import torch

    device = next(net.parameters()).device
    pixels = torch.from_numpy(np.array(square[np.newaxis], np.float32)).to(device)
    wanted = torch.from_numpy(np.array(vector, np.float32)).to(device)
    with torch.enable_grad():
        # The pixels ask for a gradient so that the tensors behind them have one even where the weights are frozen.
        found = net.tensors(pixels.requires_grad_(True), [net.description.output, tensor])
        maps = found[tensor]
        if maps.ndim != 4:
            raise ValueError(f"{tensor} has shape {tuple(maps.shape)}: expected a map (1, channels, height, width)")
        embedding = torch.nn.functional.normalize(found[net.description.output], dim=1)
        (slope,) = torch.autograd.grad((embedding @ wanted).sum(), maps)
    weighted = (slope.mean((2, 3), keepdim=True) * maps).sum(1)[0].detach()
    return (weighted if signed else weighted.clamp(min=0)).cpu().numpy()
