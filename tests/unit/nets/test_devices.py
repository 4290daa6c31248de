"""Claims about `lookalike.nets.devices`."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")

import torch

from lookalike.errors import InvalidConfiguration
from lookalike.nets.devices import require_device

pytestmark = [pytest.mark.torch]


def test_a_device_that_is_there_is_taken() -> None:
    require_device("cpu")


@pytest.mark.parametrize("device", ["cuda:99", "toaster", "cpu:x"])
def test_a_device_that_is_not_there_is_named(device: str) -> None:
    if torch.cuda.device_count() > 99:
        pytest.skip("a hundred GPUs")
    with pytest.raises(InvalidConfiguration, match=f"--device {device}: torch cannot compute there"):
        require_device(device)
