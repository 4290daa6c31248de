"""How little does it take to fool the packaged model, and does the detector notice? Needs the extra ``train``.

python benchmarks/adversarial.py [--data FOLDER] [--n 32] [--kinds untargeted …] [--catalogues grocery …]

FOLDER holds ``grocery`` (train.csv is the gallery, val.csv the queries); without it the drawn catalogue alone is asked.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SEED = 20_261_125
EPSILONS = (2, 4, 8)
CATALOGUES = {
    "grocery": "Grocery Store Dataset, train photographs as gallery, val as queries",
    "drawn": "drawn catalogue of 40 products",
}
KINDS = ("untargeted", "targeted", "adaptive", "universal")


def universal(engine: Any, queries: Path, *, n: int, epsilon: int) -> dict[str, object]:
    """One change for all, learnt on `n` photographs and tried on `n` others."""
    import numpy as np

    from lookalike.embed import open_embedder
    from lookalike.evaluate.intervals import jackknife_mean
    from lookalike.evaluate.questions import read_questions
    from lookalike.images.seen import see
    from lookalike.nets import open_net
    from lookalike.probe.margin import Margin
    from lookalike.probe.perturbation import PgdOptions, perturb_all_alike

    live = engine.live_vectors()
    owners = np.asarray(live.product_ids)
    embedder = open_embedder(live.model)
    net = open_net(live.model)
    net.requires_grad_(False)
    generator = np.random.default_rng(SEED)
    questions = read_questions(queries, answer_column="product_id").items
    chosen = [questions[at] for at in generator.permutation(len(questions))[: 2 * n]]
    squares = np.stack(
        [see(one.image.read_bytes(), embedder.description.preprocessing).square for one in chosen if one.image]
    )
    right = np.stack([np.isin(owners, sorted(one.answers)) for one in chosen])
    half = len(squares) // 2
    options = PgdOptions(epsilon=epsilon, n_steps=6, step=epsilon / 6)
    change = perturb_all_alike(net, squares[:half], Margin(live.vectors, ~right[:half]), options, generator=generator)
    noise = generator.choice([-epsilon, epsilon], change.shape)
    clusters = [one.cluster for one in chosen[half:]]
    found: dict[str, object] = {"epsilon": epsilon, "learnt_on": half, "tried_on": len(squares) - half}
    for name, moved in (("clean", 0), ("noise", noise), ("universal", change)):
        vectors = embedder.embed((squares[half:] + moved).clip(0, 255).astype(np.uint8))
        first = np.argmax(vectors @ live.vectors.T, axis=1)
        hit = right[half:][np.arange(len(first)), first].astype(np.float64)
        interval = jackknife_mean(hit, clusters)
        found[name] = {"recall@1": {"value": interval.value, "low": interval.low, "high": interval.high}}
    return found


def kinds(n: int, steps: int) -> dict[str, Any]:
    """What is tried, by name."""
    from lookalike.probe import AttackOptions

    return {
        "untargeted": AttackOptions(EPSILONS, n=n, n_steps=steps, seed=SEED),
        "targeted": AttackOptions(EPSILONS, targeted=True, n=n, n_steps=steps, seed=SEED),
        "adaptive": AttackOptions((8,), adaptive=True, n=max(1, n // 2), n_steps=steps, seed=SEED),
    }


def measured(
    catalog: Path, queries: Path, folder: Path, *, n: int, steps: int, wanted: Sequence[str]
) -> dict[str, object]:
    """The attacks wanted on one catalogue, indexed into `folder`."""
    import lookalike
    from lookalike.probe import measure_attacks

    found: dict[str, object] = {}
    with lookalike.open(folder) as shop:
        shop.index(catalog)
        for name, options in kinds(n, steps).items():
            if name not in wanted:
                continue
            found[name] = measure_attacks(shop, queries, options).as_dict()
            print(name, json.dumps(found[name]), flush=True)
        if "universal" in wanted:
            found["universal"] = universal(shop, queries, n=n, epsilon=8)
            print("universal", json.dumps(found["universal"]), flush=True)
    return found


def shown(interval: dict[str, float]) -> str:
    return f"{interval['value']:.2f} [{interval['low']:.2f}, {interval['high']:.2f}]"


def report(figures: dict[str, Any], *, n: int, out: Path | None) -> None:
    """Write the result."""
    from result import Headline, write_result

    name = "grocery" if "grocery" in figures else "drawn"
    told = figures[name]
    first = {
        (kind, one["epsilon"], one["arrival"]): one
        for kind in ("untargeted", "targeted", "adaptive")
        if kind in told
        for one in told[kind]["attacks"]
    }
    clean = shown(told["untargeted"]["clean"]["square"]["recall@1"])
    broken = first["untargeted", 2, "square"]
    as_png = first["untargeted", 2, "png"]
    as_jpeg = first["untargeted", 8, "jpeg"]
    headlines = [
        Headline(
            f"recall@1 on {name}, unharmed, then attacked with 2/255 (pixels as the model sees them)",
            f"{name} 上的 recall@1：未受攻击，以及 2/255 攻击之后（模型所见像素）",
            f"{clean}, then {shown(broken['recall@1'])}",
            front=False,
        ),
        Headline(
            f"the same, attacked with 8/255 and sent as a JPEG, on {name}",
            f"同上，8/255 攻击并以 JPEG 上传（{name}）",
            shown(as_jpeg["recall@1"]),
            front=False,
        ),
        Headline(
            f"attacks with 2/255 noticed at 5% false alarms, on {name}: pixels as the model sees them; sent as PNG",
            f"误报率 5% 时检出的 2/255 攻击（{name}）：模型所见像素；以 PNG 上传",
            f"{shown(broken['detector']['detected'])}; {shown(as_png['detector']['detected'])}",
            front=False,
        ),
    ]
    if "adaptive" in told:
        headlines.append(
            Headline(
                f"attacks with 8/255 by somebody who knows the detector noticed at 5% false alarms, on {name}",
                f"误报率 5% 时检出的、了解检测器者所做的 8/255 攻击（{name}）",
                shown(first["adaptive", 8, "square"]["detector"]["detected"]),
                front=False,
            )
        )
    write_result(
        "adversarial",
        figures=figures,
        headlines=headlines,
        seed=SEED,
        n=n,
        data="; ".join(CATALOGUES[catalogue] for catalogue in figures),
        distributions=("numpy", "onnxruntime", "pillow", "torch"),
        out=out,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given_by = os.environ.get("LOOKALIKE_TEST_DATA")
    beside = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(given_by) if given_by else beside)
    parser.add_argument("--n", type=int, default=32)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--catalogues", nargs="+", choices=CATALOGUES, default=tuple(CATALOGUES))
    parser.add_argument("--out", type=Path, default=None)
    given = parser.parse_args()
    if "untargeted" not in given.kinds:
        parser.error("--kinds has to have untargeted: the headlines come from it")

    from lookalike.sources.drawn import draw_catalogue

    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        grocery = given.data / "grocery"
        if grocery.is_dir() and "grocery" in given.catalogues:
            figures["grocery"] = measured(
                grocery / "train.csv",
                grocery / "val.csv",
                folder / "grocery-store",
                n=given.n,
                steps=given.steps,
                wanted=given.kinds,
            )
        if "drawn" in given.catalogues:
            drawn = draw_catalogue(
                folder / "drawn", seed=SEED, n_products=40, n_queries=120, n_scenes=0, side_pixels=256
            )
            figures["drawn"] = measured(
                drawn.catalog,
                drawn.folder / "queries.csv",
                folder / "drawn-store",
                n=given.n,
                steps=given.steps,
                wanted=given.kinds,
            )
    if not figures:
        parser.error(f"there is no {given.data / 'grocery'}, and nothing else was asked for")
    report(figures, n=given.n, out=given.out)


if __name__ == "__main__":
    main()
