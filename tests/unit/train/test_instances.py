"""Claims about `lookalike.train.instances`: pictures without labels become things that have to be found again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytest.importorskip("pytorch_metric_learning")

from lookalike.embed import open_embedder
from lookalike.images import Preprocessing
from lookalike.train import TrainingConfig, recipe
from lookalike.train.augmentation import AugmentationConfig
from lookalike.train.augmentation.augmenter import Augmenter
from lookalike.train.catalogue import catalogues_of
from lookalike.train.config import with_settings
from lookalike.train.examples import read_examples
from lookalike.train.feed import central
from lookalike.train.instances import with_second_looks
from lookalike.train.report import TrainingTask
from lookalike.train.training import train
from lookalike.train.watching import JournalChoice

pytestmark = [pytest.mark.torch]

CROPPED = Preprocessing(size_pixels=32, fit="crop", crop_fraction=0.8)
CONFIG = AugmentationConfig(background_probability=0.0)


def augmenter(seed: int = 3) -> Augmenter:
    return Augmenter(CONFIG, size_pixels=32, seed=seed, mirror=False)


def configured(model: Path) -> TrainingConfig:
    small = (
        f'model.init="{model}"', "model.views=2", "head.dimension=8", "sampling.n_products=8", "sampling.n_pictures=2",
        "schedule.epochs=6", "stopping.every=1", "run.device=cpu", 'head.features=["features"]',
        "augmentation.background_probability=0", 'general.measured_on=""',
    )  # fmt: skip
    return with_settings(recipe("head"), {}, [*small])


def test_without_labels_each_picture_is_a_thing_of_its_own(shop: Path) -> None:
    examples = read_examples(catalogues_of([str(shop)], ("image",)), CROPPED)
    assert len(examples.names) == len(examples) == 50
    assert examples.names[7] == examples.images[7] == "p1-2.png"


def test_a_second_look_is_the_same_picture_varied_under_the_same_label(shop: Path) -> None:
    examples = read_examples(catalogues_of([str(shop)], ("image",)), CROPPED)
    alone = np.arange(50) % 5 == 0
    looked = with_second_looks(examples, alone, augmenter())
    assert (len(looked), looked.n_second_looks) == (60, 10)
    np.testing.assert_array_equal(looked.squares[:50], examples.squares)
    rows = np.flatnonzero(alone)
    np.testing.assert_array_equal(looked.labels[50:], examples.labels[rows])
    assert looked.images[51] == "p1-0.png (varied)"
    assert len(set(looked.contents)) == 60
    import torch

    given = torch.from_numpy(np.ascontiguousarray(examples.squares[rows]))
    expected = augmenter()(given, rows.tolist(), epoch=1 << 20).numpy()
    np.testing.assert_array_equal(central(looked.squares[50:], 32), expected)
    assert np.abs(central(looked.squares[50:], 32).astype(int) - central(examples.squares[rows], 32)).mean() > 5


def test_second_looks_that_need_more_memory_than_allowed_are_mapped_from_a_file(shop: Path, tmp_path: Path) -> None:
    examples = read_examples(catalogues_of([str(shop)], ("image",)), CROPPED)
    every = np.ones(50, np.bool_)
    held = with_second_looks(examples, every, augmenter())
    mapped = with_second_looks(examples, every, augmenter(), mapped=tmp_path / "looks.npy", memory_megabytes=0)
    assert (tmp_path / "looks.npy").is_file()
    np.testing.assert_array_equal(held.squares, mapped.squares)


def test_a_model_can_be_trained_without_a_single_label(tiny_model: Path, shop: Path, tmp_path: Path) -> None:
    lonely = tmp_path / "lonely.csv"
    pictures = sorted(shop.parent.glob("*.png"))
    lonely.write_text("product_id,image\n" + "".join(f"x{n},{path}\n" for n, path in enumerate(pictures)))
    task = TrainingTask(
        catalogues_of([str(lonely)], ("image",)),
        configured(tiny_model),
        tmp_path / "model",
        tmp_path / "run",
        journals=JournalChoice(tensorboard=False),
    )
    report = train(task)
    assert (report.pictures, report.products) == (50, 50)
    assert report.best is not None
    assert report.best.n_labels == report.best.n_pictures / 2
    assert open_embedder(tmp_path / "model", threads=1).description.dimension == 8


def test_labelled_and_unlabelled_pictures_learn_together(tiny_model: Path, shop: Path, tmp_path: Path) -> None:
    lines = [line.replace(",p", f",{shop.parent}/p") for line in shop.read_text().splitlines()]
    for name, chosen in (("some", lines[1:26]), ("rest", lines[26:])):
        (tmp_path / f"{name}.csv").write_text("\n".join(["product_id,category,image", *chosen]) + "\n")
    sources = [f"some={tmp_path / 'some.csv'}", f"rest={tmp_path / 'rest.csv'}"]
    task = TrainingTask(
        catalogues_of(sources, ("rest=image",)),
        configured(tiny_model),
        tmp_path / "model",
        tmp_path / "run",
        journals=JournalChoice(tensorboard=False),
    )
    report = train(task)
    assert (report.pictures, report.products) == (50, 5 + 25)
