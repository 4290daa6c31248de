"""What reaches the reader of a command's output, and how a command ends that is stopped from outside."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from pathlib import Path

import pytest

from commands import ask, run
from lookalike.cli import main

needs_bytes_as_names = pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="file names are text here")


@needs_bytes_as_names
def test_a_file_name_that_is_no_text_leaves_the_document_one_that_any_reader_of_json_reads(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"b\xfe.jpg")).write_bytes(b"no picture")
    (rejection,) = ask("doctor", tmp_path)["rejected"]
    assert rejection["image"] == os.fsdecode(b"b\xfe.jpg")


@needs_bytes_as_names
def test_a_file_name_that_is_no_text_is_told_to_people_with_its_bytes_as_escapes(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"b\xfe.jpg")).write_bytes(b"no picture")
    done = run("doctor", tmp_path)
    assert done.returncode == 0
    assert r"b\udcfe.jpg" in done.stdout


def test_a_document_is_json_in_utf_8_where_the_terminal_has_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "café-漢.jpg").write_bytes(b"no picture")
    out = io.TextIOWrapper(io.BytesIO(), encoding="latin-1", write_through=True)
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit, match="0"):
        main(["doctor", str(tmp_path), "--json"])
    assert isinstance(out.buffer, io.BytesIO)
    (rejection,) = json.loads(out.buffer.getvalue().decode("utf-8"))["rejected"]
    assert rejection["image"] == "café-漢.jpg"
