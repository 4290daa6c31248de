"""What goes wrong, as HTTP says it: a status, a stable code, a sentence, and what to do next. Never a traceback."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager

from lookalike.errors import (
    AudioRejected,
    FingerprintMismatch,
    GoldenSetUnusable,
    ImageRejected,
    LookalikeError,
    NotFound,
    PromotionRefused,
    SelectionError,
    StoreBusy,
    StoreFull,
    StoreNotFound,
    StoreReadOnly,
    UsageError,
)
from lookalike.types import Reason

__all__ = ["Failure", "failure_of", "missing"]

logger = logging.getLogger(__name__)


class Failure(LookalikeError):
    """An answer other than success; `body` is the JSON that the client receives.

    Args:
        status: HTTP status.
        code: stable name of the problem, in snake case.
        message: a sentence for people.
        reason: reason code of a rejected picture.
        hint: what to do next.
        position: zero-based character of a filter expression that the problem is about.
        headers: further headers of the answer.
        gate: the comparison after which a promotion was refused.
        rejected: pictures that could not be used, each with its reason.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        reason: str | None = None,
        hint: str | None = None,
        position: int | None = None,
        headers: Mapping[str, str] | None = None,
        gate: Mapping[str, object] | None = None,
        rejected: Sequence[Mapping[str, object]] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        error: dict[str, object] = {"code": code, "message": message}
        if reason is not None:
            error["reason"] = reason
        if hint is not None:
            error["hint"] = hint
        if position is not None:
            error["position"] = position
        if gate is not None:
            error["gate"] = dict(gate)
        if rejected:
            error["rejected"] = [dict(one) for one in rejected]
        self.error = error

    @property
    def body(self) -> bytes:
        """``{"error": {"code", "message", "reason"?, "hint"?, "position"?, "gate"?, "rejected"?}}``, always UTF-8."""
        return json.dumps({"error": self.error}, ensure_ascii=False).encode(errors="backslashreplace")


def failure_of(error: Exception) -> Failure:
    """How HTTP says `error`. What nobody foresaw is logged in full and told as ``internal``, without detail.

    A sentence about the store may name folders of this machine, so it goes to the log and not to the client.
    """
    match error:
        case Failure():
            return error
        case ImageRejected():
            status = 413 if error.reason is Reason.TOO_MANY_BYTES else 422
            return Failure(status, "image_rejected", error.detail, reason=str(error.reason))
        case AudioRejected():
            status = 413 if error.reason is Reason.TOO_MANY_BYTES else 422
            return Failure(status, "audio_rejected", error.detail, reason=str(error.reason))
        case NotFound():
            what = "what was asked for is not in the store" if error.what is None else f"there is no {error.what}"
            return Failure(404, "not_found", what)
        case GoldenSetUnusable():
            return Failure(409, "golden_set_unusable", str(error))
        case PromotionRefused():
            return Failure(409, "promotion_refused", str(error), hint="send force to overrule it", gate=error.gate)
        case SelectionError():
            return Failure(422, _code(error), str(error), position=error.position)
        case FingerprintMismatch():
            return Failure(409, "fingerprint_mismatch", str(error))
        case UsageError():
            return Failure(422, _code(error), str(error))
        case StoreNotFound():
            hint = "run `lookalike index SOURCE` on the server, or PUT a product"
            return Failure(503, "nothing_indexed", "nothing has been indexed yet", hint=hint)
        case StoreBusy():
            hint = "try again in a second"
            return Failure(503, "store_busy", "another process is writing", hint=hint, headers={"Retry-After": "1"})
        case StoreReadOnly():
            logger.warning("the store can only be read: %s", error)
            return Failure(403, "store_read_only", "this server can read its store and cannot change it")
        case StoreFull():
            logger.error("the store is full: %s", error)
            return Failure(507, "store_full", "the server has no space left; nothing of this request was kept")
        case LookalikeError():
            logger.error("%s: %s", type(error).__name__, error)
            return Failure(500, _code(error), "the server could not do this; its log says why")
        case _:
            logger.error("unforeseen %s", type(error).__name__, exc_info=error)
            return Failure(500, "internal", "the server failed; its log says why")


@contextmanager
def missing(what: str) -> Generator[None, None, None]:
    """Says 404 ``there is no WHAT`` where the body raises `lookalike.errors.NotFound`, whose own sentence may name
    folders of this machine.
    """
    try:
        yield
    except NotFound as error:
        raise Failure(404, "not_found", f"there is no {what}") from error


def _code(error: LookalikeError) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()
