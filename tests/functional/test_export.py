"""Models for other places: the same vectors on a phone's format and in Chromium."""

from __future__ import annotations

import base64
import functools
import http.server
import io
import json
import os
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from browsing import chromium_with
from commands import run
from lookalike.embed.embedder import Embedder
from lookalike.embed.opening import open_embedder
from lookalike.images.decode import decode

WEB_RUNTIME = "onnxruntime-web@1.30.0"
PROBES = sorted((Path(__file__).parents[2] / "src" / "lookalike" / "embed" / "probes").glob("*.jpg"))


def test_a_phone_gets_the_same_vectors(tmp_path: Path) -> None:
    done = run("export", "lite0", "--out", tmp_path / "out", "--phone", "--browser", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told["files"]) == {
        "model.onnx", "model.ort", "description.json", "CARD.md", "embed.js", "index.html",
    }  # fmt: skip
    assert told["agreement"]["model.ort"] > 0.99999
    assert told["runtime"] is False
    assert (tmp_path / "out" / "model.ort").read_bytes()[4:8] == b"ORTM"
    assert open_embedder(tmp_path / "out").description.fingerprint == told["fingerprint"]


def test_what_was_exported_stays_beside_the_same_model_and_not_beside_another(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("export", "lite0", "--out", out, "--phone").returncode == 0
    assert run("export", "lite0", "--out", out).returncode == 0
    assert (out / "model.ort").is_file()
    description = json.loads((out / "description.json").read_text(encoding="utf-8"))
    description["preprocessing"]["fit"] = "pad"
    (out / "description.json").write_text(json.dumps(description), encoding="utf-8")
    assert run("export", "lite0", "--out", out).returncode == 0
    assert sorted(path.name for path in out.iterdir()) == ["CARD.md", "description.json", "model.onnx"]


def test_a_folder_that_is_no_web_runtime_is_refused(tmp_path: Path) -> None:
    done = run("export", "lite0", "--out", tmp_path / "out", "--browser", "--web-runtime", tmp_path, "--json")
    assert done.returncode == 2
    assert "ort.wasm.min.js" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def web_runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The npm package's dist: LOOKALIKE_TEST_WEB_RUNTIME, or fetched; skips where it cannot be had."""
    named = os.environ.get("LOOKALIKE_TEST_WEB_RUNTIME")
    if named:
        return Path(named)
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm on this machine (Debian: apt-get install npm)")
    folder = tmp_path_factory.mktemp("web-runtime")
    try:
        done = subprocess.run(
            [npm, "pack", WEB_RUNTIME, "--silent"], cwd=folder, capture_output=True, text=True, check=False, timeout=120
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{WEB_RUNTIME} did not come within two minutes")
    archives = list(folder.glob("*.tgz"))
    if done.returncode != 0 or not archives:
        pytest.skip(f"{WEB_RUNTIME} cannot be fetched: {done.stderr.strip()[:200]}")
    with tarfile.open(archives[0]) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package" / "dist"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012  as the base class has it
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
    }

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """An empty folder, and the address where it is served."""
    folder = tmp_path / "site"
    folder.mkdir()
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def png_of(path: Path) -> bytes:
    held = io.BytesIO()
    Image.fromarray(decode(path.read_bytes()).pixels).save(held, "PNG")
    return held.getvalue()


def expected(embedder: Embedder, pictures: list[bytes]) -> np.ndarray:
    preprocessing = embedder.description.preprocessing
    return embedder.embed(np.stack([preprocessing.apply(decode(data).pixels) for data in pictures]))


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_the_browser_gives_the_vectors_of_python(
    precision: str, chromium: Path, web_runtime: Path, served: tuple[Path, str], tmp_path: Path
) -> None:
    folder, address = served
    model: str | Path = "lite0"
    if precision == "int8":
        model = quantised_lite0(tmp_path / "lite0-int8")
    done = run("export", model, "--out", folder, "--browser", "--web-runtime", web_runtime, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["runtime"] is True
    # PNG, as decoders of JPEG differ by a grey level here and there, which is not what is asked here.
    pictures = [png_of(path) for path in PROBES]
    program = """async (texts) => {
        const { embed } = await window.model, vectors = [];
        for (const text of texts)
            vectors.push(Array.from(await embed(await (await fetch("data:image/png;base64," + text)).blob())));
        return vectors;
    }"""
    with chromium_with(chromium) as browser:
        page = browser.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{address}/index.html")
        page.wait_for_function("document.querySelector('#told').textContent !== ''", timeout=120_000)
        assert "is ready" in page.text_content("#told")
        found = np.array(page.evaluate(program, [base64.b64encode(data).decode() for data in pictures]))
        page.set_input_files("#pictures", [str(PROBES[0]), str(PROBES[1])])
        page.wait_for_function("document.querySelector('#told').textContent.includes(':')", timeout=60_000)
        shown = page.text_content("#told")
        page.set_input_files("#pictures", [str(PROBES[0])])
        page.wait_for_function("document.querySelector('#told').textContent.includes('two pictures or more')")
        (tmp_path / "broken.jpg").write_bytes(PROBES[0].read_bytes()[:300])
        page.set_input_files("#pictures", [str(tmp_path / "broken.jpg"), str(PROBES[0]), str(PROBES[1])])
        page.wait_for_function("document.querySelector('#told').textContent.includes('compared')", timeout=60_000)
        lines = page.text_content("#told").split("\n")
    assert faults == []
    assert lines[0].startswith("broken.jpg cannot be read here (")
    assert lines[1] == shown
    assert lines[2] == f"compared with {PROBES[0].name}"
    wanted = expected(open_embedder(folder), pictures)
    cosines = np.einsum("nd,nd->n", found, wanted)
    # Integers are rounded otherwise in WebAssembly: 0.9985 at worst was measured, which is less than a release allows.
    assert cosines.min() > (0.999 if precision == "fp32" else 0.998), cosines
    assert float(shown.rpartition(":")[2]) == pytest.approx(float(wanted[0] @ wanted[1]), abs=0.02)


@pytest.mark.browser
@pytest.mark.slow
def test_a_page_that_cannot_work_says_what_to_do(chromium: Path, served: tuple[Path, str]) -> None:
    folder, address = served
    assert run("export", "lite0", "--out", folder, "--browser").returncode == 0
    with chromium_with(chromium) as browser:
        page = browser.new_page()
        for where, what in (
            (f"{address}/index.html", "--web-runtime"),
            (folder.as_uri() + "/index.html", "http.server"),
        ):
            page.goto(where)
            assert what in page.text_content("#told")
            assert page.is_disabled("#pictures")


def quantised_lite0(folder: Path) -> Path:
    """The packaged model in integers, in a few seconds: one recipe, weights rounded to the nearest."""
    pytest.importorskip("onnx")
    import hashlib
    from dataclasses import replace

    from lookalike.compress.observation import observe
    from lookalike.compress.quantisation import plan, quantised
    from lookalike.compress.recipe import QuantisationRecipe
    from lookalike.embed.opening import read_model
    from lookalike.nets.graph import read_graph

    description, file = read_model()
    graph = read_graph(file)
    parts = plan(graph)
    squares = np.stack([description.preprocessing.apply(decode(path.read_bytes()).pixels) for path in PROBES])
    seen = observe(
        description, file, graph, squares, tensors=parts.tensors, layers=parts.layers,
        generator=np.random.default_rng(0), n_places=16,
    )  # fmt: skip
    made = quantised(file, seen, QuantisationRecipe(rounding="nearest"))
    told = replace(description, name="lite0-int8", weights_sha256=hashlib.sha256(made).hexdigest(), precision="int8")
    folder.mkdir()
    (folder / "model.onnx").write_bytes(made)
    (folder / "description.json").write_text(json.dumps(told.as_dict()), encoding="utf-8")
    return folder
