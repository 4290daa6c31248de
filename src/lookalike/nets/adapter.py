"""Small additions to a net that learn while the net stays: low-rank changes of its matrices, gains, biases.

While it learns, each adapted weight is computed anew from the frozen one and the addition (a parametrisation of
torch's), so that the net is used, copied and exported as before, and exported it is an ordinary model. Saved apart
from the net, an adapter is a small file that remembers which model it belongs to.
"""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TypeAlias, final
from zipfile import BadZipFile

import numpy as np
import torch
from jaxtyping import Float
from torch import nn
from torch.nn.utils import parametrize

from lookalike.errors import FingerprintMismatch, ModelDamaged
from lookalike.nets.backbone import Backbone
from lookalike.nets.configuration import AdapterConfig
from lookalike.nets.net import Net

__all__ = ["Adapter", "adapt", "restore"]

Kernel: TypeAlias = Float[torch.Tensor, "out inputs ..."]
_HEADER = "adapter"
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.LayerNorm, nn.GroupNorm)


@final
class _Change(nn.Module):
    """W -> g (W + B A), one gain g for each channel that comes out; B and the gains start as doing nothing.

    Args:
        weight: W, whose shape it takes.
        rank: of B A, for 1 x 1 kernels; 0 for none.
        gains: whether there are gains.
        generator: of the start of A.
    """

    def __init__(self, weight: Kernel, *, rank: int, gains: bool, generator: torch.Generator) -> None:
        super().__init__()
        n_out, n_in = weight.shape[:2]
        self.down = self.up = self.gain = None
        if rank:
            down = torch.randn(rank, n_in, generator=generator) / n_in**0.5
            self.down = nn.Parameter(down.to(weight.device))
            self.up = nn.Parameter(torch.zeros(n_out, rank, device=weight.device))
        if gains:
            self.gain = nn.Parameter(torch.ones(n_out, device=weight.device))

    def forward(self, weight: Kernel) -> Kernel:
        """The changed weight."""
        if self.up is not None and self.down is not None:
            weight = weight + (self.up @ self.down).reshape(weight.shape)
        return weight if self.gain is None else weight * self.gain.reshape(-1, *(1 for _ in weight.shape[1:]))


@final
class Adapter:
    """What learns in an adapted net. Keeps no net of its own: the net that was adapted has the changes in it.

    Args:
        net: the adapted net.
        config: what learns.
        parameters: those that learn, by name.
        fingerprint: of the model before it was adapted.
        base_bytes: size of that model's file.
    """

    def __init__(
        self,
        net: Backbone,
        config: AdapterConfig,
        parameters: Mapping[str, nn.Parameter],
        fingerprint: str,
        base_bytes: int,
    ) -> None:
        self.net = net
        self.config = config
        self.fingerprint = fingerprint
        self.base_bytes = base_bytes
        self._parameters = dict(parameters)

    def parameters(self) -> list[nn.Parameter]:
        """What an optimiser is given."""
        return list(self._parameters.values())

    @property
    def n_trained(self) -> int:
        """Numbers that learn."""
        return sum(one.numel() for one in self._parameters.values())

    def saved(self) -> bytes:
        """A file of these numbers in float32, of the configuration, and of the model that they belong to."""
        header = {"config": asdict(self.config), "fingerprint": self.fingerprint, "version": 1}
        arrays = {name: one.detach().cpu().numpy().astype(np.float32) for name, one in self._parameters.items()}
        buffer = io.BytesIO()
        held = {_HEADER: np.array(json.dumps(header)), **arrays}
        np.savez(buffer, **held)  # pyright: ignore[reportArgumentType]
        return buffer.getvalue()

    def fill(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take these numbers, by name.

        Raises:
            ModelDamaged: other names or shapes than learn here.
        """
        wanted = {name: tuple(one.shape) for name, one in self._parameters.items()}
        given = {name: value.shape for name, value in arrays.items()}
        if wanted != given:
            differing = sorted(name for name in wanted.keys() | given.keys() if wanted.get(name) != given.get(name))
            raise ModelDamaged(f"the adapter does not fit the net: {', '.join(differing[:5])} differ")
        with torch.no_grad():
            for name, value in arrays.items():
                self._parameters[name].copy_(torch.from_numpy(value))

    def merge(self) -> None:
        """Write the changes into the net's weights and take the additions away; the adapter is used up."""
        for module in list(self.net.modules()):
            if parametrize.is_parametrized(module, "weight"):
                parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)
        self._parameters = {}


