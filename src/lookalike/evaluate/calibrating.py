"""Asks photographs of known products twice, with and without their product, and makes a rule of what comes back."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.release import Release
from lookalike.embed.opening import describe_model
from lookalike.errors import GoldenSetUnusable, ImageRejected, InvalidConfiguration, StoreNotFound, TooFewProducts
from lookalike.evaluate.calibration import Fitted, fit
from lookalike.evaluate.golden.asking import questions_of
from lookalike.evaluate.golden.golden_set import GoldenSet
from lookalike.evaluate.golden.leakage import EMBEDDING_SIMILARITY
from lookalike.evaluate.golden.shelf import GoldenShelf
from lookalike.evaluate.kept_trials import KeptTrials
from lookalike.evaluate.questions import Questions, read_questions
from lookalike.evaluate.trials import Trials
from lookalike.images.colouring import Colouring
from lookalike.ingest.progress import Progress, Watcher
from lookalike.search.evidence import FEATURES
from lookalike.search.judge import Witness
from lookalike.search.rule import LARGEST_CHANGE, Rule
from lookalike.types import Reason, Rejection, Vector

__all__ = ["Calibration", "Case", "Cases", "Witnesses", "calibrate", "calibrate_trained", "cases_of", "trials_of"]

_SEED = 20_261_125


@runtime_checkable
class Witnesses(Protocol):
    """What calibrating needs of a searcher."""

    def photographed(self, image: Path) -> tuple[Vector, Colouring | None]:
        """The unit vector of a photograph, and its colours; raises `ImageRejected`."""
        ...

    def holds(self, product_id: str) -> bool:
        """Whether the catalogue has a picture of that product."""
        ...

    def witness(
        self,
        vector: Vector,
        *,
        colouring: Colouring | None = None,
        without: Collection[str] = (),
        hidden: Collection[int] = (),
    ) -> Witness | None:
        """See `lookalike.search.searcher.Searcher.witness`."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One photograph of a known product.

    Attributes:
        vector: of the photograph.
        answers: ids of the products that it shows; none of them need be in the catalogue.
        hidden: pictures (keys) of the catalogue that it must not be compared with, because it was made from them.
        colouring: its colours; None where they are not known.
        gone: whether `hidden` holds every picture of the products that it shows: then none of them is there for it.
    """

    vector: Vector
    answers: frozenset[str]
    hidden: tuple[int, ...] = ()
    colouring: Colouring | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Cases:
    """Photographs of known products, where they came from, and what could not be used."""

    items: tuple[Case, ...]
    golden: str
    rejected: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True)
class Calibration:
    """The answer of `Engine.calibrate`.

    Attributes:
        rule: what is stored and applied from now on.
        fitted: the same with what was measured by cross-validation.
        release: whose vectors it is about.
        rejected: rows and photographs that could not be used.
        seconds: wall time.
        n_learned: products of the photographs that the model has learned from; where there are any, more will be
            falsely called *same* than was promised and measured.
        n_leaked: photographs that the model can hardly tell from a picture of their product: mostly the catalogue's own
            pictures. Where they are many, products in the catalogue will be called *absent* more often than promised.
    """

    rule: Rule
    fitted: Fitted
    release: str
    rejected: tuple[Rejection, ...]
    seconds: float
    n_learned: int = 0
    n_leaked: int = 0

    def as_dict(self) -> dict[str, object]:
        """The contract's document, without `rejected`."""
        rule = self.rule
        return {
            "release": self.release,
            "error": rule.error,
            "absent_error": rule.absent_error,
            "golden": rule.golden,
            "calibrated_on": rule.calibrated_on,
            "products": self.fitted.measured.products,
            "photographs": self.fitted.measured.photographs,
            "learned_products": self.n_learned,
            "leaked_photographs": self.n_leaked,
            "features": list(self.fitted.uses),
            "measured": self.fitted.measured.as_dict(),
            "categories": {name: one.n_products for name, one in rule.categories.items()},
            "seconds": round(self.seconds, 3),
        }


def cases_of(
    questions: Questions,
    searcher: Witnesses,
    *,
    golden: str,
    hidden: Mapping[Path, Collection[int]] | None = None,
    gone: Collection[Path] = (),
    watcher: Watcher | None = None,
) -> Cases:
    """Every photograph among the questions, embedded.

    Args:
        questions: of a query file or a golden set; those that are no photograph are rejected.
        searcher: embeds.
        golden: name of where they came from.
        hidden: pictures (keys) that each photograph, by its path, must not be compared with.
        gone: photographs, by path, of whose products that leaves no picture.
        watcher: told after each.
    """
    started = time.perf_counter()
    cases: list[Case] = []
    rejected = list(questions.rejected)
    for done, question in enumerate(questions.items, start=1):
        if question.image is None or not question.is_photograph_alone:
            told = "verdicts are about photographs alone, without words beside them"
            rejected.append(Rejection(question.named, Reason.BAD_ROW, told, line=question.line))
        else:
            away = tuple((hidden or {}).get(question.image, ()))
            try:
                vector, colouring = searcher.photographed(question.image)
                cases.append(Case(vector, question.answers, away, colouring, question.image in gone))
            except ImageRejected as error:
                rejected.append(Rejection(str(question.image), error.reason, error.detail, line=question.line))
        if watcher is not None:
            watcher(Progress(done, len(questions.items), len(rejected), time.perf_counter() - started))
    return Cases(tuple(cases), golden, tuple(rejected))


