"""Spoken questions on the command line, in Python, over HTTP, in an evaluation, with the packaged model."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import numpy as np
import pytest
from click.testing import CliRunner

import lookalike
from lookalike.cli.program import program
from lookalike.engine.engine import Engine
from lookalike.errors import AudioRejected, InvalidQuery
from lookalike.images.regions import encode_jpeg
from lookalike.serve.application import create_app
from speaking import speak

pytest.importorskip("faster_whisper", reason="faster-whisper is not installed (the extra `speech`)")

TITLES = {
    "arla": ("Arla Ecological Medium Fat Milk", "Dairy"),
    "tropicana": ("Tropicana Juice Smooth", "Juice"),
    "vacuum": ("Robot Vacuum Cleaner", "Floor care"),
    "kettle": ("Electric Kettle", "Kitchen"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spoken")
    speak(TITLES["arla"][0], folder / "arla.wav")
    speak("electric kettle", folder / "kettle.wav", "espeak-ng")
    (folder / "silence.wav").write_bytes(_silence())
    rows = ["product_id,title,category,image"]
    for number, (name, (title, category)) in enumerate(TITLES.items()):
        pixels = np.random.default_rng(number).integers(0, 255, (96, 96, 3), dtype=np.uint8)
        (folder / f"{name}.jpg").write_bytes(encode_jpeg(pixels, quality=90))
        rows.append(f"{name},{title},{category},{name}.jpg")
    (folder / "catalog.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    with lookalike.open(folder / "store") as engine:
        engine.index(folder / "catalog.csv")
    return folder


@pytest.fixture(scope="module")
def shop(folder: Path):
    with lookalike.open(folder / "store") as engine:
        yield engine


def _silence() -> bytes:
    import io
    import wave

    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(32_000))
    return out.getvalue()


def posted(shop: Engine, **files: bytes) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=create_app(shop))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            given = {name: (f"{name}.wav", content) for name, content in files.items()}
            return await client.post("/v1/search", files=given, data={"k": "2"})

    return asyncio.run(send())


def test_a_spoken_title_finds_its_product_in_the_catalogues_words(shop: Engine, folder: Path) -> None:
    answer = shop.search(audio=folder / "arla.wav", k=2)
    assert answer.hits[0].product_id == "arla"
    assert answer.heard is not None
    assert answer.heard.text.lower() == "arla ecological medium fat milk"
    assert answer.heard.biased
    assert [word.text.lower() for word in answer.heard.words] == answer.heard.text.lower().split()
    assert "hear" in answer.timings_ms


def test_a_recording_that_broke_off_on_its_way_is_told(shop: Engine, folder: Path) -> None:
    whole = (folder / "arla.wav").read_bytes()
    broken = shop.search(audio=whole[: len(whole) * 2 // 3], k=2)
    assert broken.heard is not None
    assert broken.heard.breaks_off
    assert any("breaks off" in warning for warning in broken.warnings)
    assert not shop.hear(whole).breaks_off


def test_without_the_catalogue_the_model_writes_what_it_knows(shop: Engine, folder: Path) -> None:
    heard = shop.hear(folder / "arla.wav", biased=False)
    assert not heard.biased
    assert heard.text == heard.literal
    assert "arla" not in heard.text.lower().split()


def test_the_command_tells_what_it_heard(folder: Path) -> None:
    store = ["--store", str(folder / "store")]
    done = CliRunner().invoke(program, ["search", "--audio", str(folder / "kettle.wav"), *store, "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["hits"][0]["product_id"] == "kettle"
    assert document["heard"]["text"].lower() == "electric kettle"
    assert set(document["heard"]) == {"text", "words", "biased", "literal", "seconds", "model", "breaks_off"}
    written = json.loads(CliRunner().invoke(program, ["search", "--text", "kettle", *store, "--json"]).stdout)
    assert written["heard"] is None


def test_silence_is_refused_with_a_reason(folder: Path, shop: Engine) -> None:
    done = CliRunner().invoke(
        program, ["search", "--audio", str(folder / "silence.wav"), "--store", str(folder / "store")]
    )
    assert done.exit_code == 1
    assert isinstance(done.exception, AudioRejected)
    assert "no speech was heard" in str(done.exception)
    refused = posted(shop, audio=_silence())
    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "audio_rejected"
    assert refused.json()["error"]["reason"] == "no_speech"


def test_a_recording_comes_over_http_alone_and_beside_a_picture(folder: Path, shop: Engine) -> None:
    recording = (folder / "kettle.wav").read_bytes()
    alone = posted(shop, audio=recording)
    assert alone.status_code == 200, alone.text
    assert alone.json()["hits"][0]["product_id"] == "kettle"
    assert alone.json()["heard"]["text"].lower() == "electric kettle"
    beside = posted(shop, audio=recording, image=(folder / "vacuum.jpg").read_bytes()).json()
    assert beside["lanes"][0] == "words"
    assert "picture" in beside["lanes"]


def test_an_evaluation_asks_recordings_and_sets_aside_the_silent(folder: Path, shop: Engine) -> None:
    (folder / "queries.csv").write_text(
        "audio,product_id\narla.wav,arla\nkettle.wav,kettle\nsilence.wav,kettle\n", encoding="utf-8"
    )
    found = shop.evaluate(folder / "queries.csv")
    assert found.queries == 2
    assert found.metrics["recall@1"].value == 1.0
    assert [str(one.reason) for one in found.rejected] == ["no_speech"]


def test_recordings_can_be_switched_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKALIKE_SPEECH_MODEL", "none")
    with lookalike.open(folder / "store") as engine, pytest.raises(InvalidQuery, match="switched off"):
        engine.search(audio=folder / "arla.wav")


def test_a_recording_that_is_none_is_refused(shop: Engine, folder: Path) -> None:
    with pytest.raises(AudioRejected, match="expected a recording"):
        shop.search(audio=folder / "arla.jpg")
