"""The web page's files, read once from the package and served from memory with validators and compression."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from fastapi import APIRouter, Request, Response

from lookalike.serve.failure import Failure

__all__ = ["page_router"]

_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class _PageFile:
    content: bytes
    compressed: bytes
    media_type: str
    etag: str


def page_router() -> APIRouter:
    """Routes for ``/``, ``/docs``, ``/doctor`` and ``/page/…``: a fixed set of names, nothing else can be reached."""
    router = APIRouter(include_in_schema=False)
    shelf = dict(_read(files("lookalike.serve") / "page", ""))

    async def index(request: Request) -> Response:
        return _answer(request, shelf["index.html"])

    async def reference(request: Request) -> Response:
        return _answer(request, shelf["docs.html"])

    async def doctor(request: Request) -> Response:
        return _answer(request, shelf["doctor.html"])

    async def page_file(request: Request, name: str) -> Response:
        if name not in shelf:
            raise Failure(404, "not_found", f"the page has no file {name[:80]!r}")
        return _answer(request, shelf[name])

    router.add_api_route("/", index, methods=["GET", "HEAD"])
    router.add_api_route("/docs", reference, methods=["GET", "HEAD"])
    router.add_api_route("/doctor", doctor, methods=["GET", "HEAD"])
    router.add_api_route("/page/{name:path}", page_file, methods=["GET", "HEAD"])
    return router


def _read(folder: Traversable, prefix: str) -> Iterator[tuple[str, _PageFile]]:
    for entry in folder.iterdir():
        name = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from _read(entry, f"{name}/")
            continue
        media_type = _MEDIA_TYPES.get(f".{entry.name.rpartition('.')[2]}")
        if media_type is None:
            continue
        content = entry.read_bytes()
        etag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
        yield name, _PageFile(content, gzip.compress(content, mtime=0), media_type, etag)


def _answer(request: Request, file: _PageFile) -> Response:
    headers = {"ETag": file.etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(file.compressed, headers=headers, media_type=file.media_type)
    return Response(file.content, headers=headers, media_type=file.media_type)
