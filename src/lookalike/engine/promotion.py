"""Makes a release live, unless a golden set shows that it is worse than the one that is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.release import Release
from lookalike.engine.golden import DEFAULT_GOLDEN, DEFAULT_SEED, GoldenDesk
from lookalike.errors import GoldenSetUnusable, MissingExtra, ModelError, PromotionRefused
from lookalike.evaluate.gate import LEAST_ANSWERS, Gate
from lookalike.evaluate.golden.golden_set import GoldenSet
from lookalike.ingest.progress import Watcher
from lookalike.types import Rejection

__all__ = ["Promoted", "Promoter"]


@dataclass(frozen=True, slots=True)
class Promoted:
    """What a promotion did.

    Attributes:
        live: id of the release that is live now.
        previous: id of the release that was; None where there was none.
        gate: the comparison; None where there was nothing to compare, or none could be made and force was used.
        forced: whether the gate was overruled, or missing; or pictures are.
        note: why there is no comparison, where there is none.
        rejected: rows and photographs that could not be compared on.
        missing: pictures that the release has no vectors of, which are not found until they are indexed again.
    """

    live: str
    previous: str | None
    gate: Gate | None
    forced: bool
    note: str | None
    rejected: tuple[Rejection, ...] = ()
    missing: int = 0

    def as_dict(self) -> dict[str, object]:
        """The contract's form, without what was rejected."""
        return {
            "live": self.live,
            "previous": self.previous,
            "gate": None if self.gate is None else self.gate.as_dict(),
            "forced": self.forced,
            "note": self.note,
            "missing": self.missing,
        }


class Promoter:
    """Promotes releases of one open store.

    Args:
        catalog: of the store.
        desk: has its golden sets.
    """

    def __init__(self, catalog: Catalog, desk: GoldenDesk) -> None:
        self._catalog = catalog
        self._desk = desk

    def promote(
        self,
        candidate: Release,
        *,
        force: bool,
        reason: str | None,
        name: str | None,
        queries: Path | None,
        watcher: Watcher | None,
        missing: int,
    ) -> Promoted:
        """Make `candidate` live unless it is worse; see `lookalike.engine.engine.Engine.promote`."""
        live = self._catalog.live_release()
        if live is None or live.release_id == candidate.release_id:
            note = "nothing was live before" if live is None else "it is live already"
            forced = live is None and missing > 0
            kind = None if live is not None else "forced" if forced else "promoted"
            self._catalog.set_live(candidate.release_id, kind, reason=reason)
            previous = None if live is None else live.release_id
            return Promoted(candidate.release_id, previous, None, forced, note, missing=missing)
        gate: Gate | None = None
        note: str | None = None
        bring = "Promote"
        rejected: tuple[Rejection, ...] = ()
        try:
            golden, rejected = self._set(name, queries, watcher)
            gate = self._desk.compare(candidate, golden, watcher)
        except GoldenSetUnusable as error:
            note = str(error)
            bring = (
                f"Bring photographs with `lookalike promote {candidate.release_id} --queries QUERIES.csv`, or promote"
            )
        except (ModelError, MissingExtra) as error:
            # The live release's model may be gone: then only another release can answer again. What cannot be opened
            # itself is not made live.
            self._desk.embedder_of(candidate)
            note = str(error)
        told = None if gate is None else gate.as_dict()
        if gate is not None and not gate.refused and not missing:
            compared_with = None if force else live.release_id
            self._catalog.set_live(candidate.release_id, "promoted", reason=reason, gate=told, instead_of=compared_with)
            return Promoted(candidate.release_id, live.release_id, gate, False, None, rejected)
        if force:
            lacking = f"it lacks the vectors of {missing} pictures" if missing else None
            why = "; ".join(sentence for sentence in (reason or note, lacking) if sentence) or None
            self._catalog.set_live(candidate.release_id, "forced", reason=why, gate=told)
            return Promoted(candidate.release_id, live.release_id, gate, True, note, rejected, missing)
        self._catalog.record_refusal(candidate.release_id, reason=note, gate=told)
        if gate is None:
            raise PromotionRefused(
                f"release {candidate.release_id} is not promoted, because it cannot be compared with the live one: "
                f"{note}{_left_out(rejected)}. {bring} it unmeasured with --force"
            )
        raise PromotionRefused(
            f"release {candidate.release_id} is not promoted, because it measures worse: {gate.sentence()}"
            f"{_left_out(rejected)}. "
            "Keep the live release, or promote it all the same with --force --reason TEXT",
            gate=told,
        )

    def _set(
        self, name: str | None, queries: Path | None, watcher: Watcher | None
    ) -> tuple[GoldenSet, tuple[Rejection, ...]]:
        """The set named; one of `queries`; or the default one, made of the catalogue where there is none yet.

        Beside it what could not be used while it was made.
        """
        if queries is not None:
            made = self._desk.make(
                queries,
                name="promotion",
                by="product",
                n_queries=5_000,
                seed=DEFAULT_SEED,
                replace=True,
                watcher=watcher,
            )
            return made.golden, made.rejected
        if name is None and not self._desk.shelf.has(DEFAULT_GOLDEN):
            try:
                made = self._desk.make(
                    None,
                    name=DEFAULT_GOLDEN,
                    by="product",
                    n_queries=500,
                    seed=DEFAULT_SEED,
                    replace=False,
                    watcher=watcher,
                )
            except GoldenSetUnusable:
                if not self._desk.shelf.has(DEFAULT_GOLDEN):
                    raise
                return self._desk.shelf.load(DEFAULT_GOLDEN), ()  # another promotion has made it meanwhile
            if made.golden.n_clusters < LEAST_ANSWERS:
                self._desk.shelf.drop(DEFAULT_GOLDEN)
                raise GoldenSetUnusable(
                    f"the catalogue gives golden queries for {made.golden.n_clusters} products, expected at least "
                    f"{LEAST_ANSWERS} with several pictures or a kept copy"
                )
            return made.golden, made.rejected
        return self._desk.shelf.load(name or DEFAULT_GOLDEN), ()


def _left_out(rejected: tuple[Rejection, ...]) -> str:
    if not rejected:
        return ""
    first = rejected[0]
    return f" (not compared on: {len(rejected)} of what was given, the first is {first.image}: {first.detail})"
