"""What does `lookalike train --unlabelled --mode head` gain over the frozen model, without any label?

The ImageNet model, whose layers rest, on maps kept by `benchmarks/poolings.py`: grocery photographs and product pages,
as they are and varied once. Learned from all of them, no product being told. Judged with the products: each photograph
looks for another photograph of its product among all the others, and for the product's page among all 81. Compared,
paired, products as clusters: the frozen model; the closed form that the command uses (what changes between a picture
and its varied copy counts less, features of three depths); plain partial whitening of the same features; and telling
pictures apart by steps of Proxy-Anchor from there, which the command did before.

    python benchmarks/unlabelled.py --initial INITIAL [--data DIR] [--cache DIR] [--steps N]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike.embed.opening import open_embedder
from lookalike.evaluate.comparison import compare
from lookalike.evaluate.intervals import jackknife_mean
from lookalike.nets.whitening import principal_projection, within_projection
from lookalike.train.objective import ObjectiveConfig
from lookalike.train.objective.objective import Objective
from poolings import HEADS, Given, Kept
from result import Headline, write_result

SEED, DIMENSION = 0, 256
N_INSTANCES = 48
Vectors = NDArray[np.float32]


def main() -> None:
    """Measure, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--initial", type=Path, required=True, help="folder of the ImageNet model")
    parser.add_argument("--cache", type=Path, default=Path("build/poolings"))
    parser.add_argument("--steps", type=int, default=150, help="of telling pictures apart")
    given = parser.parse_args()
    torch.set_num_threads(1)
    kept = Kept(given.data, given.initial, given.cache)
    pooled = Given(kept, HEADS["three depths"]).pooled
    assert pooled is not None
    looks = pooled.numpy()
    plain = looks[:, 0]
    projection = open_embedder(given.initial).projection()
    last = Given(kept, HEADS["average"]).pooled
    assert projection is not None
    assert last is not None
    pictures = np.tile(np.arange(len(plain)), 2)
    both = np.concatenate([plain, looks[:, 1]])
    partly = principal_projection(plain, dimension=DIMENSION, whitening=0.5, shrinkage=1.0)
    within = within_projection(both, pictures, dimension=DIMENSION, shrinkage=1.0)
    contenders = {
        "frozen": placed(last[:, 0].numpy(), projection),
        "three depths, partly whitened": placed(plain, partly),
        "the same, pictures told apart": placed(plain, told_apart(looks, partly, given.steps)),
        "three depths, what looks change counts less": placed(plain, within),
    }
    figures = judged(contenders, kept)
    change = figures["three depths, what looks change counts less"]["photograph to photograph"]["difference"]
    write_result(
        "unlabelled",
        figures={**figures, "steps": given.steps, "pictures_a_step": 2 * N_INSTANCES},
        headlines=[
            Headline(
                "`lookalike train --unlabelled --mode head`, a closed form, less the frozen ImageNet model: "
                "photograph to photograph of the same product, recall@1",
                "`lookalike train --unlabelled --mode head`(闭式解)与冻结 ImageNet 模型之差:照片到同商品照片 recall@1",
                f"{change['value']:+.3f} [{change['low']:+.3f}, {change['high']:+.3f}]",
                front=False,
            )
        ],
        seed=SEED,
        n=kept.n_photographs,
        data="grocery train and val photographs, product pages",
        distributions=("numpy", "onnxruntime", "torch", "pytorch-metric-learning"),
    )


def placed(rows: Vectors, projection: tuple[Vectors, Vectors]) -> Vectors:
    """Unit vectors."""
    found = rows @ projection[0].T + projection[1]
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def told_apart(looks: Vectors, begun: tuple[Vectors, Vectors], steps: int) -> tuple[Vectors, Vectors]:
    """The projection after steps in which each picture, seen twice, is a class of its own."""
    chance, generator = np.random.default_rng(SEED), torch.Generator().manual_seed(SEED)
    linear = torch.nn.Linear(looks.shape[2], DIMENSION)
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(begun[0]))
        linear.bias.copy_(torch.from_numpy(begun[1]))
    objective = Objective(ObjectiveConfig(), n_products=len(looks), dimension=DIMENSION, generator=generator)
    groups = [{"params": linear.parameters(), "lr": 1e-3}, {"params": objective.parameters(), "lr": 1e-2}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.0)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    given = torch.from_numpy(looks)
    for _ in range(steps):
        rows = np.repeat(chance.choice(len(looks), N_INSTANCES, replace=False), 2)
        loss = objective(linear(given[rows, np.tile([0, 1], N_INSTANCES)]), torch.from_numpy(rows))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        falling.step()
    return linear.weight.detach().numpy(), linear.bias.detach().numpy()


def judged(contenders: dict[str, Vectors], kept: Kept) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """Recall@1 of each, and its paired difference to the first."""
    n, labels = kept.n_photographs, kept.labels
    clusters = list(labels[:n])
    found: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    base: dict[str, NDArray[np.float64]] = {}
    for name, vectors in contenders.items():
        near = vectors[:n] @ vectors[:n].T
        np.fill_diagonal(near, -np.inf)
        pages = vectors[:n] @ vectors[n:].T
        outcomes = {
            "photograph to photograph": labels[:n][near.argmax(1)] == labels[:n],
            "photograph to page": labels[n:][pages.argmax(1)] == labels[:n],
        }
        found[name] = {}
        for judge, hits in outcomes.items():
            outcome = hits.astype(np.float64)
            first = base.setdefault(judge, outcome)
            found[name][judge] = {
                "recall@1": jackknife_mean(outcome, clusters).as_dict(4),
                "difference": compare(
                    outcome, first, clusters, generator=np.random.default_rng(SEED)
                ).difference.as_dict(4),
            }
        print(name, found[name], flush=True)
    return found


if __name__ == "__main__":
    main()
