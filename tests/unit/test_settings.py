"""Settings from the environment and the file: what is misspelt is told, with what was meant."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from lookalike.embed.speech.languages import LANGUAGES
from lookalike.errors import InvalidConfiguration
from lookalike.settings import load_settings


def test_a_misspelt_variable_is_warned_of_once_and_one_of_something_else_is_not(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("LOOKALIKE_KEEP_PICTURE", "false")
    monkeypatch.setenv("LOOKALIKE_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("lookalike_threads", "3")
    with caplog.at_level(logging.WARNING):
        settings = [load_settings() for _ in range(2)]
    assert [one.keep_pictures for one in settings] == [True, True]
    assert [one.message for one in caplog.records] == [
        "LOOKALIKE_KEEP_PICTURE is no setting and does nothing; did you mean LOOKALIKE_KEEP_PICTURES?"
    ]


@pytest.mark.parametrize(
    ("key", "said"),
    [("stor", "there is no setting 'stor', did you mean 'store'?"), ("zebra", "there is no setting 'zebra'. They")],
)
def test_an_unknown_key_of_the_file_is_refused_with_what_was_meant(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, key: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lookalike.toml").write_text(f'{key} = "x"\n')
    with pytest.raises(InvalidConfiguration) as refused:
        load_settings()
    assert said in str(refused.value)


@pytest.mark.parametrize("language", ["english", "en-GB", "EN", "xx"])
def test_a_language_that_no_model_of_speech_knows_is_refused_at_once(language: str) -> None:
    with pytest.raises(InvalidConfiguration, match=r"speech_language: .*the letters of a language, such as en"):
        load_settings(speech_language=language)


def test_languages_of_speech_are_those_that_whisper_has() -> None:
    tokenizer = pytest.importorskip("faster_whisper.tokenizer", reason="the extra `speech` is not installed")
    assert set(tokenizer._LANGUAGE_CODES) == LANGUAGES
    assert load_settings(speech_language="yue").speech_language == "yue"
