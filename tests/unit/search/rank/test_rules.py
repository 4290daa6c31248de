"""Reading rules, and what is said about those that cannot be used."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from lookalike.catalog.analysis import tokens
from lookalike.errors import InvalidConfiguration, SourceError
from lookalike.search.rank.rules import RuleBook, ShopRule, read_rule_file

TOML = """
[[rule]]
name = "summer"
action = "boost"
where = 'season = "summer"'
by = 0.1

[[rule]]
action = "pin"
products = ["p1", "p2"]
position = 2
words = "Ceramic mug"
"""


def test_a_toml_file_and_its_json_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(TOML, encoding="utf-8")
    book = read_rule_file(tmp_path / "rules.toml")
    assert [rule.name for rule in book.rules] == ["summer", "rule 2"]
    assert book.rules[1].products == ("p1", "p2")
    (tmp_path / "rules.json").write_text(json.dumps(book.as_dict()), encoding="utf-8")
    assert read_rule_file(tmp_path / "rules.json") == book
    (tmp_path / "list.json").write_text(json.dumps(book.as_dict()["rules"]), encoding="utf-8")
    assert read_rule_file(tmp_path / "list.json") == book


def test_every_rule_that_is_wrong_is_named() -> None:
    wrong = {
        "rules": [
            {"name": "a", "action": "hide", "where": "x"},
            {"name": "b", "action": "boost", "where": "x", "by": 7, "position": 0},
            {"name": "c", "action": "pin"},
            {"name": "d", "action": "pin", "where": "x", "colour": "red", "position": True},
            7,
        ]
    }
    with pytest.raises(InvalidConfiguration) as refused:
        RuleBook.from_dict(wrong)
    for word in ("'a'", "hide", "by must be -1 to 1", "position must be", "received neither", "colour", "rule 5"):
        assert word in str(refused.value)


@pytest.mark.parametrize("document", [{"rules": {}}, {"rule": [], "rules": []}, {"other": []}])
def test_anything_but_one_list_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(InvalidConfiguration, match="expected one list"):
        RuleBook.from_dict(document)


def test_names_are_unique() -> None:
    rule = ShopRule("a", "bury", where="x = 1")
    with pytest.raises(InvalidConfiguration, match="received twice: a"):
        RuleBook((rule, rule))


def test_too_many_rules_are_refused_without_comparing_their_names() -> None:
    rules = tuple(ShopRule(f"rule {n}", "bury", where="x = 1") for n in range(30_000))
    started = time.perf_counter()
    with pytest.raises(InvalidConfiguration, match="at most 200 rules, received 30000"):
        RuleBook(rules)
    assert time.perf_counter() - started < 2.0


@pytest.mark.parametrize(
    ("words", "text"), [("沙发", "红色沙发"), ("canape\u0301", "canapé"), ("500 ml", "bottle 0,5l")]
)
def test_words_of_a_rule_are_found_as_full_text_finds_them(words: str, text: str) -> None:
    assert ShopRule("a", "bury", where="x = 1", words=words).concerns(tokens(text))


def test_a_rule_with_words_concerns_questions_that_have_them_all() -> None:
    rule = ShopRule("a", "bury", where="x = 1", words="Ceramic mug")
    assert rule.concerns(tokens("a MUG, no: mug ceramic"))
    assert rule.concerns(tokens("mugs, (ceramic)?"))
    assert not rule.concerns(tokens("mug"))
    assert not rule.concerns(None)
    assert ShopRule("b", "bury", where="x = 1").concerns(None)


def test_files_that_are_none_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no file"):
        read_rule_file(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[[rule", encoding="utf-8")
    with pytest.raises(SourceError, match="cannot be read as TOML"):
        read_rule_file(tmp_path / "bad.toml")
    (tmp_path / "bad.json").write_text("7", encoding="utf-8")
    with pytest.raises(InvalidConfiguration, match="must hold a list"):
        read_rule_file(tmp_path / "bad.json")


def test_what_is_no_id_is_refused_and_no_name_is_none() -> None:
    with pytest.raises(InvalidConfiguration, match="products must be ids, received None"):
        RuleBook.from_dict({"rules": [{"action": "bury", "products": ["mug", None]}]})
    book = RuleBook.from_dict({"rules": [{"name": None, "action": "bury", "products": [7]}] * 2})
    assert [rule.name for rule in book.rules] == ["rule 1", "rule 2"]
