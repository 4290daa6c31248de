"""Claims about `lookalike.train.objective.bagged`: each member learns its own products, and nothing of the others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.train.objective import ObjectiveConfig

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch

DIMENSION = 5
SEEN = np.array([[True, False, True, True], [False, True, True, False]])


def objective(n_products: int, generator, loss: str = "proxy_anchor"):
    from lookalike.train.objective.objective import Objective

    return Objective(ObjectiveConfig(loss=loss), n_products=n_products, dimension=DIMENSION, generator=generator)


def bagged(loss: str = "proxy_anchor"):
    from lookalike.train.objective.bagged import BaggedObjective

    generator = torch.Generator().manual_seed(3)
    return BaggedObjective(lambda n: objective(n, generator, loss), SEEN)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**20), st.sampled_from(["proxy_anchor", "normalised_softmax", "contrastive"]))
def test_it_is_the_mean_of_each_members_loss_on_its_own_products(seed: int, loss: str) -> None:
    generator = torch.Generator().manual_seed(seed)
    embeddings, labels = torch.randn(12, 2 * DIMENSION, generator=generator), torch.arange(12) % 4
    drawn = torch.Generator().manual_seed(3)
    expected = []
    for member, products in enumerate(([0, 2, 3], [1, 2])):
        rows = [row for row in range(12) if int(labels[row]) in products]
        own = torch.tensor([products.index(int(labels[row])) for row in rows])
        part = embeddings[rows, member * DIMENSION : (member + 1) * DIMENSION]
        expected.append(objective(len(products), drawn, loss)(part, own).item())
    assert bagged(loss)(embeddings, labels).item() == pytest.approx(np.mean(expected), rel=1e-5)


def test_a_member_has_no_gradient_from_a_product_that_is_not_its_own() -> None:
    embeddings = torch.randn(4, 2 * DIMENSION, requires_grad=True)
    bagged()(embeddings, torch.tensor([1, 1, 0, 0])).backward()
    assert embeddings.grad is not None
    assert not embeddings.grad[:2, :DIMENSION].any()
    assert embeddings.grad[:2, DIMENSION:].any()
    assert embeddings.grad[2:, :DIMENSION].any()
    assert not embeddings.grad[2:, DIMENSION:].any()


def test_a_batch_that_a_member_does_not_know_is_the_others_loss_alone() -> None:
    embeddings, labels = torch.randn(4, 2 * DIMENSION), torch.tensor([1, 1, 1, 1])
    found = bagged()(embeddings, labels).item()
    drawn = torch.Generator().manual_seed(3)
    objective(3, drawn)
    alone = objective(2, drawn)
    assert found == pytest.approx(alone(embeddings[:, DIMENSION:], torch.zeros(4, dtype=torch.int64)).item(), rel=1e-5)


def test_which_products_a_member_learned_is_saved_with_its_proxies() -> None:
    saved = bagged().state_dict()
    assert saved["numbers"].tolist() == [[0, -1, 1, 2], [-1, 0, 1, -1]]
    assert [len(value) for name, value in saved.items() if name.endswith("proxies")] == [3, 2]
