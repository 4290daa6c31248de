"""What a user may set, from the environment (``LOOKALIKE_…``), ``lookalike.toml`` in the current folder, or arguments.

The only module that reads the environment; `compose` turns these into the frozen options of each room.
"""

from __future__ import annotations

import logging
import os
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from lookalike.errors import InvalidConfiguration

__all__ = ["CONFIGURATION_FILE", "Settings", "load_settings"]

CONFIGURATION_FILE = Path("lookalike.toml")

_MEBIBYTE = 1024 * 1024
_PREFIX = "LOOKALIKE_"

logger = logging.getLogger(__name__)


class Settings(BaseSettings):
    """Everything that can be set, with its default. Unknown keys of ``lookalike.toml`` are errors.

    Attributes:
        store: folder that holds catalogue, vectors, releases, quarantine.
        model: name in the model table, or path of an ONNX file or model folder; empty for the packaged one.
        text_model: folder of a sentence model; empty for the one that the extra ``text`` installs, ``none`` for none.
        read_print: whether printed model numbers and SKUs are read in photographs (extra ``print``).
        speech_model: name of a Whisper model (``base.en``, ``small``, …), or a folder that holds one; empty for the one
            that the extra ``speech`` installs, ``none`` for none.
        speech_language: its letters (``en``, ``zh``), for models of many languages; empty to let the model tell.
        runtime: ``onnxruntime``, or ``openvino`` with that extra.
        precision: of the model's arithmetic; ``bf16`` is OpenVINO's, where the processor has it.
        threads: cores that indexing and inference may use; 0 for all.
        commit_images: pictures after which indexing acknowledges what is done; fewer lose less work in a crash.
        keep_pictures: whether a normalised copy of each catalogue picture is kept in the store.
        kept_side_pixels: longer side of the kept copies, about.
        kept_quality: JPEG quality of the kept copies, 1 to 95.
        kept_quota_mebibytes: most room the kept copies may take; 0 for no limit.
        max_image_bytes: larger files are rejected as ``too_many_bytes``.
        max_image_pixels: larger pictures are rejected as ``too_many_pixels`` before memory is taken.
        image_timeout_seconds: most time that one picture's decoding may take.
        max_video_bytes: larger clips are rejected as ``too_many_bytes``.
        max_video_seconds: longer clips are rejected as ``too_long``.
        fetch_timeout_seconds: most time that one URL may take, retries not counted.
        fetch_per_host: most requests under way at once to one host.
        fetch_retries: how often a failed request is tried again.
        allowed_hosts: hosts whose private, loopback or link-local addresses may be fetched from; comma-separated.
        automatic_parts: whether a photograph that as a whole is like nothing is taken apart unasked.
        detector: path of an ONNX file that finds the things in a photograph, with a JSON file of the same name beside
            it; empty for the packaged model.
        exact_up_to: vectors up to which the index scans exactly instead of building a graph.
        remember_unmet: whether the vectors of photographs that were told "not in this catalogue" are kept for
            ``lookalike demand``.
        keep_unmet_pictures: whether a small copy of each of those photographs is kept too.
        unmet_days: days after which they are forgotten.
        unmet_most: most of them that are kept; the oldest go first.
        host: address that ``serve`` binds.
        port: port that ``serve`` binds; 0 for a free one.
        write_token: bearer token that allows changing products over HTTP; empty allows it on loopback only.
        max_upload_bytes: larger uploads are refused with 413.
        max_held_bytes: most bytes of uploads that ``serve`` holds at once; those beyond are refused with 503.
        personal: whether ``serve`` takes shoppers' events and gives personal results.
        audit_share: share of approximate searches that ``serve`` runs again exactly; their recall is at ``/metrics``.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", frozen=True)

    store: Path = Path("lookalike-store")
    model: str = ""
    text_model: str = ""
    read_print: bool = False
    speech_model: str = ""
    speech_language: str = ""
    runtime: Literal["onnxruntime", "openvino"] = "onnxruntime"
    precision: Literal["fp32", "bf16"] = "fp32"
    threads: int = Field(0, ge=0, le=1024)
    commit_images: int = Field(256, ge=1, le=100_000)
    keep_pictures: bool = True
    kept_side_pixels: int = Field(512, ge=64, le=4096)
    kept_quality: int = Field(90, ge=1, le=95)
    kept_quota_mebibytes: int = Field(0, ge=0)
    max_image_bytes: int = Field(64 * _MEBIBYTE, ge=1024)
    max_image_pixels: int = Field(64_000_000, ge=64)
    image_timeout_seconds: float = Field(20.0, gt=0)
    max_video_bytes: int = Field(2048 * _MEBIBYTE, ge=1024)
    max_video_seconds: float = Field(3600.0, gt=0, le=86_400)
    fetch_timeout_seconds: float = Field(30.0, gt=0)
    fetch_per_host: int = Field(4, ge=1, le=64)
    fetch_retries: int = Field(3, ge=0, le=10)
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    automatic_parts: bool = True
    detector: str = ""
    exact_up_to: int = Field(50_000, ge=0)
    remember_unmet: bool = False
    keep_unmet_pictures: bool = False
    unmet_days: int = Field(30, ge=1, le=365)
    unmet_most: int = Field(10_000, ge=1, le=100_000)
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    write_token: str = ""
    max_upload_bytes: int = Field(20 * _MEBIBYTE, ge=1024)
    max_held_bytes: int = Field(1024 * _MEBIBYTE, ge=1024)
    personal: bool = True
    audit_share: float = Field(0.01, ge=0, le=1)

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("speech_language")
    @classmethod
    def _spoken(cls, value: str) -> str:
        if value:
            from lookalike.embed.speech.languages import LANGUAGES

            if value not in LANGUAGES:
                raise ValueError("must be empty or the letters of a language, such as en, de or zh")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over the file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, CONFIGURATION_FILE)


def load_settings(**given: object) -> Settings:
    """Settings from arguments (None means not given), environment and file.

    Raises:
        InvalidConfiguration: naming every bad field at once.
    """
    _tell_misspelt()
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # pyright: ignore[reportArgumentType]
    except ValidationError as error:
        problems = [
            _unknown(str(problem["loc"][-1]))
            if problem["type"] == "extra_forbidden"
            else f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}, received {problem['input']!r}"
            for problem in error.errors()
        ]
        raise InvalidConfiguration(
            f"{len(problems)} setting(s) cannot be used: {'; '.join(problems)}. "
            f"They come from arguments, LOOKALIKE_… variables or {CONFIGURATION_FILE}"
        ) from error
    except ValueError as error:
        raise InvalidConfiguration(f"{CONFIGURATION_FILE} cannot be read: {error}") from error


def _meant(name: str) -> str | None:
    """The setting whose name is nearest to one that is none."""
    return next(iter(get_close_matches(name.lower(), Settings.model_fields, n=1, cutoff=0.8)), None)


def _unknown(name: str) -> str:
    meant = _meant(name)
    return f"there is no setting {name!r}" + ("" if meant is None else f", did you mean {meant!r}?")


def _tell_misspelt() -> None:
    """Warn of variables that look like a setting and are none; others may belong to something else of our name."""
    for variable in os.environ:
        name = variable.upper().removeprefix(_PREFIX).lower()
        if variable.upper().startswith(_PREFIX) and name not in Settings.model_fields:
            meant = _meant(name)
            if meant is not None:
                _warn_once(variable, f"{_PREFIX}{meant.upper()}")


@cache
def _warn_once(variable: str, meant: str) -> None:
    logger.warning("%s is no setting and does nothing; did you mean %s?", variable, meant)
