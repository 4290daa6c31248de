"""From a location to a decoded, checked, fingerprinted, kept and embedded picture; or to the reason why not.

Runs in worker threads. A worker takes a handful of pictures, decodes them one by one and embeds them together on
its own core: nothing is handed over between cores, so both stay busy whatever the mixture of cheap and dear
pictures.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from lookalike.catalog.kept import KeptPictures
from lookalike.catalog.sync import KnownImage, KnownPicture, PictureEntry
from lookalike.embed.embedder import Embedder
from lookalike.embed.sifting import NO_DIRECTION, embed_sifted
from lookalike.errors import ImageRejected
from lookalike.images.colouring import colouring_of, pack_colouring
from lookalike.images.decode import decode
from lookalike.images.fingerprint import content_sha256, perceptual_hash
from lookalike.images.kept import normalised_copy
from lookalike.ingest.once import DecodedOnce
from lookalike.ingest.options import IngestOptions
from lookalike.ingest.task import Embedded, Outcome, Prepared, Refused, Same, StillRefused, Task
from lookalike.sources.record import PictureBytes, PictureReader, Unchanged
from lookalike.types import Reason, Rejection, Vector
from lookalike.video import split_moment

__all__ = ["Lookup", "Preparer", "read_task", "validator_of"]

logger = logging.getLogger(__name__)

_TRANSIENT = frozenset(
    {
        *(Reason.NOT_FOUND, Reason.FETCH_FAILED, Reason.FETCH_REFUSED, Reason.TIMED_OUT),
        *(Reason.TOO_MANY_BYTES, Reason.TOO_MANY_PIXELS, Reason.TOO_SMALL, Reason.NO_VECTOR),
    }
)
"""Reasons that the bytes alone do not decide, but also the place, a limit or the model: tried again in every run."""

_Looked: TypeAlias = Same | StillRefused | Refused | Prepared
"""What became of a picture before it is embedded."""

Lookup = Callable[[Sequence[str]], Mapping[str, KnownPicture]]


def read_task(task: Task, reader: PictureReader) -> PictureBytes | Unchanged:
    """The bytes of `task`, or that they are those that the store has dealt with.

    Raises:
        ImageRejected: they cannot be had.
    """
    if task.data is not None:
        return PictureBytes(task.data, None)
    return reader.read(task.address or task.location, validator_of(task))


def validator_of(task: Task) -> str | None:
    """What tells the bytes of `task` from those that the store has dealt with; None where they are wanted anyway."""
    if task.known is not None and task.known.has_vector:
        return task.known.validator
    if task.refused is not None and task.refused.reason not in _TRANSIENT:
        return task.refused.validator
    return None


@dataclass(frozen=True, slots=True)
class Preparer:
    """Turns tasks into outcomes.

    A picture that the store has without a kept copy, or whose copy is gone, is read again where copies are kept, until
    the quota is used up.

    Attributes:
        embedder: makes the vectors.
        kept: where normalised copies go.
        options: limits and sizes.
        lookup: what the store knows of contents by SHA-256; not asked while the store is empty.
        once: the contents that were decoded before, of which the store may not know yet.
    """

    embedder: Embedder
    kept: KeptPictures
    options: IngestOptions
    lookup: Lookup
    once: DecodedOnce = field(default_factory=DecodedOnce)

    def run(self, tasks: Sequence[Task], read: Callable[[Task], PictureBytes | Unchanged]) -> list[Outcome]:
        """One outcome a task, in order; nothing about one picture can spoil another's.

        Args:
            tasks: a handful of pictures.
            read: gives a task's bytes (read now, or waited for).
        """
        outcomes = [self._prepare(task, read) for task in tasks]
        waiting = {outcome.entry.sha256: outcome for outcome in outcomes if isinstance(outcome, Prepared)}
        if not waiting:
            return [outcome for outcome in outcomes if not isinstance(outcome, Prepared)]
        vectors, places = embed_sifted(self.embedder, np.stack([prepared.square for prepared in waiting.values()]))
        names = list(waiting)
        vector_of = {names[place]: vector for place, vector in zip(places.tolist(), vectors, strict=True)}
        without = frozenset(name for name in names if name not in vector_of)
        return [
            self._embedded(task, outcome, vector_of, without) for task, outcome in zip(tasks, outcomes, strict=True)
        ]

    def _embedded(
        self, task: Task, outcome: _Looked, vector_of: Mapping[str, Vector], without: frozenset[str]
    ) -> Outcome:
        """What came of a picture, and of one with the same content as another of the handful."""
        if isinstance(outcome, Prepared) and outcome.entry.sha256 in vector_of:
            return Embedded(outcome.entry, outcome.validator, vector_of[outcome.entry.sha256])
        sha256 = outcome.entry.sha256 if isinstance(outcome, Prepared) else outcome.sha256
        if isinstance(outcome, Prepared) or (isinstance(outcome, Same) and sha256 in without):
            told = NO_DIRECTION.format(self.embedder.description.name)
            return Refused(_rejection(task, Reason.NO_VECTOR, told), outcome.validator, sha256)
        return outcome

    def _prepare(self, task: Task, read: Callable[[Task], PictureBytes | Unchanged]) -> _Looked:
        validator = sha256 = None
        try:
            found = read(task)
            if isinstance(found, Unchanged):
                return self._copied(task, read) or _as_before(task)
            validator, sha256 = found.validator, content_sha256(found.data)
            if task.refused is not None and task.refused.sha256 == sha256 and task.refused.reason not in _TRANSIENT:
                return StillRefused(_rejection_before(task), validator, sha256)
            known = self._known(task, sha256)
            if known is None:
                return self._decoded(task, found.data, sha256, validator) or Same(sha256, validator)
            lacks_copy = self._lacks_copy(known)
            copied = self._with_copy(task, found.data, sha256, validator) if lacks_copy else None
            return copied or Same(sha256, validator)
        except ImageRejected as error:
            return Refused(_rejection(task, error.reason, error.detail), validator, sha256)

    def _copied(self, task: Task, read: Callable[[Task], PictureBytes | Unchanged]) -> Prepared | None:
        """A picture that has not changed, with a copy that it lacked; None where it has one, or none can be made."""
        # A moment decoded once more is not the same bytes: it gets its copy when its clip changes.
        if task.known is None or not self._lacks_copy(task.known) or split_moment(task.location) is not None:
            return None
        try:
            found = read(replace(task, known=None, refused=None))
            if isinstance(found, Unchanged) or content_sha256(found.data) != task.known.sha256:
                return None
        except ImageRejected as error:
            logger.info("no copy of %s can be kept: %s", task.location, error.detail)
            return None
        return self._with_copy(task, found.data, task.known.sha256, found.validator)

    def _with_copy(self, task: Task, data: bytes, sha256: str, validator: str | None) -> Prepared | None:
        """A picture that the store has, decoded for the copy that it lacks; None where it has one, or may have none."""
        try:
            return self._decoded(task, data, sha256, validator)
        except ImageRejected as error:
            logger.info("no copy of %s can be kept: %s", task.location, error.detail)
            return None

    def _lacks_copy(self, known: KnownImage | KnownPicture) -> bool:
        if not self.kept.options.enabled or not known.has_vector or self.kept.refused:
            return False
        # A copy may be gone although one was kept: copies are not forced to disk, and need not be in a backup.
        return not known.kept or not self.kept.has(known.sha256)

    def _known(self, task: Task, sha256: str) -> KnownImage | KnownPicture | None:
        """What the store has of that content, at this place or another; None without a vector of it."""
        own = task.known
        known = own if own is not None and own.sha256 == sha256 else self.lookup([sha256]).get(sha256)
        return known if known is not None and known.has_vector else None

    def _decoded(self, task: Task, data: bytes, sha256: str, validator: str | None) -> Prepared | None:
        """None where the content was decoded for another picture: its vector comes, or has come, with that one."""
        return self.once.prepared(sha256, lambda: self._decode(task, data, sha256, validator))

    def _decode(self, task: Task, data: bytes, sha256: str, validator: str | None) -> Prepared:
        preprocessing = self.embedder.description.preprocessing
        picture = decode(data, limits=self.options.limits, shorter_side_pixels=preprocessing.decode_side_pixels)
        square = preprocessing.apply(picture.pixels)
        keeping = self.kept.options
        kept = keeping.enabled and self.kept.put(
            sha256, normalised_copy(picture, data, side_pixels=keeping.side_pixels, quality=keeping.quality)
        )
        entry = PictureEntry(
            sha256=sha256,
            width=picture.width,
            height=picture.height,
            format=picture.format,
            perceptual_hash=perceptual_hash(picture.pixels),
            kept=kept,
            # Of what comes in one colour only, colours choose nothing: `fill_colours` looks when that changes.
            colouring=None if task.variant_id is None else pack_colouring(colouring_of(picture.pixels)),
        )
        return Prepared(entry, validator, square)


def _as_before(task: Task) -> Same | StillRefused:
    if task.known is not None and task.known.has_vector:
        return Same(task.known.sha256, task.known.validator)
    assert task.refused is not None
    return StillRefused(_rejection_before(task), task.refused.validator, task.refused.sha256)


def _rejection_before(task: Task) -> Rejection:
    assert task.refused is not None
    return _rejection(task, task.refused.reason, task.refused.detail)


def _rejection(task: Task, reason: Reason, detail: str) -> Rejection:
    return Rejection(task.location, reason, detail, task.product_id, task.variant_id, task.line)
