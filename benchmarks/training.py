"""What `lookalike train --mode head` gives on two cores, and how fast it is beside a plain loop of the losses' library.

    python benchmarks/training.py [--data DIR] [--only head|throughput|step|memory|gpu]

head: pictures to model on the grocery photographs and product pages, then the photographs of val.csv against the pages,
beside the packaged model. throughput: the first epoch from JPEG files and later ones, beside a loop that anybody would
write with torch and pytorch-metric-learning over the same frozen net, head, objective, batches and cores. step: one
step of all layers of the packaged model on a processor, in float32, in bfloat16 as torch does it, and as `train` does.
memory: such a step as `train` does it, with memory that stays with the process and without.
gpu, where there is one: `--mode full`, from JPEG files to the end of the first epoch and later epochs, beside such a
plain loop of all layers in bfloat16, whose pictures are varied by as many processes as there are cores.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np

from lookalike.nets.mixed_precision import gains_by_bfloat16
from result import Headline, earlier_parts, stamp, write_result

SEED = 0
PARTS = ("head", "throughput", "step", "memory", "gpu")
DISTRIBUTIONS = ("numpy", "onnxruntime", "torch", "pytorch-metric-learning")
N_PRODUCTS, N_PICTURES = 32, 4
MEMORY_BATCH = 128
STEPS = {"step": ("AMX", "AMX"), "step without AMX": ("AVX-512 and no AMX", "AVX-512（无 AMX）")}
"""By what a processor multiplies bfloat16: the part of the figures, and its name in English and Chinese."""


def lookalike(*arguments: object) -> dict[str, object]:
    """The JSON document that a command prints."""
    command = [sys.executable, "-m", "lookalike", *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout)


def head_figures(data: Path, folder: Path) -> dict[str, object]:
    """Seconds from pictures to model, and recall on val.csv with the packaged model and with the new one."""
    catalog, photographs = data / "grocery" / "catalog.csv", data / "grocery" / "train.csv"
    started = time.perf_counter()
    report = lookalike("train", catalog, photographs, "--mode", "head", "--out", folder / "mine", "--seed", SEED)
    seconds = time.perf_counter() - started
    recalls: dict[str, object] = {}
    for name, model in (("lite0", "lite0"), ("trained", folder / "mine")):
        store = folder / f"store-{name}"
        lookalike("index", catalog, "--store", store, "--model", model)
        found = lookalike("evaluate", data / "grocery" / "val.csv", "--store", store)
        metrics = found["metrics"]
        assert isinstance(metrics, dict)
        recalls[name] = {key: metrics[key] for key in ("recall@1", "recall@5", "mrr@10")}
    keys = ("best", "baseline", "epochs", "steps", "pictures", "products", "fit_seconds")
    return {"seconds": seconds, "photograph_to_page": recalls, "run": {key: report[key] for key in keys}}


def plain_loop(rows: list[tuple[str, int]], n_epochs: int) -> list[float]:
    """Seconds of each epoch of the loop that anybody would write: decode, augment, frozen net, head, Proxy-Anchor."""
    import torch
    from PIL import Image
    from pytorch_metric_learning.losses import ProxyAnchorLoss
    from pytorch_metric_learning.samplers import MPerClassSampler
    from torch.utils.data import DataLoader, Dataset

    from lookalike.nets import open_net

    class Pictures(Dataset):
        def __len__(self) -> int:
            return len(rows)

        def __getitem__(self, place: int) -> tuple[torch.Tensor, int]:
            path, label = rows[place]
            generator = np.random.default_rng()
            with Image.open(path) as image:
                picture = image.convert("RGB")
            width, height = picture.size
            side = math.sqrt(generator.uniform(0.7, 1.0)) * min(width, height)
            left, upper = generator.uniform(0, width - side), generator.uniform(0, height - side)
            box = (left, upper, left + side, upper + side)
            pixels = np.asarray(picture.resize((224, 224), Image.Resampling.BICUBIC, box))
            return torch.from_numpy(pixels[:, ::-1].copy() if generator.random() < 0.5 else pixels.copy()), label

    torch.manual_seed(SEED)
    net = open_net().eval().requires_grad_(False)
    head = torch.nn.Linear(1280, 256)
    n_labels = 1 + max(label for _, label in rows)
    loss = ProxyAnchorLoss(n_labels, 256)
    groups = [{"params": head.parameters(), "lr": 1e-3}, {"params": loss.parameters(), "lr": 1e-2}]
    optimiser = torch.optim.AdamW(groups)
    sampler = MPerClassSampler([label for _, label in rows], N_PICTURES, N_PRODUCTS * N_PICTURES, len(rows))
    loader = DataLoader(Pictures(), N_PRODUCTS * N_PICTURES, sampler=sampler, num_workers=2, drop_last=True)
    seconds: list[float] = []
    for _ in range(n_epochs):
        started = time.perf_counter()
        seen = 0
        for pixels, labels in loader:
            with torch.no_grad():
                pooled = net.tensors(pixels, ["pooled"])["pooled"]
            value = loss(head(pooled), labels)
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
            seen += len(labels)
        seconds.append((time.perf_counter() - started) / seen)
    return seconds


def our_loop(table: Path, folder: Path, *, n_views: int) -> dict[str, float]:
    """Seconds of the parts of a run, a picture each: reading, a view's features, an epoch of the head."""
    from lookalike.train import recipe
    from lookalike.train.catalogue import catalogues_of
    from lookalike.train.config import with_settings
    from lookalike.train.fitting import Moment
    from lookalike.train.report import TrainingTask
    from lookalike.train.training import train

    settings = [
        "stopping.held_out=0", 'head.features=["features"]', f"model.views={n_views}", "schedule.epochs=10",
        f"sampling.n_products={N_PRODUCTS}", f"sampling.n_pictures={N_PICTURES}", "run.device=cpu",
    ]  # fmt: skip
    config = with_settings(recipe("head"), {}, settings)
    last: dict[str, Moment] = {}

    def watch(moment: Moment) -> None:
        last[moment.phase] = moment

    task = TrainingTask(catalogues_of([str(table)]), config, folder / "ours", folder / "ours-run")
    started = time.perf_counter()
    report = train(task, watch=watch)
    whole = time.perf_counter() - started
    kept, fitted = last["computing features"], last["search"]
    return {
        "read": last["reading pictures"].seconds / report.pictures,
        "view": kept.seconds / kept.done,
        "epoch": fitted.seconds / fitted.done / (N_PRODUCTS * N_PICTURES),
        "whole_seconds": whole,
    }


