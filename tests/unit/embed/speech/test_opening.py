"""Models of speech: the default is pinned by its bytes, others are named, and what is missing is said."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from lookalike.embed.speech import opening
from lookalike.embed.speech.opening import open_recogniser
from lookalike.errors import InvalidConfiguration, MissingExtra, ModelDamaged, UnknownModel

pytest.importorskip("faster_whisper", reason="faster-whisper is not installed (the extra `speech`)")


def test_the_default_is_the_pinned_model() -> None:
    assert open_recogniser(threads=1).description.name == "tiny.en"


def test_other_bytes_than_the_pinned_ones_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(opening._CARRIED.sha256, "config.json", "0" * 64)
    with pytest.raises(ModelDamaged, match=r"config\.json has SHA-256"):
        open_recogniser()


def test_a_missing_distribution_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(opening.metadata, "version", version)
    with pytest.raises(MissingExtra, match=r"lookalike\[speech\]"):
        open_recogniser()


def test_a_folder_of_the_same_model_is_opened(tmp_path: Path) -> None:
    for name, content in opening._carried_files(opening._CARRIED).items():
        (tmp_path / name).write_bytes(content)
    assert open_recogniser(tmp_path, threads=1).description.name == tmp_path.name


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel, match=r"it lacks model\.bin"):
        open_recogniser(tmp_path)
    with pytest.raises(UnknownModel, match="there is no folder"):
        open_recogniser(tmp_path / "none")
    with pytest.raises(UnknownModel, match=r"one of .*base\.en"):
        open_recogniser("enormous")
    (tmp_path / "model.bin").write_bytes(b"nothing of the kind")
    with pytest.raises(ModelDamaged, match="CTranslate2"):
        open_recogniser(tmp_path)


class Multilingual:
    """Opens anything, and knows two languages."""

    supported_languages = ("de", "en")

    def __init__(self, *_: object, **more: object) -> None:
        self.model = SimpleNamespace(is_multilingual=True)


def test_a_language_that_a_multilingual_model_does_not_know_is_refused_when_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.bin").write_bytes(b"")
    monkeypatch.setattr("faster_whisper.WhisperModel", Multilingual)
    with pytest.raises(InvalidConfiguration, match="'german': name one of de, en"):
        open_recogniser(tmp_path, threads=1, language="german")
    for known in ("", "de"):
        assert open_recogniser(tmp_path, threads=1, language=known).description.name == tmp_path.name
