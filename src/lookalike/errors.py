"""The exception tree: everything Lookalike raises on purpose.

::

    LookalikeError                     could not (exit 1, HTTP 500 unless said otherwise)
    ├── UsageError                     asked wrongly (exit 2, HTTP 422)
    │   ├── InvalidConfiguration       a setting out of range or unknown
    │   ├── InvalidQuery               nothing, or too much, to search by; a crop outside the picture
    │   ├── InvalidProduct             a product, or a change of one, that cannot be stored
    │   ├── SelectionError             a filter expression that cannot be used
    │   │   ├── SelectionSyntaxError   it does not parse
    │   │   ├── UnknownColumn          it names a column that the catalogue does not have
    │   │   └── SelectionTypeError     it compares a column with a value of another type
    │   └── MissingExtra               needs an optional dependency (`pip install lookalike[extra]`)
    ├── SourceError                    a catalogue source that cannot be read at all
    ├── ImageRejected                  one picture that cannot be used; carries a `Reason` (HTTP 422)
    ├── AudioRejected                  one recording that cannot be used; carries a `Reason` (HTTP 422)
    ├── TooFewProducts                 too little data to promise what was asked for
    ├── NotFound                       a product, image or release that is not there (HTTP 404)
    ├── GoldenSetUnusable              a golden set that is not there, cannot be made, or does not fit (HTTP 409)
    ├── PromotionRefused               a release that measures worse than the live one (HTTP 409)
    ├── CompressionRefused             a model that became smaller and lost more than was allowed
    ├── StoreError                     the store cannot be used
    │   ├── StoreNotFound              there is none at that place
    │   ├── StoreBusy                  another process is writing
    │   ├── StoreFull                  no space left on the device
    │   ├── StoreReadOnly              open for reading only (HTTP 403)
    │   ├── StoreDamaged               a file of it is not what it should be
    │   └── StoreTooNew                written by a later version of Lookalike
    └── ModelError                     an embedder that cannot be used
        ├── UnknownModel               no model of that name, no file at that path
        ├── ModelDamaged               the file is not what its description says
        │   └── NoVector               some pictures have none: what the model gives is no finite number, or zero
        ├── DimensionMismatch          vectors of another length than expected
        ├── FingerprintMismatch        vectors of another model than those in the release
        └── TrainingDiverged           a loss or vectors that are no finite numbers any more

Every message says what was wrong, what was received, what was expected, and what to do next. A command
prints it as one sentence after ``error:``; the server returns it as JSON. A picture that cannot be used is
data, not a failure: inside a run `ImageRejected` is caught at the edge of the picture and becomes a
`lookalike.types.Rejection`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from lookalike.types import Reason, Rejection

__all__ = [
    "AudioRejected",
    "CompressionRefused",
    "DimensionMismatch",
    "FingerprintMismatch",
    "GoldenSetUnusable",
    "ImageRejected",
    "InvalidConfiguration",
    "InvalidProduct",
    "InvalidQuery",
    "LookalikeError",
    "MissingExtra",
    "ModelDamaged",
    "ModelError",
    "NoVector",
    "NotFound",
    "PromotionRefused",
    "SelectionError",
    "SelectionSyntaxError",
    "SelectionTypeError",
    "SourceError",
    "StoreBusy",
    "StoreDamaged",
    "StoreError",
    "StoreFull",
    "StoreNotFound",
    "StoreReadOnly",
    "StoreTooNew",
    "TooFewProducts",
    "TrainingDiverged",
    "UnknownColumn",
    "UnknownModel",
    "UsageError",
]


class LookalikeError(Exception):
    """Root of everything Lookalike raises on purpose; `str` of it is a sentence for people."""


class UsageError(LookalikeError):
    """The call, command or request itself is wrong; the same one will never work."""


class InvalidConfiguration(UsageError):
    """A setting is unknown, of the wrong type or out of range; every bad field is named at once."""


class InvalidQuery(UsageError):
    """A search without anything to search by, with contradicting inputs, or with a crop outside the picture."""


class InvalidProduct(UsageError):
    """A product, or a change of one, that cannot be stored: a value of the wrong type, an id that cannot be one."""


class SelectionError(UsageError):
    """A filter expression that cannot be used; `position` is the zero-based character it is about, if known."""

    def __init__(self, message: str, *, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class SelectionSyntaxError(SelectionError):
    """The expression does not parse."""


class UnknownColumn(SelectionError):
    """The expression names a column that the catalogue does not have; the message lists those it has."""


class SelectionTypeError(SelectionError):
    """The expression compares a column with a value of another type, or in a way its type does not allow."""


class MissingExtra(UsageError):
    """A capability whose optional dependency is not installed."""

    def __init__(self, *, needed_for: str, extra: str) -> None:
        super().__init__(
            f"{needed_for} needs an optional dependency that is not installed: "
            f"run `pip install 'lookalike[{extra}]'` and try again"
        )
        self.extra = extra


class SourceError(LookalikeError):
    """A catalogue source that cannot be read at all (missing, of an unknown kind, without the needed columns)."""


class ImageRejected(LookalikeError):
    """One picture that cannot be used; `reason` is the stable code, `detail` the sentence."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class AudioRejected(LookalikeError):
    """One recording that cannot be used; `reason` is the stable code, `detail` the sentence."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class TooFewProducts(LookalikeError):
    """Too little data to promise what was asked for; the message says how much would do."""


class NotFound(LookalikeError):
    """A product, image, picture or release that is not in the store.

    `what` names it without folders of this machine, for clients: ``product 'mug-017'``; None where only the sentence
    does. `rejections` are the pictures for which a product that was put is not there.
    """

    def __init__(self, message: str, *, what: str | None = None, rejections: Sequence[Rejection] = ()) -> None:
        super().__init__(message)
        self.what = what
        self.rejections = tuple(rejections)


class GoldenSetUnusable(LookalikeError):
    """A golden set that is not there, was changed, does not fit the store, or cannot be made of this catalogue."""


class PromotionRefused(LookalikeError):
    """A release that measures worse than the live one, or that nothing was there to compare with.

    `gate` is the comparison, JSON-ready; None where none could be made.
    """

    def __init__(self, message: str, *, gate: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.gate = gate


@runtime_checkable
class _Document(Protocol):
    """What can be told as JSON."""

    def as_dict(self) -> dict[str, object]: ...


class CompressionRefused(LookalikeError):
    """A model that lost more by becoming smaller than was allowed; nothing was written.

    `outcome` is what came of it, as where it is not refused (`lookalike.compress.outcome.Outcome`).
    """

    def __init__(self, message: str, *, outcome: _Document) -> None:
        super().__init__(message)
        self.outcome = outcome

    @property
    def report(self) -> Mapping[str, object]:
        """The table of before and after, JSON-ready."""
        return self.outcome.as_dict()


class StoreError(LookalikeError):
    """The store cannot be used."""


class StoreNotFound(StoreError):
    """There is no store at that place."""


class StoreBusy(StoreError):
    """Another process is writing to the store."""


class StoreFull(StoreError):
    """No space left on the device that holds the store; what was acknowledged before is still there."""


class StoreReadOnly(StoreError):
    """The store is open for reading only: that was asked for, or nothing can be written where it is."""


class StoreDamaged(StoreError):
    """A file of the store is not what it should be."""


class StoreTooNew(StoreError):
    """The store was written by a later version of Lookalike."""


class ModelError(LookalikeError):
    """An embedder that cannot be used."""


class UnknownModel(ModelError):
    """No model of that name in the table and no file or folder at that path."""


class ModelDamaged(ModelError):
    """The model's file does not agree with its description (hash, inputs, outputs)."""


class NoVector(ModelDamaged):
    """What the model gives for some pictures is no direction: not finite, or zero.

    `places` are those of the pictures in the batch, rising.
    """

    def __init__(self, message: str, *, places: tuple[int, ...]) -> None:
        super().__init__(message)
        self.places = places


class TrainingDiverged(ModelError):
    """A loss or vectors that are no finite numbers any more; the message says at which step."""


class DimensionMismatch(ModelError):
    """Vectors of another length than expected."""


class FingerprintMismatch(ModelError):
    """Vectors of one model were about to be mixed with, or compared to, vectors of another."""