def plain_full_loop(rows: list[tuple[str, int]], n_epochs: int, n_workers: int) -> tuple[list[float], int]:
    """When each epoch ended, in seconds since the start, and pictures in one: the loop that anybody would write.

    Decoded, moved, coloured and erased by Pillow in worker processes, all layers in bfloat16, losses not read.
    """
    import torch
    from PIL import Image, ImageEnhance
    from pytorch_metric_learning.losses import ProxyAnchorLoss
    from pytorch_metric_learning.samplers import MPerClassSampler
    from torch.utils.data import DataLoader, Dataset

    from lookalike.nets import open_net
    from lookalike.nets.pooling import GeneralisedMeanPooling

    class Pictures(Dataset):
        def __len__(self) -> int:
            return len(rows)

        def __getitem__(self, place: int) -> tuple[torch.Tensor, int]:
            path, label = rows[place]
            chance = np.random.default_rng()
            with Image.open(path) as image:
                picture = image.convert("RGB")
            zoom, angle = chance.uniform(0.7, 1.0) * min(picture.size) / 224, math.radians(chance.uniform(-15, 15))
            mirror = -1 if chance.random() < 0.5 else 1
            a, b = mirror * zoom * math.cos(angle), -zoom * math.sin(angle)
            d, e = mirror * zoom * math.sin(angle), zoom * math.cos(angle)
            c, f = (size / 2 + chance.uniform(-0.1, 0.1) * size for size in picture.size)
            moved = (a, b, c - 112 * (a + b), d, e, f - 112 * (d + e))
            picture = picture.transform((224, 224), Image.Transform.AFFINE, moved, Image.Resampling.BILINEAR)
            for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
                picture = enhance(picture).enhance(chance.uniform(0.7, 1.3))
            pixels = np.array(picture)
            if chance.random() < 0.5:
                top, left, side = *chance.integers(0, 150, 2), chance.integers(28, 74)
                pixels[top : top + side, left : left + side] = chance.integers(0, 256)
            return torch.from_numpy(pixels), label

    torch.manual_seed(SEED)
    started = time.perf_counter()
    net, pooling, linear = open_net(device="cuda"), GeneralisedMeanPooling().cuda(), torch.nn.Linear(1280, 512).cuda()
    loss = ProxyAnchorLoss(1 + max(label for _, label in rows), 512).cuda()
    groups = [
        {"params": net.parameters(), "lr": 1e-4},
        {"params": [*pooling.parameters(), *linear.parameters()], "lr": 1e-3},
        {"params": loss.parameters(), "lr": 1e-2},
    ]
    optimiser = torch.optim.AdamW(groups)
    batch = N_PRODUCTS * N_PICTURES
    sampler = MPerClassSampler([label for _, label in rows], N_PICTURES, batch, len(rows))
    loader = DataLoader(
        Pictures(), batch, sampler=sampler, num_workers=n_workers, drop_last=True, pin_memory=True,
        persistent_workers=True,
    )  # fmt: skip
    ended: list[float] = []
    for _ in range(n_epochs):
        for pixels, labels in loader:
            with torch.autocast("cuda", torch.bfloat16):
                vectors = linear(pooling(net.tensors(pixels.cuda(non_blocking=True), ["features"])["features"].float()))
            value = loss(vectors.float(), labels.cuda(non_blocking=True))
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
        torch.cuda.synchronize()
        ended.append(time.perf_counter() - started)
    return ended, batch * len(loader)


