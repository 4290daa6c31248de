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
from lookalike.nets.mixed_precision import DepthwiseConvolution, mixed_precision, multiplies_halves  # noqa: E402

ROUNDED = 0.01
"""Relative error of the root of the mean square; bfloat16 keeps 8 bits."""


def off(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found.float() - expected).detach().norm() / expected.detach().norm().clamp(min=1e-6))


@st.composite
def depthwise(draw: st.DrawFn) -> tuple[int, int, tuple[int, int], int, int, int]:
    side, stride = draw(st.sampled_from([1, 2, 3, 4, 5, 7])), draw(st.integers(1, 4))
    padding = draw(st.tuples(st.integers(0, side // 2), st.integers(0, side // 2)))
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
    expected = torch.conv2d(maps, weight, bias, stride, padding, 1, channels)
    gradient = torch.randn(expected.shape, generator=chance)

    found = DepthwiseConvolution.apply(maps, weight, bias, stride, padding)

    assert found.dtype == torch.bfloat16
    assert off(found, expected) < ROUNDED
    pairs = zip(
        torch.autograd.grad(found, leaves, gradient.to(torch.bfloat16)),
        torch.autograd.grad(expected, leaves, gradient.to(torch.bfloat16).float()),
        strict=True,
    )
    for one, other in pairs:
        assert one.dtype == other.dtype
        assert one.shape == other.shape
        assert off(one, other) < ROUNDED


def test_depthwise_layers_of_any_library_go_the_fast_way_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "multiplies_halves", lambda device: True)
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
    monkeypatch.setattr(module, "multiplies_halves", lambda device: True)
    net = open_net(None)
    squares = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), np.uint8))
    wanted = torch.nn.functional.normalize(torch.randn(2, 256, generator=torch.Generator().manual_seed(0)))
    weights = [one for one in net.parameters() if one.requires_grad]

    def learned(context: AbstractContextManager[object]) -> tuple[torch.Tensor, torch.Tensor]:
        with context:
            vectors = net(squares)
        gradients = torch.autograd.grad((vectors.float() * wanted).sum(), weights)
        return vectors.float(), torch.cat([one.flatten() for one in gradients])

    exact, gradient = learned(nullcontext())
    by_torch = learned(torch.autocast("cpu", torch.bfloat16))
    found = learned(mixed_precision("cpu"))

    assert float(torch.cosine_similarity(exact, found[0]).min()) > 0.995
    assert off(found[1], gradient) < 1.2 * off(by_torch[1], gradient) < 0.5


def test_nothing_changes_where_it_is_not_wanted_or_would_not_be_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, maps = torch.nn.Conv2d(8, 8, 3, groups=8), torch.randn(1, 8, 5, 5)
    expected = layer(maps)

    monkeypatch.setattr(module, "multiplies_halves", lambda device: True)
    with mixed_precision("cpu", wanted=False):
        assert torch.equal(layer(maps), expected)
    monkeypatch.setattr(module, "multiplies_halves", lambda device: False)
    with mixed_precision("cpu"):
        assert torch.equal(layer(maps), expected)


@pytest.mark.parametrize(
    ("told", "expected"), [({"amx_bf16": True}, True), ({"amx_bf16": False, "avx512_bf16": True}, False), ({}, False)]
)
def test_a_processor_gains_if_it_says_that_it_has_matrix_registers(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, bool], expected: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: told, raising=False)
    assert multiplies_halves("cpu") is expected
    assert multiplies_halves("cuda:1")


def test_a_torch_that_cannot_be_asked_computes_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert not multiplies_halves("cpu")
