"""The packaged model of speech, on sentences that a synthesiser speaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookalike.embed.speech import Listening, Recogniser, Sound, open_recogniser, read_sound
from lookalike.errors import AudioRejected
from lookalike.types import Reason
from speaking import speak

pytest.importorskip("faster_whisper", reason="faster-whisper is not installed (the extra `speech`)")


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return open_recogniser(threads=1)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    return read_sound(speak("a comfortable garden chair", tmp_path_factory.mktemp("spoken") / "chair.wav"))


@pytest.fixture(scope="module")
def listening(recogniser: Recogniser, sound: Sound) -> Listening:
    return recogniser.listen(sound)


def test_readings_come_likeliest_first_and_once_each(listening: Listening) -> None:
    readings = listening.hypotheses(4)
    assert "garden chair" in readings[0].text.lower()
    assert len({one.text for one in readings}) == len(readings) <= 4


def test_what_was_said_is_likelier_than_what_was_not(listening: Listening) -> None:
    texts = ["A comfortable garden chair.", "A comfortable kitchen table.", "", "A comfortable garden share."]
    scores = listening.scores(texts)
    assert np.argmax(scores) == 0
    assert scores[2] == -np.inf
    assert np.allclose(listening.scores(texts[::-1])[::-1], scores, atol=0.05, rtol=0.02)


def test_the_beginning_of_what_was_said_is_no_likelier_than_the_whole(listening: Listening) -> None:
    scores = listening.scores(["A comfortable garden chair.", "A comfortable garden", "A", "A comfortable"])
    assert np.argmax(scores) == 0


def test_a_long_question_is_heard_to_its_end(recogniser: Recogniser, tmp_path: Path) -> None:
    said = (
        "I am looking for a large blue sofa with wooden legs and soft cushions that fits into a small living room, and "
        "also a white table lamp, two grey chairs, a round mirror, a woollen carpet in red or orange, a kettle, a "
        "black coffee machine, and a basket for towels."
    )
    sound = read_sound(speak(said, tmp_path / "long.wav"))
    text = recogniser.listen(sound).hypotheses(1)[0].text.lower()
    assert "basket for towels" in text
    assert recogniser.listen(sound).scores([text])[0] > -np.inf


def test_words_have_places_in_order_within_the_recording(listening: Listening, sound: Sound) -> None:
    words = listening.words("A comfortable garden chair")
    assert [word.text for word in words] == ["A", "comfortable", "garden", "chair"]
    edges = [edge for word in words for edge in (word.start_seconds, word.end_seconds)]
    assert edges == sorted(edges)
    assert edges[0] >= 0
    assert edges[-1] <= sound.seconds + 0.1
    assert all(0 <= word.probability <= 1 for word in words)


def test_silence_and_noise_are_no_speech(recogniser: Recogniser) -> None:
    hiss = np.random.default_rng(0).normal(0, 0.05, 32_000).astype(np.float32)
    for samples in (np.zeros(32_000, dtype=np.float32), hiss):
        with pytest.raises(AudioRejected) as refused:
            recogniser.listen(Sound(samples)).hypotheses(1)
        assert refused.value.reason is Reason.NO_SPEECH


def test_one_model_hears_the_same_in_several_threads(recogniser: Recogniser, sound: Sound, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(3) as pool:
        heard = list(pool.map(lambda _: recogniser.listen(sound).hypotheses(1)[0].text, range(3)))
    assert len(set(heard)) == 1
