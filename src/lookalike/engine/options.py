"""What an engine may be told."""

from __future__ import annotations

from dataclasses import dataclass, field

from lookalike.catalog.kept import KeptOptions
from lookalike.ingest.options import IngestOptions
from lookalike.search.demand import UnmetOptions
from lookalike.sources.fetch.policy import FetchPolicy
from lookalike.video.limits import VideoLimits

__all__ = ["EngineOptions"]


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """The options of every room that an engine uses.

    Attributes:
        ingest: limits of pictures, threads, sizes of batches.
        kept: whether copies are kept, how large they are, and how much room they may take.
        fetch: how URLs are fetched.
        unmet: whether photographs that were told "not in this catalogue" are remembered.
        automatic_parts: whether a photograph that as a whole is like nothing is taken apart unasked.
        exact_up_to: vectors up to which the index scans exactly instead of building a graph.
        video: what a clip may cost.
    """

    ingest: IngestOptions = field(default_factory=IngestOptions)
    kept: KeptOptions = field(default_factory=KeptOptions)
    fetch: FetchPolicy = field(default_factory=FetchPolicy)
    unmet: UnmetOptions = field(default_factory=UnmetOptions)
    automatic_parts: bool = True
    exact_up_to: int = 50_000
    video: VideoLimits = field(default_factory=VideoLimits)
