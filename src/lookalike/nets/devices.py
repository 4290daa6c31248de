"""Where torch computes."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false
from __future__ import annotations

from lookalike.errors import InvalidConfiguration

__all__ = ["require_device"]


def require_device(device: str) -> None:
    """Refuse a device that torch cannot compute on here, before anything has been done for it.

    Args:
        device: as torch names it, such as ``cpu``, ``cuda`` or ``cuda:1``.

    Raises:
        InvalidConfiguration: it is not there, or no device is called that.
    """
    import torch

    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, ValueError, NotImplementedError) as error:
        said = str(error).strip().partition("\n")[0]
        raise InvalidConfiguration(f"--device {device}: torch cannot compute there ({said}): use cpu") from error
