"""The verbs that measure a store: evaluations, golden sets, calibration, comparisons, reports."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from lookalike.catalog.selection import named_column
from lookalike.engine.asking import Asking
from lookalike.engine.bench import bench
from lookalike.engine.examiner import Examiner
from lookalike.engine.golden import DEFAULT_GOLDEN, DEFAULT_SEED, GoldenMade, answers_by, require_one
from lookalike.engine.pinned import PinnedRelease
from lookalike.engine.release_info import info_of
from lookalike.errors import InvalidQuery
from lookalike.evaluate.calibrating import Calibration, calibrate, calibrate_trained
from lookalike.evaluate.evaluation import Evaluation, evaluate
from lookalike.evaluate.gate import Gate
from lookalike.evaluate.golden.golden_set import GoldenSet
from lookalike.evaluate.index_quality import DEFAULT_SHARES, IndexQuality
from lookalike.evaluate.kept_trials import learned_products
from lookalike.evaluate.parts import PartsEvaluation, evaluate_parts
from lookalike.evaluate.questions import questions_in
from lookalike.evaluate.report.comparison_report import ComparisonReport
from lookalike.evaluate.report.evaluation_report import EvaluationReport
from lookalike.evaluate.report.record import Subject
from lookalike.evaluate.robustness import Robustness
from lookalike.evaluate.slices import DEFAULT_SLICES
from lookalike.evaluate.variant_names import VariantNames
from lookalike.ingest.progress import Watcher
from lookalike.search.live import LiveRelease
from lookalike.search.searcher import Searcher
from lookalike.types import (
    FoldBy,
    Vectors,
)

__all__ = ["Measuring"]


class Measuring(Asking):
    """How good the answers are."""

    def evaluate(
        self,
        queries: str | Path | None = None,
        *,
        golden: str | None = None,
        by: FoldBy | None = None,
        slice_by: Sequence[str] = DEFAULT_SLICES,
        watcher: Watcher | None = None,
    ) -> Evaluation:
        """Ask every query of a CSV file, or of a golden set, and measure how often the right product comes first.

        Args:
            queries: file with ``image`` or ``like``, and ``product_id``, ``variant_id`` or ``answer_image``.
            golden: name of a golden set to ask instead; what its queries may not match is left out of the answers.
            by: whether right answers are products, variants or images; None for products, or what the golden set knows.
            slice_by: columns (and ``views``, ``brightness``, ``size``) whose values are measured each on its own.
            watcher: told after every query.

        Raises:
            InvalidQuery: neither or both of `queries` and `golden`; `by` is not what the golden set's answers are.
            UnknownColumn: `slice_by` names one that no product has.
            SourceError: the file cannot be read as queries, or none of them could be asked.
            GoldenSetUnusable: there is no such set, or it was changed.
            StoreNotFound: nothing has been indexed yet.
        """
        require_one(queries, golden)
        slice_by = [one if one in DEFAULT_SLICES else named_column(one, self.columns()) for one in slice_by]
        if golden is not None:
            found = self.golden_set(golden)
            examiner = Examiner(self, self._variants(answers_by(by, found)))
            return self._golden().ask(examiner, found, watcher, products=self, slice_by=slice_by)
        assert queries is not None
        answers = answers_by(by)
        inventory = self._readable().inventory()
        variants = VariantNames.of(inventory) if answers == "variant" else None
        return evaluate(
            Examiner(self, variants),
            questions_in(Path(queries), answers, variants),
            by=answers,
            watcher=watcher,
            shelf=self,
            slice_by=slice_by,
            inventory=inventory,
        )

    def evaluate_parts(self, queries: str | Path, *, parts: int = 6, watcher: Watcher | None = None) -> PartsEvaluation:
        """Ask photographs of several products in parts, and measure how often each is found in place, and right.

        Args:
            queries: JSON lines with ``image`` and ``objects``: ``product_id``, ``x``, ``y``, ``width``, ``height``.
            parts: to look for in each at most.
            watcher: told after every photograph.

        Raises:
            InvalidQuery: too few parts, or too many.
            SourceError: the file cannot be read, or no photograph of it can.
            StoreNotFound: nothing has been indexed yet.
        """
        return evaluate_parts(Examiner(self), Path(queries), parts=parts, watcher=watcher)

    def bench(
        self,
        queries: Vectors | int = 200,
        *,
        k: int = 10,
        shares: Sequence[float] = DEFAULT_SHARES,
        seed: int = 0,
    ) -> IndexQuality:
        """What the live index misses of the true nearest pictures, and how long it and a scan take.

        Args:
            queries: unit vectors of the live release's model, or how many to make: pictures of the catalogue, each
                moved by 0.3 in a random direction.
            k: neighbours to ask for.
            shares: of the pictures that random filters let through; 1.0 is no filter.
            seed: of what is chosen at random.

        Raises:
            StoreNotFound: nothing has been indexed yet.
            DimensionMismatch: queries of another model.
            InvalidQuery: no queries, or a share outside (0, 1].
        """
        return bench(self._readable(), self._live_release(), queries=queries, k=k, shares=shares, seed=seed)

    def make_golden(
        self,
        queries: str | Path | None = None,
        *,
        name: str = DEFAULT_GOLDEN,
        by: Literal["product", "variant"] = "product",
        n_queries: int = 500,
        seed: int = DEFAULT_SEED,
        replace: bool = False,
        watcher: Watcher | None = None,
    ) -> GoldenMade:
        """Make a golden set, of the catalogue's own pictures or of photographs, and save it in the store.

        Args:
            queries: CSV file of photographs with their right answers; None to hold out views of the catalogue.
            name: of the set.
            by: whether answers are products or variants.
            n_queries: at most; drawn where there could be more.
            seed: of what is drawn.
            replace: whether a set of that name may be overwritten.
            watcher: told while photographs, or products of the catalogue, are looked at.

        Raises:
            GoldenSetUnusable: there is a set of that name, or no query can be made.
            SourceError: the file cannot be read as queries.
        """
        path = None if queries is None else Path(queries)
        return self._golden().make(
            path, name=name, by=by, n_queries=n_queries, seed=seed, replace=replace, watcher=watcher
        )

    def golden_sets(self) -> tuple[GoldenSet, ...]:
        """Every golden set of the store, by name.

        Raises:
            GoldenSetUnusable: one of them was changed or belongs to another store or version.
        """
        shelf = self._golden().shelf
        return tuple(shelf.load(name) for name in shelf.names())

    def golden_set(self, name: str = DEFAULT_GOLDEN) -> GoldenSet:
        """The golden set of that name.

        Raises:
            GoldenSetUnusable: there is none, it was changed, or it belongs to another store or version.
        """
        return self._golden().shelf.load(name)

    def golden_path(self, name: str = DEFAULT_GOLDEN) -> Path:
        """The file of the golden set of that name.

        Raises:
            InvalidConfiguration: that cannot be a name.
        """
        return self._golden().shelf.document(name)

    def drop_golden(self, name: str) -> None:
        """Remove a golden set with its pictures.

        Raises:
            GoldenSetUnusable: there is none of that name.
        """
        self._golden().shelf.drop(name)

    def compare_releases(self, candidate: str, *, golden: str = DEFAULT_GOLDEN, watcher: Watcher | None = None) -> Gate:
        """A release beside the live one on a golden set, exactly, from their stored vectors.

        Raises:
            NotFound: there is no such release.
            GoldenSetUnusable: there is no such set, or it says too little about the catalogue as it is now.
        """
        release = self._readable().release(candidate)
        return self._golden().compare(release, self.golden_set(golden), watcher)

    def robustness(
        self,
        queries: str | Path | None = None,
        *,
        golden: str | None = None,
        by: Literal["product", "variant"] | None = None,
        n_queries: int = 200,
        seed: int = DEFAULT_SEED,
        watcher: Watcher | None = None,
    ) -> Robustness:
        """How much of its score the live release keeps when queries are corrupted.

        Args:
            queries: CSV file of photographs with their right answers; None to ask a golden set.
            golden: name of the golden set; None for the one called ``default``.
            by: what right answers are; None for products, or what the golden set knows.
            n_queries: at most; drawn where there are more. Each is embedded about a hundred times.
            seed: of the corruptions and of what is drawn.
            watcher: told after each severity.

        Raises:
            InvalidQuery: both `queries` and `golden`; `by` is not what the golden set's answers are.
            GoldenSetUnusable: there is no such set, or none of its queries can be corrupted.
            SourceError: the file cannot be read as queries.
            StoreNotFound: nothing has been indexed yet.
        """
        require_one(queries, golden, needed=False)
        release, _ = self._live_release().current()
        path = None if queries is None else Path(queries)
        return self._golden().robustness(
            release, queries=path, name=golden, by=by, n_queries=n_queries, seed=seed, watcher=watcher
        )

    def calibrate(
        self,
        queries: str | Path | None = None,
        *,
        golden: str | None = None,
        trained: bool = False,
        error: float = 0.05,
        absent_error: float | None = None,
        watcher: Watcher | None = None,
    ) -> Calibration:
        """Let searches say *same*, *similar* or *absent*, wrong as seldom as asked for. Kept with the live release.

        Args:
            queries: CSV file with the columns ``image`` and ``product_id``: photographs of known products.
            golden: name of a golden set to calibrate on instead.
            trained: whether to calibrate on what training (``verdict.folds``) has left with the live release's model.
            error: most photographs, as a share, that may falsely be called *same*.
            absent_error: most photographs of products in the catalogue, as a share, that may be called *absent*; None
                for `error`.
            watcher: told after every photograph.

        Raises:
            InvalidQuery: none or several of `queries`, `golden` and `trained`.
            SourceError: the file cannot be read as queries.
            GoldenSetUnusable: there is no such set, it was changed, or its answers are variants; training has left
                nothing, or does not fit this catalogue.
            TooFewProducts: that cannot be promised with so few products; the message says how many would do.
            StoreNotFound: nothing has been indexed yet.
        """
        if (queries is not None) + (golden is not None) + trained != 1:
            raise InvalidQuery("a calibration needs a file of queries, the name of a golden set, or a trained model")
        live = self._readable().live_release()
        folder = None if live is None else self._embedders.folder(live)
        if trained:
            return calibrate_trained(self._readable(), folder, error=error, absent_error=absent_error)
        asked = (self.golden_set(golden), self._golden().shelf) if golden is not None else Path(str(queries))
        return calibrate(
            self._readable(),
            self._searching(),
            asked,
            error=error,
            absent_error=absent_error,
            learned=frozenset() if folder is None else learned_products(folder),
            watcher=watcher,
        )

    def report(
        self,
        evaluation: Evaluation,
        queries: str | Path,
        *,
        by: FoldBy = "product",
        golden: str | None = None,
        command: str = "",
        robustness: Robustness | None = None,
    ) -> EvaluationReport:
        """What the report of `evaluation` shows, with pictures of its worst failures; `evaluation_page` makes it HTML.

        Args:
            evaluation: what `evaluate` returned for `queries`.
            queries: the file that was asked; of a golden set, `golden_path`.
            by: as it was asked.
            golden: name of the golden set that was asked, whose queries may not match some pictures.
            command: the command line, so that it can be repeated.
            robustness: what `robustness` returned for the same queries, to be shown too.

        Raises:
            StoreNotFound: nothing has been indexed yet.
        """
        from lookalike.engine.reporting import calibrated_of, report_of, subject_of

        live = next(release for release in self.releases() if release.live)
        subject = subject_of(self._folder, live, self.model, self.counts())
        release, _ = self._live_release().current()
        embedder = self._embedders.of(release)
        examiner = Examiner(self, self._variants(by))
        searches = examiner if golden is None else self._golden().without_own(examiner, self.golden_set(golden))
        limits = self._options.ingest.limits
        told = report_of(self, evaluation, Path(queries), by, command, subject, limits, embedder, searches)
        return replace(told, robustness=robustness, calibrated=calibrated_of(self._readable(), release))

    def compare(
        self,
        first: str,
        second: str,
        queries: str | Path,
        *,
        by: Literal["product", "variant"] = "product",
        command: str = "",
        watcher: Watcher | None = None,
    ) -> ComparisonReport:
        """Ask two releases the same queries and say what changed from the first to the second.

        Args:
            first: id of the release that is compared with; usually the live one.
            second: id of the release that is compared; neither needs to be live.
            queries: file with the columns ``image`` or ``like``, and ``product_id`` or ``variant_id``.
            by: whether right answers are products or variants.
            command: the command line, so that it can be repeated.
            watcher: told after every query of each.

        Raises:
            NotFound: there is no such release.
            SourceError: the file cannot be read as queries.
            InvalidQuery: there is no query that both could be asked.
        """
        from lookalike.engine.reporting import comparison_of

        variants = self._variants(by)
        return comparison_of(
            self,
            [self._pinned(release_id, variants) for release_id in (first, second)],
            Path(queries),
            questions_in(Path(queries), by, variants),
            by,
            command,
            self._options.ingest.limits,
            watcher,
            self._readable().inventory(),
        )

    def _variants(self, by: FoldBy) -> VariantNames | None:
        """What variants are called, where they are what answers are."""
        return VariantNames.of(self._readable().inventory()) if by == "variant" else None

    def _pinned(self, release_id: str, variants: VariantNames | None) -> tuple[Subject, PinnedRelease]:
        """A release to be asked as if it were live."""
        from lookalike.engine.reporting import subject_of

        catalog = self._readable()
        release = catalog.release(release_id)
        embedder = self._embedders.of(release)
        live = LiveRelease(catalog, self._folder / "index", exact_up_to=sys.maxsize - 1, pinned=release_id)
        searcher = Searcher(catalog, live, lambda _: embedder, self._options.ingest.limits)
        info = info_of(catalog, release, catalog.live_release())
        subject = subject_of(self._folder, info, embedder.description, self.counts())
        return subject, PinnedRelease(self, searcher, self.hear, variants)
