"""Trains an object head that ships with the packaged model: where in a photograph a thing is, whatever it is.

python scripts/train_objectness.py --drawn DIR --data DIR [--scenes 90] [--pasted 380] [--garments 150] [--out FILE]

It learns from rendered scenes of the drawn catalogue, from photographs pasted by ``benchmarks/scene_making.py`` (drawn
products, every second appliance, the first half of the clothes and road signs, before clothes, grocery shelves and
plain backdrops), and from photographs of single garments, told from plain grounds by their colours. The model's own
maps are computed once and stay as they are. `--drawn` is a catalogue drawn with seed 11; what benchmarks draw has other
seeds, so that no product of theirs was seen here.

The loss is CenterNet's focal loss on a map of centres, and smooth L1 on the logarithms of the distances to the four
edges plus one minus their intersection over union. Reference: Zhou, Wang and Krähenbühl 2019, arXiv 1904.07850, eq. 1;
Tian et al. 2019, FCOS, arXiv 1904.01355, sec. 3. Deviations: several cells about a centre regress its box, and the
first layer is fed principal components, which are folded into it afterwards.

It made ``object_head_large.npz``, bound since to a later model with the same maps. ``object_head.npz`` is of an earlier
form: the same layers and loss, no garments, small things that do not hide each other, more of them before sharp
photographs, a hit in which counted as a mistake like any other.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))

from lookalike.embed import open_embedder
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.images.decode import decode
from lookalike.images.scaling import fitted_size, scaled
from lookalike.search.scenes.head import CELL_PIXELS, MAPS
from lookalike.search.scenes.packaged_detector import SIDE_PIXELS
from lookalike.sources.drawn import SCENE_KINDS, draw_scene, product_spec
from lookalike.sources.drawn.categories import CATEGORIES
from lookalike.types import Pixels
from scene_making import Sprite, compose, cut_from_paper, photograph_print

SEED = 11
WIDTH = 48
COMPONENTS = 96
SCALES = {"stage14": 1 / 6, "stage28": 1 / 7, "features": 1.2}
GARMENTS = 2500
"""Clothes learned from; the later ones are for measuring."""

SEEN = 128
"""Longer side, in pixels, at which a garment is told from its ground."""

SIZES = ((448, 336), (336, 448), (384, 384), (480, 320))
OUT = Path(__file__).resolve().parent.parent / "src/lookalike/search/scenes/object_head_large.npz"


@dataclass(frozen=True)
class Example:
    """A photograph, left, upper, width and height of each thing, and how much a hit elsewhere counts as a mistake."""

    pixels: Pixels
    boxes: Sequence[tuple[float, float, float, float]]
    certain: float = 1.0


def scenes(n: int) -> Iterator[Example]:
    """Rendered scenes."""
    kinds = list(SCENE_KINDS)
    names = [category.name for category in CATEGORIES]
    for number in range(n):
        rng = np.random.default_rng([SEED, number])
        kind = kinds[number % len(kinds)]
        fitting = [one for one in range(300) if names[one % len(names)] in SCENE_KINDS[kind]]
        chosen = rng.choice(fitting, int(rng.integers(2, 7)), replace=False)
        scene = draw_scene([product_spec(int(one), seed=SEED) for one in chosen], rng, kind=kind)
        boxes = [(one.box.x, one.box.y, one.box.width, one.box.height) for one in scene.objects]
        yield Example(decode(scene.jpeg).pixels, boxes)


def pasted(n: int, drawn: Path, data: Path) -> Iterator[Example]:
    """Pasted photographs: small things far apart, and rooms of large and small ones that hide each other.

    What a sharp photograph shows behind them are things too, of which nothing is known: a hit there hardly counts.
    """
    rng = np.random.default_rng([SEED, 99])
    products = [drawn / one for row in rows(drawn / "catalog.csv") for one in row["image"].split("|")]
    appliances = [
        data / "appliances" / row["image"]
        for row in rows(data / "appliances/catalog.csv")
        if sum(map(ord, row["product_id"])) % 2 == 0
    ]
    clothes = [data / "clothing" / row["image"] for row in rows(data / "clothing/items.csv")[:GARMENTS]]
    shelves = sorted((data / "grocery/photos").glob("*/train*"))
    signs = sorted((data / "signs/images").iterdir())
    papers: dict[Path, Sprite | None] = {}
    few = [products[int(one)] for one in rng.integers(len(products), size=160)]
    worn = [clothes[int(one)] for one in rng.integers(len(clothes), size=160)]

    def picked(paths: Sequence[Path]) -> Path:
        return paths[int(rng.integers(len(paths)))]

    def cut(path: Path) -> Sprite | None:
        if path not in papers:
            papers[path] = cut_from_paper("", Image.open(path), side=260)
        return papers[path]

    for _ in range(n):
        crowded = rng.random() < 0.6
        sprites: list[Sprite] = []
        wanted = int(rng.integers(2, 9) if crowded else rng.integers(1, 8))
        while len(sprites) < wanted:
            kind = float(rng.random())
            if kind < 0.5:
                sprite = cut(picked(few))
            elif kind < 0.7:
                sprite = cut(picked(appliances))
            elif kind < 0.85:
                sprite = cut(picked(worn))
            else:
                sprite = photograph_print("", Image.open(picked(clothes if kind < 0.93 else signs)))
            if sprite is not None:
                sprites.append(sprite)
        size = SIZES[int(rng.integers(len(SIZES)))]
        sharp = False
        if rng.random() < 0.6:
            background = plain(size, rng)
        else:
            background, sharp = photographed(picked(shelves), picked(clothes), rng)
        least = float(rng.uniform(0.08, 0.3))
        sides = (0.1, float(rng.uniform(0.5, 1.1))) if crowded else (least, least + float(rng.uniform(0.1, 0.4)))
        made = compose(
            sprites,
            background,
            rng,
            size=size,
            sides=sides,
            flaws=float(rng.uniform(0.1, 0.6)) if crowded else float(rng.uniform(0.3, 1)),
            overlap=0.35 if crowded else 0.05,
            beyond=0.25 if crowded else 0.0,
        )
        yield Example(decode(made.jpeg).pixels, [one.box for one in made.objects], 0.3 if sharp else 1.0)


def garments(n: int, data: Path) -> Iterator[Example]:
    """Photographs of one garment, which fills most of them, and its box, told from a plain ground."""
    rng = np.random.default_rng([SEED, 98])
    some = rows(data / "clothing/items.csv")[:GARMENTS]
    found = 0
    for place in rng.permutation(len(some)):
        picture = Image.open(data / "clothing" / some[int(place)]["image"]).convert("RGB")
        box = standing_out(picture)
        if box is not None:
            found += 1
            yield Example(np.asarray(picture), [box])
        if found == n:
            return


def standing_out(picture: Image.Image) -> tuple[float, float, float, float] | None:
    """Left, upper, width and height of the one thing before a plain ground; None where there is no telling."""
    sprite = cut_from_paper("", picture, side=SEEN)
    if sprite is None:
        return None
    # Rows and columns in which hardly anything stands out are specks and creases of the ground.
    mask = np.asarray(sprite.image.getchannel("A")) > 100
    down, across = mask.sum(axis=1), mask.sum(axis=0)
    lines, columns = np.flatnonzero(down > 0.08 * down.max()), np.flatnonzero(across > 0.08 * across.max())
    inner = mask[lines[0] : lines[-1] + 1, columns[0] : columns[-1] + 1]
    scale = max(picture.size) / SEEN
    left, upper = (sprite.place[0] + columns[0]) * scale, (sprite.place[1] + lines[0]) * scale
    height, width = inner.shape[0] * scale, inner.shape[1] * scale
    least = min(left, upper, picture.width - left - width, picture.height - upper - height)
    if inner.mean() < 0.55 or inner.sum() < 0.93 * mask.sum() or min(inner.shape) < 0.2 * SEEN:
        return None
    return (left, upper, width, height) if least >= 0.02 * max(picture.size) else None


def plain(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """A backdrop of one colour or two, with waves and grain."""
    width, height = size
    down, across = np.mgrid[0:height, 0:width]
    first, second = rng.uniform(0.01, 0.15, 2)
    waves = np.sin(across * first + down * second) * 40 * rng.random() ** 3
    pixels = rng.integers(40, 245, 3) + (waves + rng.standard_normal((height, width)) * rng.uniform(0, 10))[..., None]
    if rng.random() < 0.6:
        horizon = int(height * rng.uniform(0.4, 0.8))
        pixels[horizon:] = rng.integers(40, 245, 3) + rng.standard_normal((height - horizon, 1, 1)) * 6
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def photographed(shelf: Path, garment: Path, rng: np.random.Generator) -> tuple[Image.Image, bool]:
    """A photograph of something else, mostly out of focus; whether it is sharp."""
    picture = Image.open(shelf if rng.random() < 0.5 else garment).convert("RGB")
    if rng.random() < 0.6:
        return picture.filter(ImageFilter.GaussianBlur(float(rng.uniform(2, 7)))), False
    return picture, True


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


class Head(nn.Module):
    """The layers of `lookalike.search.scenes.head.ObjectHead`, on principal components."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(COMPONENTS, WIDTH, 1)
        self.convolutions = nn.ModuleList(nn.Conv2d(WIDTH, WIDTH, 3, padding=d, dilation=d) for d in (1, 2, 4))
        self.out = nn.Conv2d(WIDTH, 5, 1)
        nn.init.normal_(self.out.weight, 0, 0.01)
        nn.init.zeros_(self.out.bias)
        self.out.bias.data[0] = -3
        self.dropout = nn.Dropout2d(0.1)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        hidden = functional.relu(self.first(self.dropout(values)))
        for convolution in self.convolutions:
            hidden = hidden + functional.relu(convolution(hidden))
        return self.out(hidden)


