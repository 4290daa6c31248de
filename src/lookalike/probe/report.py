"""What attacks did to the answers, in numbers with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lookalike.errors import InvalidConfiguration
from lookalike.evaluate.detection import Detection
from lookalike.evaluate.intervals import Interval
from lookalike.types import Rejection

__all__ = ["ARRIVALS", "Arrival", "Attack", "AttackOptions", "AttackReport"]

Arrival = Literal["square", "png", "jpeg"]
"""How an attacked picture reaches the model: as the very square that was attacked; as a PNG file of it that is searched
by, which is resized on the way; as a JPEG file of quality 90."""
ARRIVALS: tuple[Arrival, ...] = ("square", "png", "jpeg")


@dataclass(frozen=True, slots=True)
class AttackOptions:
    """Which attacks are tried, on how much.

    Attributes:
        epsilons: largest changes of a channel, in grey levels of 255; each is tried.
        targeted: whether a product of chance shall come first, rather than any wrong one.
        adaptive: whether the attacker knows the detector, and makes pictures that hold under the changes it tries.
        n: queries, drawn by chance where the file has more.
        n_steps: gradient steps of each attack.
        false_alarm_rate: share of honest photographs at which the detector may sound.
        seed: of the draw of queries and targets and of the start of each attack.

    Raises:
        InvalidConfiguration: any of them out of range; all such fields are named at once.
    """

    epsilons: tuple[int, ...] = (2, 4, 8)
    targeted: bool = False
    adaptive: bool = False
    n: int = 64
    n_steps: int = 10
    false_alarm_rate: float = 0.05
    seed: int = 20_261_125

    def __post_init__(self) -> None:
        problems: list[str] = []
        if not self.epsilons or not all(1 <= epsilon <= 255 for epsilon in self.epsilons):
            problems.append(f"epsilons must be at least one number from 1 to 255, received {self.epsilons}")
        if self.n < 1:
            problems.append(f"n must be at least 1, received {self.n}")
        if self.n_steps < 1:
            problems.append(f"n_steps must be at least 1, received {self.n_steps}")
        if not 0 < self.false_alarm_rate < 1:
            problems.append(f"false_alarm_rate must be above 0 and below 1, received {self.false_alarm_rate}")
        if problems:
            raise InvalidConfiguration("attack: " + "; ".join(problems))


@dataclass(frozen=True, slots=True)
class Attack:
    """One strength of attack, by one way of arriving.

    Attributes:
        epsilon: largest change of a channel, in grey levels of 255.
        arrival: how the pictures reached the model.
        recall: share of the queries whose right product still came first.
        success: share of the queries that went as the attacker wanted: of those that were right before, the ones that
            are wrong now; or, targeted, of all of them, the ones with the chosen product first.
        n_asked: of how many queries `success` is a share; where it is 0, nothing could be spoilt, and it says nothing.
        likeness: mean cosine between the vectors of each picture before and after.
        detection: what the detector makes of them, against the same queries unharmed.
    """

    epsilon: int
    arrival: Arrival
    recall: Interval
    success: Interval
    n_asked: int
    likeness: float
    detection: Detection


@dataclass(frozen=True, slots=True)
class AttackReport:
    """Everything measured.

    Attributes:
        queries: how many were attacked.
        clean: recall@1 of the same queries unharmed, by way of arriving.
        attacks: by rising strength.
        options: what was asked for.
        release: whose answers they are.
        rejected: rows and pictures that could not be used.
        unanswerable: rows whose right product is not in the store, or is all there is in it; left out.
        examples: files written, empty where none were asked for.
        seconds: wall time.
    """

    queries: int
    clean: Mapping[str, Interval]
    attacks: tuple[Attack, ...]
    options: AttackOptions
    release: str
    rejected: tuple[Rejection, ...]
    unanswerable: int
    examples: tuple[Path, ...]
    seconds: float

    def as_dict(self) -> dict[str, object]:
        """JSON-ready: what ``lookalike attack --json`` prints, but for the rejections."""
        return {
            "queries": self.queries,
            "targeted": self.options.targeted,
            "adaptive": self.options.adaptive,
            "release": self.release,
            "clean": {arrival: {"recall@1": recall.as_dict()} for arrival, recall in self.clean.items()},
            "attacks": [
                {
                    "epsilon": one.epsilon,
                    "arrival": one.arrival,
                    "recall@1": one.recall.as_dict(),
                    "success": one.success.as_dict(),
                    "success_of": one.n_asked,
                    "likeness": one.likeness,
                    "detector": {
                        "area": one.detection.area,
                        "limit": one.detection.limit,
                        "false_alarms": one.detection.false_alarms,
                        "detected": one.detection.detected.as_dict(),
                    },
                }
                for one in self.attacks
            ],
            "steps": self.options.n_steps,
            "seed": self.options.seed,
            "unanswerable": self.unanswerable,
            "examples": [str(path) for path in self.examples],
            "seconds": round(self.seconds, 3),
        }
