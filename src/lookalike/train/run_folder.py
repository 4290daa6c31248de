"""What a run writes down while it goes: configuration, environment, history, and where it is, so that it can go on."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false
from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from pickle import UnpicklingError

import torch

from lookalike.errors import InvalidConfiguration
from lookalike.nets.mixed_precision import gains_by_bfloat16
from lookalike.train.classification import REPORTS
from lookalike.train.config import TrainingConfig, merged_over
from lookalike.train.mapped import of_disk

__all__ = ["ASKED", "LOOKS", "OUTLINES", "SQUARES", "RunFolder", "environment"]

SQUARES, LOOKS, OUTLINES, ASKED = "squares.npy", "looks.npy", "outlines.npy", "asked.npy"
"""What is too much for memory: pictures learned from, with second looks of them, their outlines, pictures asked at the
end."""
_MAPPED = (SQUARES, LOOKS, OUTLINES, ASKED)
_IDENTITY, _CHECKPOINT, _HISTORY, _REPORT = "identity.json", "checkpoint.pt", "history.jsonl", "report.json"
_OF_ANY = (*_MAPPED, f"{_IDENTITY}.new")
"""What a run may leave that ends before it has said what it is."""
_OF_ONE_RUN = (_CHECKPOINT, _HISTORY, _REPORT, *REPORTS)
"""What of an earlier run would be taken for what another one has found."""


class RunFolder:
    """The folder of one run; made where it is not there.

    Args:
        path: the folder.
        config: of the run.
        facts: what else the result depends on, JSON-ready: data and initial model.
        fresh: whether an unfinished run of another kind is thrown away.

    Raises:
        InvalidConfiguration: the folder holds an unfinished run that differs from this one, and not `fresh`; or it
            holds other things.
    """

    def __init__(self, path: Path, config: TrainingConfig, facts: Mapping[str, object], *, fresh: bool = False) -> None:
        self.path = path
        self.facts = facts
        identity = {"configuration": _learned_from(config), **facts}
        held = _completed(_read(path / _IDENTITY))
        if held is None and path.is_dir() and any(item.name not in _OF_ANY for item in path.iterdir()):
            raise InvalidConfiguration(f"--run {path} holds other things than a run: name another folder")
        unfinished = held is not None and (path / _CHECKPOINT).is_file()
        self.resumes = unfinished and held == identity and not fresh
        if unfinished and held is not None and not self.resumes and not fresh:
            raise InvalidConfiguration(
                f"--run {path} holds an unfinished run that differs in {_difference(held, identity)}: "
                "run with what it was started with to go on, give --fresh to throw it away, or another --run"
            )
        if not self.resumes:
            for name in _OF_ONE_RUN:
                (path / name).unlink(missing_ok=True)
        path.mkdir(parents=True, exist_ok=True)
        _replace(path / _IDENTITY, json.dumps(identity, indent=2))
        (path / "configuration.toml").write_text(config.as_toml(), encoding="utf-8")
        (path / "environment.json").write_text(json.dumps(environment(), indent=2) + "\n", encoding="utf-8")

    def save(self, state: Mapping[str, object]) -> None:
        """Write where the run is, at once or not at all.

        Raises:
            OSError: it cannot be written; the last one is still there.
        """
        beside = self.path / f"{_CHECKPOINT}.new"
        try:
            with beside.open("wb") as opened:
                torch.save(dict(state), opened)
        except (OSError, RuntimeError) as error:
            # torch says of a full disk what it noticed of it, which is not that.
            cause = error if isinstance(error, OSError) else error.__context__
            beside.unlink(missing_ok=True)
            if not isinstance(cause, OSError):
                raise
            raise of_disk(cause, self.path / _CHECKPOINT) from error
        beside.replace(self.path / _CHECKPOINT)

    def saved(self) -> dict[str, object] | None:
        """Where the run was when it was interrupted, None where it begins.

        Raises:
            InvalidConfiguration: the file cannot be read.
        """
        if not self.resumes:
            return None
        try:
            return torch.load(self.path / _CHECKPOINT, map_location="cpu", weights_only=True)
        except (OSError, RuntimeError, EOFError, ValueError, UnpicklingError) as error:
            raise InvalidConfiguration(
                f"the checkpoint in {self.path} cannot be read ({error}): give --fresh to start again"
            ) from error

    def write_history(self, history: list[dict[str, object]]) -> None:
        """The history so far, one JSON object a line."""
        _replace(self.path / _HISTORY, "".join(json.dumps(entry) + "\n" for entry in history))

    def finish(self, report: Mapping[str, object]) -> None:
        """Write the report; there is nothing to go on with any more, and kept features and pictures go."""
        _replace(self.path / _REPORT, json.dumps(report, indent=2, ensure_ascii=False) + "\n")
        (self.path / _CHECKPOINT).unlink(missing_ok=True)
        for folder in self.path.glob("features-*"):
            shutil.rmtree(folder, ignore_errors=True)
        for name in _MAPPED:
            (self.path / name).unlink(missing_ok=True)


def environment() -> dict[str, object]:
    """Versions and hardware that the run had."""
    packages = ("lookalike", "torch", "onnx", "onnxruntime", "numpy", "pytorch-metric-learning")
    found: dict[str, object] = {name: version(name) for name in packages}
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    machine = {"machine": platform.machine(), "gains_by_bfloat16": gains_by_bfloat16("cpu"), "gpu": gpu}
    return found | {"python": platform.python_version(), **machine}


def _learned_from(config: TrainingConfig) -> dict[str, object]:
    """The configuration without what only says where memory is, and what is asked when all is learned."""
    record = config.as_dict()
    for section, key in (("run", "memory_megabytes"), ("general", "measured_on")):
        held = record[section]
        if isinstance(held, dict):
            record[section] = {name: value for name, value in held.items() if name != key}
    return record


def _completed(held: dict[str, object] | None) -> dict[str, object] | None:
    """An identity in which settings that came later stand as they are by themselves: as before there were any."""
    if held is None or not isinstance(earlier := held.get("configuration"), dict):
        return held
    return held | {"configuration": merged_over(_learned_from(TrainingConfig()), earlier)}


def _difference(held: Mapping[str, object], wanted: Mapping[str, object], path: str = "") -> str:
    """Dotted names of what differs, at most five."""
    names: list[str] = []
    for name in {**held, **wanted}:
        a, b = held.get(name), wanted.get(name)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            inner = _difference(a, b, f"{path}{name}.")
            names += [inner] if inner else []
        elif a != b:
            names.append(f"{path}{name}")
    return ", ".join(names[:5])


def _read(path: Path) -> dict[str, object] | None:
    try:
        record: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
