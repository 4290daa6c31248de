"""The shop's own rules: products that are pinned to a place, buried behind the others, or boosted.

A rule moves what a search has found; it brings nothing in that is not alike. Rules are read here from a document (a
TOML or JSON file, or a request) and kept in the store; what they cost is measured by `lookalike.evaluate.ruling`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from lookalike.catalog.analysis import tokens
from lookalike.errors import InvalidConfiguration, SourceError

__all__ = ["MOST_RULES", "MOST_VALUES", "Action", "RuleBook", "ShopRule", "read_rule_file"]

Action: TypeAlias = Literal["pin", "bury", "boost"]

MOST_RULES = 200
_MOST_PRODUCTS = 1_000
MOST_VALUES = MOST_RULES * (_MOST_PRODUCTS + 8)
"""In the document of a whole book: products that rules name, and their other fields."""
_FIELDS = frozenset({"name", "action", "products", "where", "by", "position", "within", "words"})


@lru_cache(maxsize=MOST_RULES)
def _tokens(words: str) -> frozenset[str]:
    return frozenset(tokens(words))


@dataclass(frozen=True, slots=True)
class ShopRule:
    """One rule.

    Attributes:
        name: how answers call it.
        action: ``pin`` to `position`, ``bury`` behind all others that were found, or ``boost`` the score by `by`.
        products: ids that it is about; with `where`, those that also satisfy it.
        where: filter expression for what it is about.
        by: added to the score of what is boosted, -1 to 1; negative demotes.
        position: place of what is pinned, from 1; several pinned ones follow each other by falling similarity.
        within: how far below the first hit's similarity a product may lie to be pinned or boosted, 0 to 2.
        words: only for questions with these words in their text, compared as full text compares them (case, accents,
            punctuation and a plural's ending count for nothing); None for all.

    Raises:
        InvalidConfiguration: naming all that is wrong.
    """

    name: str
    action: Action
    products: tuple[str, ...] = ()
    where: str | None = None
    by: float = 0.05
    position: int = 1
    within: float = 0.2
    words: str | None = None

    def __post_init__(self) -> None:
        problems: list[str] = []
        if not 0 < len(self.name) <= 100:
            problems.append(f"a rule needs a name of 1 to 100 characters, received {self.name!r}")
        if not self.products and self.where is None:
            problems.append("a rule needs products (ids) or where (a filter), received neither")
        if len(self.products) > _MOST_PRODUCTS:
            problems.append(f"a rule names at most {_MOST_PRODUCTS} products, received {len(self.products)}: use where")
        if not -1.0 <= self.by <= 1.0:
            problems.append(f"by must be -1 to 1, received {self.by}")
        if not 1 <= self.position <= 100:
            problems.append(f"position must be 1 to 100, received {self.position}")
        if not 0.0 <= self.within <= 2.0:
            problems.append(f"within must be 0 to 2, received {self.within}")
        if self.words is not None and not self.words.strip():
            problems.append("words must not be empty; leave them out for every question")
        if problems:
            raise InvalidConfiguration(f"rule {self.name!r}: " + "; ".join(problems))

    def concerns(self, asked: Collection[str] | None) -> bool:
        """Whether it applies to a question of these `tokens` (None for a question without words)."""
        if self.words is None:
            return True
        own = _tokens(self.words)
        return asked is not None and bool(own) and own.issubset(asked)

    def as_dict(self) -> dict[str, object]:
        """JSON-ready, without what the action does not use."""
        told: dict[str, object] = {"name": self.name, "action": self.action}
        if self.products:
            told["products"] = list(self.products)
        if self.where is not None:
            told["where"] = self.where
        if self.action == "boost":
            told["by"] = self.by
        if self.action == "pin":
            told["position"] = self.position
        if self.action != "bury":
            told["within"] = self.within
        if self.words is not None:
            told["words"] = self.words
        return told


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules of a shop, in the order in which they apply; names are unique.

    Raises:
        InvalidConfiguration: too many, or two of one name.
    """

    rules: tuple[ShopRule, ...] = ()

    def __post_init__(self) -> None:
        names = [rule.name for rule in self.rules]
        if len(names) > MOST_RULES:
            raise InvalidConfiguration(f"a shop has at most {MOST_RULES} rules, received {len(names)}")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InvalidConfiguration(f"each rule needs a name of its own, received twice: {', '.join(twice)}")

    def __bool__(self) -> bool:
        return bool(self.rules)

    def as_dict(self) -> dict[str, object]:
        """The document that `from_dict` reads."""
        return {"rules": [rule.as_dict() for rule in self.rules]}

    @classmethod
    def from_dict(cls, document: Mapping[str, object]) -> RuleBook:
        """The rules of a document with one list, ``rules`` (or ``rule``, as TOML's ``[[rule]]`` gives it).

        Raises:
            InvalidConfiguration: naming every rule that cannot be used, and why.
        """
        unknown = sorted(set(document) - {"rules", "rule"})
        given = document.get("rules", document.get("rule", []))
        if unknown or not isinstance(given, list) or ("rules" in document and "rule" in document):
            received = ", ".join(sorted(document)) or "nothing"
            raise InvalidConfiguration(f"expected one list called rules (in TOML, [[rule]]), received {received}")
        problems: list[str] = []
        rules: list[ShopRule] = []
        for number, one in enumerate(given, start=1):
            try:
                rules.append(_rule(number, one))
            except InvalidConfiguration as error:
                problems.append(str(error))
        if problems:
            raise InvalidConfiguration("; ".join(problems))
        return cls(tuple(rules))


def read_rule_file(path: Path) -> RuleBook:
    """The rules of a TOML file, or of a JSON file (by its name's end).

    Raises:
        SourceError: there is no such file, or it cannot be read as what its name says.
        InvalidConfiguration: a rule cannot be used.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        document: object = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except FileNotFoundError as error:
        raise SourceError(f"there is no file {path}; expected a TOML or JSON file of rules") from error
    except (OSError, ValueError) as error:
        kind = "JSON" if path.suffix.lower() == ".json" else "TOML"
        raise SourceError(f"{path} cannot be read as {kind}: {error}") from error
    if isinstance(document, list):
        document = {"rules": document}
    if not isinstance(document, dict):
        raise InvalidConfiguration(f"{path} must hold a list of rules, received {type(document).__name__}")
    return RuleBook.from_dict({str(name): value for name, value in document.items()})


def _rule(number: int, given: object) -> ShopRule:
    if not isinstance(given, Mapping):
        raise InvalidConfiguration(f"rule {number} must be a table, received {type(given).__name__}")
    fields: dict[str, object] = {str(name): value for name, value in given.items()}
    given_name, given_products = fields.get("name"), fields.get("products")
    name = f"rule {number}" if given_name is None else str(given_name)
    problems = [f"unknown field {field!r}" for field in sorted(fields.keys() - _FIELDS)]
    kinds: Sequence[tuple[str, type | tuple[type, ...]]] = (
        ("action", str),
        ("where", str),
        ("words", str),
        ("by", (int, float)),
        ("within", (int, float)),
        ("position", int),
        ("products", list),
    )
    for field, kind in kinds:
        value = fields.get(field)
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            problems.append(f"{field} has the wrong type, received {value!r}")
    if isinstance(given_products, list):
        wrong = [one for one in given_products if not isinstance(one, str | int | float) or isinstance(one, bool)]
        if wrong:
            problems.append(f"products must be ids, received {wrong[0]!r}")
    if fields.get("action") not in get_args(Action):
        problems.append(f"action must be one of {', '.join(get_args(Action))}, received {fields.get('action')!r}")
    if problems:
        raise InvalidConfiguration(f"rule {name!r}: " + "; ".join(problems))
    products = fields.pop("products", None)
    fields = {
        field: float(value) if isinstance(value, int) and field in ("by", "within") else value
        for field, value in fields.items()
        if value is not None
    }
    ids = tuple(map(str, products)) if isinstance(products, list) else ()
    return ShopRule(**{**fields, "name": name, "products": ids})  # pyright: ignore[reportArgumentType]
