from __future__ import annotations

import os
from pathlib import Path

import pytest

from lookalike.errors import SourceError
from lookalike.sources import Record
from lookalike.sources.folder import FolderSource
from lookalike.types import Reason, Rejection


def make(root: Path, *files: str) -> FolderSource:
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.encode())
    return FolderSource(root, max_bytes=1000)


def images_by_product(source: FolderSource) -> dict[str, tuple[str, ...]]:
    return {item.product_id: item.images for item in source.records() if isinstance(item, Record)}


def rejections(source: FolderSource) -> dict[str, Reason]:
    return {item.image: item.reason for item in source.records() if isinstance(item, Rejection)}


def test_the_sub_folder_is_the_product_and_its_files_are_the_pictures(tmp_path: Path) -> None:
    source = make(tmp_path, "shoes/runner-x_2/b.jpg", "shoes/runner-x_2/a.jpg", "mug/1.png", "shoes/notes.txt")
    assert list(source.records()) == [
        Record("mug", None, ("mug/1.png",), {"title": "mug"}),
        Record("shoes", None, ("shoes/notes.txt",), {"title": "shoes"}),
        Record(
            "shoes/runner-x_2",
            None,
            ("shoes/runner-x_2/a.jpg", "shoes/runner-x_2/b.jpg"),
            {"title": "runner x 2", "category": "shoes"},
        ),
    ]


def test_a_file_in_the_root_is_a_product_by_its_stem_unless_another_has_it(tmp_path: Path) -> None:
    source = make(tmp_path, "red-mug.jpg", "cup.jpg", "cup.png", "sofa.jpg", "sofa/1.jpg", ".hidden")
    assert images_by_product(source) == {
        ".hidden": (".hidden",),
        "cup.jpg": ("cup.jpg",),
        "cup.png": ("cup.png",),
        "red-mug": ("red-mug.jpg",),
        "sofa.jpg": ("sofa.jpg",),
        "sofa": ("sofa/1.jpg",),
    }
    titles = [item.attributes["title"] for item in source.records() if isinstance(item, Record)]
    assert "red mug" in titles
    assert titles.count("cup") == 2


def test_every_regular_file_comes_out_once(tmp_path: Path) -> None:
    files = [f"{a}/{b}/{c}.bin" for a in "xy" for b in "pq" for c in "12"] + [
        "x/3.bin",
        "4.bin",
        "deep/" * 60 + "5.bin",
    ]
    found = images_by_product(make(tmp_path, *files))
    assert sorted(image for images in found.values() for image in images) == sorted(files)


def test_links_to_folders_are_followed_without_walking_anything_twice(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    make(outside, "sub/1.jpg")
    source = make(root, "real/2.jpg")
    (root / "a-link-inside").symlink_to(root / "real")
    (root / "b-link-out").symlink_to(outside)
    (root / "c-link-out-again").symlink_to(outside / "sub")
    (root / "loop").symlink_to(tmp_path)
    (outside / "back").symlink_to(root)
    assert images_by_product(source) == {"b-link-out/sub": ("b-link-out/sub/1.jpg",), "real": ("real/2.jpg",)}


def test_what_cannot_be_a_picture_is_rejected_with_a_reason(tmp_path: Path) -> None:
    source = make(tmp_path, "ok/1.jpg")
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    assert rejections(source) == {"broken": Reason.NOT_FOUND, "pipe": Reason.FETCH_REFUSED}


def test_a_name_that_is_no_text_is_rejected_and_shown_escaped(tmp_path: Path) -> None:
    source = make(tmp_path, "ok/1.jpg")
    try:
        (Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg"))).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert rejections(source) == {"caf\\udce9.jpg": Reason.FETCH_REFUSED}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list everything")
def test_a_folder_that_cannot_be_listed_is_rejected(tmp_path: Path) -> None:
    source = make(tmp_path, "closed/1.jpg", "open/2.jpg")
    (tmp_path / "closed").chmod(0)
    try:
        assert rejections(source) == {"closed": Reason.FETCH_FAILED}
        (rejected,) = [one for one in source.records() if isinstance(one, Rejection)]
        assert rejected.hides == ("closed", "closed/")
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_a_root_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        list(FolderSource(tmp_path / "gone", max_bytes=1).records())


@pytest.mark.data
def test_every_odd_file_comes_out(shared_data: Path) -> None:
    root = shared_data / "odd-images"
    source = FolderSource(root, max_bytes=2**30)
    found = [image for images in images_by_product(source).values() for image in images]
    assert sorted(found) == sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_folder_that_is_left_out_is_not_walked(tmp_path: Path) -> None:
    for name in ("chair/a.jpg", "store/pictures/ab/b.jpg"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    source = FolderSource(tmp_path, max_bytes=1000, leave_out=tmp_path / "store")
    assert [record.product_id for record in source.records() if isinstance(record, Record)] == ["chair"]
