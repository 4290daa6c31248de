"""Claims about `lookalike.nets.hub_net`: any torch vision model is a backbone; those of libraries where installed."""

from __future__ import annotations

import copy
import sys
from pathlib import Path

import numpy as np
import pytest

from lookalike.embed.description import ModelDescription
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.errors import MissingExtra, ModelError
from lookalike.images.preprocessing import Preprocessing
from lookalike.nets import open_backbone
from lookalike.nets.configuration import AdapterConfig, HeadConfig

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch

SIDE = 32


def convolutional():
    """Sides 16, 8 and 8, with batch normalisation and pooling, as ResNets have."""
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
        nn.Conv2d(8, 16, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )  # fmt: skip


class Transformer(torch.nn.Module):
    """Tokens of 8 x 8 places behind one that is the picture's, as ViTs have."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = torch.nn.Conv2d(3, 12, 4, 4)
        self.first = torch.nn.Parameter(torch.randn(1, 1, 12, generator=torch.Generator().manual_seed(0)))
        self.blocks = torch.nn.ModuleList(
            torch.nn.Sequential(torch.nn.LayerNorm(12), torch.nn.Linear(12, 12), torch.nn.GELU()) for _ in range(2)
        )
        self.norm = torch.nn.LayerNorm(12)

    def forward(self, pictures):
        tokens = self.patches(pictures).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.first.expand(tokens.shape[0], 1, 12), tokens], 1)
        for block in self.blocks:
            tokens = tokens + block(tokens)
        return self.norm(tokens)[:, 0]


class _Watched(torch.nn.Module):
    """A module whose result is something of its own, beside what is computed."""

    def __init__(self, result) -> None:
        super().__init__()
        self.result = result

    def forward(self, value):
        return self.result(value)


class Windows(torch.nn.Module):
    """As Swin has it: tables of pairs of places, tokens whose side gets smaller; and a number of the whole batch."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = torch.nn.Conv2d(3, 8, 4, 4)
        self.attn = torch.nn.Module()
        self.attn.weights = _Watched(lambda x: torch.ones(len(x), 2, 16, 16))
        self.cpb_mlp = _Watched(lambda x: torch.ones(1, 7, 7, 2))
        self.windows = _Watched(lambda x: torch.ones(4 * len(x), 2, 4, 4))
        self.balance = _Watched(lambda x: x.mean())
        self.layers = torch.nn.ModuleList(
            [_Watched(lambda x: x.flatten(2).transpose(1, 2)), _Watched(lambda x: x[:, ::4])]
        )

    def forward(self, pictures):
        maps = self.patches(pictures)
        for watched in (self.attn.weights, self.cpb_mlp, self.windows, self.balance):
            watched(maps)
        return self.layers[1](self.layers[0](maps)).mean(1)