def trials_of(cases: Sequence[Case], searcher: Witnesses) -> Trials:
    """The evidence of every case in both worlds; a case with nothing left to compare with is left out.

    Raises:
        TooFewProducts: nothing is left at all.
    """
    names: dict[str, int] = {}
    products: list[int] = []
    there: list[np.ndarray] = []
    gone: list[np.ndarray] = []
    right: list[bool] = []
    categories: list[tuple[str | None, str | None]] = []
    known_products: dict[frozenset[str], bool] = {}
    coloured = False
    for case in cases:
        colouring, hidden = case.colouring, case.hidden
        absent = searcher.witness(case.vector, colouring=colouring, without=case.answers, hidden=hidden)
        if absent is None:
            continue
        present = searcher.witness(case.vector, colouring=colouring, hidden=hidden)
        coloured = coloured or absent.coloured or (present is not None and present.coloured)
        if case.answers not in known_products:
            known_products[case.answers] = any(searcher.holds(answer) for answer in case.answers)
        known = known_products[case.answers] and not case.gone and present is not None
        cluster = "|".join(sorted(case.answers))
        products.append(names.setdefault(cluster, len(names)))
        gone.append(absent.evidence.features())
        there.append(present.evidence.features() if known and present else np.full(len(FEATURES), np.nan))
        right.append(bool(known and present and present.product_id in case.answers))
        categories.append((present.category if known and present else None, absent.category))
    if not products:
        raise TooFewProducts("no photograph of a known product could be compared with another product")
    return Trials(
        np.asarray(products, dtype=np.int64),
        np.stack(there),
        np.asarray(right, dtype=bool),
        np.stack(gone),
        [one[0] for one in categories],
        [one[1] for one in categories],
        coloured,
    )


def calibrate(
    catalog: Catalog,
    searcher: Witnesses,
    queries: Path | tuple[GoldenSet, GoldenShelf],
    *,
    error: float = 0.05,
    absent_error: float | None = None,
    learned: frozenset[str] = frozenset(),
    watcher: Watcher | None = None,
) -> Calibration:
    """Fit a rule for the live release and keep it with it; searches apply it from then on.

    Args:
        catalog: keeps the rule.
        searcher: answers for the live release.
        queries: file of photographs with the products that they show, see `read_questions`; or a golden set of products
            and where its pictures are.
        error: most photographs, as a share, that may falsely be called *same*; 0.001 to 0.5.
        absent_error: most photographs of products in the catalogue, as a share, that may be called *absent*; None for
            `error`.
        learned: ids of the products that the release's model has learned from; they are counted.
        watcher: told after each photograph.

    Raises:
        InvalidConfiguration: an error out of range.
        SourceError: the file cannot be read as queries.
        GoldenSetUnusable: a picture of the set was changed, or its answers are variants.
        TooFewProducts: no threshold can promise that with so few products; an earlier calibration stays.
        StoreNotFound: nothing has been indexed yet.
    """
    started = time.perf_counter()
    absent_error = error if absent_error is None else absent_error
    release = _checked(catalog, error, absent_error)
    if isinstance(queries, Path):
        questions, hidden, gone = read_questions(queries, answer_column="product_id"), {}, frozenset[Path]()
    else:
        questions, hidden, gone = _of_golden(catalog, *queries)
    name = queries.name if isinstance(queries, Path) else f"golden set {queries[0].name}"
    cases = cases_of(questions, searcher, golden=name, hidden=hidden, gone=gone, watcher=watcher)
    asked = frozenset(answer for case in cases.items for answer in case.answers)
    try:
        trials = trials_of(cases.items, searcher)
        done = _kept(catalog, release, trials, cases, (error, absent_error), started)
    except TooFewProducts as few:
        if not cases.rejected:
            raise
        n, first = len(cases.rejected), cases.rejected[0]
        raise TooFewProducts(f"{few}; {n} could not be used, the first: {first.image}: {first.detail}") from few
    return replace(done, n_learned=len(asked & learned), n_leaked=_n_leaked(trials))


