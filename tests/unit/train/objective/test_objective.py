"""Claims about `lookalike.train.objective`: each loss against its formula in plain loops."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.errors import InvalidConfiguration
from lookalike.train.objective import ObjectiveConfig

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch

N_PRODUCTS = 5
DIMENSION = 6
PAIRS = ("triplet", "contrastive", "multi_similarity")
PROXIES = ("proxy_anchor", "normalised_softmax", "subcentre_arcface")


def objective(config: ObjectiveConfig, seed: int = 3):
    from lookalike.train.objective.objective import Objective

    return Objective(config, n_products=N_PRODUCTS, dimension=DIMENSION, generator=torch.Generator().manual_seed(seed))


def batch(seed: int, n: int = 10):
    """Embeddings that are no unit vectors, and labels of which each occurs at least once or not at all."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, N_PRODUCTS, (n,), generator=generator)
    return torch.randn(n, DIMENSION, generator=generator, dtype=torch.float32), labels


def unit(row):
    return row / row.norm()


def cosine(a, b) -> float:
    return float(unit(a) @ unit(b))


def distance(a, b) -> float:
    return float((unit(a) - unit(b)).norm())


def mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def softmax_loss(logits: list[float], target: int, smoothing: float = 0.0) -> float:
    total = math.log(sum(math.exp(value) for value in logits))
    shares = [smoothing / len(logits) + (1 - smoothing) * (place == target) for place in range(len(logits))]
    return sum(share * (total - value) for share, value in zip(shares, logits, strict=True))


@settings(max_examples=25)
@given(st.integers(0, 2**20))
def test_proxy_anchor_is_its_formula(seed: int) -> None:
    made = objective(ObjectiveConfig(loss="proxy_anchor"))
    embeddings, labels = batch(seed)
    proxies = next(made.parameters()).detach()
    pulled, pushed = [], []
    for product, proxy in enumerate(proxies):
        mine = [
            math.exp(-32 * (cosine(x, proxy) - 0.1)) for x, y in zip(embeddings, labels, strict=True) if y == product
        ]
        rest = [
            math.exp(32 * (cosine(x, proxy) + 0.1)) for x, y in zip(embeddings, labels, strict=True) if y != product
        ]
        if mine:
            pulled.append(math.log1p(sum(mine)))
        pushed.append(math.log1p(sum(rest)))
    assert made(embeddings, labels).item() == pytest.approx(mean(pulled) + mean(pushed), rel=1e-4)


@settings(max_examples=25)
@given(st.integers(0, 2**20), st.sampled_from([0.0, 0.1]))
def test_normalised_softmax_is_its_formula(seed: int, smoothing: float) -> None:
    made = objective(ObjectiveConfig(loss="normalised_softmax", label_smoothing=smoothing))
    embeddings, labels = batch(seed)
    weights = next(made.parameters()).detach().T
    expected = mean(
        [
            softmax_loss([20 * cosine(x, w) for w in weights], int(y), smoothing)
            for x, y in zip(embeddings, labels, strict=True)
        ]
    )
    assert made(embeddings, labels).item() == pytest.approx(expected, rel=1e-4)


@settings(max_examples=25)
@given(st.integers(0, 2**20))
def test_subcentre_arcface_is_its_formula_with_the_margin_in_radians(seed: int) -> None:
    made = objective(ObjectiveConfig(loss="subcentre_arcface", margin=0.3, scale=16.0, sub_centres=2))
    embeddings, labels = batch(seed)
    weights = next(made.parameters()).detach().T.reshape(N_PRODUCTS, 2, DIMENSION)
    losses = []
    for x, y in zip(embeddings, labels, strict=True):
        logits = [max(cosine(x, centre) for centre in centres) for centres in weights]
        angle = math.acos(max(-1.0, min(1.0, logits[y])))
        beyond = angle > math.pi - 0.3
        logits[y] = math.cos(angle) - 0.3 * math.sin(0.3) if beyond else math.cos(angle + 0.3)
        losses.append(softmax_loss([16 * value for value in logits], int(y)))
    assert made(embeddings, labels).item() == pytest.approx(mean(losses), rel=1e-3)