class Unrolled(torch.nn.Module):
    """As Hiera has it: of 8 x 8 places the four of a square stand apart, until the second block keeps the largest."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = torch.nn.Conv2d(3, 5, 4, 4)
        self.blocks = torch.nn.ModuleList([_Watched(lambda x: x), _Watched(lambda x: x.unflatten(1, (4, 16)).amax(1))])
        self.pooler = torch.nn.AdaptiveAvgPool1d(1)

    def forward(self, pictures):
        maps = self.patches(pictures)
        tokens = maps.reshape(-1, 5, 4, 2, 4, 2).permute(0, 3, 5, 2, 4, 1).reshape(len(maps), 64, 5)
        for block in self.blocks:
            tokens = block(tokens)
        return self.pooler(tokens.transpose(1, 2)).flatten(1)

    def reroll(self, tokens, block: int):
        if block:
            return tokens.reshape(-1, 4, 4, 5)
        return tokens.reshape(-1, 2, 2, 4, 4, 5).permute(0, 3, 1, 4, 2, 5).reshape(-1, 8, 8, 5)


MADE = {"convolutional": convolutional, "transformer": Transformer}
HEADS = {
    "convolutional": HeadConfig(dimension=6, features=("stage16", "features"), neck=True),
    "transformer": HeadConfig(dimension=6, features=("block0", "features"), pooling=("average", "attention")),
}


def made(name: str):
    from lookalike.embed.hub import HubModule
    from lookalike.nets.hub_net import HubNet

    torch.manual_seed(0)
    module = {**MADE, "windows": Windows, "unrolled": Unrolled}[name]()
    preprocessing = Preprocessing(size_pixels=SIDE, mean=(0.1, 0.2, 0.3), std=(0.5, 0.6, 0.7))
    description = ModelDescription(
        name=f"test:{name}", version="1", dimension=16 if name == "convolutional" else 12, preprocessing=preprocessing,
        weights_sha256="0" * 64, licence="unknown", source="made in a test", layout="nchw_float32",
    )  # fmt: skip
    return HubNet(HubModule(module, lambda module, fed: module(fed), preprocessing, "1"), description)


@pytest.fixture
def squares() -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (3, SIDE, SIDE, 3)).astype(np.uint8)


def test_maps_are_called_after_their_sides_or_blocks_and_the_last_one_features() -> None:
    assert made("convolutional").description.features == ("stage16", "features")
    assert made("transformer").description.features == ("stage8", "block0", "block1", "features")


def test_tables_of_attention_and_windows_are_no_maps_and_tokens_of_several_sides_are_called_after_them() -> None:
    assert made("windows").description.features == ("stage8", "features")


@pytest.mark.parametrize("name", ["convolutional", "transformer"])
def test_nothing_is_dropped_before_it_is_told_to_learn(name: str) -> None:
    net = made(name)
    assert not any(module.training for module in net.modules())
    net.to_onnx()
    assert not any(module.training for module in net.modules())


def test_a_model_of_another_library_cannot_be_frozen_in_part() -> None:
    net = made("convolutional")
    with pytest.raises(ValueError, match="has no nowhere"):
        net.layers_between((), ["nowhere"])
    with pytest.raises(ValueError, match="write it as ONNX first"):
        net.layers_between(["stage16"], ["features"])


def test_a_map_is_what_the_module_gave_its_tokens_at_their_places(squares: np.ndarray) -> None:
    net = made("transformer")
    with torch.no_grad():
        found = net.tensors(torch.from_numpy(squares), ["features", "embedding"])
        fed = (torch.from_numpy(squares) / 255 - torch.tensor([0.1, 0.2, 0.3])) / torch.tensor([0.5, 0.6, 0.7])
        seen: list = []
        handle = net.module.norm.register_forward_hook(lambda module, given, result: seen.append(result))
        rows = net.module(fed.permute(0, 3, 1, 2))
        handle.remove()
    torch.testing.assert_close(found["embedding"], rows)
    assert found["features"].shape == (3, 12, 8, 8)
    for row, column in ((0, 0), (0, 5), (7, 2)):
        torch.testing.assert_close(found["features"][1, :, row, column], seen[0][1, 1 + 8 * row + column])


@pytest.mark.parametrize("name", MADE)
def test_exported_under_a_head_onnx_runtime_gives_what_torch_gives(name: str, squares: np.ndarray) -> None:
    from lookalike.nets.assembly import Assembly, channels_of
    from lookalike.nets.head import Head

    net = made(name)
    head = Head(HEADS[name], channels_of(net, HEADS[name].features), generator=torch.Generator().manual_seed(1))
    assembly = Assembly(net, head).eval()
    with torch.no_grad():
        expected = torch.nn.functional.normalize(assembly(torch.from_numpy(squares))).numpy()
    embedder = OnnxEmbedder(*assembly.exported())
    np.testing.assert_allclose(embedder.embed(squares), expected, atol=1e-5)
    np.testing.assert_allclose(embedder.embed(squares[:1]), expected[:1], atol=1e-5)


def test_a_convolutional_model_that_was_exported_can_learn_again(squares: np.ndarray) -> None:
    from dataclasses import replace

    from lookalike.nets.net import Net

    net = made("convolutional")
    with torch.no_grad():
        again = Net(replace(net.description, features=()), net.to_onnx())
        torch.testing.assert_close(again(torch.from_numpy(squares)), net(torch.from_numpy(squares)))


def test_batch_normalisation_stays_as_it_is_while_the_rest_learns(squares: np.ndarray) -> None:
    net = made("convolutional").train()
    before = net.module[1].running_mean.clone()
    net(torch.from_numpy(squares)).sum().backward()
    assert torch.equal(net.module[1].running_mean, before)
    assert net.module[4].weight.grad is not None
    assert net.module[4].training


@pytest.mark.parametrize("name", MADE)
def test_it_can_be_adapted_and_merged(name: str, squares: np.ndarray) -> None:
    from lookalike.nets.adapter import adapt

    net = made(name)
    with torch.no_grad():
        before = net(torch.from_numpy(squares))
    adapter = adapt(net, AdapterConfig(rank=2), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(net(torch.from_numpy(squares)), before)
        for one in adapter.parameters():
            one.add_(0.05)
        changed = net(torch.from_numpy(squares))
    assert not torch.allclose(changed, before, atol=1e-3)
    adapter.merge()
    np.testing.assert_allclose(
        OnnxEmbedder(net.description, net.to_onnx()).embed(squares),
        torch.nn.functional.normalize(changed).numpy(),
        atol=1e-5,
    )


def test_a_copy_learns_by_itself(squares: np.ndarray) -> None:
    net = made("transformer")
    twin = copy.deepcopy(net)
    with torch.no_grad():
        before = net(torch.from_numpy(squares))
        for one in twin.parameters():
            one.mul_(0.5)
        assert not torch.allclose(twin(torch.from_numpy(squares)), before, atol=1e-3)
        torch.testing.assert_close(net(torch.from_numpy(squares)), before)


def test_layers_that_learn_are_all_that_have_weights_and_inner_tensors_lead_nowhere() -> None:
    net = made("convolutional")
    assert net.layers_between((), ["features"]) == ("module.0", "module.1", "module.4")
    with pytest.raises(ValueError, match="write it as ONNX first"):
        net.layers_between(["stage16"], ["features"])


def test_tokens_in_another_order_are_put_at_their_places(squares: np.ndarray) -> None:
    net = made("unrolled")
    assert net.description.features == ("stage8", "features")
    with torch.no_grad():
        fed = torch.from_numpy(squares)
        found = net.tensors(fed, ["stage8", "features"])
        maps = net.module.patches(net.normalised(fed))
    torch.testing.assert_close(found["stage8"], maps)
    torch.testing.assert_close(found["features"], torch.nn.functional.max_pool2d(maps, 2))


def test_what_has_no_places_is_no_map() -> None:
    from lookalike.nets.hub_net import as_maps

    assert as_maps(torch.zeros(2, 5)) is None
    assert as_maps(torch.zeros(2, 5, 1, 1)) is None
    assert as_maps(torch.zeros(2, 7, 5)) is None
    assert as_maps(torch.zeros(2, 16, 1)) is None
    for shape in ((2, 5, 3, 3), (2, 3, 3, 5), (2, 9, 5), (2, 10, 5), (2, 14, 5)):
        assert as_maps(torch.zeros(shape)).shape == (2, 5, 3, 3)


def test_an_unknown_tensor_is_refused_with_those_that_are_there(squares: np.ndarray) -> None:
    with pytest.raises(ValueError, match="it has stage16, features"):
        made("convolutional").tensors(torch.from_numpy(squares), ["stage14"])


def test_a_model_without_maps_is_refused() -> None:
    from lookalike.embed.hub import HubModule
    from lookalike.nets.hub_net import HubNet

    net = made("convolutional")
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * SIDE * SIDE, 4))
    hub = HubModule(module, lambda module, fed: module(fed), net.description.preprocessing, "1")
    with pytest.raises(ModelError, match="no module that gives a feature map"):
        HubNet(hub, net.description)


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("features", [("features",), None])
def test_one_that_learned_can_stand_beside_what_it_was(name: str, features, squares: np.ndarray) -> None:
    from lookalike.nets.assembly import Assembly, channels_of
    from lookalike.nets.head import Head
    from lookalike.nets.side_by_side import side_by_side

    net = made(name)
    initial = (net.description, net.to_onnx())
    config = HEADS[name] if features is None else HeadConfig(dimension=6, features=features)
    head = Head(config, channels_of(net, config.features), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        for parameter in list(net.parameters())[-2:]:
            parameter.mul_(1.3).add_(0.1)
    learned = Assembly(net, head).eval().exported()

    both = side_by_side(learned, initial, share=0.3)

    found, own, general = (OnnxEmbedder(*one).embed(squares) for one in (both, learned, initial))
    np.testing.assert_allclose(found @ found.T, 0.7 * own @ own.T + 0.3 * general @ general.T, atol=1e-5)


def test_without_the_library_the_message_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(MissingExtra, match=r"lookalike\[hub\]"):
        open_backbone("timm:resnet18")


@pytest.mark.parametrize(
    ("library", "name"),
    [("timm", "resnet18"), ("timm", "convnext_atto"), ("timm", "vit_tiny_patch16_224"), ("torchvision", "alexnet")],
)
def test_a_model_of_a_library_with_local_weights_becomes_a_model_of_ours(
    library: str, name: str, tmp_path: Path
) -> None:
    from lookalike.nets.assembly import Assembly, channels_of
    from lookalike.nets.head import Head

    module = pytest.importorskip(library, exc_type=ImportError)
    make = module.create_model if library == "timm" else module.models.get_model
    torch.save(make(name).state_dict(), tmp_path / "weights.pth")
    net = open_backbone(f"{library}:{name}@{tmp_path / 'weights.pth'}")
    config = HeadConfig(dimension=8, features=(net.description.features[0], "features"))
    head = Head(config, channels_of(net, config.features), generator=torch.Generator().manual_seed(1))
    assembly = Assembly(net, head).eval()
    side = net.description.preprocessing.size_pixels
    squares = np.random.default_rng(0).integers(0, 256, (2, side, side, 3), dtype=np.uint8)
    with torch.no_grad():
        expected = torch.nn.functional.normalize(assembly(torch.from_numpy(squares))).numpy()
    np.testing.assert_allclose(OnnxEmbedder(*assembly.exported()).embed(squares), expected, atol=1e-4)