def calibrate_trained(
    catalog: Catalog, folder: Path | None, *, error: float = 0.05, absent_error: float | None = None
) -> Calibration:
    """As `calibrate`, on the trials that training has left with the live release's model.

    Args:
        catalog: keeps the rule; it must hold what was trained on.
        folder: of the release's model; None where it has none.
        error: as for `calibrate`.
        absent_error: as for `calibrate`.

    Raises:
        InvalidConfiguration: an error out of range.
        GoldenSetUnusable: training has left nothing, or not of vectors as long as the release's; the store holds
            another catalogue, or colours count in it, which training does not look at.
        ModelDamaged: what training has left cannot be read.
        TooFewProducts: as for `calibrate`.
        StoreNotFound: nothing has been indexed yet.
    """
    started = time.perf_counter()
    errors = error, error if absent_error is None else absent_error
    release = _checked(catalog, *errors)
    kept = KeptTrials.read(folder)
    if folder is not None and describe_model(folder).fingerprint != release.fingerprint:
        raise GoldenSetUnusable(
            f"{release.model} is shorter than the model that was tried in training, and its similarities are others: "
            "index with the whole model, or calibrate on photographs of products that were left out of training"
        )
    if catalog.has_several_variants():
        raise GoldenSetUnusable(
            "products of this catalogue come in several variants, so that colours count, which training does not look "
            "at: calibrate on photographs of products that were left out of training"
        )
    held = frozenset(catalog.inventory().product_ids)
    change = len(held ^ kept.catalogue) / max(len(kept.catalogue), 1)
    if change > LARGEST_CHANGE:
        raise GoldenSetUnusable(
            f"the model was trained beside a catalogue of {len(kept.catalogue)} products, the store holds {len(held)}, "
            f"and {change:.0%} differ (at most {LARGEST_CHANGE:.0%}): train on this catalogue, or calibrate on "
            "photographs of products that were left out of training"
        )
    return _kept(catalog, release, kept.trials, Cases((), f"training of {release.model}"), errors, started)


def _n_leaked(trials: Trials) -> int:
    """Of how many photographs the product was found by a picture that is all but the same to the model."""
    similarity = trials.there[:, FEATURES.index("similarity")]
    return int((trials.right & (np.nan_to_num(similarity) >= EMBEDDING_SIMILARITY)).sum())


def _checked(catalog: Catalog, error: float, absent_error: float) -> Release:
    """The live release, where both errors can be promised."""
    problems = [
        f"{name} must be between 0.001 and 0.5, received {value}"
        for name, value in (("error", error), ("absent_error", absent_error))
        if not 0.001 <= value <= 0.5
    ]
    if problems:
        raise InvalidConfiguration("; ".join(problems))
    release = catalog.live_release()
    if release is None:
        raise StoreNotFound(f"the store {catalog.folder} holds no release yet: run `lookalike index SOURCE` first")
    return release


def _kept(
    catalog: Catalog, release: Release, trials: Trials, cases: Cases, errors: tuple[float, float], started: float
) -> Calibration:
    """The rule of these trials, kept with the release."""
    error, absent_error = errors
    fitted = fit(trials, error=error, absent_error=absent_error, generator=np.random.default_rng(_SEED))
    products = np.unique(catalog.view().all_product_keys)
    rule = Rule(
        weights=fitted.weights,
        pooled=fitted.pooled,
        categories=fitted.categories,
        error=error,
        absent_error=absent_error,
        n_products=len(products),
        last_product=int(products[-1]),
        fingerprint=release.fingerprint,
        calibrated_on=datetime.now(UTC).isoformat(timespec="seconds"),
        golden=cases.golden,
        measured=fitted.measured.as_dict(),
        colours=trials.coloured,
    )
    catalog.set_calibration(release.release_id, rule.as_dict())
    return Calibration(rule, fitted, release.release_id, cases.rejected, time.perf_counter() - started)


def _of_golden(
    catalog: Catalog, golden: GoldenSet, shelf: GoldenShelf
) -> tuple[Questions, Mapping[Path, Collection[int]], frozenset[Path]]:
    """The set's questions, the pictures that each must not be compared with, and those that have no right one left."""
    if golden.by != "product":
        raise GoldenSetUnusable(
            f"the golden set {golden.name!r} asks for variants, verdicts are about products: make one with --by product"
        )
    inventory = catalog.inventory()
    questions, left_out = questions_of(golden, shelf, inventory, strangers=True)
    pictures = dict(zip(inventory.image_keys.tolist(), inventory.picture_keys.tolist(), strict=True))
    hidden = {path: frozenset(pictures[key] for key in keys) for path, keys in left_out.items()}
    shown: dict[str, set[int]] = {}
    for product, picture in zip(inventory.product_ids, inventory.picture_keys.tolist(), strict=True):
        shown.setdefault(product, set()).add(picture)
    gone = frozenset(
        one.image
        for one in questions.items
        if one.image is not None and not any(shown.get(answer, set()) - hidden[one.image] for answer in one.answers)
    )
    return questions, hidden, gone
