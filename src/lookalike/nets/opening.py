"""From a model's name to a torch module with the same weights."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lookalike.embed.opening import read_model
from lookalike.errors import MissingExtra

if TYPE_CHECKING:
    from lookalike.nets.net import Net

__all__ = ["open_net"]


def open_net(model: str | Path | None = None, *, device: str = "cpu") -> Net:
    """The model as a torch module: same weights, same embeddings to 1e-4, and gradients.

    Args:
        model: None for the packaged default, a name of a packaged model, a folder with ``model.onnx`` and
            ``description.json``, or an ``.onnx`` file.
        device: as torch names it.

    Raises:
        MissingExtra: torch or onnx is not installed.
        UnknownModel: nothing of that name or at that path.
        ModelDamaged: the file is not what its description says.
        ModelError: the graph has an operator that is not translated.
        InvalidConfiguration: a model of another library, which is no ONNX file.
    """
    try:
        from lookalike.nets.net import Net
    except ImportError as error:
        raise MissingExtra(needed_for="a model with gradients", extra="train") from error
    description, graph = read_model(model)
    return Net(description, graph).to(device)
