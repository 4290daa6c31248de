"""What every route needs: the engine, the settings, the lanes, the metrics. One per application, shared by all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from starlette.requests import Request

from lookalike.serve.audit import Audit
from lookalike.serve.body import read_body
from lookalike.serve.body_budget import BodyBudget
from lookalike.serve.engine_port import EnginePort
from lookalike.serve.failure import Failure
from lookalike.serve.lane import Lane
from lookalike.serve.metrics import Metrics
from lookalike.serve.settings import ServeSettings
from lookalike.serve.visits import Visits

__all__ = ["Desk", "desk_of"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Desk:
    """Built once by `lookalike.serve.application.create_app`."""

    engine: EnginePort
    settings: ServeSettings
    metrics: Metrics
    searches: Lane
    reads: Lane
    thumbnails: Lane
    checks: Lane
    writes: Lane
    promotions: Lane
    clips: Lane
    bodies: BodyBudget
    audit: Audit
    visits: Visits = field(default_factory=Visits)
    fingerprints: dict[str, str] = field(default_factory=dict[str, str])

    async def body(self, request: Request) -> bytes:
        """The request's body within the limits of the settings."""
        return await self._held(request, self.settings.max_upload_bytes, self.settings.request_timeout_seconds)

    async def clip(self, request: Request) -> bytes:
        """Likewise, within those of clips."""
        return await self._held(request, self.settings.max_clip_bytes, self.settings.clip_timeout_seconds, share=0.5)

    async def _held(self, request: Request, max_bytes: int, timeout_seconds: float, *, share: float = 1.0) -> bytes:
        self.bodies.reserve(request, max_bytes, share=share)
        return await read_body(request, max_bytes=max_bytes, timeout_seconds=timeout_seconds)

    async def read(self, job: Callable[[], T]) -> T:
        """The result of a short read of the store, computed off the event loop."""
        return await self.reads.run(job)

    def fingerprint_of(self, release: str) -> str:
        """The fingerprint of the model of `release`, live or not; asked of the engine once a release."""
        if release not in self.fingerprints:
            every = (one.as_dict() for one in self.engine.releases())
            self.fingerprints.update((str(one["release_id"]), str(one["fingerprint"])) for one in every)
        return self.fingerprints[release]

    @property
    def is_busy(self) -> bool:
        """Whether any work goes on in a thread, also such that nobody waits for any more."""
        return self.visits.is_under_way or any(lane.taken for lane in self.lanes)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """All lanes."""
        return (
            self.searches,
            self.reads,
            self.thumbnails,
            self.checks,
            self.writes,
            self.promotions,
            self.clips,
        )


def desk_of(request: Request) -> Desk:
    """The desk of the application that received `request`."""
    desk = request.app.state.desk
    if not isinstance(desk, Desk):
        raise Failure(500, "internal", "the application was not made by create_app")
    return desk