def adapt(net: Backbone, config: AdapterConfig, *, generator: torch.Generator) -> Adapter:
    """Freeze the net and give its layers additions that learn; its embeddings stay as they are for now.

    Of a translated ONNX file these are its convolutions, into which normalisation was merged; its linear layers stay:
    the projection at the end is the head's concern. Of a model of another library they are all convolutions and
    linear layers; where it has normalisation layers, their gains and biases take the place of gains of their own.

    Args:
        net: changed in place.
        config: which additions.
        generator: of their start.

    Returns:
        what learns. `Backbone.to_onnx` gives the model with the changes in it at any time.

    Raises:
        ValueError: the net is adapted already.

    Reference:
        Hu et al. 2021, "LoRA" (arXiv 2106.09685), eq. 3, for matrices and 1 x 1 convolutions alone: of depthwise
        kernels a low-rank change has more numbers than the kernel. Without its scale alpha / r, which a learning
        rate does as well.
    """
    if any(parametrize.is_parametrized(module) for module in net.modules()):
        raise ValueError(f"{net.description.name} is adapted already; merge its adapter first")
    fingerprint, base_bytes = net.description.fingerprint, net.n_bytes
    net.requires_grad_(False)
    modules = list(net.named_modules())
    norms = [(path, module) for path, module in modules if isinstance(module, _NORMS)]
    kinds = (nn.Conv2d,) if isinstance(net, Net) else (nn.Conv2d, nn.Linear)
    learning: dict[str, nn.Parameter] = {}
    for path, module in modules:
        if not isinstance(module, kinds):
            continue
        weight = module.get_parameter("weight")
        matrix = weight[0, 0].numel() == 1 and weight.shape[1] > 1 and getattr(module, "groups", 1) == 1
        rank = min(config.rank, *weight.shape[:2]) if matrix else 0
        gains = config.gains and not norms
        if rank or gains:
            change = _Change(weight.detach(), rank=rank, gains=gains, generator=generator)
            parametrize.register_parametrization(module, "weight", change)
            learning |= {f"{path}.{name}": one for name, one in change.named_parameters()}
        if config.biases and module.bias is not None:
            learning[f"{path}.bias"] = module.get_parameter("bias")
    for path, module in norms:
        kept = {"weight": config.gains, "bias": config.biases}
        learning |= {f"{path}.{name}": one for name, one in module.named_parameters(recurse=False) if kept.get(name)}
    for one in learning.values():
        one.requires_grad_(True)
    return Adapter(net, config, learning, fingerprint, base_bytes)


def restore(net: Backbone, file: bytes) -> Adapter:
    """Adapt the net as a saved adapter says.

    Args:
        net: the model that the adapter was made for; changed in place.
        file: what `Adapter.saved` gave.

    Raises:
        ModelDamaged: no such file.
        FingerprintMismatch: the adapter belongs to another model.
    """
    try:
        with np.load(io.BytesIO(file), allow_pickle=False) as held:
            header = json.loads(str(held[_HEADER]))
            arrays = {name: held[name] for name in held.files if name != _HEADER}
        config, fingerprint = AdapterConfig(**header["config"]), str(header["fingerprint"])
    except (BadZipFile, OSError, KeyError, TypeError, ValueError) as error:
        raise ModelDamaged(f"received {len(file)} bytes that are no adapter: {error}") from error
    if fingerprint != net.description.fingerprint:
        raise FingerprintMismatch(
            f"the adapter belongs to a model with fingerprint {fingerprint[:12]}, received "
            f"{net.description.name} with {net.description.fingerprint[:12]}: open the model that it was trained on"
        )
    adapter = adapt(net, config, generator=torch.Generator())
    adapter.fill(arrays)
    return adapter
