"""Our metrics against three libraries, wherever their definition is ours (docstrings say where it is not)."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from lookalike.evaluate.judgements import Judgements

pytestmark = [pytest.mark.torch, pytest.mark.slow]

N_QUERIES, N_ITEMS = 50, 40


def relevance(seed: int) -> tuple[np.ndarray, np.ndarray, Judgements]:
    """Scores and graded relevance of 40 items for each query; every query has a right item, no two scores are equal."""
    generator = np.random.default_rng(seed)
    scores = generator.permuted(np.tile(np.linspace(0.01, 0.99, N_ITEMS), (N_QUERIES, 1)), axis=1).astype(np.float32)
    grades = generator.integers(1, 4, scores.shape) * (generator.random(scores.shape) < 0.15)
    grades[np.arange(N_QUERIES), generator.integers(0, N_ITEMS, N_QUERIES)] = 2
    order = np.argsort(-scores, axis=1)
    gains = np.take_along_axis(grades, order, axis=1).astype(np.float64)
    return scores, grades, Judgements(gains, -np.sort(-grades, axis=1).astype(np.float64))


@pytest.mark.parametrize("k", [1, 5, 10, 39])
def test_torchmetrics_agrees(k: int) -> None:
    torch = pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        functional = pytest.importorskip("torchmetrics.functional.retrieval")
    scores, grades, judged = relevance(k)
    right = grades > 0
    for ours, theirs, target in (
        (judged.recall_at(k), functional.retrieval_hit_rate, right),
        (judged.coverage_at(k), functional.retrieval_recall, right),
        (judged.precision_at(k), functional.retrieval_precision, right),
        (judged.reciprocal_rank_at(k), functional.retrieval_reciprocal_rank, right),
        (judged.ndcg_at(k), functional.retrieval_normalized_dcg, grades),
    ):
        expected = [
            float(theirs(torch.from_numpy(score), torch.from_numpy(wanted), top_k=k))
            for score, wanted in zip(scores, target, strict=True)
        ]
        np.testing.assert_allclose(ours, expected, atol=2e-6, err_msg=theirs.__name__)
    expected = [
        float(functional.retrieval_r_precision(torch.from_numpy(score), torch.from_numpy(wanted)))
        for score, wanted in zip(scores, right, strict=True)
    ]
    np.testing.assert_allclose(judged.r_precision(), expected, atol=2e-6)
    expected = [
        float(functional.retrieval_average_precision(torch.from_numpy(score), torch.from_numpy(wanted)))
        for score, wanted in zip(scores, right, strict=True)
    ]
    np.testing.assert_allclose(judged.average_precision_at(N_ITEMS), expected, atol=2e-6)


def test_ranx_agrees() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ranx = pytest.importorskip("ranx")
    scores, grades, judged = relevance(7)
    truth = {f"q{i:04}": {f"d{j}": int(grade) for j, grade in enumerate(row) if grade} for i, row in enumerate(grades)}
    found = {f"q{i:04}": {f"d{j}": float(score) for j, score in enumerate(row)} for i, row in enumerate(scores)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = ["hit_rate@5", "recall@5", "precision@5", "mrr@5", "ndcg@5", "r-precision", f"map@{N_ITEMS}"]
        theirs = ranx.evaluate(ranx.Qrels(truth), ranx.Run(found), names, return_mean=False)
    for name, ours in zip(
        names,
        [
            judged.recall_at(5),
            judged.coverage_at(5),
            judged.precision_at(5),
            judged.reciprocal_rank_at(5),
            judged.ndcg_at(5),
            judged.r_precision(),
            judged.average_precision_at(N_ITEMS),
        ],
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs[name], atol=1e-9, err_msg=name)


def test_pytorch_metric_learning_agrees() -> None:
    torch = pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        accuracy = pytest.importorskip("pytorch_metric_learning.utils.accuracy_calculator")
    generator = np.random.default_rng(3)
    labels = np.repeat(np.arange(30), 6)
    vectors = (generator.normal(size=(30, 12))[labels] + generator.normal(0, 0.7, (180, 12))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    similarities = vectors @ vectors.T
    np.fill_diagonal(similarities, -np.inf)
    order = np.argsort(-similarities, axis=1)[:, :-1]
    gains = (labels[order] == labels[:, None]).astype(np.float64)
    judged = Judgements(gains, np.ones((180, 5)))

    def knn(query: object, k: int, reference: object, ref_includes_query: bool) -> tuple[object, object]:
        assert ref_includes_query
        nearest = order[:, :k].copy()
        return torch.from_numpy(-np.take_along_axis(similarities, nearest, axis=1)), torch.from_numpy(nearest)

    calculator = accuracy.AccuracyCalculator(
        include=("precision_at_1", "r_precision", "mean_average_precision_at_r", "mean_average_precision"),
        k=179,
        device=torch.device("cpu"),
        knn_func=knn,
    )
    theirs = calculator.get_accuracy(torch.from_numpy(vectors), torch.from_numpy(labels))
    assert judged.precision_at(1).mean() == pytest.approx(theirs["precision_at_1"])
    assert judged.r_precision().mean() == pytest.approx(theirs["r_precision"])
    assert judged.average_precision_at_r().mean() == pytest.approx(theirs["mean_average_precision_at_r"])
    assert judged.average_precision_at(179).mean() == pytest.approx(theirs["mean_average_precision"])
