"""What reaches the reader of a command's output, and how a command ends that is stopped from outside."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from commands import ask, run
from lookalike.cli import main
from lookalike.cli.output import on_one_line
from lookalike.engine.engine import Engine
from lookalike.errors import UsageError

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


def test_a_feed_moves_no_cursor_and_changes_no_title_of_a_terminal(tmp_path: Path) -> None:
    assert on_one_line("red\n mug\x1b]0;mine\x07 \u202e\x9b31m é 漢") == r"red  mug\x1b]0;mine\x07 \u202e\x9b31m é 漢"
    title, store = '"two\nlines \x1b]0;mine\x07\x9b31m\u202e"', tmp_path / "store"
    Image.new("RGB", (40, 40), "teal").save(tmp_path / "a.png")
    (tmp_path / "a.csv").write_text(f'product_id,image,title\n1,a.png,{title}\n2,"\x1b[2J.png",x\n')
    done = run("index", tmp_path / "a.csv", "--store", store)
    assert r"not_found  \x1b[2J.png" in done.stdout
    found = run("search", tmp_path / "a.png", "--store", store)
    assert r"two lines \x1b]0;mine\x07\x9b31m\u202e  a.png" in found.stdout
    suggested = run("suggest", "tw", "--store", store)
    assert "two" in suggested.stdout
    asked = run("search", tmp_path / "a.png", "--store", store, "--json")
    assert json.loads(asked.stdout)["hits"][0]["title"].endswith("mine\x07\x9b31m\u202e")
    assert not {"\x9b", "\u202e"} & {*asked.stdout}
    assert "\x1b" not in found.stdout + done.stdout + suggested.stdout


def test_a_document_is_json_in_utf_8_where_the_terminal_has_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "café-漢.jpg").write_bytes(b"no picture")
    out = io.TextIOWrapper(io.BytesIO(), encoding="latin-1", write_through=True)
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit, match="0"):
        main(["doctor", str(tmp_path), "--json"])
    assert isinstance(out.buffer, io.BytesIO)
    (rejection,) = json.loads(out.buffer.getvalue().decode("utf-8"))["rejected"]
    assert rejection["image"] == "café-漢.jpg"


class Terminal(io.StringIO):
    """Says that somebody looks."""

    def isatty(self) -> bool:
        return True


def test_no_colours_are_printed_where_the_environment_asks_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = {}
    for asked in ("", "1"):
        monkeypatch.setenv("NO_COLOR", asked)
        with contextlib.redirect_stdout(Terminal()) as out, pytest.raises(SystemExit, match="0"):
            main(["models"])
        printed[asked] = "\x1b[" in out.getvalue()
    assert printed == {"": True, "1": False}


def test_ctrl_c_says_that_the_same_command_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Engine, "doctor", interrupted)
    done = run("doctor", tmp_path)
    assert done.returncode == 130
    assert "run the same command to go on" in done.stderr


@pytest.mark.parametrize("made_of_it", [ImportError("initialization failed"), UsageError("needs an extra")], ids=repr)
def test_ctrl_c_while_a_compiled_module_is_loaded_is_no_fault_of_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, made_of_it: Exception
) -> None:
    def loading(*_: object, **__: object) -> None:
        raise made_of_it from KeyboardInterrupt()

    monkeypatch.setattr(Engine, "doctor", loading)
    done = run("doctor", tmp_path)
    assert done.returncode == 130
    assert "run the same command to go on" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
def test_ctrl_c_does_not_wait_for_hosts_that_are_silent(tmp_path: Path) -> None:
    """Each of sixteen requests would be tried three times for ten seconds, four of them at once."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        port = silent.getsockname()[1]
        rows = [f"p{number},http://127.0.0.1:{port}/{number}.jpg" for number in range(60)]
        (tmp_path / "shop.csv").write_text("\n".join(["product_id,image", *rows]) + "\n")
        program = (
            "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
            "from lookalike.cli import main; main(['index', 'shop.csv', '--store', 'store'])"
        )
        indexing = subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env={**os.environ, "LOOKALIKE_ALLOWED_HOSTS": "127.0.0.1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            silent.settimeout(60)
            connection, _ = silent.accept()  # it asks, and nobody answers
            with connection:
                indexing.send_signal(signal.SIGINT)
                said = indexing.communicate(timeout=60)[1]  # not a measure: it hung for minutes
        finally:
            indexing.kill()
    assert indexing.returncode == 130
    assert "run the same command to go on" in said


def test_a_file_that_ends_too_early_is_not_taken_for_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def ended(*_: object, **__: object) -> None:
        raise EOFError("no data left")

    monkeypatch.setattr(Engine, "doctor", ended)
    with pytest.raises(SystemExit, match="1"):
        main(["doctor", str(tmp_path)])
    assert "unexpected EOFError: no data left" in capsys.readouterr().err


def test_a_reader_of_the_output_that_goes_away_is_no_failure() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as out, contextlib.redirect_stdout(out), pytest.raises(SystemExit, match="0"):
        main(["models"])
