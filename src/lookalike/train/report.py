"""What to do, and what came of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

from lookalike.train.catalogue import Catalogue
from lookalike.train.config import TrainingConfig
from lookalike.train.measurement import Measurement
from lookalike.train.rest import RestReport
from lookalike.train.retention import Retention
from lookalike.train.watching.opening import JournalChoice
from lookalike.types import Rejection

__all__ = ["TrainingReport", "TrainingTask"]

_SQUARE = {"squash": "squashed", "crop": "cropped", "pad": "padded"}


@dataclass(frozen=True, slots=True)
class TrainingTask:
    """What to do.

    Attributes:
        catalogues: what to learn from.
        config: how.
        out: folder of the model.
        run: folder of the run.
        data_licence: of the pictures, as whoever has them states it; kept with the model.
        fresh: whether an unfinished run of another kind in `run` is thrown away.
        journals: where the run is written down for people to watch.
    """

    catalogues: tuple[Catalogue, ...]
    config: TrainingConfig
    out: Path
    run: Path
    data_licence: str = ""
    fresh: bool = False
    journals: JournalChoice = field(default_factory=JournalChoice)


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What came out.

    Attributes:
        model: folder of the model.
        run: folder of the run.
        fingerprint: of the model.
        epochs: that the model was trained for.
        steps: likewise.
        seconds: wall time of this call; `fit_seconds` is over all interruptions.
        fit_seconds: of fitting alone.
        best: the new model on products that it did not see; None where none could be held out.
        baseline: the initial model on the same pictures.
        kept: what is kept of what the initial model knew; None where it was not measured.
        refitted: whether the model was trained again on all products after `best` was measured.
        pictures: that the model learned from; without those of products held out, where it was not trained again.
        products: labels that it learned from, likewise.
        rest: what came of pictures without a label; None where there were none.
        rejected: pictures and rows that could not be used.
        n_contradictions: pictures left out because they are said to show different things.
        n_leaks: held-out pictures not measured because a picture that was learned from shows the same.
        leaks: some of them: the picture left out, and what shows the same.
        worse: labels held out whose MAP@R fell most, and by how much; worst first.
        mode: as configured.
        init: name of the initial model.
        data_sha256: of the pictures of the catalogues, those held out included.
        data_licence: as given.
        fit: how the new model makes pictures square, where the initial one does it otherwise; empty where it does not.
            Both were measured on such squares.
    """

    model: str
    run: str
    fingerprint: str
    epochs: float
    steps: int
    seconds: float
    fit_seconds: float
    best: Measurement | None
    baseline: Measurement | None
    kept: Retention | None
    refitted: bool
    pictures: int
    products: int
    rest: RestReport | None
    rejected: tuple[Rejection, ...]
    n_contradictions: int
    n_leaks: int
    leaks: tuple[tuple[str, str], ...]
    worse: tuple[tuple[str, float], ...]
    mode: str
    init: str
    data_sha256: str
    data_licence: str
    fit: str = ""

    @property
    def baseline_name(self) -> str:
        """What `baseline` is of: the initial model, and how it saw pictures where it sees them otherwise by itself."""
        return f"{self.init}, pictures {_SQUARE[self.fit]}" if self.fit else self.init

    @property
    def no_better(self) -> bool:
        """Whether it was measured, and found held-out products no better than the initial model."""
        best, baseline = self.best, self.baseline
        return best is not None and baseline is not None and best.map_at_r.value <= baseline.map_at_r.value

    def as_dict(self) -> dict[str, object]:
        """JSON-ready, without the rejections."""
        return {
            "model": self.model,
            "fingerprint": self.fingerprint,
            "epochs": self.epochs,
            "seconds": round(self.seconds, 3),
            "best": None if self.best is None else self.best.as_dict(),
            "baseline": None if self.baseline is None else self.baseline.as_dict(),
            "kept": None if self.kept is None else self.kept.as_dict(),
            "steps": self.steps,
            "fit_seconds": round(self.fit_seconds, 3),
            "refitted": self.refitted,
            "mode": self.mode,
            "init": self.init,
            "fit": self.fit,
            "pictures": self.pictures,
            "products": self.products,
            "rest": None if self.rest is None else asdict(self.rest),
            "contradictions": self.n_contradictions,
            "leaks": {"pictures": self.n_leaks, "shown": [list(pair) for pair in self.leaks]},
            "worse": [{"product": name, "change": change} for name, change in self.worse],
            "run": self.run,
            "data_sha256": self.data_sha256,
            "data_licence": self.data_licence,
        }
