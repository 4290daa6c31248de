"""The learned mix on disk, so that the next process need not learn it again: some numbers, none of one shopper."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from pathlib import Path

from lookalike.search.people.lanes import FEATURES
from lookalike.search.people.mixing import Mix

__all__ = ["MixFile"]

logger = logging.getLogger(__name__)

_NAME = "mix.json"
_GROWTH = 1.1


class MixFile:
    """One store's learned mix.

    Args:
        folder: where it lies; made when it is first written.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / _NAME

    def read(self, made_of: str, n_events: int) -> Mix | None:
        """The mix, if it was made of the same and of not many fewer events; None otherwise, or where it is damaged."""
        try:
            document = json.loads(self._file.read_text(encoding="utf-8"))
            if document["features"] != list(FEATURES) or document["made_of"] != made_of:
                return None
            if not n_events / _GROWTH <= document["events"] <= n_events:
                return None
            mix = document["mix"]
            return Mix(
                plain=tuple(map(float, mix["plain"])),
                experienced=tuple(map(float, mix["experienced"])),
                query=float(mix["query"]),
                ridge=float(mix["ridge"]),
                popular=int(mix["popular"]),
                n_targets=int(mix["n_targets"]),
                chosen=str(mix["chosen"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.debug("no mix file=%s error=%s", self._file, error)
            return None

    def write(self, mix: Mix, made_of: str, n_events: int) -> None:
        """Keep the mix; where the store cannot be written to, nothing is kept."""
        document = {"features": list(FEATURES), "made_of": made_of, "events": n_events, "mix": asdict(mix)}
        started = self._file.with_name(f".{_NAME}.tmp")
        try:
            self._file.parent.mkdir(exist_ok=True)
            started.write_text(json.dumps(document), encoding="utf-8")
            started.replace(self._file)
        except OSError as error:
            logger.info("the mix was not kept file=%s error=%s", self._file, error)

    def forget(self) -> None:
        """Throw it away."""
        self._file.unlink(missing_ok=True)
