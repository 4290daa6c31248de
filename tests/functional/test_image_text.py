"""A store made with an image-text model answers words by its text tower; the model is tiny, random and local."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import lookalike
from lookalike.cli.program import program
from lookalike.embed import open_embedder
from lookalike.images.regions import encode_jpeg
from tiny_clip import write_tiny_clip

WORDS = ("mug", "lamp", "red armchair", "boot", "vase", "green tea")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pictures of products, of which only the first says what it is, indexed by the tiny model."""
    place = tmp_path_factory.mktemp("paired")
    write_tiny_clip(place / "model")
    rows = ["product_id,title,image"]
    for number in range(12):
        pixels = np.random.default_rng(number).integers(0, 255, (3, 3, 3), dtype=np.uint8)
        (place / f"p{number}.jpg").write_bytes(encode_jpeg(np.kron(pixels, np.ones((16, 16, 1), np.uint8)), quality=90))
        rows.append(f"p{number},{'Ridged mug' if number == 0 else ''},p{number}.jpg")
    (place / "catalog.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    done = CliRunner().invoke(
        program,
        [
            "index",
            str(place / "catalog.csv"),
            "--store",
            str(place / "store"),
            "--model",
            f"transformers:{place / 'model'}",
        ],
    )
    assert done.exit_code == 0, done.output
    return place


def test_words_find_the_pictures_that_the_text_tower_puts_near_them(folder: Path) -> None:
    embedder = open_embedder(f"transformers:{folder / 'model'}")
    found = 0
    with lookalike.open(folder / "store") as engine:
        pictures = {f"p{number}": engine.search(image=folder / f"p{number}.jpg", k=1).vector for number in range(12)}
        for words in WORDS:
            (asked,) = embedder.embed_words([words])
            near = {name: float(vector @ asked) for name, vector in pictures.items()}
            answer = engine.search(text=words, k=12)
            for hit in answer.hits:
                if near[hit.product_id] > 0:
                    found += 1
                    assert hit.lanes["depicted"] == pytest.approx(0.25 * near[hit.product_id], abs=1e-3)
            silent = [hit.product_id for hit in answer.hits if hit.product_id != "p0"]
            assert silent == sorted(
                (name for name in near if near[name] > 0 and name != "p0"), key=lambda name: -near[name]
            )
            assert answer.warnings == ()
    assert found >= 12


def test_what_says_the_words_comes_before_what_only_looks_like_them(folder: Path) -> None:
    done = CliRunner().invoke(program, ["search", "--text", "ridged mug", "--store", str(folder / "store"), "--json"])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["hits"][0]["product_id"] == "p0"
    assert "words" in answer["hits"][0]["lanes"]
