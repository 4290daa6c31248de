"""The second stage of a search: what the first one found, put into the order that was asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float32, Float64

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.release import Release
from lookalike.search.describing import Describer
from lookalike.search.folding import fold, groups_of
from lookalike.search.gallery import Gallery
from lookalike.search.picture_ranker import PictureRanker
from lookalike.search.query import Query
from lookalike.search.query_encoder import Look, QueryEncoder
from lookalike.search.rank.arranging import Arranger, Plan, rescored
from lookalike.search.rank.contest import Contest
from lookalike.search.rank.grids import Grids
from lookalike.search.rank.methods import POOL_PICTURES
from lookalike.search.rank.sight import Sight
from lookalike.search.ranked import Ranked

__all__ = ["SecondStage"]


class SecondStage:
    """Re-ranks and arranges what was found. Safe to use from several threads.

    Args:
        catalog: names the products.
        pictures: the first stage by looks, for what lies behind.
        arranger: applies a plan.
        describer: reads vectors.
        encoder: sees photographs as the model does.
        grids: gives feature maps, for the methods that look at them.
    """

    def __init__(
        self,
        catalog: Catalog,
        pictures: PictureRanker,
        arranger: Arranger,
        describer: Describer,
        encoder: QueryEncoder,
        grids: Grids,
    ) -> None:
        self._catalog = catalog
        self._pictures = pictures
        self._arranger = arranger
        self._describer = describer
        self._encoder = encoder
        self._grids = grids

    def arranged(self, plan: Plan, query: Query, look: Look | None, found: Ranked, gallery: Gallery) -> Ranked:
        """What was found, in the order of `plan`, and behind it what a deep page needs more.

        Args:
            plan: made for this question.
            query: says which page, and what counts as one hit.
            look: what it looks like; None where words found the hits, which are not re-ranked by looks.
            found: by the first stage, as deep as the plan needs.
            gallery: what is searched.
        """
        view = gallery.view
        if plan.method is not None and look is not None and found.pictures is not None:
            found, scores = self._rescored(plan.method, query, look, found, gallery)
        else:
            scores = found.similarities.astype(np.float64)
        rows = found.rows
        done = self._arranger.arrange(
            plan,
            view,
            rows,
            found.similarities,
            scores,
            lambda some: self._describer.vectors(gallery.release, view, some),
            by=query.by,
            complete=found.complete,
        )
        places = done.positions
        arranged = replace(
            found,
            rows=rows[places],
            similarities=found.similarities[places],
            complete=found.complete or done.cut,
            lanes={name: shares[places] for name, shares in found.lanes.items()},
            scores=None if done.scores is None else done.scores[places],
            rules=tuple(done.rules[place] for place in places.tolist()),
            told=done.told,
        )
        if arranged.complete or look is None or query.offset + query.k < len(places):
            return arranged
        deeper = self._pictures.rank(query, look, gallery)
        new = ~np.isin(groups_of(view, deeper.rows, query.by), groups_of(view, rows, query.by))
        return _followed(arranged, deeper, new)

    def contest(self, query: Query, look: Look, gallery: Gallery, hidden: Collection[int]) -> Contest:
        """The candidates of a question by picture, to measure orders on.

        Args:
            query: says what counts as one hit; `query.k` and `query.offset` are of no account.
            look: what it looks like.
            gallery: what is searched.
            hidden: pictures (keys) that are taken to be absent.
        """
        release, view = gallery.release, gallery.view
        found = self._pictures.rank(replace(query, k=POOL_PICTURES, offset=0), look, gallery)
        rows, similarities, extra = found.by_cosine()
        keep = np.flatnonzero(~np.isin(view.picture_keys[rows], np.asarray(sorted(hidden), dtype=np.int64)))
        rows, similarities, extra = rows[keep], similarities[keep], extra[keep]
        keys: list[int] = view.image_keys[rows].tolist()
        details = self._catalog.details(keys)
        name_of = {"product": "product_id", "variant": "variant_id", "image": "location"}[query.by]
        held = [details.get(key) for key in keys]
        return Contest(
            look.vector,
            rows,
            similarities,
            extra,
            self._describer.vectors(release, view, rows),
            groups_of(view, rows, query.by),
            tuple("" if detail is None else getattr(detail, name_of) or "" for detail in held),
            tuple("" if detail is None else detail.product_id for detail in held),
            self._sight(query, look, release, keys),
        )

    def _rescored(
        self, method: str, query: Query, look: Look, found: Ranked, gallery: Gallery
    ) -> tuple[Ranked, Float64[np.ndarray, " n"]]:
        """What was found, re-ranked and folded again, and the scores of its hits by the method."""
        assert found.pictures is not None
        release, view = gallery.release, gallery.view
        rows, cosines, extra = found.by_cosine()
        order, scores = rescored(
            method,
            look.vector,
            self._describer.vectors(release, view, rows[:POOL_PICTURES]),
            cosines,
            extra=extra,
            sight=self._sight(query, look, release, view.image_keys[rows[:POOL_PICTURES]].tolist()),
        )
        first = fold(groups_of(view, rows[order], query.by))
        rows = rows[order][first]
        places = found.pictures.at(rows)
        lanes = {name: shares[places] for name, shares in found.pictures.lanes.items()}
        return replace(found, rows=rows, similarities=found.pictures.similarities[places], lanes=lanes), scores[first]

    def _sight(self, query: Query, look: Look, release: Release, image_keys: Sequence[int]) -> Sight:
        """What else can be found out about the photograph and the images of the candidates."""
        seen = look.seen
        return Sight(
            lambda: None if seen is None else self._grids.of_square(release, seen.square),
            lambda n: self._grids.of_images(release, image_keys[:n]),
            lambda names: None if seen is None else self._encoder.views(query, seen, release, names),
        )


def _followed(arranged: Ranked, deeper: Ranked, new: np.ndarray) -> Ranked:
    """`arranged`, and behind it those of `deeper` that are new."""
    more, scores = deeper.similarities[new], arranged.scores
    return replace(
        arranged,
        rows=np.concatenate([arranged.rows, deeper.rows[new]]),
        similarities=np.concatenate([arranged.similarities, more]),
        complete=deeper.complete,
        lanes={name: np.concatenate([shares, deeper.lanes[name][new]]) for name, shares in arranged.lanes.items()},
        scores=None if scores is None else np.concatenate([scores, _below(scores, more)]),
        rules=(*(arranged.rules or ()), *(((),) * len(more))),
    )


def _below(ordered: Float64[np.ndarray, " n"], more: Float32[np.ndarray, " m"]) -> Float64[np.ndarray, " m"]:
    """Similarities of hits that follow, as scores that are no higher than those before."""
    behind = more.astype(np.float64)
    if not len(ordered) or not len(behind):
        return behind
    return behind + min(0.0, float(ordered.min()) - float(behind.max()))
