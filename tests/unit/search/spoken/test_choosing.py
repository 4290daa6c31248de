"""The catalogue proposes, the sound decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lookalike.embed.speech import HeardWord, Hypothesis
from lookalike.search.spoken.choosing import OutsideCost, choose
from lookalike.search.spoken.vocabulary import SpokenVocabulary

VOCABULARY = SpokenVocabulary(["Arla Ecological Medium Fat Milk", "Arla Standard Milk", "Pear"], ["Dairy"])


class FakeListening:
    """A sound whose readings have these likelihoods; any other text is as unlikely as nothing that was said."""

    def __init__(self, likelihoods: Mapping[str, float]) -> None:
        self.likelihoods = likelihoods
        self.hints: list[str] = []

    def hypotheses(self, n: int, hints: str = "") -> tuple[Hypothesis, ...]:
        self.hints.append(hints)
        order = sorted(self.likelihoods, key=lambda text: -self.likelihoods[text])
        return tuple(Hypothesis(text, self.likelihoods[text]) for text in order[:n])

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        plain = {text.lower().strip("."): likelihood for text, likelihood in self.likelihoods.items()}
        return np.asarray([plain.get(text.lower().strip("."), -60.0) for text in texts])

    def words(self, text: str) -> tuple[HeardWord, ...]:
        return ()


def chosen(likelihoods: Mapping[str, float], free: int = 1, cost: OutsideCost | None = None) -> str:
    listening = FakeListening(likelihoods)
    words = choose(listening, listening.hypotheses(free), VOCABULARY, cost or OutsideCost())
    return " ".join(words)


def test_a_title_that_sounds_like_what_was_heard_is_preferred() -> None:
    heard = "our local logical medium fat milk."
    assert chosen({heard: -4.6, "arla ecological medium fat milk.": -9.3}) == "arla ecological medium fat milk"


def test_what_the_sound_contradicts_is_never_chosen() -> None:
    heard = "our local logical medium fat milk."
    assert chosen({heard: -4.6, "arla ecological medium fat milk.": -40.0}) == heard.strip(".")


def test_one_word_is_mended_within_a_question_that_is_no_title() -> None:
    assert chosen({"Cheap standart milk": -3.0, "Cheap standard milk": -4.0}) == "cheap standard milk"


def test_a_reading_that_is_a_title_already_is_taken_as_it_is() -> None:
    listening = FakeListening({"Arla standard milk.": -8.0})
    assert choose(listening, listening.hypotheses(1), VOCABULARY) == ("arla", "standard", "milk")
    assert listening.hints == [""]


def test_without_cost_the_model_is_believed() -> None:
    readings = {"our local logical medium fat milk.": -4.6, "arla ecological medium fat milk.": -9.3}
    assert chosen(readings, cost=OutsideCost(0.0, 0.0)).startswith("our local")


def test_words_that_nothing_sounds_like_stay() -> None:
    assert chosen({"Umbrella": -1.0}) == "umbrella"
    assert chosen({"...": -1.0}) == ""
