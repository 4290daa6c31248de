"""What a question asks for, term by term."""

from __future__ import annotations

import pytest

from lookalike.search.words.spelling import Lexicon
from lookalike.search.words.terms import Asked, ask

WORDS = ("3", "15", "12", "seater", "sofa", "case", "phone", "red", "mug", "salon", "沙发", "红色")


def asked(text: str) -> Asked:
    lexicon = Lexicon(WORDS)
    return ask(text, lexicon, lambda word: int(word in lexicon), n_variants=100)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 seater sofa", ["3", "seater", "sofa"]),
        ("phone 15 case", ["phone", "15", "case"]),
        ("12 red mugs", ["12", "red", "mug"]),
        ("3-seater", ["3", "seater"]),
    ],
)
def test_a_word_that_follows_a_number_is_asked_for_too(text: str, expected: list[str]) -> None:
    assert [next(iter(term.alternatives)) for term in asked(text).terms] == expected


def test_a_number_and_the_word_after_it_may_still_be_a_code() -> None:
    assert "15case" in asked("my 15-CASE").codes


@pytest.mark.parametrize("word", ["dans", "sans", "aus", "this"])
def test_a_word_that_says_nothing_hardly_counts_though_it_looks_like_a_plural(word: str) -> None:
    said, salon = asked(f"{word} salon").terms
    assert said.written == word
    assert said.weight < 0.1 * salon.weight


def test_words_without_blanks_of_which_the_catalogue_has_nothing_are_told_whole() -> None:
    terms = asked("吸尘器 sofa").terms
    assert [(term.written, bool(term.alternatives)) for term in terms] == [("吸尘器", False), ("sofa", True)]
    assert [term.written for term in asked("红色吸尘器").terms if not term.alternatives] == []
