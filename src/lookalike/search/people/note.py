"""What an answer says about what a shopper's taste did to it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PersonalNote"]


@dataclass(frozen=True, slots=True)
class PersonalNote:
    """Disclosed with every answer for a named shopper.

    Attributes:
        on: whether the shopper lets their events be used.
        weight: what one standard deviation of the taste's score is worth in similarity; 0 where it changed nothing.
        events: how many of the shopper's events were used.
        because: product ids of the shopper's that spoke most for what is shown.
        basis: ``taste`` where the shopper's events count, ``popularity`` where there are none (of a recommendation),
            ``off`` where they change nothing.
        epsilon: privacy of the taste that was used, where noise was asked for.
    """

    on: bool
    weight: float
    events: int
    because: tuple[str, ...]
    basis: str
    epsilon: float | None = None

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "on": self.on,
            "weight": round(self.weight, 6),
            "events": self.events,
            "because": list(self.because),
            "basis": self.basis,
            **({} if self.epsilon is None else {"epsilon": self.epsilon}),
        }
