"""Claims about `lookalike.nets.mixed_precision`: what is fast in bfloat16 is what the plain convolution is, rounded."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch

from lookalike.nets import mixed_precision as module  # noqa: E402
from lookalike.nets import open_net  # noqa: E402
from lookalike.nets.configuration import HeadConfig  # noqa: E402
from lookalike.nets.head import Head  # noqa: E402
from lookalike.nets.mixed_precision import DepthwiseConvolution, gains_by_bfloat16, mixed_precision  # noqa: E402

ROUNDED = 0.01
"""Relative error of the root of the mean square; bfloat16 keeps 8 bits."""


def off(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found - expected).detach().norm() / expected.detach().norm().clamp(min=1e-6))


def rounded(leaf: torch.Tensor) -> torch.Tensor:
    """What bfloat16 keeps of it, to be computed with exactly."""
    return leaf.detach().to(torch.bfloat16).double().requires_grad_()


@st.composite
def depthwise(draw: st.DrawFn) -> tuple[int, int, tuple[int, int], int, int, int]:
    side, stride = draw(st.sampled_from([1, 2, 3, 4, 5, 7])), draw(st.integers(1, 4))
    padding = draw(st.tuples(st.integers(0, side), st.integers(0, side)))
    height, width = draw(st.integers(side, 20)), draw(st.integers(side, 20))
    return side, stride, padding, height, width, draw(st.sampled_from([2, 3, 16]))


@settings(max_examples=60, deadline=None)
@given(depthwise(), st.booleans(), st.integers(0, 100))
def test_values_and_gradients_are_those_of_the_plain_convolution_but_for_rounding(
    drawn: tuple[int, int, tuple[int, int], int, int, int], with_bias: bool, seed: int
) -> None:
    side, stride, padding, height, width, channels = drawn
    chance = torch.Generator().manual_seed(seed)
    maps = torch.randn(2, channels, height, width, generator=chance, requires_grad=True)
    weight = torch.randn(channels, 1, side, side, generator=chance, requires_grad=True)
    bias = torch.randn(channels, generator=chance, requires_grad=True) if with_bias else None
    leaves = [one for one in (maps, weight, bias) if one is not None]
    exact = [rounded(one) for one in leaves]
    expected = torch.conv2d(*exact[:2], exact[2] if with_bias else None, stride, padding, 1, channels)
    gradient = torch.randn(expected.shape, generator=chance).to(torch.bfloat16)

    found = DepthwiseConvolution.apply(maps, weight, bias, stride, padding)

    assert found.dtype == torch.bfloat16
    assert off(found, expected) < ROUNDED
    pairs = zip(
        torch.autograd.grad(found, leaves, gradient),
        torch.autograd.grad(expected, exact, gradient.double()),
        strict=True,
    )
    for one, other in pairs:
        assert one.dtype == torch.float32
        assert one.shape == other.shape
        assert off(one, other) < ROUNDED


def test_depthwise_layers_of_any_library_go_the_fast_way_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "gains_by_bfloat16", lambda device: True)
    seen: list[int] = []
    apply = DepthwiseConvolution.apply
    monkeypatch.setattr(
        DepthwiseConvolution, "apply", lambda *given: (seen.append(given[1].shape[-1]), apply(*given))[1]
    )
    maps = torch.randn(2, 8, 12, 12, requires_grad=True)
    others = [
        torch.nn.Conv2d(8, 4, 3),
        torch.nn.Conv2d(8, 8, 3, groups=2),
        torch.nn.Conv2d(8, 16, 3, groups=8),
        torch.nn.Conv2d(8, 8, (3, 5), groups=8),
        torch.nn.Conv2d(8, 8, 3, groups=8, stride=(1, 2)),
        torch.nn.Conv2d(8, 8, 3, groups=8, dilation=2),
        torch.nn.Conv2d(8, 8, 3, groups=8, padding="same"),
    ]

    with mixed_precision("cpu"):
        for layer in others:
            layer(maps)
        assert seen == []
        torch.nn.Conv2d(8, 8, 5, groups=8, padding=2)(maps)
        torch.nn.functional.conv2d(maps, weight=torch.randn(8, 1, 3, 3), groups=8, stride=2)
        assert seen == [5, 3]
        with torch.no_grad():
            torch.nn.Conv2d(8, 8, 7, groups=8)(maps)
    torch.nn.Conv2d(8, 8, 7, groups=8)(maps)

    assert seen == [5, 3]


def test_gradients_of_the_packaged_model_are_rounded_no_more_than_torch_rounds_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "gains_by_bfloat16", lambda device: True)
    net = open_net(None)
    squares = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), np.uint8))
    wanted = torch.nn.functional.normalize(torch.randn(2, 256, generator=torch.Generator().manual_seed(0)))
    weights = [one for one in net.parameters() if one.requires_grad]

    def learned(context: AbstractContextManager[object]) -> tuple[torch.Tensor, torch.Tensor]:
        with context:
            vectors = net(squares)
        gradients = torch.autograd.grad((vectors.float() * wanted).sum(), weights)
        return vectors.detach().float(), torch.cat([one.flatten() for one in gradients])

    exact, gradient = learned(nullcontext())
    by_torch = learned(torch.autocast("cpu", torch.bfloat16))
    found = learned(mixed_precision("cpu"))

    assert float(torch.cosine_similarity(exact, found[0]).min()) > 0.995
    assert off(found[1], gradient) < 1.2 * off(by_torch[1], gradient) < 0.5


@pytest.mark.parametrize("wanted", [(True, False, False), (False, True, False), (False, False, True)])
def test_each_gradient_can_be_had_alone_from_maps_of_any_layout(wanted: tuple[bool, bool, bool]) -> None:
    chance = torch.Generator().manual_seed(3)
    leaves = [torch.randn(2, 6, 9, 8, generator=chance), torch.randn(6, 1, 5, 5, generator=chance)]
    leaves = [leaves[0].transpose(2, 3), leaves[1], torch.randn(6, generator=chance)]
    for leaf, needs in zip(leaves, wanted, strict=True):
        leaf.requires_grad_(needs)
    exact = [rounded(leaf) for leaf in leaves]
    expected = torch.conv2d(*exact, 2, (2, 1), 1, 6)
    found = DepthwiseConvolution.apply(*leaves, 2, (2, 1))
    place = wanted.index(True)

    gradient = torch.autograd.grad(found.float().sum(), leaves[place])[0]

    assert off(gradient, torch.autograd.grad(expected.sum(), exact[place])[0]) < ROUNDED


def test_generalised_means_are_taken_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "gains_by_bfloat16", lambda device: True)
    head = Head(HeadConfig(features=("features",), dimension=4, pooling=("generalised-mean",)), [8])
    maps = torch.rand(3, 8, 5, 5, generator=torch.Generator().manual_seed(0)).to(torch.bfloat16)
    expected = head.pool([maps.float()])

    with mixed_precision("cpu"):
        found = head.pool([maps])

    torch.testing.assert_close(found, expected)


def test_nothing_changes_where_it_is_not_wanted_or_would_not_be_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, maps = torch.nn.Conv2d(8, 8, 3, groups=8), torch.randn(1, 8, 5, 5)
    expected = layer(maps)

    monkeypatch.setattr(module, "gains_by_bfloat16", lambda device: True)
    with mixed_precision("cpu", wanted=False):
        assert torch.equal(layer(maps), expected)
    monkeypatch.setattr(module, "gains_by_bfloat16", lambda device: False)
    with mixed_precision("cpu"):
        assert torch.equal(layer(maps), expected)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"amx_bf16": True}, True),
        ({"amx_bf16": False, "avx512_bf16": True}, True),
        ({"amx_bf16": False, "avx512_bf16": False, "avx512_f": True}, False),
        ({}, False),
    ],
)
def test_a_processor_gains_if_it_says_that_it_multiplies_bfloat16(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, bool], expected: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: told, raising=False)
    assert gains_by_bfloat16("cpu") is expected


def test_a_torch_that_cannot_be_asked_computes_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert not gains_by_bfloat16("cpu")
