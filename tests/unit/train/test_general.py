"""Claims about `lookalike.train.general`."""

from __future__ import annotations

import pytest

from lookalike.train.general import GeneralConfig, mixed_weights

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")


@pytest.mark.parametrize("settings", [{"share": 1.0}, {"share": -0.1}, {"interpolation": 1.0}])
def test_shares_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be 0 to below 1"):
        GeneralConfig(**settings)


@pytest.mark.torch
@pytest.mark.parametrize("share", [0.0, 0.25, 0.9])
def test_mixed_weights_are_the_formula_by_loops_and_counters_are_those_learned(share: float) -> None:
    learned = {"a": torch.tensor([1.0, 2.0]), "n": torch.tensor(7)}
    begun = {"a": torch.tensor([5.0, -2.0]), "n": torch.tensor(0)}
    found = mixed_weights(learned, begun, share)
    for place in range(2):
        expected = (1 - share) * float(learned["a"][place]) + share * float(begun["a"][place])
        assert float(found["a"][place]) == pytest.approx(expected)
    assert int(found["n"]) == 7
