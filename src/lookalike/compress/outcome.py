"""What came out of making a model smaller: a table of before and after, and the gate that it had to pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from lookalike.compress.exam import Exam, Loss
from lookalike.compress.footprint import Timing
from lookalike.embed.description import ModelDescription
from lookalike.errors import InvalidConfiguration
from lookalike.evaluate.intervals import Interval
from lookalike.types import Rejection

__all__ = ["Gate", "Measured", "Outcome", "table_of", "told_exam"]


@dataclass(frozen=True, slots=True)
class Gate:
    """How much recall@1 a smaller model may lose.

    Attributes:
        allowed: as a share, 0.005 for half a point; the estimate of the loss must not be above it.
    """

    allowed: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.allowed <= 1.0:
            raise InvalidConfiguration(f"the allowed loss must be 0 to 100 points, received {100 * self.allowed:g}")

    def admits(self, loss: Loss) -> bool:
        """Whether a model that loses so much is kept."""
        return loss.loss.value <= self.allowed + 1e-12


@dataclass(frozen=True, slots=True)
class Measured:
    """One model of the table.

    Attributes:
        name: of the model.
        fingerprint: of it.
        precision: of its arithmetic.
        dimension: of its vectors.
        recall: recall@1 on the exam, 95% interval.
        macs: multiply-accumulates for a picture.
        size_bytes: of its file.
        timings: by runtime.
    """

    name: str
    fingerprint: str
    precision: str
    dimension: int
    recall: Interval
    macs: int
    size_bytes: int
    timings: Mapping[str, tuple[Timing, ...]]

    @classmethod
    def of(
        cls,
        description: ModelDescription,
        *,
        recall: Interval,
        macs: int,
        size_bytes: int,
        timings: Mapping[str, tuple[Timing, ...]],
    ) -> Measured:
        """With name, fingerprint, precision and dimension from the description."""
        return cls(
            description.name,
            description.fingerprint,
            description.precision,
            description.dimension,
            recall,
            macs,
            size_bytes,
            timings,
        )

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "name": self.name,
            "fingerprint": self.fingerprint,
            "precision": self.precision,
            "dimension": self.dimension,
            "recall@1": asdict(self.recall),
            "macs": self.macs,
            "bytes": self.size_bytes,
            "latency": {
                runtime: {
                    str(row.batch): {
                        "milliseconds": round(row.milliseconds, 3),
                        "pictures_per_second": round(row.pictures_per_second, 1),
                        "times_as_fast": round(row.times_as_fast, 3),
                        "low": round(row.low, 3),
                        "high": round(row.high, 3),
                    }
                    for row in rows
                }
                for runtime, rows in self.timings.items()
            },
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """A smaller model beside the one that it was made of.

    Attributes:
        method: ``quantise``, ``prune`` or ``distil``.
        before: the model as it was.
        after: the smaller one.
        loss: of recall@1, paired by question.
        allowed: how much it might be.
        kept: whether it was written.
        exam: kind and numbers of the questions.
        agreement: mean and least cosine between the vectors of both, where both have as many dimensions.
        details: what the method did, JSON-ready.
        rejected: pictures and rows that could not be used.
        seconds: wall time.
        model: folder of the smaller one, None where it was refused.
    """

    method: str
    before: Measured
    after: Measured
    loss: Loss
    allowed: float
    kept: bool
    exam: Mapping[str, object]
    agreement: Mapping[str, float]
    details: Mapping[str, object]
    rejected: tuple[Rejection, ...]
    seconds: float
    model: str | None = None

    def sentence(self) -> str:
        """The loss against what is allowed, for people."""
        lost = self.loss.loss
        return (
            f"recall@1 {self.loss.after.value:.3f} against {self.loss.before.value:.3f}: a loss of "
            f"{100 * lost.value:.2f} points [{100 * lost.low:.2f}, {100 * lost.high:.2f}] over "
            f"{self.exam['questions']} questions ({self.exam['kind']}), {100 * self.allowed:g} allowed"
        )

    def as_dict(self) -> dict[str, object]:
        """JSON-ready, but for the rejections, which the command tells in its own form."""
        return {
            "method": self.method,
            "model": self.model,
            "fingerprint": self.after.fingerprint,
            "kept": self.kept,
            "before": self.before.as_dict(),
            "after": self.after.as_dict(),
            "loss": {**asdict(self.loss.loss), "p_value": self.loss.p_value},
            "allowed": self.allowed,
            "exam": dict(self.exam),
            "agreement": dict(self.agreement),
            **self.details,
            "seconds": round(self.seconds, 1),
        }


def told_exam(exam: Exam) -> dict[str, object]:
    """Kind and numbers of an exam."""
    told: dict[str, object] = {"kind": exam.kind, "questions": len(exam), "products": exam.n_products}
    return told | {"gallery": len(exam.gallery), "unanswerable": exam.n_unanswerable, "own": exam.n_own}


def table_of(outcome: Outcome) -> Sequence[tuple[str, str, str]]:
    """Rows of name, before, after, for a terminal or a card."""
    before, after = outcome.before, outcome.after

    def recall(one: Measured) -> str:
        return f"{one.recall.value:.3f} [{one.recall.low:.3f}, {one.recall.high:.3f}]"

    rows = [
        ("recall@1", recall(before), recall(after)),
        ("million multiply-adds", f"{before.macs / 1e6:.0f}", f"{after.macs / 1e6:.0f}"),
        ("megabytes", f"{before.size_bytes / 1e6:.1f}", f"{after.size_bytes / 1e6:.1f}"),
    ]
    for runtime, timed in before.timings.items():
        for first, second in zip(timed, after.timings[runtime], strict=True):
            rows.append(
                (
                    f"{runtime}, batch {first.batch}",
                    f"{first.milliseconds:.1f} ms",
                    f"{second.milliseconds:.1f} ms, {second.times_as_fast:.2f} times as fast",
                )
            )
    return rows
