"""The verbs that decide how answers are ordered: re-ranking that was measured to help, and the shop's rules."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from pathlib import Path

from lookalike.engine.examiner import Examiner
from lookalike.engine.golden import answers_by, require_one
from lookalike.engine.measuring import Measuring
from lookalike.evaluate.golden.asking import questions_of
from lookalike.evaluate.order_choice import SLOWEST_MILLISECONDS
from lookalike.evaluate.questions import Questions, questions_in
from lookalike.evaluate.reranking import Reranking, measure, setting_of
from lookalike.evaluate.ruling import RulesCost, measure_rules
from lookalike.ingest.progress import Watcher
from lookalike.search.rank.rules import RuleBook, read_rule_file
from lookalike.types import FoldBy

__all__ = ["Ordering"]


class Ordering(Measuring):
    """In which order hits come."""

    def rerank(
        self,
        queries: str | Path | None = None,
        *,
        golden: str | None = None,
        by: FoldBy | None = None,
        keep: bool = True,
        slowest: float = SLOWEST_MILLISECONDS,
        watcher: Watcher | None = None,
    ) -> Reranking:
        """Measure every way of re-ranking, and use what helps, if anything does, in searches from now on.

        Args:
            queries: CSV file with ``image`` or ``like``, and the right answers.
            golden: name of a golden set to ask instead.
            by: whether right answers are products, variants or images; None for products, or what the golden set knows.
            keep: whether the choice is kept with the live release; it is also where nothing helped.
            slowest: milliseconds a question above which a method is not chosen.
            watcher: told after every question.

        Raises:
            InvalidQuery: neither or both of `queries` and `golden`; `by` is not what the golden set's answers are.
            SourceError: the file cannot be read as queries.
            GoldenSetUnusable: there is no such set, or no question could be asked.
            StoreNotFound: nothing has been indexed yet.
        """
        started = time.perf_counter()
        release, _ = self._live_release().current()
        questions, hidden, name, answers = self._questions(queries, golden, by)
        choice, rejected, unanswerable = measure(
            self._searching(),
            questions,
            by=answers,
            hidden=hidden,
            variants=self._variants(answers),
            inventory=self._readable().inventory(),
            slowest=slowest,
            watcher=watcher,
        )
        setting = setting_of(choice, release.fingerprint, name) if keep else None
        if setting is not None:
            self._readable().set_rank_setting(release.release_id, setting.as_dict())
        seconds = time.perf_counter() - started
        return Reranking(choice, setting, release.release_id, name, answers, rejected, seconds, unanswerable)

    def forget_rerank(self) -> None:
        """Forget what was measured of re-ranking on the live release; searches go by similarity."""
        release, _ = self._live_release().current()
        self._readable().set_rank_setting(release.release_id, None)

    def shop_rules(self) -> RuleBook:
        """The shop's rules, empty where there are none."""
        document = self._readable().shop_rules()
        return RuleBook() if document is None else RuleBook.from_dict(document)

    def set_shop_rules(self, rules: RuleBook | Mapping[str, object] | str | Path) -> RuleBook:
        """Keep these rules instead of earlier ones; searches that start afterwards apply them.

        Args:
            rules: rules, a document of them, or the path of a TOML or JSON file.

        Raises:
            InvalidConfiguration: a rule cannot be used.
            SelectionError: a filter in them cannot be used on this catalogue.
            SourceError: the file cannot be read.
        """
        book = _book(rules)
        catalog = self._readable()
        for rule in book.rules:
            if rule.where is not None:
                catalog.parse(rule.where)
        catalog.set_shop_rules(book.as_dict() if book else None)
        return book

    def rules_cost(
        self,
        queries: str | Path | None = None,
        *,
        golden: str | None = None,
        by: FoldBy | None = None,
        watcher: Watcher | None = None,
    ) -> RulesCost:
        """What the shop's rules cost in nDCG and recall: the same questions asked with and without them.

        Args:
            queries: CSV file with ``image``, ``like`` or ``text``, and the right answers.
            golden: name of a golden set to ask instead.
            by: whether right answers are products, variants or images; None for products, or what the golden set knows.
            watcher: told after every question.

        Raises:
            InvalidQuery: neither or both of `queries` and `golden`; `by` is not what the golden set's answers are.
            SourceError: the file cannot be read as queries, or none of them could be asked.
            GoldenSetUnusable: there is no such set, or it was changed.
        """
        questions, _, name, answers = self._questions(queries, golden, by)
        left_out = None
        if golden is not None:
            _, left_out = questions_of(self.golden_set(golden), self._golden().shelf, self._readable().inventory())
        return measure_rules(
            Examiner(self, self._variants(answers)),
            questions,
            self.shop_rules(),
            by=answers,
            golden=name,
            left_out=left_out,
            inventory=self._readable().inventory(),
            watcher=watcher,
        )

    def _questions(
        self, queries: str | Path | None, golden: str | None, by: FoldBy | None
    ) -> tuple[Questions, Mapping[Path, Collection[int]], str, FoldBy]:
        """Questions, the pictures that each may not match, where they come from, and what their answers are."""
        require_one(queries, golden)
        if golden is None:
            path = Path(str(queries))
            answers = answers_by(by)
            return questions_in(path, answers, self._variants(answers)), {}, path.name, answers
        found = self.golden_set(golden)
        answers = answers_by(by, found)
        inventory = self._readable().inventory()
        questions, left_out = questions_of(found, self._golden().shelf, inventory)
        pictures = dict(zip(inventory.image_keys.tolist(), inventory.picture_keys.tolist(), strict=True))
        hidden = {path: frozenset(pictures[key] for key in keys) for path, keys in left_out.items()}
        return questions, hidden, f"golden set {golden}", answers


def _book(rules: RuleBook | Mapping[str, object] | str | Path) -> RuleBook:
    match rules:
        case RuleBook():
            return rules
        case str() | Path():
            return read_rule_file(Path(rules))
        case _:
            return RuleBook.from_dict(rules)
