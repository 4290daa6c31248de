"""How many questions does it take to tell two ways of answering apart, and how often are equal ones told apart?

python benchmarks/trials.py --work DIR [--trials N] [--out FILE]

Photographs of a drawn catalogue (120 products, seed 7) are searched for; the first twenty hits of each are what a
ranker puts in order. A ranker of noise s adds a normal error of that size to each similarity. Made-up shoppers look at
a drafted list of ten from above, go on to the next hit with a chance of 0.8, and act on the photographed product with
a chance of 0.8, on another with one of 0.3 times its similarity squared. *equal*: two rankers of noise 0.05, each with
errors of its own for each question. *better*: the search as it is against noise of 0.02, 0.05 and 0.1. Each trial has
2,000 questions; the p-value for any time is looked at after every ten. Intervals are Wilson's, over trials.
"""

from __future__ import annotations

import argparse
import csv
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

import lookalike
from lookalike.search.people.interleaving import Credit, credit, draft
from lookalike.sources.drawn import draw_catalogue
from result import Headline, write_result

SEED = 7
QUESTIONS = 2_000
EVERY = 10
SHOWN = 10
SURE = 0.05


@dataclass(frozen=True)
class Question:
    """What is found for a photograph, and what it shows."""

    products: Sequence[str]
    similarities: np.ndarray
    wanted: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    questions = asked(given.work)
    rng = np.random.default_rng(SEED)
    figures: dict[str, object] = {"photographs": len(questions), "trials": given.trials, "questions": QUESTIONS}
    for name, noises in (
        ("equal", (0.05, 0.05)),
        ("better by 0.02", (0.0, 0.02)),
        ("better by 0.05", (0.0, 0.05)),
        ("better by 0.1", (0.0, 0.1)),
    ):
        figures[name] = measured([tried(questions, noises, rng) for _ in range(given.trials)])
        print(name, figures[name], flush=True)
    write_result(
        "trials",
        figures=figures,
        headlines=[
            Headline(
                "Two ways of answering of the same worth are told apart, looked at 200 times in a trial",
                "两种同样好的回答方式被误判为有优劣（一次试验查看 200 次）",
                said(figures["equal"], "called"),
                front=False,
            ),
            Headline(
                "A better one (than one with an error of 0.05 in its similarities) is found within 2,000 questions",
                "较好的一种（另一种相似度带 0.05 的误差）在 2000 个问题内被认出",
                said(figures["better by 0.05"], "called_a"),
                front=False,
            ),
        ],
        seed=SEED,
        n=given.trials,
        data="drawn catalogue of 120 products, made-up shoppers",
        out=given.out,
    )


def said(figures: object, name: str) -> str:
    assert isinstance(figures, dict)
    found = figures[name]
    return f"{found['value']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def asked(work: Path) -> list[Question]:
    drawn = work / "catalogue"
    if not (drawn / "catalog.csv").exists():
        draw_catalogue(drawn, seed=SEED, n_products=120, n_queries=80, n_scenes=0)
    with lookalike.open(work / "store") as shop, (drawn / "queries.csv").open(encoding="utf-8", newline="") as file:
        shop.index(drawn / "catalog.csv")
        found: list[Question] = []
        for row in csv.DictReader(file):
            hits = shop.search(drawn / row["image"], k=20, parts=0).hits
            found.append(
                Question(
                    [hit.product_id for hit in hits],
                    np.asarray([hit.similarity for hit in hits]),
                    row["product_id"],
                )
            )
    return found


def tried(questions: list[Question], noises: tuple[float, float], rng: np.random.Generator) -> dict[str, object]:
    """One trial: when it was decided and for whom, and what it says after some numbers of questions."""
    wins = {"a": 0, "b": 0, "ties": 0}
    called: tuple[int, str] | None = None
    once: dict[int, bool] = {}
    for number in range(1, QUESTIONS + 1):
        question = questions[int(rng.integers(len(questions)))]
        rankings = [
            [
                question.products[place]
                for place in np.argsort(-(question.similarities + rng.normal(0, noise, len(question.products))))
            ]
            for noise in noises
        ]
        shown = draft(*rankings, SHOWN, rng)
        one = credit({"q": shown}, {"q": acted(shown.items, question, rng)})
        wins["a" if one.a else "b" if one.b else "ties"] += 1
        if number % EVERY == 0 and called is None and says(wins["a"], wins["b"]).p_any_time <= SURE:
            called = number, "a" if wins["a"] > wins["b"] else "b"
        if number in (200, 500, 2_000):
            once[number] = says(wins["a"], wins["b"]).p_value <= SURE
    return {"called": called, "once": once, "ties": wins["ties"] / QUESTIONS}


def acted(items: Sequence[str], question: Question, rng: np.random.Generator) -> list[str]:
    alike = dict(zip(question.products, question.similarities.tolist(), strict=True))
    clicks: list[str] = []
    for item in items:
        chance = 0.8 if item == question.wanted else 0.3 * max(0.0, alike[item]) ** 2
        if rng.random() < chance:
            clicks.append(item)
        if rng.random() > 0.8:
            break
    return clicks


@cache
def says(a: int, b: int) -> Credit:
    return Credit.of(a, b, 0)


def measured(trials: list[dict[str, object]]) -> dict[str, object]:
    n = len(trials)
    calls = [one["called"] for one in trials if one["called"] is not None]
    right = [number for number, side in calls if side == "a"]  # type: ignore[misc]
    return {
        "called": share(len(calls), n),
        "called_a": share(len(right), n),
        "median_questions": statistics.median(right) if right else None,
        "looked_at_once": {
            str(number): share(sum(one["once"][number] for one in trials), n)  # type: ignore[index]
            for number in (200, 500, 2_000)
        },
        "ties": round(statistics.mean(float(one["ties"]) for one in trials), 4),  # type: ignore[arg-type]
    }


def share(k: int, n: int) -> dict[str, float]:
    found = Credit.of(k, n - k, 0)
    return {"value": round(k / n, 4), "low": round(found.low, 4), "high": round(found.high, 4)}


if __name__ == "__main__":
    main()
