"""What a catalogue says, found by how it sounds."""

from __future__ import annotations

from lookalike.search.spoken.sounding import sound_of
from lookalike.search.spoken.vocabulary import SpokenVocabulary, spoken_words

TITLES = ["Arla Ecological Medium Fat Milk", "Tropicana Juice Smooth", "Royal Gala", "Robot Vacuum Pro 2"]


def test_words_are_taken_without_case_and_punctuation() -> None:
    assert spoken_words("Ben & Jerry's, 1.5 L (Größe)") == ["ben", "jerry's", "1.5", "l", "grosse"]


def test_what_the_catalogue_says_in_singular_or_plural_is_known() -> None:
    vocabulary = SpokenVocabulary(TITLES, ["Milks", "Red"])
    assert all(word in vocabulary for word in ("milk", "milks", "arla", "red", "the", "2", "17"))
    assert "logical" not in vocabulary
    assert ("red",) in vocabulary.phrases
    assert ("milks",) in vocabulary.phrases


def test_near_words_come_nearest_first_and_none_that_is_far() -> None:
    vocabulary = SpokenVocabulary(TITLES, [])
    assert vocabulary.near(sound_of("our la"), 2, 0.4)[0][0] == "arla"
    assert vocabulary.near(sound_of("tropic anna"), 1, 0.4)[0][0] == "tropicana"
    assert vocabulary.near(sound_of("umbrella stand"), 3, 0.3) == []


def test_near_titles_are_found_through_a_word_that_they_share() -> None:
    vocabulary = SpokenVocabulary(TITLES, [])
    heard = "our local logical medium fat milk"
    assert vocabulary.near_phrases(heard, heard.split(), 3, 0.5)[0] == tuple(TITLES[0].lower().split())
    assert vocabulary.near_phrases(heard, ["umbrella"], 3, 0.5) == []


def test_an_empty_catalogue_knows_nothing() -> None:
    vocabulary = SpokenVocabulary([], [])
    assert vocabulary.near("kat", 3, 1.0) == []
    assert vocabulary.near_phrases("cat", ["cat"], 3, 1.0) == []
