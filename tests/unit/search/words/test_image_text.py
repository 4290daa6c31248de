"""Words by the text tower of the release's own model; fakes stand for models of other libraries."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest

from lookalike.catalog.release import Release
from lookalike.embed.embedder import Embedder, EmbedsWords
from lookalike.errors import MissingExtra, UnknownModel
from lookalike.search.words.image_text import ImageText
from lookalike.types import ReleaseId


class Pictures:
    """Embeds pictures alone."""

    description = SimpleNamespace(name="timm:tiny")

    def embed(self, batch: np.ndarray) -> np.ndarray:
        return np.ones((len(batch), 2), np.float32)


class PicturesAndWords(Pictures):
    """Embeds words by their length."""

    def embed_words(self, texts: Sequence[str]) -> np.ndarray:
        if texts[0] == "no tokenizer":
            raise UnknownModel("cannot give the tokenizer")
        return np.asarray([[len(text), 1.0] for text in texts], np.float32)


def release(model: str) -> Release:
    return Release(ReleaseId("r1"), 1, "f" * 64, model, 2, {}, "ready", "2026-11-26T00:00:00Z")


def test_a_model_of_pictures_and_words_gives_words_a_place_among_pictures():
    words = ImageText(lambda _: PicturesAndWords())
    assert words.speaks(release("open_clip:ViT-B-32/openai"))
    assert words.vector("mug", release("open_clip:ViT-B-32/openai")).tolist() == [3.0, 1.0]
    assert words.problem is None
    assert isinstance(PicturesAndWords(), EmbedsWords)
    assert isinstance(PicturesAndWords(), Embedder)


def test_a_model_of_pictures_alone_gives_words_none():
    words = ImageText(lambda _: Pictures())
    assert not words.speaks(release("timm:tiny"))
    assert words.vector("mug", release("timm:tiny")) is None
    assert words.problem is None


def test_the_packaged_model_is_not_even_opened():
    def opened(_: object) -> Embedder:
        raise AssertionError("opened")

    assert not ImageText(opened).speaks(release("lite0"))


@pytest.mark.parametrize(
    "problem", [MissingExtra(needed_for="a model of open_clip", extra="hub"), UnknownModel("gone")]
)
def test_where_the_model_cannot_be_opened_words_are_answered_without_it_and_it_is_said_why(problem: Exception):
    def opened(_: object) -> Embedder:
        raise problem

    words = ImageText(opened)
    assert not words.speaks(release("open_clip:ViT-B-32/openai"))
    assert str(problem) in str(words.problem)


def test_a_tokenizer_that_is_missing_is_told_until_words_can_be_read_again():
    words = ImageText(lambda _: PicturesAndWords())
    made = release("open_clip:ViT-B-32/openai")
    assert words.vector("no tokenizer", made) is None
    assert "tokenizer" in str(words.problem)
    assert words.vector("mug", made) is not None
    assert words.problem is None
