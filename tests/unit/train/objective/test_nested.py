"""Claims about `lookalike.train.objective.nested`: the mean over beginnings, each with proxies of its own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.train.objective import ObjectiveConfig

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch

SIZES, DIMENSION, N_PRODUCTS = (2, 4), 8, 3


def nested(loss: str = "proxy_anchor", seed: int = 5):
    from lookalike.train.objective.nested import NestedObjective

    return NestedObjective(
        ObjectiveConfig(loss=loss),
        sizes=SIZES,
        n_products=N_PRODUCTS,
        dimension=DIMENSION,
        generator=torch.Generator().manual_seed(seed),
    )


@settings(max_examples=10)
@given(st.integers(0, 2**20), st.sampled_from(["proxy_anchor", "normalised_softmax", "contrastive"]))
def test_it_is_the_mean_of_the_objective_on_every_length(seed: int, loss: str) -> None:
    from lookalike.train.objective.objective import Objective

    generator = torch.Generator().manual_seed(seed)
    embeddings, labels = torch.randn(9, DIMENSION, generator=generator), torch.arange(9) % N_PRODUCTS
    drawn = torch.Generator().manual_seed(5)
    expected = []
    for size in (*SIZES, DIMENSION):
        alone = Objective(ObjectiveConfig(loss=loss), n_products=N_PRODUCTS, dimension=size, generator=drawn)
        expected.append(alone(embeddings[:, :size], labels).item())
    assert nested(loss)(embeddings, labels).item() == pytest.approx(sum(expected) / 3, rel=1e-5)


def test_the_whole_length_is_learned_once_even_where_it_is_named() -> None:
    from lookalike.train.objective.nested import NestedObjective

    made = NestedObjective(
        ObjectiveConfig(),
        sizes=(2, DIMENSION),
        n_products=N_PRODUCTS,
        dimension=DIMENSION,
        generator=torch.Generator().manual_seed(1),
    )
    assert made.sizes == (2, DIMENSION)


def test_gradients_reach_the_first_numbers_from_every_length_and_the_last_from_one() -> None:
    embeddings = torch.randn(6, DIMENSION, generator=torch.Generator().manual_seed(2), requires_grad=True)
    labels = torch.arange(6) % N_PRODUCTS
    made = nested()
    made(embeddings, labels).backward()
    assert embeddings.grad is not None
    assert bool((embeddings.grad != 0).all())
    assert {tuple(item.shape) for item in made.parameters()} == {(N_PRODUCTS, size) for size in (2, 4, DIMENSION)}


def test_its_state_is_a_checkpoint() -> None:
    embeddings = torch.randn(6, DIMENSION, generator=torch.Generator().manual_seed(2))
    labels = torch.arange(6) % N_PRODUCTS
    first, second = nested(seed=5), nested(seed=6)
    assert first(embeddings, labels).item() != second(embeddings, labels).item()
    second.load_state_dict(first.state_dict())
    assert first(embeddings, labels).item() == second(embeddings, labels).item()