def stacked(maps: dict[str, np.ndarray]) -> np.ndarray:
    """All channels of all maps on the grid of ``stage14``, scaled to be alike."""
    features, stage14, stage28 = (maps[name][0] * SCALES[name] for name in MAPS)
    _, height, width = stage14.shape
    blocks = stage28.reshape(-1, height, 2, width, 2).transpose(0, 2, 4, 1, 3).reshape(-1, height, width)
    return np.concatenate([stage14, blocks, features.repeat(2, 1).repeat(2, 2)]).astype(np.float32)


def targets(boxes: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A map of centres, logarithms of the distances to the edges, and how much each cell counts for these."""
    down, across = np.mgrid[0:height, 0:width] + 0.5
    heat = np.zeros((height, width), np.float32)
    distances = np.zeros((4, height, width), np.float32)
    weights = np.zeros((height, width), np.float32)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    for left, upper, right, lower in boxes[np.argsort(-areas)]:
        x, y, half_width, half_height = (left + right) / 2, (upper + lower) / 2, (right - left) / 2, (lower - upper) / 2
        spread = ((across - x) / (half_width * 0.44 + 0.25)) ** 2 + ((down - y) / (half_height * 0.44 + 0.25)) ** 2
        bump = np.exp(-spread / 2).astype(np.float32)
        near = (np.abs(across - x) < max(0.5, half_width * 0.6)) & (np.abs(down - y) < max(0.5, half_height * 0.6))
        centre = min(height - 1, int(y)), min(width - 1, int(x))
        bump[centre], near[centre] = 1, True
        heat = np.maximum(heat, bump)
        edges = np.stack([across - left, down - upper, right - across, lower - down])
        distances[:, near] = np.log(np.maximum(edges[:, near], 0.15))
        weights[near] = 1 / near.sum() ** 0.5
    return heat, distances, weights


def loss(
    found: torch.Tensor, heat: torch.Tensor, wanted: torch.Tensor, weights: torch.Tensor, certain: torch.Tensor
) -> torch.Tensor:
    score = torch.sigmoid(found[:, 0])
    centres = heat > 0.999
    hit = -(functional.logsigmoid(found[:, 0]) * (1 - score) ** 2)[centres].sum()
    miss = -(functional.logsigmoid(-found[:, 0]) * score**2 * (1 - heat) ** 4 * certain[:, None, None])[~centres].sum()
    apart = functional.smooth_l1_loss(found[:, 1:], wanted, reduction="none", beta=0.1).sum(1)
    own, true = torch.exp(found[:, 1:].clamp(-3, 4)), torch.exp(wanted)
    least = torch.minimum(own, true)
    shared = (least[:, 0] + least[:, 2]) * (least[:, 1] + least[:, 3])
    areas = [(one[:, 0] + one[:, 2]) * (one[:, 1] + one[:, 3]) for one in (own, true)]
    lost = 1 - shared / (areas[0] + areas[1] - shared)
    return (hit + miss) / centres.sum() + ((apart + 2 * lost) * weights).sum() / weights.sum()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drawn", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=90)
    parser.add_argument("--pasted", type=int, default=380)
    parser.add_argument("--garments", type=int, default=150)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    embedder = open_embedder()
    assert isinstance(embedder, OnnxEmbedder)
    with tempfile.TemporaryDirectory() as folder:
        kept = list(looked_at(embedder, given, Path(folder)))
        mean, components = principal([np.load(path) for path, *_ in kept])
        groups: dict[tuple[int, ...], list[tuple[np.ndarray, ...]]] = defaultdict(list)
        for path, boxes, certain in kept:
            values = np.load(path).astype(np.float32)
            _, height, width = values.shape
            small = (components @ (values.reshape(len(values), -1) - mean[:, None])).reshape(-1, height, width)
            groups[small.shape].append((small.astype(np.float32), *targets(boxes, height, width), np.float32(certain)))
    net = fitted({shape: tuple(map(np.stack, zip(*many, strict=True))) for shape, many in groups.items()}, given)
    save(net, mean, components, embedder.description.weights_sha256, given.out)


def looked_at(
    embedder: OnnxEmbedder, given: argparse.Namespace, folder: Path
) -> Iterator[tuple[Path, np.ndarray, float]]:
    """For each photograph a file with its maps, its boxes in cells, and how certain it is that these are all."""
    photographs = chain(
        scenes(given.scenes), pasted(given.pasted, given.drawn, given.data), garments(given.garments, given.data)
    )
    for number, example in enumerate(photographs):
        pixels, boxes = example.pixels, example.boxes
        height, width = pixels.shape[:2]
        across, down = fitted_size(width, height, area_pixels=SIDE_PIXELS**2, multiple=32)
        maps = embedder.look(scaled(pixels, across, down)[np.newaxis], MAPS)
        path = folder / f"{number}.npy"
        np.save(path, stacked(dict(maps)).astype(np.float16))
        scale = np.array([across / width, down / height] * 2) / CELL_PIXELS
        edges = np.array([[x, y, x + w, y + h] for x, y, w, h in boxes], np.float64).reshape(-1, 4)
        yield path, edges * scale, example.certain


def principal(maps: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The mean of cells, and the matrix that makes whitened components of what remains."""
    sample = np.concatenate([one.reshape(len(one), -1)[:, ::23].T for one in maps]).astype(np.float64)
    mean = sample.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov((sample - mean).T))
    first = slice(-1, -COMPONENTS - 1, -1)
    return mean, (vectors[:, first] / np.sqrt(values[first] + 0.05)).T


