"""The ways of re-ranking that one may ask for by name, with the settings that they were measured with."""

from __future__ import annotations

from collections.abc import Mapping

from lookalike.search.rank.expansion import AlphaExpansion, DatabaseAugmentation
from lookalike.search.rank.pool import Reranker
from lookalike.search.rank.reciprocal import KReciprocal
from lookalike.search.rank.verification import GeometricVerification
from lookalike.search.rank.views import QueryViews

__all__ = ["METHODS", "POOL_PICTURES"]

POOL_PICTURES = 200
"""Nearest pictures that are re-ranked; what lies behind them keeps its place."""

METHODS: Mapping[str, Reranker] = {
    "alpha-qe": AlphaExpansion(),
    "alpha-qe-10": AlphaExpansion(n=10),
    "dba": DatabaseAugmentation(),
    "dba-alpha-qe": DatabaseAugmentation(expand=3),
    "k-reciprocal": KReciprocal(),
    "geometric": GeometricVerification(),
    "views-2": QueryViews(("middle",)),
    "views-3": QueryViews(),
}
"""Where a whole catalogue has no setting of its own, none of them is used: see `lookalike.search.rank.setting`."""