@settings(max_examples=25)
@given(st.integers(0, 2**20), st.sampled_from(["cosine", "euclidean"]))
def test_triplet_is_the_mean_of_what_violates_the_margin(seed: int, similarity: str) -> None:
    made = objective(ObjectiveConfig(loss="triplet", similarity=similarity, margin=0.25))
    embeddings, labels = batch(seed)
    gap = {
        "cosine": lambda a, p, n: cosine(a, n) - cosine(a, p),
        "euclidean": lambda a, p, n: distance(a, p) - distance(a, n),
    }[similarity]
    n = len(labels)
    losses = [
        gap(embeddings[i], embeddings[j], embeddings[k]) + 0.25
        for i in range(n)
        for j in range(n)
        for k in range(n)
        if i != j and labels[i] == labels[j] and labels[i] != labels[k]
    ]
    assert made(embeddings, labels).item() == pytest.approx(mean([x for x in losses if x > 0]), rel=1e-4, abs=1e-5)


@settings(max_examples=25)
@given(st.integers(0, 2**20), st.sampled_from(["cosine", "euclidean"]))
def test_contrastive_is_its_formula(seed: int, similarity: str) -> None:
    made = objective(ObjectiveConfig(loss="contrastive", similarity=similarity, margin=0.4))
    embeddings, labels = batch(seed)
    n = len(labels)
    positive, negative = [], []
    for i in range(n):
        for j in range(n):
            if i == j:
                continue
            a, b = embeddings[i], embeddings[j]
            if labels[i] == labels[j]:
                positive.append(1 - cosine(a, b) if similarity == "cosine" else distance(a, b))
            else:
                negative.append(cosine(a, b) - 0.4 if similarity == "cosine" else 0.4 - distance(a, b))
    expected = mean([x for x in positive if x > 0]) + mean([x for x in negative if x > 0])
    assert made(embeddings, labels).item() == pytest.approx(expected, rel=1e-4, abs=1e-5)


@settings(max_examples=25)
@given(st.integers(0, 2**20))
def test_multi_similarity_is_its_formula(seed: int) -> None:
    made = objective(ObjectiveConfig(loss="multi_similarity"))
    embeddings, labels = batch(seed)
    losses = []
    for i, (x, y) in enumerate(zip(embeddings, labels, strict=True)):
        near = [
            math.exp(-2 * (cosine(x, embeddings[j]) - 0.5)) for j in range(len(labels)) if labels[j] == y and j != i
        ]
        far = [math.exp(50 * (cosine(x, embeddings[j]) - 0.5)) for j in range(len(labels)) if labels[j] != y]
        losses.append(math.log1p(sum(near)) / 2 + math.log1p(sum(far)) / 50)
    assert made(embeddings, labels).item() == pytest.approx(mean(losses), rel=1e-4)


@pytest.mark.parametrize("loss", [*PAIRS, *PROXIES])
def test_gradients_are_those_of_finite_differences(loss: str) -> None:
    made = objective(ObjectiveConfig(loss=loss, scale=4.0 if loss not in ("triplet", "contrastive") else None)).eval()
    embeddings, labels = batch(21)
    embeddings.requires_grad_(True)
    made(embeddings, labels).backward()
    step = 1e-2
    for row, column in [(0, 0), (3, 2), (9, 5)]:
        up, down = embeddings.detach().clone(), embeddings.detach().clone()
        up[row, column] += step
        down[row, column] -= step
        slope = (made(up, labels).item() - made(down, labels).item()) / (2 * step)
        assert float(embeddings.grad[row, column]) == pytest.approx(slope, abs=4e-3)


@pytest.mark.parametrize("loss", PROXIES)
def test_what_a_loss_learns_is_among_its_parameters_and_comes_from_the_generator(loss: str) -> None:
    config = ObjectiveConfig(loss=loss)
    before = torch.get_rng_state()
    one, same, other = objective(config, 3), objective(config, 3), objective(config, 4)
    assert torch.equal(torch.get_rng_state(), before)
    (learned,) = one.parameters()
    assert torch.equal(learned, next(same.parameters()))
    assert not torch.equal(learned, next(other.parameters()))
    other.load_state_dict(one.state_dict())
    assert torch.equal(learned, next(other.parameters()))


@pytest.mark.parametrize("loss", PROXIES)
def test_half_precision_embeddings_leave_the_parameters_in_single(loss: str) -> None:
    made = objective(ObjectiveConfig(loss=loss))
    embeddings, labels = batch(2)
    value = made(embeddings.to(torch.bfloat16), labels)
    assert value.dtype == torch.float32
    assert next(made.parameters()).dtype == torch.float32