def fitted(groups: dict[tuple[int, ...], tuple[np.ndarray, ...]], given: argparse.Namespace) -> Head:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    tensors = {shape: [torch.from_numpy(one) for one in arrays] for shape, arrays in groups.items()}
    net = Head()
    steps = given.epochs * sum(-(-len(many[0]) // given.batch) for many in tensors.values())
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for epoch in range(given.epochs):
        batches: list[tuple[tuple[int, ...], np.ndarray]] = []
        for shape, many in tensors.items():
            order = rng.permutation(len(many[0]))
            batches += [(shape, order[start : start + given.batch]) for start in range(0, len(order), given.batch)]
        total = 0.0
        for place in rng.permutation(len(batches)):
            shape, chosen = batches[int(place)]
            values, heat, wanted, weights, certain = (one[chosen] for one in tensors[shape])
            if rng.random() < 0.5:
                values, heat, weights = values.flip(-1), heat.flip(-1), weights.flip(-1)
                wanted = wanted[:, [2, 1, 0, 3]].flip(-1)
            lost = loss(net(values), heat, wanted, weights, certain)
            optimizer.zero_grad()
            lost.backward()
            optimizer.step()
            schedule.step()
            total += float(lost.detach())
        print(f"epoch {epoch + 1}: loss {total / len(batches):.3f}", flush=True)
    return net.eval()


def save(net: Head, mean: np.ndarray, components: np.ndarray, digest: str, out: Path) -> None:
    """The weights in half precision, the components folded into the first layer."""
    first = net.first.weight.detach().numpy()[:, :, 0, 0].astype(np.float64) @ components
    bias = net.first.bias.detach().numpy() - first @ mean  # type: ignore[union-attr]
    n_stage14, n_blocks = 112, 160
    np.savez_compressed(
        out,
        from_stage14=(first[:, :n_stage14] * SCALES["stage14"]).astype(np.float16),
        from_stage28=(first[:, n_stage14 : n_stage14 + n_blocks] * SCALES["stage28"]).astype(np.float16),
        from_features=(first[:, n_stage14 + n_blocks :] * SCALES["features"]).astype(np.float16),
        bias=bias.astype(np.float32),
        kernels=np.stack([one.weight.detach().numpy() for one in net.convolutions]).astype(np.float16),
        kernel_biases=np.stack([one.bias.detach().numpy() for one in net.convolutions]).astype(np.float32),
        out=net.out.weight.detach().numpy()[:, :, 0, 0].astype(np.float32),
        out_bias=net.out.bias.detach().numpy(),  # type: ignore[union-attr]
        weights_sha256=np.array(digest),
    )


if __name__ == "__main__":
    main()
