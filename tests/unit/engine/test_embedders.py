"""Claims about `lookalike.engine.embedders`, with models that are named, and never look at a picture."""

from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.release import Release
from lookalike.embed.description import ModelDescription
from lookalike.engine.embedders import Computation, Embedders
from lookalike.errors import FingerprintMismatch, UnknownModel
from lookalike.images.preprocessing import Preprocessing
from lookalike.types import ReleaseId

FIRST = ModelDescription(
    name="shop",
    version="1",
    dimension=4,
    preprocessing=Preprocessing(),
    weights_sha256="1" * 64,
    licence="Apache-2.0",
    source="made in a test",
    features=("features",),
    projection=("P", "b"),
    runtime="openvino",
    precision="fp32",
)
RETRAINED = replace(FIRST, weights_sha256="2" * 64)
RELEASE = Release(
    ReleaseId("r1"), 1, FIRST.fingerprint, "shop", 4,
    {"origin": "/old/place", "runtime": "openvino", "precision": "fp32"}, "ready", "2026-01-01T00:00:00Z",
)  # fmt: skip


@dataclass
class Blind:
    """An embedder without feature maps."""

    description: ModelDescription

    def embed(self, batch: np.ndarray) -> np.ndarray:
        raise NotImplementedError


class Shelf:
    """Opens the models that lie in its places."""

    def __init__(self, **places: ModelDescription) -> None:
        self.places = {name.replace("_", "/"): description for name, description in places.items()}

    def __call__(self, model: str | None, threads: int | None, computation: Computation | None) -> Blind:
        if model not in self.places:
            raise UnknownModel(f"there is no {model}")
        return Blind(self.places[model].computed_by(*(computation or ("openvino", "fp32"))))


def test_a_model_that_was_moved_is_explained_with_where_it_is_found() -> None:
    shelf = Shelf(_new_place=FIRST)
    embedders = Embedders(shelf, "/new/place")
    assert embedders.of(RELEASE).description.runtime == "openvino"
    assert embedders.explaining(RELEASE).description.runtime == "onnxruntime"


def test_a_folder_that_another_model_was_put_in_explains_nothing_of_the_release() -> None:
    shelf = Shelf(_old_place=FIRST)
    embedders = Embedders(shelf, None)
    embedders.of(RELEASE)
    shelf.places["/old/place"] = RETRAINED
    with pytest.raises(FingerprintMismatch, match="release r1 was made by model shop"):
        embedders.explaining(RELEASE)


def test_a_model_that_is_gone_is_told_with_the_release_that_needs_it() -> None:
    for asked in (None, "/other/place"):
        shelf = Shelf(_other_place=RETRAINED)
        with pytest.raises(UnknownModel, match=r"release r1 was made by model shop, opened from /old/place.*--force"):
            Embedders(shelf, asked).of(RELEASE)


def test_a_release_remembers_where_its_model_is_for_every_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    with Catalog.create(tmp_path / "store") as catalog:
        release = Embedders(Shelf(mine=FIRST), "mine").begin(catalog, FIRST)
    assert release.description["origin"] == str(tmp_path / "mine")


def test_a_folder_with_both_the_store_and_the_model_may_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "old" / "mine").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "old")
    with Catalog.create(tmp_path / "old" / "store") as catalog:
        release = Embedders(Shelf(mine=FIRST), "mine").begin(catalog, FIRST)
    # The shelf has it where it is now said to be, and no longer at the path from the root.
    assert Embedders(Shelf(mine=FIRST), None).of(release).description.fingerprint == FIRST.fingerprint


def test_a_release_made_where_another_ones_model_lay_is_served_by_what_lies_there_now() -> None:
    shelf = Shelf(_old_place=FIRST)
    embedders = Embedders(shelf, None)
    first = embedders.of(RELEASE)
    shelf.places["/old/place"] = RETRAINED
    later = replace(RELEASE, release_id=ReleaseId("r2"), fingerprint=RETRAINED.fingerprint)
    retrained = embedders.of(later)
    assert retrained.description.fingerprint == RETRAINED.fingerprint
    # Who still asks the release before, and who goes back to it, has its model at hand as long as it is open
    assert embedders.of(RELEASE) is first
    assert embedders.of(later) is retrained


def test_a_model_without_description_is_opened_again_only_when_its_file_is_another(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(b"first")
    place = str(file)
    shelf, opened = Shelf(), []

    def opening(model: str | None, threads: int | None, computation: Computation | None) -> Blind:
        opened.append(model)
        return shelf(model, threads, computation)

    shelf.places[place] = RETRAINED
    embedders = Embedders(opening, None)
    release = replace(RELEASE, description={**RELEASE.description, "origin": place})
    for _ in range(5):
        with pytest.raises(FingerprintMismatch):
            embedders.of(release)
    assert len(opened) <= 2
    shelf.places[place] = FIRST
    file.write_bytes(b"the right one")
    assert embedders.of(release).description.fingerprint == FIRST.fingerprint


def test_models_of_releases_that_were_live_long_ago_are_closed() -> None:
    described = [replace(FIRST, weights_sha256=f"{number:064x}") for number in range(40)]
    shelf = Shelf(**{f"_place_{number}": one for number, one in enumerate(described)})
    embedders, opened = Embedders(shelf, None), []
    for number, one in enumerate(described):
        release = replace(
            RELEASE, fingerprint=one.fingerprint, description={**RELEASE.description, "origin": f"/place/{number}"}
        )
        opened.append(weakref.ref(embedders.of(release)))
    gc.collect()
    assert sum(one() is not None for one in opened) <= 8
    assert opened[-1]() is not None
