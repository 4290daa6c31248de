"""Gathers the evidence on a query from the index and applies the live release's rule to it."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32, Int64

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.distinct import distinct
from lookalike.catalog.release import Release
from lookalike.catalog.view import View
from lookalike.images.colouring import Colouring
from lookalike.index.vector_index import Subset, VectorIndex
from lookalike.search.centroids import MeanLengths
from lookalike.search.colours import WINDOW_IMAGES, ColourRanker
from lookalike.search.compared import Compared
from lookalike.search.current import Current
from lookalike.search.evidence import DEPTH, Evidence, gather
from lookalike.search.folding import expand, ranked
from lookalike.search.gallery import Gallery
from lookalike.search.product_keys import keys_of_products
from lookalike.search.rule import LARGEST_CHANGE, Rule, Verdict, decide
from lookalike.types import Keys, ProductId, Vector

__all__ = ["Judge", "Seen", "Witness", "calibration_of"]

logger = logging.getLogger(__name__)

_FEWEST_NEIGHBOURS = 32


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Image rows of the view by falling cosine, before folding; `complete` if there are no more."""

    rows: Int64[np.ndarray, " n"]
    similarities: Float32[np.ndarray, " n"]
    complete: bool


@dataclass(frozen=True, slots=True, eq=False)
class Witness:
    """The nearest product of a query, and the evidence about it.

    Attributes:
        product_id: the nearest product.
        category: its category, None where it has none.
        evidence: what a rule is applied to.
        coloured: whether colours are in its similarities.
    """

    product_id: ProductId
    category: str | None
    evidence: Evidence
    coloured: bool = False


class Judge:
    """Says *same*, *similar* or *absent*. Safe to call from several threads.

    Args:
        catalog: keeps the rules and knows the products.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._colours = ColourRanker(catalog)
        self._lengths = MeanLengths(catalog)
        self._rule = Current[Release, Rule | None](catalog, self._read)
        self._change: tuple[int, str, float] | None = None

    def rule(self, release: Release) -> Rule | None:
        """The release's rule; None where it has none, or one of another model or another version's features."""
        return self._rule.of(release)

    def _read(self, release: Release) -> Rule | None:
        document = self._catalog.calibration(release.release_id)
        rule = None if document is None else Rule.from_dict(document)
        if rule is not None and rule.fingerprint != release.fingerprint:
            rule = None
        if document is not None and rule is None:
            logger.warning("calibration not usable release=%s: run `lookalike calibrate` again", release.release_id)
        return rule

    def verdict(
        self,
        rule: Rule,
        gallery: Gallery,
        vector: Vector,
        seen: Seen | None,
        colouring: Colouring | None,
    ) -> Verdict:
        """The verdict on a photograph, by the similarities that a search shows: with colours where these count.

        It is judged over the whole catalogue, whatever the filter, so that a narrow filter, which leaves little to
        confuse a product with, does not make *same* come easier. Under a filter that leaves the product out, *same*
        becomes *absent*, marked `outside_filter`.

        Args:
            rule: of the live release.
            gallery: the catalogue, and what the filter lets through.
            vector: the photograph's.
            seen: what an unfiltered search has already found; None to search here.
            colouring: colours of the photograph; None where they are not known.
        """
        view, allowed = gallery.view, gallery.allowed
        if self.change(rule, view) > LARGEST_CHANGE:
            return Verdict(None, "stale")
        if seen is None or not _enough(view, seen if colouring is None else _in_whole_windows(seen)):
            seen = _search(gallery.index, view, vector, (), (), colouring is not None)
        if not len(seen.rows):
            return Verdict(None, "nothing_to_compare")
        seen, coloured = self._coloured(view, seen, colouring)
        if coloured != rule.colours:
            # A vector alone is no photograph; else products in several colours came, or went.
            return Verdict(None, "not_a_photograph" if colouring is None else "stale")
        evidence = self._evidence(gallery, vector, seen, (), colouring, centroids=rule.weights.looks_at_centroids)
        category = self._category(view, seen) if rule.categories else None
        verdict = decide(rule, evidence, category)
        if verdict.label == "same" and allowed is not None:
            own = view.product_keys == evidence.product_key
            if not bool(allowed[own].any()):
                return replace(verdict, label="absent", outside_filter=True)
        return verdict

    def witness(
        self,
        gallery: Gallery,
        vector: Vector,
        without: Collection[str],
        hidden: Collection[int],
        colouring: Colouring | None,
    ) -> Witness | None:
        """See `lookalike.search.searcher.Searcher.witness`."""
        index, view = gallery.index, gallery.view
        excluded = keys_of_products(self._catalog, view, without).tolist()
        seen = _search(index, view, vector, excluded, hidden, colouring is not None)
        if not len(seen.rows):
            return None
        seen, coloured = self._coloured(view, seen, colouring)
        image_key = int(view.image_keys[seen.rows[0]])
        detail = self._catalog.details([image_key]).get(image_key)
        if detail is None:
            return None  # removed by somebody else meanwhile
        category = detail.attributes.get("category")
        evidence = self._evidence(gallery, vector, seen, hidden, colouring, centroids=True)
        return Witness(detail.product_id, None if category is None else str(category), evidence, coloured)

    def _coloured(self, view: View, seen: Seen, colouring: Colouring | None) -> tuple[Seen, bool]:
        """What was seen in the order that a search shows, and whether colours are in it."""
        if colouring is None:
            return seen, False
        whole = _in_whole_windows(seen)
        found = self._colours.rank(view, whole.rows, whole.similarities, colouring)
        return Seen(found.rows, found.similarities, seen.complete), bool(found.lanes)

    def _evidence(
        self,
        gallery: Gallery,
        vector: Vector,
        seen: Seen,
        hidden: Collection[int],
        colouring: Colouring | None,
        *,
        centroids: bool,
    ) -> Evidence:
        products, similarities = gather(gallery.view.product_keys[seen.rows], seen.similarities)
        pictures = _pictures_of(gallery.view, products if centroids else products[:1], hidden)
        compared = self._compared(gallery, vector, np.unique(np.concatenate(pictures)), colouring)
        evidence = Evidence(int(products[0]), similarities, compared.similarities(pictures[0]))
        if not centroids:
            return evidence
        toward = np.array(similarities)
        for place, wanted in enumerate(pictures):
            held = compared.held(wanted)
            length = self._lengths.of(gallery.release.release_id, held) if len(held) else None
            if length is not None:
                toward[place] = compared.toward(held, length)
        return replace(evidence, centroids=toward)

    def _compared(self, gallery: Gallery, vector: Vector, keys: Keys, colouring: Colouring | None) -> Compared:
        """The photograph beside pictures; those that were removed by somebody else meanwhile are left out."""
        found = gallery.index.search(vector[np.newaxis], len(keys), Subset(keys))
        held = np.flatnonzero(found.keys[0] >= 0)
        held = held[np.argsort(found.keys[0][held])]
        keys = found.keys[0][held]
        alike = None if colouring is None else self._colours.alike(keys, colouring)
        return Compared(keys, found.similarities[0][held], alike)

    def change(self, rule: Rule, view: View) -> float:
        """Share of the products that came or went since the rule was calibrated; see `Rule.change`."""
        held = self._change
        if held is not None and held[:2] == (view.sequence, rule.calibrated_on):
            return held[2]
        keys = distinct(view.all_product_keys)
        n_kept = int(np.searchsorted(keys, rule.last_product, side="right"))
        change = rule.change(n_kept, len(keys) - n_kept)
        self._change = (view.sequence, rule.calibrated_on, change)
        return change

    def _category(self, view: View, seen: Seen) -> str | None:
        image_key = int(view.image_keys[seen.rows[0]])
        detail = self._catalog.details([image_key]).get(image_key)
        category = None if detail is None else detail.attributes.get("category")
        return None if category is None else str(category)


def calibration_of(catalog: Catalog, release: Release) -> dict[str, object] | None:
    """The release's calibration as people see it; None where there is none that can be applied."""
    judge = Judge(catalog)
    rule = judge.rule(release)
    if rule is None:
        return None
    return {
        "error": rule.error,
        "absent_error": rule.absent_error,
        "calibrated_on": rule.calibrated_on,
        "golden": rule.golden,
        "stale": judge.change(rule, catalog.view()) > LARGEST_CHANGE,
    }


