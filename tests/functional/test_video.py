"""Clips from the command line: as a question, and as a part of the catalogue."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import lookalike
from clips import write_clip
from lookalike.cli import main
from lookalike.errors import ImageRejected
from lookalike.images import decode
from lookalike.images.preprocessing import Preprocessing
from lookalike.search.query import Query
from lookalike.types import Reason


def run(*arguments: object) -> tuple[int, str, str]:
    """Exit status, standard output and standard error, inside this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0), out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def shop_clip(drawn, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Three product pictures for two seconds each, the camera moving on all of them."""
    rows = [line.split(",") for line in drawn.catalog.read_text().splitlines()]
    columns = {name: number for number, name in enumerate(rows[0])}
    pictures: dict[str, Path] = {}
    for row in rows[1:]:
        pictures.setdefault(row[columns["product_id"]], drawn.folder / row[columns["image"]].split("|")[0])
    names = list(pictures)[:3]
    frames: list[tuple[float, np.ndarray]] = []
    square = Preprocessing(size_pixels=280)
    for place, name in enumerate(names):
        pixels = square.apply(decode(pictures[name].read_bytes()).pixels)
        for step in range(20):
            frames.append((place * 2 + step / 10, np.ascontiguousarray(pixels[step : step + 256, :256])))
    return write_clip(tmp_path_factory.mktemp("shop") / "walk.mp4", frames, codec="libx264"), names


def test_a_clip_tells_what_it_shows_and_when(drawn_store: Path, shop_clip: tuple[Path, list[str]]) -> None:
    clip, names = shop_clip
    code, out, _ = run("search", clip, "--store", drawn_store, "--json")
    assert code == 0
    found = json.loads(out)
    assert [moment["hits"][0]["product_id"] for moment in found["moments"]] == names
    assert [round(moment["start"]) for moment in found["moments"]] == [0, 2, 4]
    for moment in found["moments"]:
        assert moment["start"] <= moment["frame_time"] <= moment["end"]
    assert {hit["product_id"] for hit in found["hits"][:3]} == set(names)
    for hit in found["hits"][:3]:
        assert names.index(hit["product_id"]) == int(hit["frame_time"] // 2)
    assert found["clip"]["frames"] == 60
    assert found["clip"]["seconds"] == pytest.approx(6.0, abs=0.11)


def test_people_are_told_times(drawn_store: Path, shop_clip: tuple[Path, list[str]]) -> None:
    clip, names = shop_clip
    code, out, _ = run("search", clip, "--store", drawn_store, "--video")
    assert code == 0
    assert out.startswith("0:00.0 - 0:02.0")
    assert all(name in out for name in names)


def test_a_clip_takes_no_words(drawn_store: Path, shop_clip: tuple[Path, list[str]]) -> None:
    code, _, err = run("search", shop_clip[0], "--text", "red", "--store", drawn_store)
    assert code == 2
    assert "--where" in err


@pytest.mark.parametrize(
    "option",
    [
        ["--audio", "words.wav"],
        ["--parts", "3"],
        ["--shopper", "ann"],
        ["--against", "rerank=off"],
        ["--sort", "price"],
        ["--diverse", "0.5"],
        ["--rerank", "geometric"],
    ],
)
def test_what_a_clip_cannot_be_asked_with_is_refused_rather_than_dropped(option: list[str], tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"")
    code, _, err = run("search", clip, "--video", *option, "--store", tmp_path / "store")
    assert code == 2
    assert "a clip is searched with --where, --k and --by alone" in err


def test_a_broken_clip_is_one_sentence(drawn_store: Path, shop_clip: tuple[Path, list[str]], tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(shop_clip[0].read_bytes()[:2000])
    code, _, err = run("search", broken, "--store", drawn_store)
    assert code == 1
    assert err.startswith("error: truncated")


def test_a_photograph_finds_the_moment_of_a_clip_in_the_catalogue(
    drawn, shop_clip: tuple[Path, list[str]], tmp_path: Path
) -> None:
    clip, names = shop_clip
    folder, store = tmp_path / "catalogue", tmp_path / "store"
    folder.mkdir()
    shutil.copy(clip, folder / "walk.mp4")
    (folder / "catalog.csv").write_text("product_id,image\nwalk,walk.mp4\n")
    code, out, _ = run("index", folder / "catalog.csv", "--store", store, "--json")
    assert code == 0
    assert json.loads(out)["images"] >= 3
    code, out, _ = run("index", folder / "catalog.csv", "--store", store, "--json")
    assert json.loads(out)["unchanged"] == json.loads(out)["images"]
    with lookalike.open(store) as shop:
        for place, _name in enumerate(names):
            pixels = Preprocessing(size_pixels=256).apply(decode(_picture(drawn, _name)).pixels)
            hit = shop.search(pixels, by="image", k=1).hits[0]
            assert hit.image.startswith("walk.mp4#t=")
            assert hit.clip_seconds is not None
            assert place * 2 <= hit.clip_seconds <= place * 2 + 2
            assert shop.thumbnail(hit.image_key, 64)[:2] == b"\xff\xd8"
    photo = tmp_path / "photo.png"
    photo.write_bytes(_picture(drawn, names[1]))
    found = json.loads(run("search", photo, "--store", store, "--json")[1])
    assert 2 <= found["hits"][0]["seconds"] <= 4


def test_a_stream_of_frames_is_watched(drawn_store: Path, shop_clip: tuple[Path, list[str]]) -> None:
    import av

    with av.open(str(shop_clip[0])) as container, lookalike.open(drawn_store) as shop:
        frames = ((frame.time, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0))
        found = [moment.hits[0].product_id for moment in shop.watch(frames, k=3)]
    assert found == shop_clip[1]


def test_a_clip_is_given_up_after_the_time_that_was_given(drawn_store: Path, shop_clip: tuple[Path, list[str]]) -> None:
    with lookalike.open(drawn_store) as shop, pytest.raises(ImageRejected) as rejected:
        shop.search_video(shop_clip[0], timeout_seconds=0.001)
    assert rejected.value.reason is Reason.TIMED_OUT


def test_moments_are_told_apart_by_similarity_whatever_searches_are_ordered_by(
    drawn_store: Path, shop_clip: tuple[Path, list[str]], asked: list[Query]
) -> None:
    with lookalike.open(drawn_store) as shop:
        shop.search_video(shop_clip[0], k=3)
    assert {query.ranking.rerank for query in asked} == {"off"}


def _picture(drawn, product_id: str) -> bytes:
    rows = [line.split(",") for line in drawn.catalog.read_text().splitlines()]
    columns = {name: number for number, name in enumerate(rows[0])}
    row = next(row for row in rows[1:] if row[columns["product_id"]] == product_id)
    return (drawn.folder / row[columns["image"]].split("|")[0]).read_bytes()
