"""One server over a catalogue of shapes and one way to its page, for every test that looks at the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from browsing import Arrive, Shopper, arriving, chromium_with
from serving import UPLOAD_LIMIT_BYTES, index, serving
from shapes import write_catalogue


@pytest.fixture(scope="session")
def shapes_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the shapes; read it, copy it to change it."""
    folder = tmp_path_factory.mktemp("shapes")
    assert index(write_catalogue(folder), folder / "store")["products"] == 30
    return folder / "store"


@pytest.fixture(scope="session")
def address(shapes_store: Path) -> Iterator[str]:
    """A running `lookalike serve` over the shapes; a module whose tests write has a server of its own."""
    with serving(shapes_store, max_upload_bytes=UPLOAD_LIMIT_BYTES) as url:
        yield url


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[object]:
    """Chromium; not for the whole run, as its driver would keep an event loop in this thread."""
    with chromium_with(chromium) as opened:
        yield opened


@pytest.fixture
def arrive(browser, address: str) -> Iterator[Arrive]:
    """Opens the page for a new person; afterwards nothing may have gone wrong, and nothing come from elsewhere."""
    with arriving(browser, address) as opening:
        yield opening


@pytest.fixture(params=["desktop", "phone"])
def shopper(arrive: Arrive, request: pytest.FixtureRequest) -> Shopper:
    """Somebody who just opened the page, at each width."""
    opened = arrive(phone=request.param == "phone")
    opened.page.wait_for_selector(".example img")
    return opened
