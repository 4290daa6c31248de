"""Robustness: queries alone are corrupted, scores are relative to the same queries' own, what cannot be is counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lookalike.catalog.inventory import Inventory
from lookalike.catalog.vectors import StoredVectors
from lookalike.embed.opening import describe_model
from lookalike.errors import NoVector
from lookalike.evaluate.golden.gallery import Gallery, Posed
from lookalike.evaluate.robustness import Sitter, measure_robustness
from lookalike.images.corruptions import Family, family_named
from lookalike.images.preprocessing import Preprocessing

N = 8


class Colours:
    """The mean colour less grey, as a unit vector."""

    description = replace(
        describe_model(), dimension=3, preprocessing=Preprocessing(size_pixels=16), projection=None, heads=()
    )

    def embed(self, batch: np.ndarray) -> np.ndarray:
        means = batch.reshape(len(batch), -1, 3).mean(axis=1).astype(np.float32) - 100
        return (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)


def colours() -> np.ndarray:
    return np.random.default_rng(4).integers(0, 256, (N, 3)).astype(np.uint8)


def plain(colour: np.ndarray) -> np.ndarray:
    return np.broadcast_to(colour, (32, 32, 3)).copy()


@pytest.fixture
def gallery() -> Gallery:
    keys = np.arange(1, N + 1, dtype=np.int64)
    names = tuple(f"p{key}" for key in keys)
    vectors = Colours().embed(np.stack([plain(colour)[:16, :16] for colour in colours()]))
    none = (None,) * N
    inventory = Inventory(
        keys, keys, keys, keys, names, none, names, np.zeros(N, np.uint64), np.ones(N, np.bool_), keys, keys, none, none
    )
    return Gallery(inventory, StoredVectors(keys, vectors, 1), "product")


@pytest.fixture
def sitters() -> list[Sitter]:
    nothing = np.empty(0, dtype=np.int64)
    return [
        Sitter(plain(colour), Posed(np.asarray([number + 1]), nothing), f"p{number + 1}")
        for number, colour in enumerate(colours())
    ]


def inverted(pixels, severity, generator):
    """Severity 1 leaves the picture as it is, 2 makes its opposite."""
    return pixels if severity == 1 else 255 - pixels


def only_dark(pixels, severity, generator):
    return pixels if pixels[0, 0, 0] < 128 else None


def test_scores_are_relative_to_the_same_queries_uncorrupted(gallery: Gallery, sitters: list[Sitter]) -> None:
    families = [Family("inverted", "content", ("none", "all"), inverted), Family("dark", "content", ("1",), only_dark)]
    found = measure_robustness(sitters, gallery, Colours(), release="r1", families=families)
    assert found.clean.value == 1.0
    first, second = found.curves
    assert first.steps[0].relative.value == 1.0
    assert first.steps[1].relative.value < 0.5
    assert first.relative.value == pytest.approx((first.steps[0].relative.value + first.steps[1].relative.value) / 2)
    n_dark = int((colours()[:, 0] < 128).sum())
    assert (second.n_queries, second.n_skipped) == (n_dark, N - n_dark)
    assert second.relative.value == 1.0
    assert found.weaknesses[0] == "inverted"


def test_the_same_seed_gives_the_same_curves_whatever_else_is_measured(gallery: Gallery, sitters: list[Sitter]) -> None:
    noise = family_named("gaussian_noise")
    once = measure_robustness(sitters, gallery, Colours(), release="r1", families=[noise], seed=5)
    more = measure_robustness(sitters, gallery, Colours(), release="r1", families=[noise, family_named("fog")], seed=5)
    assert once.curves[0] == more.curves[0]


def test_a_family_is_corrupted_alike_whichever_was_measured_before_it(gallery: Gallery, sitters: list[Sitter]) -> None:
    drawn: dict[str, list[float]] = {}

    def told(name: str) -> Family:
        def drawing(pixels, severity, generator):
            drawn.setdefault(name, []).append(generator.random())
            return pixels

        return Family(name, "content", ("1",), drawing)

    measure_robustness(sitters, gallery, Colours(), release="r1", families=[told("second")])
    alone = drawn.pop("second")
    measure_robustness(sitters, gallery, Colours(), release="r1", families=[told("first"), told("second")])
    assert drawn["second"] == alone != drawn["first"]


def test_a_held_out_view_is_compared_with_itself_on_the_shelf(gallery: Gallery, sitters: list[Sitter]) -> None:
    held = [
        Sitter(one.pixels, Posed(one.posed.answers, np.asarray([row])), one.cluster, row)
        for row, one in enumerate(sitters)
    ]
    told: list[tuple[int, int]] = []
    found = measure_robustness(
        held, gallery, Colours(), release="r1", families=[], watcher=lambda done, total: told.append((done, total))
    )
    assert told == [(N, 2 * N), (2 * N, 2 * N)]
    assert found.clean.value == 0.0  # their only right picture is left out
    assert [curve.family for curve in found.curves] == ["viewpoint"]
    assert found.curves[0].relative.value == 0.0


class Dazzled(Colours):
    """Has no vector of a picture whose upper left corner is white."""

    def embed(self, batch: np.ndarray) -> np.ndarray:
        white = np.flatnonzero((batch[:, 0, 0] == 255).all(axis=1))
        if len(white):
            raise NoVector("nothing comes of it", places=tuple(white.tolist()))
        return super().embed(batch)


def test_a_corrupted_picture_without_a_vector_finds_nothing(gallery: Gallery, sitters: list[Sitter]) -> None:
    def glaring(pixels, severity, generator):
        return np.where(pixels[0, 0, 0] < 128, np.uint8(255), pixels)

    families = [Family("glaring", "content", ("1",), glaring)]
    found = measure_robustness(sitters, gallery, Dazzled(), release="r1", families=families)
    assert found.curves[0].n_queries == N
    assert found.curves[0].steps[0].score.value == (colours()[:, 0] >= 128).mean()


def test_no_queries_are_refused(gallery: Gallery) -> None:
    with pytest.raises(ValueError, match="at least one query"):
        measure_robustness([], gallery, Colours(), release="r1")
