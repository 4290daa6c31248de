"""Claims about `lookalike.nets.adapter`: it changes nothing at first, is small, and merges into the weights."""

from __future__ import annotations

import copy
import io
import zipfile

import numpy as np
import pytest

from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.errors import FingerprintMismatch, ModelDamaged
from lookalike.nets import open_net
from lookalike.nets.configuration import AdapterConfig

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch

CONFIGS = {
    "all": AdapterConfig(rank=2),
    "low rank alone": AdapterConfig(rank=3, gains=False, biases=False),
    "gains alone": AdapterConfig(rank=0, gains=True, biases=False),
    "biases alone": AdapterConfig(rank=0, gains=False, biases=True),
}


@pytest.fixture(scope="module")
def initial():
    return open_net()


@pytest.fixture
def squares() -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (2, 224, 224, 3)).astype(np.uint8)


def adapted(initial, config: AdapterConfig):
    from lookalike.nets.adapter import adapt

    net = copy.deepcopy(initial)
    return net, adapt(net, config, generator=torch.Generator().manual_seed(0))


def learn(adapter, *, seed: int = 1) -> None:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in adapter.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.01)


@pytest.mark.parametrize("name", CONFIGS)
def test_an_adapter_changes_nothing_at_first_and_all_of_it_learns(name: str, initial, squares: np.ndarray) -> None:
    net, adapter = adapted(initial, CONFIGS[name])
    pixels = torch.from_numpy(squares)
    found = net(pixels)
    with torch.no_grad():
        torch.testing.assert_close(found, initial(pixels), atol=1e-6, rtol=0)
    learn(adapter)
    (net(pixels) @ torch.linspace(-1, 1, 256)).sum().backward()
    assert all(one.grad is not None and bool(one.grad.any()) for one in adapter.parameters())
    learning = {id(one) for one in adapter.parameters()}
    assert {id(one) for one in net.parameters() if one.requires_grad} == learning


@pytest.mark.parametrize("name", CONFIGS)
def test_exported_and_merged_it_is_what_torch_computes(name: str, initial, squares: np.ndarray) -> None:
    net, adapter = adapted(initial, CONFIGS[name])
    learn(adapter)
    pixels = torch.from_numpy(squares)
    with torch.no_grad():
        expected = net(pixels)
        assert not torch.allclose(expected, initial(pixels), atol=1e-4)
    exported = net.to_onnx()
    np.testing.assert_allclose(OnnxEmbedder(net.description, exported).embed(squares), expected.numpy(), atol=1e-4)
    adapter.merge()
    assert {path for path, _ in net.named_parameters()} == {path for path, _ in initial.named_parameters()}
    with torch.no_grad():
        torch.testing.assert_close(net(pixels), expected, atol=1e-5, rtol=0)
    assert net.to_onnx() == exported


def test_a_changed_weight_is_its_formula_by_loops(initial) -> None:
    net, adapter = adapted(initial, AdapterConfig(rank=2))
    learn(adapter)
    layer = net.blocks[0].projected
    change = layer.parametrizations.weight[0].requires_grad_(False)
    before, after = (one.weight.detach().numpy() for one in (initial.blocks[0].projected, layer))
    for out in range(0, 16, 5):
        for given in range(0, 32, 7):
            low = sum(float(change.up[out, r]) * float(change.down[r, given]) for r in range(2))
            expected = float(change.gain[out]) * (float(before[out, given, 0, 0]) + low)
            assert float(after[out, given, 0, 0]) == pytest.approx(expected, abs=1e-6)


def test_the_default_has_a_file_and_trained_numbers_well_under_a_tenth_of_the_model(initial) -> None:
    net, adapter = adapted(initial, AdapterConfig())
    backbone = sum(one.numel() for path, one in initial.named_parameters() if not path.startswith("projection"))
    assert 0 < adapter.n_trained < 0.08 * backbone
    assert len(adapter.saved()) < 0.08 * adapter.base_bytes
    assert adapter.base_bytes == len(initial.to_onnx())
    assert net.projection.weight.requires_grad is False


def test_saved_and_restored_it_gives_the_same_embeddings(initial, squares: np.ndarray) -> None:
    from lookalike.nets.adapter import restore

    net, adapter = adapted(initial, AdapterConfig(rank=2))
    learn(adapter)
    again = copy.deepcopy(initial)
    restored = restore(again, adapter.saved())
    assert restored.config == adapter.config
    with torch.no_grad():
        assert torch.equal(again(torch.from_numpy(squares)), net(torch.from_numpy(squares)))


def test_what_is_saved_is_restored_where_numpy_takes_every_word_for_an_array(
    initial, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lookalike.nets.adapter import restore

    def older(file: io.BytesIO, **arrays: object) -> None:
        # As before numpy 2.1, which has an option beside the arrays.
        with zipfile.ZipFile(file, "w") as archive:
            for name, value in arrays.items():
                with archive.open(f"{name}.npy", "w") as member:
                    np.lib.format.write_array(member, np.asarray(value))

    monkeypatch.setattr(np, "savez", older)
    _, adapter = adapted(initial, CONFIGS["biases alone"])
    assert restore(copy.deepcopy(initial), adapter.saved()).n_trained == adapter.n_trained


def test_a_copy_of_an_adapted_net_learns_by_itself(initial, squares: np.ndarray) -> None:
    net, adapter = adapted(initial, AdapterConfig(rank=2))
    twin = copy.deepcopy(net)
    learn(adapter)
    with torch.no_grad():
        torch.testing.assert_close(twin(torch.from_numpy(squares)), initial(torch.from_numpy(squares)))
        assert not torch.allclose(net(torch.from_numpy(squares)), initial(torch.from_numpy(squares)), atol=1e-4)


def test_what_is_no_adapter_of_this_net_is_refused(initial) -> None:
    from dataclasses import replace

    from lookalike.nets.adapter import adapt, restore

    net, adapter = adapted(initial, AdapterConfig(rank=1, biases=False))
    with pytest.raises(ValueError, match="adapted already"):
        adapt(net, AdapterConfig(), generator=torch.Generator())
    with pytest.raises(ModelDamaged, match="no adapter"):
        restore(copy.deepcopy(initial), b"something else")
    with pytest.raises(ModelDamaged, match="no adapter"):
        restore(copy.deepcopy(initial), adapter.saved()[:-40])
    other = copy.deepcopy(initial)
    other.description = replace(other.description, weights_sha256="0" * 64)
    with pytest.raises(FingerprintMismatch, match="trained on"):
        restore(other, adapter.saved())
    with pytest.raises(ModelDamaged, match="does not fit"):
        adapter.fill({"stem.gain": np.ones(3, np.float32)})
