from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from lookalike.errors import SourceError
from lookalike.sources import FetchPolicy, Record, open_source
from lookalike.sources.exports import export_of
from lookalike.sources.packed import PackedBytes
from lookalike.sources.rows import MemoryBytes
from lookalike.types import Rejection

Read = Callable[..., list[Record | Rejection]]
Shorten = Callable[[Iterable[Record | Rejection]], list[str]]

N = 400
TABLES = {
    "csv": "product_id,image,price\n" + "".join(f"p{i},{i}.jpg,{i}.5\n" for i in range(N)),
    "tsv": "product_id\timage\n" + "".join(f"p{i}\t{i}.jpg\n" for i in range(N)),
    "jsonl": "".join(json.dumps({"product_id": f"p{i}", "image": f"{i}.jpg"}) + "\n" for i in range(N)),
    "json": json.dumps([{"product_id": f"p{i}", "image": f"{i}.jpg"} for i in range(N)]),
    "xml": "<rss><channel>"
    + "\n".join(f"<item><g:id>p{i}</g:id><g:image_link>{i}.jpg</g:image_link></item>" for i in range(N))
    + "</channel></rss>",
}
EVERY = [f"p{i}" for i in range(N)]


def packed(kind: str) -> bytes:
    return gzip.compress(TABLES[kind].encode())


@pytest.mark.parametrize("kind", TABLES)
def test_a_packed_table_is_read_as_it_is(kind: str, read_table: Read, products: Shorten) -> None:
    assert products(read_table(packed(kind), f"a.{kind}.gz")) == EVERY
    data = TABLES[kind].encode()
    # In several parts, one of them empty, and filled up as tapes are
    parts = gzip.compress(data[:1000]) + gzip.compress(b"") + gzip.compress(data[1000:]) + b"\0" * 100
    assert products(read_table(parts, f"b.{kind.upper()}.GZ")) == EVERY


@pytest.mark.parametrize("kind", [kind for kind in TABLES if kind != "json"])
@pytest.mark.parametrize("harm", ["cut", "changed"])
def test_one_that_is_cut_off_or_damaged_breaks_off(kind: str, harm: str, read_table: Read, products: Shorten) -> None:
    data = packed(kind)
    changed = bytearray(data)
    changed[-6] ^= 0xFF  # the checksum
    found = read_table({"cut": data[:-100], "changed": bytes(changed)}[harm], f"a.{kind}.gz")
    *records, last = found
    assert isinstance(last, Rejection)
    assert last.breaks_off
    assert "gzip" in last.detail
    assert "what is missing is not removed" in last.detail
    assert not any(item.breaks_off for item in records if isinstance(item, Rejection))
    whole = [item.product_id for item in records if isinstance(item, Record)]
    assert whole
    assert whole == EVERY[: len(whole)]
    assert {item.attributes["price"] for item in records if isinstance(item, Record) and kind == "csv"} <= {
        i + 0.5 for i in range(N)
    }


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("tail", [b"tail", b"\n", b"\0" * 70_000 + b"<!-- -->"])
def test_what_follows_the_gzip_costs_no_row_and_breaks_off(
    kind: str, tail: bytes, read_table: Read, products: Shorten
) -> None:
    *records, last = read_table(packed(kind) + tail, f"a.{kind}.gz")
    assert products(records) == EVERY
    assert isinstance(last, Rejection)
    assert last.breaks_off
    assert "what follows the end of the gzip is none, and what is missing is not removed" in last.detail


def test_a_table_that_may_end_in_half_a_row_before_what_follows_loses_it(read_table: Read) -> None:
    *records, last = read_table(gzip.compress(b"product_id,image\na,1.jpg\nb,2.j") + b"tail", "a.csv.gz")
    assert [item.product_id for item in records if isinstance(item, Record)] == ["a"]
    assert isinstance(last, Rejection)
    assert last.breaks_off


def test_what_cannot_be_told_row_by_row_is_an_error_that_names_the_gzip(read_table: Read) -> None:
    with pytest.raises(SourceError, match=r"the gzip ends before it is complete; .* is not JSON"):
        read_table(packed("json")[:-100], "a.json.gz")
    with pytest.raises(SourceError, match=r"is no gzip, .* call it 'a\.csv'"):
        read_table(TABLES["csv"], "a.csv.gz")
    with pytest.raises(SourceError, match="is empty"):
        read_table(b"", "a.csv.gz")


def test_a_file_that_unpacks_without_end_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    squeezer = zlib.compressobj(9, wbits=31)
    path = tmp_path / "a.csv.gz"
    with path.open("wb") as file:
        file.write(squeezer.compress(b"product_id,image\n"))
        for _ in range(300):
            file.write(squeezer.compress(b"1,a\n" * 2**18))
        file.write(squeezer.flush())
    table = PackedBytes(MemoryBytes("a.csv.gz", path.read_bytes()))
    tracemalloc.start()
    with table.open() as unpacked, pytest.raises(SourceError, match="more than 250 times its size"):
        deque(iter(lambda: unpacked.read(2**20), b""), maxlen=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**23


def test_an_export_of_a_shop_may_be_packed(tmp_path: Path) -> None:
    path = tmp_path / "products_export.csv.gz"
    path.write_bytes(gzip.compress(b"Handle,Title,Image Src\nboot,Boot,a.jpg\n"))
    source = open_source(path)
    (record,) = source.records()
    assert isinstance(record, Record)
    assert record.product_id == "boot"
    assert export_of(source) is not None


@pytest.fixture
def serve() -> Iterator[Callable[[bytes, dict[str, str]], str]]:
    """Serves one body with those headers, and gives where."""
    servers: list[tuple[ThreadingHTTPServer, Thread]] = []

    def begin(body: bytes, headers: dict[str, str]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield begin
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("path", ["feed.KIND.gz", "feed.KIND", "export.php?kind=1", "feed.gz", "pub"])
@pytest.mark.parametrize("kind", ["csv", "jsonl", "json", "xml"])
@pytest.mark.parametrize("way", ["packed", "encoded", "both", "plain"])
def test_a_feed_by_url_is_unpacked_whoever_packed_it(
    path: str, kind: str, way: str, serve: Callable[[bytes, dict[str, str]], str], products: Shorten
) -> None:
    once, twice = packed(kind), gzip.compress(packed(kind))
    body = {"packed": once, "encoded": once, "both": twice, "plain": TABLES[kind].encode()}[way]
    site = serve(body, {"Content-Encoding": "gzip"} if way in ("encoded", "both") else {})
    url = f"{site}/{path.replace('KIND', kind)}"
    source = open_source(url, fetch=FetchPolicy(allowed_hosts=frozenset({"127.0.0.1"}), retries=0))
    assert products(source.records()) == EVERY


def test_a_packed_feed_by_url_that_is_cut_off_breaks_off(serve: Callable[[bytes, dict[str, str]], str]) -> None:
    policy = FetchPolicy(allowed_hosts=frozenset({"127.0.0.1"}), retries=0)
    *_, last = open_source(f"{serve(packed('csv')[:-100], {})}/feed.csv.gz", fetch=policy).records()
    assert isinstance(last, Rejection)
    assert last.breaks_off
    encoded = serve(packed("csv")[:-100], {"Content-Encoding": "gzip"})
    with pytest.raises(SourceError, match="ended early"):
        open_source(f"{encoded}/feed.csv", fetch=policy)
