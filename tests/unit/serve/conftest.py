"""A small engine with pictures in it, and a client that speaks to the application without a socket."""

from __future__ import annotations

import asyncio
import importlib.util
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image

from lookalike.ingest.draft import ProductDraft, VariantDraft
from lookalike.serve import ServeSettings, create_app
from lookalike.types import ProductId, VariantId


def _load(name: str) -> ModuleType:
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"serve_fake_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


FAKE = _load("engine")

COLOURS = {"red": (210, 40, 40), "blue": (40, 60, 200), "green": (30, 160, 70), "cream": (245, 235, 205)}


def picture(colour: tuple[int, int, int], size: tuple[int, int] = (64, 48), kind: str = "JPEG") -> bytes:
    canvas = Image.new("RGB", size, (255, 255, 255))
    canvas.paste(colour, (size[0] // 4, size[1] // 4, 3 * size[0] // 4, 3 * size[1] // 4))
    out = io.BytesIO()
    canvas.save(out, kind)
    return out.getvalue()


@pytest.fixture
def draw() -> Callable[..., bytes]:
    return picture


@pytest.fixture
def engine():
    """Four products, one a colour; the red mug also comes in cream."""
    made = FAKE.Engine()
    for position, (name, colour) in enumerate(COLOURS.items()):
        attributes = {
            "title": f"{name} mug",
            "category": "Mugs" if position < 3 else "Bowls",
            "color": name,
            "price": 10.0 + position,
            "in_stock": position != 2,
        }
        variants = [VariantDraft(VariantId(f"{name}-1"), attributes, (picture(colour),))]
        if name == "red":
            cream = {**attributes, "color": "cream", "title": "cream mug"}
            variants.append(VariantDraft(VariantId("red-2"), cream, (picture((240, 220, 200)),)))
        made.put_product(ProductDraft(ProductId(f"mug/{name}"), tuple(variants)))
    return made


class Client:
    """Synchronous requests to an ASGI application, all on one event loop, as uvicorn would have it."""

    def __init__(self, app: FastAPI, *, client: tuple[str, int] = ("127.0.0.1", 1234), host: str = "127.0.0.1") -> None:
        self._runner = asyncio.Runner()
        transport = httpx.ASGITransport(app, client=client, raise_app_exceptions=True)
        self._client = httpx.AsyncClient(transport=transport, base_url=f"http://{host}")

    def request(self, method: str, path: str, **given: object) -> httpx.Response:
        return self._runner.run(self._client.request(method, path, **given))  # pyright: ignore[reportArgumentType]

    def get(self, path: str, **given: object) -> httpx.Response:
        return self.request("GET", path, **given)

    def post(self, path: str, **given: object) -> httpx.Response:
        return self.request("POST", path, **given)

    def together(self, requests: list[tuple[str, str, dict[str, object]]]) -> list[httpx.Response]:
        async def all_of_them() -> list[httpx.Response]:
            return await asyncio.gather(*(self._client.request(m, p, **g) for m, p, g in requests))  # pyright: ignore[reportArgumentType]

        return self._runner.run(all_of_them())

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()


@pytest.fixture
def connect(engine) -> Iterator[Callable[..., Client]]:
    """Makes clients of an application with the given settings; ``client=`` and ``host=`` say where from and whereto."""
    opened: list[Client] = []

    def make(settings: ServeSettings | None = None, **where: object) -> Client:
        app = create_app(engine, settings)
        opened.append(Client(app, **where))  # pyright: ignore[reportArgumentType]
        return opened[-1]

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def client(connect: Callable[..., Client]) -> Client:
    """A local client of an application with default settings."""
    return connect()
