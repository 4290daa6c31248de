"""Searches by a clip over HTTP; the stand-in engine takes a picture for one."""

from __future__ import annotations

import base64
import threading

from lookalike.images.regions import encode_jpeg
from lookalike.serve import clip_routes
from lookalike.serve.form import Form, parse_form
from lookalike.serve.settings import ServeSettings
from lookalike.types import Pixels

RED = (210, 40, 40)


def test_a_clip_is_answered_with_moments(client, draw):
    response = client.post("/v1/search/video", files={"video": ("tour.mp4", draw(RED))}, data={"k": "2"})
    assert response.status_code == 200
    found = response.json()
    (moment,) = found["moments"]
    assert (moment["start"], moment["end"], moment["frame_time"]) == (0.0, 2.0, 0.5)
    assert moment["box"] == [0.0, 0.0, 8.0, 8.0]
    assert "frame" not in moment
    assert len(moment["hits"]) == 2
    assert found["hits"][0]["frame_time"] == 0.5
    assert found["clip"] == {"seconds": 2.0, "frames": 50, "key_frames": 1, "breaks_off": False}
    assert response.headers["cache-control"] == "no-store"


def test_frames_come_as_pictures_when_asked_for(client, draw):
    files = {"video": ("tour.mp4", draw(RED))}
    (moment,) = client.post("/v1/search/video", files=files, data={"frames": "true"}).json()["moments"]
    kind, _, coded = moment["frame"].partition(",")
    assert kind == "data:image/jpeg;base64"
    assert base64.b64decode(coded)[:2] == b"\xff\xd8"


def test_frames_are_asked_for_in_either_case_and_by_nothing_else(client, draw):
    files = {"video": ("tour.mp4", draw(RED))}
    (moment,) = client.post("/v1/search/video", files=files, data={"frames": "True"}).json()["moments"]
    assert "frame" in moment
    refused = client.post("/v1/search/video", files=files, data={"frames": "yes please"})
    assert refused.status_code == 422
    assert "frames must be true or false" in refused.json()["error"]["message"]


def test_a_clips_form_is_taken_apart_while_others_are_answered(client, draw, monkeypatch):
    read: list[threading.Thread] = []

    def parsed(body: bytes, content_type: str) -> Form:
        read.append(threading.current_thread())
        return parse_form(body, content_type)

    monkeypatch.setattr(clip_routes, "parse_form", parsed)
    assert client.post("/v1/search/video", files={"video": ("tour.mp4", draw(RED))}).status_code == 200
    assert read != [threading.current_thread()]


def test_pictures_of_moments_are_made_where_the_clip_is_looked_at(client, draw, monkeypatch):
    made: list[str] = []

    def coded(pixels: Pixels, quality: int) -> bytes:
        made.append(threading.current_thread().name)
        return encode_jpeg(pixels, quality)

    monkeypatch.setattr(clip_routes, "encode_jpeg", coded)
    client.post("/v1/search/video", files={"video": ("tour.mp4", draw(RED))}, data={"frames": "true"})
    assert [name.partition("_")[0] for name in made] == ["lookalike-clip"]


def test_a_clip_is_looked_at_no_longer_than_its_answer_is_waited_for(connect, engine, draw):
    client = connect(ServeSettings(clip_timeout_seconds=20.0))
    client.post("/v1/search/video", files={"video": ("tour.mp4", draw(RED))})
    assert engine.clip_seconds is not None
    assert 0 < engine.clip_seconds <= 20


def test_every_wrong_field_is_named(client, draw):
    files = {"video": ("a", draw(RED)), "image": ("b", draw(RED))}
    response = client.post("/v1/search/video", files=files, data={"k": "0", "by": "colour"})
    assert response.status_code == 422
    message = response.json()["error"]["message"]
    assert "unknown field(s) image" in message
    assert "k must be 1 to" in message
    assert "by must be" in message
    nothing = client.post("/v1/search/video", files={"video": ("a", draw(RED))}, data={"k": "many"})
    assert nothing.status_code == 422
    assert client.post("/v1/search/video", json={"video": "AAAA"}).status_code == 415


def test_a_clip_has_a_limit_of_its_own(connect, draw):
    data = draw(RED)
    client = connect(ServeSettings(max_upload_bytes=1024, max_clip_bytes=10 * len(data)))
    assert client.post("/v1/search/video", files={"video": ("a", data)}).status_code == 200
    client = connect(ServeSettings(max_clip_bytes=1024))
    assert client.post("/v1/search/video", files={"video": ("a", data + bytes(4000))}).status_code == 413
