"""A release as people see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.release import Release
from lookalike.search.judge import calibration_of
from lookalike.search.rank.arranging import Arranger

__all__ = ["ReleaseInfo", "info_of"]


@dataclass(frozen=True, slots=True)
class ReleaseInfo:
    """One release of a store.

    Attributes:
        release_id: its name, for example ``r1``.
        live: whether it answers searches.
        model: name of its model.
        fingerprint: SHA-256 over weights, preprocessing and dimension.
        dimension: numbers a vector.
        vectors: pictures that have one.
        missing: pictures that have none yet.
        created_at: UTC, ISO 8601.
        calibration: of its verdicts: ``error``, ``absent_error``, ``calibrated_on``, ``golden``, and whether it is
            ``stale``, so that verdicts are withheld; None where it has none.
        ranking: what was measured of re-ranking: the ``method`` in use (``off`` for none), its ``effect`` and cost, and
            on what; None where nothing was measured.
    """

    release_id: str
    live: bool
    model: str
    fingerprint: str
    dimension: int
    vectors: int
    missing: int
    created_at: str
    calibration: Mapping[str, object] | None = None
    ranking: Mapping[str, object] | None = None

    def as_dict(self) -> dict[str, object]:
        """Every field, JSON-ready."""
        return asdict(self)


def info_of(catalog: Catalog, release: Release, live: Release | None) -> ReleaseInfo:
    """What `catalog` knows about `release`, where `live` is the one that answers searches."""
    setting = Arranger(catalog).setting(release)
    vectors, missing = catalog.vector_counts(release.release_id)
    return ReleaseInfo(
        release_id=release.release_id,
        live=live is not None and live.release_id == release.release_id,
        model=release.model,
        fingerprint=release.fingerprint,
        dimension=release.dimension,
        vectors=vectors,
        missing=missing,
        created_at=release.created_at,
        calibration=calibration_of(catalog, release),
        ranking=None if setting is None else setting.summary(),
    )
