"""From a model's name to a torch module with the same weights."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lookalike.embed.opening import hub_reference, read_model
from lookalike.errors import MissingExtra, ModelError
from lookalike.nets.devices import require_device

if TYPE_CHECKING:
    from lookalike.nets.backbone import Backbone
    from lookalike.nets.net import Net

__all__ = ["open_backbone", "open_net"]


def open_net(model: str | Path | None = None, *, device: str = "cpu") -> Net:
    """The model as a torch module: same weights, same embeddings to 1e-4, and gradients.

    Args:
        model: None for the packaged default, a name of a packaged model, a folder with ``model.onnx`` and
            ``description.json``, or an ``.onnx`` file. One in half precision is computed in float32.
        device: as torch names it.

    Raises:
        MissingExtra: torch or onnx is not installed.
        UnknownModel: nothing of that name or at that path.
        ModelDamaged: the file is not what its description says.
        ModelError: the graph has an operator that is not translated, or computes in integers.
        InvalidConfiguration: a model of another library, which is no ONNX file, or a device that is not there.
    """
    try:
        from lookalike.nets.full_precision import in_full_precision
        from lookalike.nets.net import Net
    except ImportError as error:
        raise MissingExtra(needed_for="a model with gradients", extra="train") from error
    require_device(device)
    description, graph = read_model(model)
    if description.precision == "int8":
        raise ModelError(
            f"{description.name} computes in integers of eight bits, which have no gradients: use the model in float "
            "that it was made of"
        )
    return Net(description, in_full_precision(graph)).to(device)


def open_backbone(model: str | Path | None = None, *, device: str = "cpu") -> Backbone:
    """What `open_net` opens, or a vision model of timm, torchvision, open_clip or transformers: for a head to stand on.

    Args:
        model: as for `open_net`, or for example ``timm:resnet50@weights.pth``: the library, its name, local weights.
        device: as torch names it.

    Raises:
        MissingExtra: torch, onnx or the library is not installed.
        UnknownModel: nothing of that name or at that path.
        ModelDamaged: the file is not what its description says, or the weights do not fit the model.
        ModelError: the graph has an operator that is not translated, or the model gives no feature maps.
    """
    hub = hub_reference(model)
    if hub is None:
        return open_net(model, device=device)
    from lookalike.embed.hub import open_hub_module

    library, reference, weights = hub
    opened, description = open_hub_module(library, reference, weights=weights)
    try:
        from lookalike.nets.hub_net import HubNet
    except ImportError as error:
        raise MissingExtra(needed_for="a model with gradients", extra="train") from error
    return HubNet(opened, description).to(device)