def our_full_loop(table: Path, folder: Path, n_epochs: int, n_pictures: int) -> tuple[list[float], int]:
    """When each epoch ended, in seconds since the start, and pictures in one: `train --mode full` as it is."""
    from lookalike.train import recipe
    from lookalike.train.catalogue import catalogues_of
    from lookalike.train.config import with_settings
    from lookalike.train.fitting import Moment
    from lookalike.train.report import TrainingTask
    from lookalike.train.training import train

    batch = N_PRODUCTS * N_PICTURES
    n_steps = round(n_pictures / batch)
    settings = [
        "stopping.held_out=0", f"schedule.steps={n_epochs * n_steps}", 'general.measured_on=""',
        f"sampling.n_products={N_PRODUCTS}", f"sampling.n_pictures={N_PICTURES}", "run.device=cuda",
    ]  # fmt: skip
    config = with_settings(recipe("full"), {}, settings)
    ended: list[float] = []

    def watch(moment: Moment) -> None:
        if moment.phase == "search" and moment.done and moment.done % n_steps == 0:
            ended.append(time.perf_counter() - started)

    started = time.perf_counter()
    train(TrainingTask(catalogues_of([str(table)]), config, folder / "ours", folder / "ours-run"), watch=watch)
    return ended, batch * n_steps


def wake_gpu() -> None:
    """Load the GPU's libraries, which takes many seconds once in a process, before anything is timed."""
    import torch

    from lookalike.nets import open_net

    net = open_net(device="cuda")
    with torch.autocast("cuda", torch.bfloat16):
        vectors = net(torch.zeros(8, 224, 224, 3, dtype=torch.uint8, device="cuda"))
    vectors.float().sum().backward()
    torch.cuda.synchronize()


