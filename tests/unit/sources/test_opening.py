from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lookalike.errors import ImageRejected, SourceError
from lookalike.images.limits import ImageLimits
from lookalike.sources import FetchPolicy, PictureBytes, Record, open_reader, open_source
from lookalike.types import Reason


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The URL of a server that serves `tmp_path`."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(tmp_path))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


ALLOWED = FetchPolicy(allowed_hosts=frozenset({"127.0.0.1"}), retries=0)


def test_a_feed_by_url_names_its_pictures_relative_to_itself(tmp_path: Path, site: str) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "a.jpg").write_bytes(b"picture")
    (tmp_path / "feeds" / "catalog.CSV").write_text("product_id,image\n1,a.jpg\n2,../feeds/a.jpg\n")
    source = open_source(f"{site}/feeds/catalog.CSV?key=secret", fetch=ALLOWED)
    assert source.name.startswith(f"{site}/feeds/catalog.CSV?sha256=")
    assert "secret" not in source.name
    reader = source.reader()
    for record in source.records():
        assert isinstance(record, Record)
        answer = reader.read(record.images[0], None)
        assert isinstance(answer, PictureBytes)
        assert answer.data == b"picture"
        assert answer.validator is not None
    reader.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.xlsx", "save its sheet as CSV"),
        ("a.zip", "unpack it"),
        ("a.csv.bz2", "pack it with gzip"),
        ("a.parquet.gz", "compressed within"),
        ("a.tar.gz", "an archive"),
    ],
)
def test_a_file_that_shops_export_and_that_is_not_read_says_what_to_do(name: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    with pytest.raises(SourceError, match=words):
        open_source(tmp_path / name)


def test_feeds_that_differ_in_their_query_are_different_sources(tmp_path: Path, site: str) -> None:
    (tmp_path / "export.csv").write_text("product_id,image\n1,a.jpg\n")
    queries = ["", "?lang=de", "?lang=fr", "?lang=de", "?lang=de#part"]
    plain, german, french, *again = [open_source(f"{site}/export.csv{query}", fetch=ALLOWED).name for query in queries]
    assert plain == f"{site}/export.csv"
    assert len({plain, german, french}) == 3
    assert again == [german, german]
    signed = [f"?lang=de&sv=1&sig={number}" for number in range(2)] + ["?sv=1&sig=3"]
    names = [open_source(f"{site}/export.csv{query}", fetch=ALLOWED).name for query in signed]
    assert names == [german, german, plain]


@pytest.mark.parametrize(
    ("path", "words"),
    [("/gone.csv", "404"), ("/a.xlsx", "expected a folder"), ("/", "a web page or XML"), ("/a.csv?b.jpg", "404")],
)
def test_a_feed_that_cannot_be_fetched_is_an_error(path: str, words: str, site: str) -> None:
    with pytest.raises(SourceError, match=words):
        open_source(site + path, fetch=ALLOWED)


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (b"product_id,image,title\n1,a.jpg,A\n2,b.jpg,B\n", 2),
        ("\ufeffproduct_id;image;title\n1;a.jpg;Mütze\n".encode(), 1),
        ("product_id\timage\n1\ta.jpg\n".encode("utf-16"), 1),
        (b'\n{"product_id": 1, "image": "a.jpg"}\n{"product_id": 2, "image": "b.jpg"}', 2),
        (b' [{"product_id": 1, "image": "a.jpg"}]', 1),
    ],
)
@pytest.mark.parametrize("path", ["pub?output=csv", "export.php?kind=products", "feed/"])
def test_a_feed_whose_url_has_no_ending_is_what_it_holds(
    content: bytes, count: int, path: str, tmp_path: Path, site: str
) -> None:
    place = tmp_path / path.partition("?")[0]
    if path.endswith("/"):
        place.mkdir()
        place /= "index.html"
    place.write_bytes(content)
    source = open_source(f"{site}/{path}", fetch=ALLOWED)
    assert len([item for item in source.records() if isinstance(item, Record)]) == count


def test_a_parquet_feed_is_recognised_and_what_is_packed_is_refused(tmp_path: Path, site: str) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table({"product_id": [1], "image": ["a.jpg"]}), tmp_path / "feed")
    (record,) = open_source(f"{site}/feed", fetch=ALLOWED).records()
    assert isinstance(record, Record)
    (tmp_path / "book").write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(SourceError, match="compressed, or is a workbook"):
        open_source(f"{site}/book", fetch=ALLOWED)


@pytest.mark.parametrize("path", ["feed.xml", "feed.rss?key=1", "export.php?kind=google", "google.txt"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_feed_in_xml_is_known_by_what_comes(path: str, encoding: str, tmp_path: Path, site: str) -> None:
    item = "<item><g:id>1</g:id><g:image_link>a.jpg</g:image_link></item>"
    content = f"<!-- of the shop -->\n<rss><channel>{item}</channel></rss>"
    (tmp_path / path.partition("?")[0]).write_bytes(content.encode(encoding))
    (record,) = open_source(f"{site}/{path}", fetch=ALLOWED).records()
    assert isinstance(record, Record)
    assert (record.product_id, record.images) == ("1", ("a.jpg",))


def test_a_page_that_comes_instead_of_a_feed_is_named(tmp_path: Path, site: str) -> None:
    (tmp_path / "a.csv").write_text("\n<!DOCTYPE html><title>Please log in</title>")
    with pytest.raises(SourceError, match=r"a\.csv came as a web page"):
        open_source(f"{site}/a.csv", fetch=ALLOWED)


def test_a_feed_inside_the_network_is_refused(site: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("product_id,image\n")
    with pytest.raises(SourceError, match="loopback"):
        open_source(f"{site}/a.csv")
    with pytest.raises(SourceError, match="at most 5 are"):
        open_source(f"{site}/a.csv", fetch=FetchPolicy(allowed_hosts=frozenset({"127.0.0.1"}), max_feed_bytes=5))


@pytest.mark.parametrize("name", ["photo.jpg", "catalog.xlsx", "catalog"])
def test_a_file_of_an_unknown_kind_is_an_error_that_names_the_kinds(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(SourceError) as caught:
        open_source(tmp_path / name)
    for word in (name, "folder", ".csv", ".tsv", ".jsonl", ".parquet"):
        assert word in str(caught.value)


def test_what_is_not_there_or_no_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        open_source(tmp_path / "gone.csv")
    with pytest.raises(SourceError, match=r"a\\x00b"):
        open_source("a\0b.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(SourceError, match="not an ordinary file"):
        open_source(tmp_path / "pipe.csv")


def test_the_name_is_the_same_from_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("product_id,image\n1,x\n")
    monkeypatch.chdir(tmp_path)
    assert open_source("a.csv").name == open_source(tmp_path / "a.csv").name == str(tmp_path / "a.csv")
    assert open_source(".").name == str(tmp_path)


def test_the_limit_of_pictures_holds_for_files_and_urls(tmp_path: Path, site: str) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x" * 11)
    reader = open_reader(tmp_path, fetch=ALLOWED, limits=ImageLimits(max_bytes=10))
    for location in ("a.jpg", f"{site}/a.jpg"):
        with pytest.raises(ImageRejected) as caught:
            reader.read(location, None)
        assert caught.value.reason is Reason.TOO_MANY_BYTES
    reader.close()


def test_importing_the_room_loads_nothing_heavy() -> None:
    program = "import sys, lookalike.sources; print([m for m in ('httpx','httpcore','pyarrow') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_empty_name_is_not_the_working_folder() -> None:
    with pytest.raises(SourceError, match="name is empty"):
        open_source("")