@pytest.mark.parametrize("loss", PAIRS)
@pytest.mark.parametrize("miner", ["none", "multi_similarity"])
def test_an_empty_memory_changes_nothing(loss: str, miner: str) -> None:
    embeddings, labels = batch(5)
    plain = objective(ObjectiveConfig(loss=loss, miner=miner))
    remembering = objective(ObjectiveConfig(loss=loss, miner=miner, memory_pictures=64))
    assert remembering(embeddings, labels).item() == pytest.approx(plain(embeddings, labels).item(), rel=1e-6)


@pytest.mark.parametrize("loss", PAIRS)
@pytest.mark.parametrize("miner", ["none", "hard", "semi_hard", "batch_all", "multi_similarity"])
def test_a_memory_is_compared_with_as_if_it_were_in_the_batch_but_anchors_nothing(loss: str, miner: str) -> None:
    """No gradient reaches the past, in any pairing of loss and miner."""
    made = objective(ObjectiveConfig(loss=loss, miner=miner, memory_pictures=64))
    first, first_labels = batch(5)
    second, second_labels = batch(6)
    first.requires_grad_(True)
    second.requires_grad_(True)
    alone = objective(ObjectiveConfig(loss=loss, miner=miner))(second, second_labels)
    made(first, first_labels)
    value = made(second, second_labels)
    value.backward()
    assert first.grad is None
    assert second.grad is not None
    assert bool(torch.isfinite(second.grad).all())
    assert value.item() != pytest.approx(alone.item(), rel=1e-6)


def test_triplets_with_a_memory_are_those_of_plain_loops() -> None:
    made = objective(ObjectiveConfig(loss="triplet", margin=0.3, memory_pictures=12))
    past, past_labels = batch(7, n=16)
    now, labels = batch(8)
    made(past, past_labels)
    references = torch.cat([now, past[-12:]])
    reference_labels = torch.cat([labels, past_labels[-12:]])
    losses = [
        cosine(now[i], references[k]) - cosine(now[i], references[j]) + 0.3
        for i in range(len(labels))
        for j in range(len(references))
        for k in range(len(references))
        if i != j and labels[i] == reference_labels[j] and labels[i] != reference_labels[k]
    ]
    assert made(now, labels).item() == pytest.approx(mean([x for x in losses if x > 0]), rel=1e-4)


def test_a_memory_waits_for_its_first_step() -> None:
    waiting = objective(ObjectiveConfig(loss="triplet", memory_pictures=64, memory_start_step=2))
    plain = objective(ObjectiveConfig(loss="triplet"))
    values = [(waiting(*batch(seed)).item(), plain(*batch(seed)).item()) for seed in range(3)]
    assert [a == pytest.approx(b) for a, b in values] == [True, True, False]


def test_a_run_that_is_resumed_goes_on_with_the_same_losses() -> None:
    config = ObjectiveConfig(loss="contrastive", memory_pictures=16)
    whole, half = objective(config), objective(config)
    for seed in range(3):
        whole(*batch(seed))
        half(*batch(seed))
    resumed = objective(config, seed=99)
    resumed.load_state_dict(half.state_dict())
    for seed in range(3, 6):
        assert resumed(*batch(seed)).item() == whole(*batch(seed)).item()


def test_looking_does_not_fill_the_memory() -> None:
    made = objective(ObjectiveConfig(loss="contrastive", memory_pictures=16)).eval()
    values = {made(*batch(1)).item() for _ in range(3)}
    assert len(values) == 1


@pytest.mark.parametrize("loss", PAIRS)
@pytest.mark.parametrize("memory", [0, 8])
def test_a_batch_of_one_product_gives_finite_gradients(loss: str, memory: int) -> None:
    made = objective(ObjectiveConfig(loss=loss, memory_pictures=memory))
    embeddings = torch.randn(4, DIMENSION, generator=torch.Generator().manual_seed(0)).requires_grad_(True)
    made(embeddings, torch.zeros(4, dtype=torch.int64)).backward()
    assert bool(torch.isfinite(embeddings.grad).all())


def test_one_product_is_refused() -> None:
    from lookalike.train.objective.objective import Objective

    with pytest.raises(InvalidConfiguration, match="at least 2"):
        Objective(ObjectiveConfig(), n_products=1, dimension=4, generator=torch.Generator())