def gpu_figures(data: Path, n_epochs: int = 8, n_rounds: int = 3) -> dict[str, object]:
    """Pictures a second of `--mode full` and of a plain loop, first epoch from cold files and later ones."""
    import torch

    grocery = data / "grocery"
    lines = (grocery / "train.csv").read_text().splitlines()[1:]
    pairs = [(str((grocery / image).resolve()), label) for image, label in (line.split(",") for line in sorted(lines))]
    names = {name: number for number, name in enumerate(dict.fromkeys(label for _, label in pairs))}
    images, n_cores = [image for image, _ in pairs], len(os.sched_getaffinity(0))
    found: dict[str, list[tuple[list[float], int]]] = {"plain": [], "ours": []}
    wake_gpu()
    for round_number in range(n_rounds):
        for name in ("plain", "ours") if round_number % 2 == 0 else ("ours", "plain"):
            with tempfile.TemporaryDirectory() as folder:
                table = Path(folder) / "all.csv"
                rows = "".join(f"{image},{label}\n" for image, label in pairs)
                table.write_text(f"image,product_id\n{rows}")
                forget(images)
                if name == "plain":
                    numbered = [(image, names[label]) for image, label in pairs]
                    found[name].append(plain_full_loop(numbered, n_epochs, n_cores))
                else:
                    found[name].append(our_full_loop(table, Path(folder), n_epochs, len(pairs)))
                print(name, [round(at, 2) for at in found[name][-1][0]], flush=True)
    figures: dict[str, object] = {"gpu": torch.cuda.get_device_name(), "cores": n_cores, "pictures": len(pairs)}
    rates = {
        name: {
            "first_epoch": [n / ended[0] for ended, n in rounds],
            "later_epochs": [n * (len(ended) - 1) / (ended[-1] - ended[0]) for ended, n in rounds],
        }
        for name, rounds in found.items()
    }
    times = {
        epoch: np.divide(rates["ours"][epoch], rates["plain"][epoch]).tolist()
        for epoch in ("first_epoch", "later_epochs")
    }
    return figures | {"pictures_a_second": rates, "times_as_fast": times}


def forget(images: list[str]) -> None:
    """Let the system drop what it holds of these files, so that they are read from the disk again."""
    for image in images:
        file = os.open(image, os.O_RDONLY)
        try:
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(file)


def throughput_figures(data: Path, folder: Path, n: int) -> dict[str, object]:
    """Pictures a second of both, first epoch from JPEG files and later epochs."""
    grocery = data / "grocery"
    lines = (grocery / "train.csv").read_text().splitlines()[1:]
    chosen = [lines[place] for place in np.random.default_rng(SEED).permutation(len(lines))[:n]]
    table = folder / "some.csv"
    pairs = [(str((grocery / image).resolve()), label) for image, label in (line.split(",") for line in sorted(chosen))]
    table.write_text("image,product_id\n" + "".join(f"{image},{label}\n" for image, label in pairs))
    names = {name: number for number, name in enumerate(dict.fromkeys(label for _, label in pairs))}
    images = [image for image, _ in pairs]
    forget(images)
    plain = plain_loop([(image, names[label]) for image, label in pairs], 2)
    forget(images)
    ours = our_loop(table, folder, n_views=3)
    return {
        "plain": {"first_epoch": 1 / plain[0], "later_epochs": 1 / plain[1]},
        "ours": {
            "first_epoch": 1 / (ours["read"] + ours["view"] + ours["epoch"]),
            "later_epochs": 1 / ours["epoch"],
            "parts_seconds_a_picture": ours,
        },
        "first_epoch_of_ours": "reads each file, computes one view, one epoch of the head; further views come on top",
        "pictures": len(pairs),
    }


