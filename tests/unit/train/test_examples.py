"""Claims about `lookalike.train.examples`: what is decoded is what the model sees, and bad pictures cost nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.errors import TooFewProducts
from lookalike.images import Preprocessing, decode
from lookalike.train.catalogue import catalogues_of
from lookalike.train.examples import read_examples, working_preprocessing
from lookalike.types import Reason

CROPPED = Preprocessing(size_pixels=32, fit="crop", crop_fraction=0.8)


@pytest.mark.parametrize("size", [(48, 48), (97, 60), (61, 130)])
@pytest.mark.parametrize("fit", ["crop", "squash", "pad"])
def test_the_middle_of_a_kept_square_is_what_the_model_sees_to_a_grey_level(size: tuple[int, int], fit) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (*size, 3)).astype(np.uint8)
    preprocessing = Preprocessing(size_pixels=32, fit=fit, crop_fraction=0.8)
    square = working_preprocessing(preprocessing).apply(pixels)
    margin = (square.shape[0] - 32) // 2
    assert margin == (4 if fit == "crop" else 0)
    middle = square[margin : margin + 32, margin : margin + 32]
    difference = np.abs(middle.astype(int) - preprocessing.apply(pixels))
    assert difference.max() <= 1
    assert difference.mean() < 0.01


def test_labels_categories_and_contents_are_those_of_the_table(shop: Path) -> None:
    examples = read_examples(catalogues_of([str(shop)]), CROPPED)
    assert (len(examples), examples.names) == (50, tuple(f"p{n}" for n in range(10)))
    assert examples.squares.shape == (50, 40, 40, 3)
    assert list(examples.sizes) == [5] * 10
    assert [examples.images[row] for row in (0, 7)] == ["p0-0.png", "p1-2.png"]
    np.testing.assert_array_equal(examples.categories, np.repeat(np.arange(10) % 2, 5))
    pixels = decode((shop.parent / "p3-1.png").read_bytes()).pixels
    np.testing.assert_array_equal(examples.squares[16], working_preprocessing(CROPPED).apply(pixels))


def test_the_category_of_a_product_is_that_of_its_first_picture_that_has_one(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "photographs.csv").write_text(
        f"product_id,image\np1,{shop.parent}/p1-0.png\np9,{shop.parent}/p9-0.png\n"
    )
    first = [
        line.replace(",p", f",{shop.parent}/p") for line in shop.read_text().splitlines() if not line.endswith("-0.png")
    ]
    (tmp_path / "catalog.csv").write_text("\n".join(first) + "\n")
    (tmp_path / "more.csv").write_text(f"product_id,image\nx,{shop.parent}/p3-0.png\n")
    sources = [str(tmp_path / name) for name in ("photographs.csv", "catalog.csv", "more.csv")]
    examples = read_examples(catalogues_of(sources), CROPPED)
    assert dict(zip(examples.names, examples.category_of(), strict=True)) == {
        **{f"p{n}": f"c{n % 2}" for n in range(10)}, "x": None,
    }  # fmt: skip


def test_the_hash_is_of_pictures_and_labels_not_of_their_order(shop: Path, tmp_path: Path) -> None:
    shutil.copytree(shop.parent, tmp_path / "copy")
    lines = shop.read_text().splitlines()
    (tmp_path / "copy" / "shop.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    first = read_examples(catalogues_of([str(shop)]), CROPPED)
    second = read_examples(catalogues_of([str(tmp_path / "copy" / "shop.csv")]), CROPPED)
    assert first.data_sha256 == second.data_sha256
    assert first.in_order_sha256 != second.in_order_sha256
    lines[1] = lines[1].replace("p0,", "p1,")
    (tmp_path / "copy" / "shop.csv").write_text("\n".join(lines) + "\n")
    assert read_examples(catalogues_of([str(tmp_path / "copy" / "shop.csv")]), CROPPED).data_sha256 != first.data_sha256


def test_bad_pictures_and_contradictions_are_left_out_and_told(shop: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(shop.parent, folder)
    (folder / "broken.png").write_bytes((shop.parent / "p0-0.png").read_bytes()[:200])
    shutil.copy(shop.parent / "p2-0.png", folder / "again.png")
    with (folder / "shop.csv").open("a") as table:
        table.write("p0,c0,broken.png\np0,c0,absent.png\np9,c1,again.png\np1,c1,p1-0.png\n")
    told: list[int] = []
    examples = read_examples(
        catalogues_of([str(folder / "shop.csv")]), CROPPED, told=lambda done, total, seconds: told.append(done)
    )
    assert {item.image: item.reason for item in examples.rejected} == {
        "broken.png": Reason.TRUNCATED,
        "absent.png": Reason.NOT_FOUND,
    }
    assert len(examples) == 49
    assert examples.n_contradictions == 2
    assert "p2-0.png" not in examples.images
    assert "again.png" not in examples.images
    assert told[-1] == 54
    row = examples.images.index("p9-4.png")
    pixels = np.asarray(Image.open(folder / "p9-4.png"))
    np.testing.assert_array_equal(examples.squares[row], working_preprocessing(CROPPED).apply(pixels))


def test_squares_that_do_not_fit_into_memory_lie_in_a_file(shop: Path, tmp_path: Path) -> None:
    catalogues = catalogues_of([str(shop)])
    file = tmp_path / "run" / "squares.npy"
    mapped = read_examples(catalogues, CROPPED, mapped=file, memory_megabytes=0)
    assert file.is_file()
    np.testing.assert_array_equal(mapped.squares, read_examples(catalogues, CROPPED).squares)


def test_too_little_to_learn_from_is_a_sentence(shop: Path, tmp_path: Path) -> None:
    lines = shop.read_text().splitlines()
    few, lonely = shop.parent / "few.csv", shop.parent / "lonely.csv"
    few.write_text("\n".join(lines[:12]) + "\n")
    lonely.write_text("\n".join([lines[0], *lines[1::5]]) + "\n")
    with pytest.raises(TooFewProducts, match="received 3 different product_id with usable pictures, expected at"):
        read_examples(catalogues_of([str(few)]), CROPPED)
    with pytest.raises(TooFewProducts, match="each of 10 different product_id has one picture only"):
        read_examples(catalogues_of([str(lonely)]), CROPPED)
    assert len(read_examples(catalogues_of([str(lonely), str(shop)]), CROPPED)) == 50
    everything = shop.parent / "everything.csv"
    everything.write_text("\n".join(["product_id,image", *(f"q{n},p0-0.png" for n in range(6))]) + "\n")
    with pytest.raises(TooFewProducts, match=r"received 0 different .*\(6 left out as one picture is said to show"):
        read_examples(catalogues_of([str(everything)]), CROPPED)


def test_a_picture_without_a_label_that_lies_there_twice_is_kept_once(shop: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(5):
        shutil.copy(shop.parent / f"p{number}-0.png", folder / f"a{number}.png")
        shutil.copy(shop.parent / f"p{number}-0.png", folder / f"b{number}.png")
    table = folder / "pictures.csv"
    table.write_text("product_id,image\n" + "".join(f"{path.stem},{path.name}\n" for path in sorted(folder.iterdir())))
    examples = read_examples(catalogues_of([str(table)], ["image"]), CROPPED, several=False)
    assert (len(examples), examples.n_contradictions) == (5, 0)
    assert len(set(examples.contents)) == 5
