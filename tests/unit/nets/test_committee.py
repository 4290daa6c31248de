"""Claims about `lookalike.nets.committee`: a cosine is the members' mean, and one head says nearly the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.nets.configuration import HeadConfig

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch

CHANNELS = 20


def rows_of(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.3, 1.0, (n, CHANNELS)).astype(np.float32)


def members_of(n: int, dimension: int, seed: int, *, neck: bool = False) -> list:
    from lookalike.nets.head import Head

    heads = []
    for number in range(n):
        generator = torch.Generator().manual_seed(100 * seed + number)
        head = Head(HeadConfig(dimension=dimension, neck=neck), [CHANNELS])
        head.start(rows_of(60, 100 * seed + number), generator=generator)
        with torch.no_grad():
            head.projection.weight.add_(torch.randn(head.projection.weight.shape, generator=generator) / 10)
            head.projection.bias.add_(torch.randn(dimension, generator=generator) / 10)
        heads.append(head.eval())
    return heads


def units(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 4), st.integers(0, 2**20), st.booleans())
def test_a_cosine_of_a_committee_is_the_mean_of_its_members_cosines(n: int, seed: int, neck: bool) -> None:
    from lookalike.nets.committee import Committee

    members, rows = members_of(n, 6, seed, neck=neck), rows_of(9, seed)
    with torch.no_grad():
        alone = [units(head(torch.from_numpy(rows)).numpy()) for head in members]
        together = units(Committee(members).eval()(torch.from_numpy(rows)).numpy())
    expected = np.mean([one @ one.T for one in alone], axis=0)
    np.testing.assert_allclose(together @ together.T, expected, atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**20), st.booleans())
def test_one_member_alone_is_merged_into_a_head_of_the_same_cosines(seed: int, neck: bool) -> None:
    from lookalike.nets.committee import Committee

    (member,), rows = members_of(1, 6, seed, neck=neck), rows_of(30, seed)
    with torch.no_grad():
        expected = units(member(torch.from_numpy(rows)).numpy())
        found = units(Committee([member]).merged(rows)(torch.from_numpy(rows)).numpy())
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=1e-4)


def test_a_merged_head_ranks_as_its_committee_and_better_than_any_member() -> None:
    from lookalike.nets.committee import Committee

    # Each member sees three numbers in eight; their mean is what the merged head must say with as many numbers.
    generator = np.random.default_rng(4)
    members = members_of(6, 8, 4)
    for number, member in enumerate(members):
        blind = np.delete(np.arange(CHANNELS), np.arange(CHANNELS)[number::3])
        with torch.no_grad():
            member.projection.weight[:, blind] = 0.0
            member.projection.bias.zero_()
    rows = generator.normal(size=(400, CHANNELS)).astype(np.float32)
    committee = Committee(members).eval()
    with torch.no_grad():
        together = units(committee(torch.from_numpy(rows)).numpy())
        merged = units(committee.merged(rows)(torch.from_numpy(rows)).numpy())
        alone = [units(head(torch.from_numpy(rows)).numpy()) for head in members]
    above = np.triu_indices(len(rows), 1)

    def agreement(vectors: np.ndarray) -> float:
        return float(np.corrcoef((vectors @ vectors.T)[above], (together @ together.T)[above])[0, 1])

    assert merged.shape == (400, 8)
    assert agreement(merged) > 0.75
    assert agreement(merged) > max(agreement(one) for one in alone) + 0.1


def test_members_pool_with_the_same_modules() -> None:
    from lookalike.nets.committee import Committee
    from lookalike.nets.head import Head

    config = HeadConfig(dimension=4, pooling=("generalised-mean",))
    committee = Committee([Head(config, [CHANNELS]) for _ in range(3)])
    exponents = [name for name, _ in committee.named_parameters() if "poolings" in name]
    assert exponents == ["poolings.0.power"]
    with torch.no_grad():
        committee.poolings[0].power.fill_(5.0)
    assert [float(head.poolings[0].power.detach()) for head in committee.members] == [5.0, 5.0, 5.0]


def test_nothing_is_no_committee() -> None:
    from lookalike.nets.committee import Committee

    with pytest.raises(ValueError, match="at least one head"):
        Committee([])
    with pytest.raises(ValueError, match="received none"):
        Committee(members_of(2, 4, 0)).merged(np.empty((0, CHANNELS), np.float32))


def test_of_few_rows_a_merged_head_says_of_others_what_its_committee_says() -> None:
    from lookalike.nets.committee import Committee

    committee = Committee(members_of(8, 12, 7)).eval()
    with torch.no_grad():
        merged, others = committee.merged(rows_of(4, 1)), torch.from_numpy(rows_of(100, 2))
        together, found = units(committee(others).numpy()), units(merged(others).numpy())
    above = np.triu_indices(100, 1)
    assert np.corrcoef((together @ together.T)[above], (found @ found.T)[above])[0, 1] > 0.8


def test_many_long_heads_are_merged_in_the_memory_of_their_channels() -> None:
    from lookalike.nets.committee import Committee
    from lookalike.nets.head import Head

    # 64 heads of 512 numbers: a square matrix of these alone would be 8.6 GB.
    head = Head(HeadConfig(dimension=512), [512], generator=torch.Generator().manual_seed(0))
    committee = Committee([head] * 64).eval()
    rows = np.random.default_rng(0).normal(size=(50, 512)).astype(np.float32)
    with torch.no_grad():
        expected = units(head(torch.from_numpy(rows)).numpy())
        found = units(committee.merged(rows)(torch.from_numpy(rows)).numpy())
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=1e-4)