def step_figures(n_rounds: int = 12, batch: int = 32) -> tuple[str, dict[str, object]]:
    """Seconds of a step in each of three ways, one after the other in every round; float32's over each other's.

    Beside the name of the part of the figures that this processor belongs to.
    """
    import torch

    from lookalike.nets import open_net
    from lookalike.nets.mixed_precision import mixed_precision

    net = open_net(None)
    weights = [weight for weight in net.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=1e-6)
    generator = torch.Generator().manual_seed(SEED)
    side = net.description.preprocessing.size_pixels
    pixels = torch.randint(0, 256, (batch, side, side, 3), dtype=torch.uint8, generator=generator)
    wanted = torch.nn.functional.normalize(torch.randn(batch, net.description.dimension, generator=generator))
    ways: dict[str, Callable[[], AbstractContextManager[object]]] = {
        "float32": nullcontext,
        "bfloat16 by torch": lambda: torch.autocast("cpu", torch.bfloat16),
        "bfloat16": lambda: mixed_precision("cpu"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for round_number in range(n_rounds + 1):
        for name, way in ways.items():
            started = time.perf_counter()
            with way():
                vectors = net(pixels)
            optimiser.zero_grad(set_to_none=True)
            (1 - (vectors.float() * wanted).sum(1)).mean().backward()
            optimiser.step()
            if round_number:
                seconds[name].append(time.perf_counter() - started)
    ratios = {name: np.divide(seconds["float32"], one) for name, one in seconds.items() if name != "float32"}
    return "step" if torch.cpu.get_capabilities()["amx_bf16"] else "step without AMX", {
        "batch": batch,
        "side_pixels": side,
        "rounds": n_rounds,
        "seconds": {name: {"median": float(np.median(one)), "all": one} for name, one in seconds.items()},
        "times_as_fast": {
            name: dict(zip(("low", "median", "high"), np.percentile(one, [10, 50, 90]).tolist(), strict=True))
            for name, one in ratios.items()
        },
    }


def memory_figures(n_rounds: int = 4) -> dict[str, object]:
    """Seconds of a step with memory that stays with the process and without, one after the other in every round.

    Each in a process of its own: what one leaves behind would be the other's.
    """
    seconds: dict[str, list[float]] = {"given back": [], "kept": []}
    peaks: dict[str, list[int]] = {name: [] for name in seconds}
    for round_number in range(n_rounds):
        for name in seconds if round_number % 2 == 0 else reversed(seconds):
            command = [sys.executable, __file__, "--steps-with-memory", name]
            done = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            seconds[name].append(float(np.median(done["seconds"])))
            peaks[name].append(done["peak_bytes"])
    ratios = np.divide(seconds["given back"], seconds["kept"])
    return {
        "batch": MEMORY_BATCH,
        "rounds": n_rounds,
        "bfloat16": gains_by_bfloat16("cpu"),
        "seconds": seconds,
        "peak_bytes": peaks,
        "times_as_fast": dict(
            zip(("low", "median", "high"), np.percentile(ratios, [10, 50, 90]).tolist(), strict=True)
        ),
    }


def steps_with_memory(name: str, n_steps: int = 3) -> dict[str, object]:
    """Seconds of steps as `train` does them on a processor, but the first two, and the most memory they had."""
    import resource

    import torch

    from lookalike.nets import open_net
    from lookalike.nets.kept_memory import kept_memory
    from lookalike.nets.mixed_precision import mixed_precision

    net = open_net(None)
    generator = torch.Generator().manual_seed(SEED)
    side = net.description.preprocessing.size_pixels
    pixels = torch.randint(0, 256, (MEMORY_BATCH, side, side, 3), dtype=torch.uint8, generator=generator)
    seconds: list[float] = []
    with kept_memory() if name == "kept" else nullcontext():
        for _ in range(2 + n_steps):
            started = time.perf_counter()
            with mixed_precision("cpu"):
                vectors = net(pixels)
            net.zero_grad(set_to_none=True)
            vectors.float().square().sum().backward()
            seconds.append(time.perf_counter() - started)
    return {"seconds": seconds[2:], "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def has_glibc() -> bool:
    return platform.libc_ver()[0] == "glibc"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--only", choices=list(PARTS), default=None)
    parser.add_argument("--n", type=int, default=512, help="pictures for throughput")
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--steps-with-memory", choices=["given back", "kept"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.steps_with_memory:
        print(json.dumps(steps_with_memory(given.steps_with_memory)))
        return
    if given.only == "step" and not gains_by_bfloat16("cpu"):
        print("this processor does not multiply bfloat16: nothing measured")
        return
    if given.only == "gpu" and not has_gpu():
        print("torch finds no GPU here: nothing measured")
        return
    if given.only == "memory" and not has_glibc():
        print("this C library is not glibc: nothing measured")
        return
    if not (given.data / "grocery").is_dir():
        print(f"no data at {given.data}: nothing measured")
        return
    out = given.out or Path(__file__).parent / "results" / "training.json"
    before = earlier_parts(out) if given.only else {}
    measured = stamp()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = dict(before)
        wanted = (given.only,) if given.only else PARTS
        if "head" in wanted:
            figures["head"] = {**head_figures(given.data, folder), "measured": measured}
        if "throughput" in wanted:
            figures["throughput"] = {**throughput_figures(given.data, folder, given.n), "measured": measured}
        if "gpu" in wanted and has_gpu():
            figures["gpu"] = {**gpu_figures(given.data), "measured": measured}
        if "step" in wanted and gains_by_bfloat16("cpu"):
            part, figures_of_step = step_figures()
            figures[part] = {**figures_of_step, "measured": measured}
        if "memory" in wanted and has_glibc():
            figures["memory"] = {**memory_figures(), "measured": measured}
    write_result(
        "training",
        figures=figures,
        headlines=headlines(figures),
        seed=SEED,
        data="grocery",
        distributions=DISTRIBUTIONS,
        out=given.out,
    )


def headlines(figures: dict) -> list[Headline]:
    """What the documentation shows of it."""
    found: list[Headline] = []
    if "head" in figures:
        head = figures["head"]
        before, after = (head["photograph_to_page"][name]["recall@1"]["value"] for name in ("lite0", "trained"))
        found.append(
            Headline(
                f"a head trained on 2,721 pictures, two cores: recall@1 of new photographs, before and after "
                f"({head['seconds']:.0f} s from pictures to model)",
                f"双核训练新的头部（2,721 张图片，共 {head['seconds']:.0f} 秒）：新照片的 recall@1，训练前后",
                f"{before:.3f} → {after:.3f}",
            )
        )
    if "throughput" in figures:
        plain, ours = figures["throughput"]["plain"], figures["throughput"]["ours"]
        found.append(
            Headline(
                "training a head, pictures a second, beside a plain loop: first epoch; later epochs",
                "训练头部，每秒图片数，与普通循环相比：第一轮；之后各轮",
                f"{ours['first_epoch']:.0f} / {plain['first_epoch']:.0f}; "
                f"{ours['later_epochs']:.0f} / {plain['later_epochs']:.0f}",
                front=False,
            )
        )
    if "gpu" in figures:
        times, device = figures["gpu"]["times_as_fast"], figures["gpu"]["gpu"]
        # In the first round both load the GPU's libraries as well.
        told = "; ".join(
            f"{np.median(one):.2f} × ({min(one):.2f} to {max(one):.2f})"
            for one in (times["first_epoch"][1:] or times["first_epoch"], times["later_epochs"])
        )
        found.append(
            Headline(
                f"training all layers on a GPU ({device}, {figures['gpu']['cores']} cores), beside a plain loop: from "
                "JPEG files to the end of the first epoch; later epochs",
                f"在 GPU 上训练全部层（{device}，{figures['gpu']['cores']} 核），与普通循环相比："
                "从 JPEG 文件到第一轮结束；之后各轮",
                told,
                front=False,
            )
        )
    for part, (english, chinese) in STEPS.items():
        if part not in figures:
            continue
        ratio = figures[part]["times_as_fast"]["bfloat16"]
        found.append(
            Headline(
                f"a training step of all layers in bfloat16, processor with {english}: times as fast as float32",
                f"支持 {chinese} 的处理器以 bfloat16 训练全部层的一步：相对 float32 的倍数",
                f"{ratio['median']:.2f} × (10% to 90% of rounds: {ratio['low']:.2f} to {ratio['high']:.2f})",
                front=False,
            )
        )
    if "memory" in figures:
        ratio = figures["memory"]["times_as_fast"]
        given_back, kept = (np.median(figures["memory"]["peak_bytes"][name]) / 2**30 for name in ("given back", "kept"))
        found.append(
            Headline(
                f"a training step of all layers on a processor whose memory stays with the process: times as fast as "
                f"without ({kept:.1f} GiB at most, without {given_back:.1f})",
                f"在处理器上训练全部层的一步，内存留在进程中：相对不保留的倍数"
                f"（最多 {kept:.1f} GiB，不保留时 {given_back:.1f}）",
                f"{ratio['median']:.2f} × (10% to 90% of rounds: {ratio['low']:.2f} to {ratio['high']:.2f})",
                front=False,
            )
        )
    return found


if __name__ == "__main__":
    main()
