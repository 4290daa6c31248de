"""What every test may ask for: the real data, a small drawn catalogue, a browser, a port, a clean environment."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# The suite runs beside other work on small machines: a slow example is not a failure, a flaky one is.
# Each run draws other examples; `--hypothesis-profile=thorough` draws many at once.
settings.register_profile("lookalike", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("lookalike"), max_examples=500)
settings.load_profile("lookalike")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test marked `torch` skips, saying so, where the extra `train` is not installed."""
    if item.get_closest_marker("torch") is not None and importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed (`make test-train` installs the extra `train`)")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data that stands beside the project, or a skip that says where it was looked for."""
    named = os.environ.get("LOOKALIKE_TEST_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder} (set LOOKALIKE_TEST_DATA to where it is)")
    return folder.resolve()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A small drawn catalogue on disk.

    Attributes:
        folder: holds all of it.
        catalog: CSV with products, variants and pictures.
        queries: CSV of query photographs with their right products.
        photographs: the query photographs.
    """

    folder: Path
    catalog: Path
    queries: Path
    photographs: tuple[Path, ...]


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """A catalogue of twelve drawn products with query photographs; read it, copy it to change it."""
    folder = tmp_path_factory.mktemp("drawn") / "catalogue"
    # In a process of its own: drawing with every array's shape checked takes several times as long.
    in_fresh_python(
        "import pathlib, sys; from lookalike.sources.drawn import draw_catalogue;"
        "draw_catalogue(pathlib.Path(sys.argv[1]), seed=7, n_products=12, n_queries=6, n_scenes=0, side_pixels=256)",
        folder,
    )
    photographs = tuple(sorted((folder / "queries").glob("*.jpg")))
    return Drawn(folder, folder / "catalog.csv", folder / "queries.csv", photographs)


@pytest.fixture(scope="session")
def drawn_store(drawn: Drawn, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the drawn catalogue, made with the packaged model; read it, copy it to change it."""
    folder = tmp_path_factory.mktemp("drawn-store") / "store"
    in_fresh_python(
        "import sys, lookalike; shop = lookalike.open(sys.argv[1]); shop.index(sys.argv[2]); shop.close()",
        folder,
        drawn.catalog,
    )
    return folder


def in_fresh_python(program: str, *arguments: Path) -> None:
    """Run `program` in an interpreter without the run-time checks of this one."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)
    if done.returncode != 0:
        raise RuntimeError(f"{program!r} ended with {done.returncode}:\n{done.stderr}")


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Path of an installed Chromium or Chrome, or a skip."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if (found := shutil.which(name)) is not None:
            return Path(found)
    pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")


@pytest.fixture
def free_port() -> int:
    """A TCP port of the loopback interface that nothing listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="session", autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No setting of whoever runs the tests reaches them: LOOKALIKE_* is unset, caches go to a folder of the run."""
    cache = tmp_path_factory.getbasetemp() / "cache"
    cache.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as environment:
        for name in list(os.environ):
            if name.startswith("LOOKALIKE_") and not name.startswith("LOOKALIKE_TEST_"):
                environment.delenv(name)
        for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            environment.delenv(name, raising=False)
        # The suite starts hundreds of interpreters, each of which would compile the package again.
        environment.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        environment.setenv("XDG_CACHE_HOME", str(cache))
        yield