def _pictures_of(view: View, products: Int64[np.ndarray, " m"], hidden: Collection[int]) -> list[Keys]:
    """Keys of each product's pictures, rising, without the hidden ones."""
    rows = np.flatnonzero(np.isin(view.product_keys, products))
    away = np.asarray(sorted(hidden), dtype=np.int64)
    rows = rows[~np.isin(view.picture_keys[rows], away)]
    whose, keys = view.product_keys[rows], view.picture_keys[rows]
    return [np.unique(keys[whose == product]) for product in products]


def _enough(view: View, seen: Seen) -> bool:
    return seen.complete or len(gather(view.product_keys[seen.rows], seen.similarities)[0]) >= DEPTH


def _in_whole_windows(seen: Seen) -> Seen:
    """Without the images behind the last whole window, whose order by colour further images could change."""
    whole = len(seen.rows) if seen.complete else len(seen.rows) // WINDOW_IMAGES * WINDOW_IMAGES
    return Seen(seen.rows[:whole], seen.similarities[:whole], seen.complete)


def _search(
    index: VectorIndex,
    view: View,
    vector: Vector,
    without: Collection[int],
    hidden: Collection[int],
    windows: bool,
) -> Seen:
    """Image rows by falling cosine that hold at least `DEPTH` distinct products, or all there are.

    With `windows`, images in whole windows, which are put in order by their colours together.
    """
    available = len(index)
    n_neighbours = min((WINDOW_IMAGES if windows else _FEWEST_NEIGHBOURS) + len(hidden), available)
    excluded = np.asarray(sorted(without), dtype=np.int64)
    away = np.asarray(sorted(hidden), dtype=np.int64)
    while n_neighbours:
        neighbours = index.search(vector[np.newaxis], n_neighbours)
        keys, similarities = neighbours.keys[0], neighbours.similarities[0]
        held = keys >= 0
        complete = n_neighbours >= available or int(held.sum()) < n_neighbours
        held &= ~np.isin(keys, away)
        rows, row_similarities = expand(view, keys[held], similarities[held])
        keep = ~np.isin(view.product_keys[rows], excluded)
        rows, row_similarities = rows[keep], row_similarities[keep]
        order = ranked(row_similarities, view.image_keys[rows])
        seen = Seen(rows[order], row_similarities[order], complete)
        if _enough(view, _in_whole_windows(seen) if windows else seen):
            return seen
        n_neighbours = min(n_neighbours * 4, available)
    nothing = np.empty(0, dtype=np.int64)
    return Seen(nothing, nothing.astype(np.float32), complete=True)
