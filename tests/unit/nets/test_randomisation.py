"""Claims about `lookalike.nets.randomisation`."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.nets import open_net, randomised_copy

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def net():
    return open_net()


def test_the_copy_embeds_otherwise_and_the_original_stays(net) -> None:
    before = copy.deepcopy(net.state_dict())
    changed = randomised_copy(net, generator=np.random.default_rng(1))
    assert all(bool((before[name] == value).all()) for name, value in net.state_dict().items())
    pixels = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    with torch.no_grad():
        own, other = net(torch.from_numpy(pixels)), changed(torch.from_numpy(pixels))
    assert float((own * other).sum(1).abs().max()) < 0.5
    assert bool(torch.isfinite(other).all())
    found = OnnxEmbedder(changed.description, changed.to_onnx()).embed(pixels)
    np.testing.assert_allclose(found, other.numpy(), atol=1e-4)


@pytest.mark.parametrize("n_layers", [0, 1, 3])
def test_only_the_last_layers_are_shuffled_and_keep_their_values(net, n_layers: int) -> None:
    changed = randomised_copy(net, generator=np.random.default_rng(1), n_layers=n_layers)
    paths = [name for name, _ in net.named_parameters() if name.endswith(".weight")]
    differing = [name for name in paths if not torch.equal(net.get_parameter(name), changed.get_parameter(name))]
    assert differing == paths[len(paths) - n_layers :]
    for name in paths:
        assert torch.equal(net.get_parameter(name).flatten().sort()[0], changed.get_parameter(name).flatten().sort()[0])


def test_the_same_generator_gives_the_same_copy(net) -> None:
    one, other = (randomised_copy(net, generator=np.random.default_rng(7), n_layers=2) for _ in range(2))
    assert all(bool((one.state_dict()[name] == value).all()) for name, value in other.state_dict().items())


def test_more_layers_than_there_are_is_refused(net) -> None:
    with pytest.raises(ValueError, match="n_layers must be 0 to 50"):
        randomised_copy(net, generator=np.random.default_rng(1), n_layers=51)
