"""One server over a catalogue of shapes and one way to its page, for every test that looks at the page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import lookalike
from browsing import Arrive, Shopper, arriving, chromium_with
from lookalike.engine.engine import Engine
from lookalike.search.answer import Answer
from lookalike.search.query import Query
from lookalike.search.searcher import Searcher
from serving import UPLOAD_LIMIT_BYTES, index, serving
from shapes import write_catalogue


@pytest.fixture
def store(drawn_store: Path, tmp_path: Path) -> Path:
    """The drawn catalogue's store, to be changed."""
    return Path(shutil.copytree(drawn_store, tmp_path / "store"))


@pytest.fixture
def shop(store: Path) -> Iterator[Engine]:
    """An engine over that store."""
    with lookalike.open(store) as engine:
        yield engine


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Query]:
    """Every question that a searcher is asked from now on, in order."""
    told: list[Query] = []
    search = Searcher.search

    def telling(self: Searcher, query: Query) -> Answer:
        told.append(query)
        return search(self, query)

    monkeypatch.setattr(Searcher, "search", telling)
    return told


@pytest.fixture(scope="session")
def shapes_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the shapes; read it, copy it to change it."""
    folder = tmp_path_factory.mktemp("shapes")
    assert index(write_catalogue(folder), folder / "store")["products"] == 30
    return folder / "store"


@pytest.fixture(scope="session")
def other_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny graph of another dimension: the mean colour of each quarter of the picture."""
    import onnx
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("Cast", ["pixels"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["floats"], ["channels"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["channels"], ["quarters"], kernel_shape=[16, 16], strides=[16, 16]),
        helper.make_node("Flatten", ["quarters"], ["embedding"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "quarters",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", 32, 32, 3])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", 12])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path_factory.mktemp("model") / "quarters.onnx"
    onnx.save(model, str(path))
    return path


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
