"""Claims about `lookalike.nets.configuration`."""

from __future__ import annotations

import pytest

from lookalike.errors import InvalidConfiguration
from lookalike.nets.configuration import AdapterConfig, HeadConfig


def test_every_value_out_of_range_is_named_at_once() -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        HeadConfig(dimension=0, features=(), power=0.5, whitening=2.0, shrinkage=0.0, sizes=(64, 32), dropout=1.0)
    for word in ("dimension", "features", "power", "whitening", "shrinkage", "sizes", "dropout"):
        assert word in str(caught.value)


@pytest.mark.parametrize("sizes", [(0, 8), (8, 8), (16, 300)])
def test_sizes_rise_and_fit_into_the_dimension(sizes: tuple[int, ...]) -> None:
    with pytest.raises(InvalidConfiguration, match="sizes"):
        HeadConfig(sizes=sizes)


def test_one_pooling_serves_all_features_and_another_number_is_refused() -> None:
    assert HeadConfig(features=("features", "stage14"), pooling=("maximum",)).poolings == ("maximum", "maximum")
    with pytest.raises(InvalidConfiguration, match="one for each of 3"):
        HeadConfig(features=("a", "b", "c"), pooling=("average", "maximum"))


def test_a_head_knows_whether_its_poolings_learn() -> None:
    assert not HeadConfig(pooling=("maximum",)).learns_before_pooling
    assert HeadConfig(features=("a", "b"), pooling=("average", "attention")).learns_before_pooling


def test_an_adapter_in_which_nothing_learns_is_refused() -> None:
    with pytest.raises(InvalidConfiguration, match="nothing would learn"):
        AdapterConfig(rank=0, gains=False, biases=False)
    with pytest.raises(InvalidConfiguration, match="rank"):
        AdapterConfig(rank=-1)
