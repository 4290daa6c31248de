"""The wheel is the product: what is in it, and that it does the main job with nothing of the checkout around."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MOST_WHEEL_BYTES = 60_000_000
MOST_INSTALLED_BYTES = 900_000_000

INSTALLED = """
import importlib.metadata as metadata, json
sizes = {}
for distribution in metadata.distributions():
    files = (distribution.locate_file(file) for file in distribution.files or ())
    sizes[distribution.metadata["Name"].lower()] = sum(file.stat().st_size for file in files if file.is_file())
print(json.dumps(sizes))
"""

SEARCH = """
import json, pathlib, sys
import lookalike
with lookalike.open(sys.argv[1]) as shop:
    answer = shop.search(pathlib.Path(sys.argv[2]), k=3)
unwanted = {"torch", "timm", "transformers", "fastapi", "alembic"}
heavy = sorted({name.partition(".")[0] for name in sys.modules} & unwanted)
print(json.dumps({"from": lookalike.__file__, "hits": [hit.product_id for hit in answer.hits], "heavy": heavy}))
"""


@dataclass(frozen=True, slots=True)
class Installation:
    """The wheel in an environment of its own, and a folder to work in that has nothing of the checkout."""

    binaries: Path
    folder: Path

    def run(self, program: str, *arguments: str | Path) -> str:
        """Stdout of an installed program; fails with everything it said."""
        command = [self.binaries / program, *arguments]
        return checked([str(word) for word in command], self.folder)


def checked(command: Sequence[str], folder: Path) -> str:
    """Stdout of `command`, run in `folder` without the settings of whoever runs the tests."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """The wheel, built from the checkout as a release would be."""
    folder = tmp_path_factory.mktemp("dist")
    checked([sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(repository)], folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Installation:
    """The wheel and what it needs, and nothing else."""
    folder = tmp_path_factory.mktemp("elsewhere")
    checked([sys.executable, "-m", "venv", str(folder / "venv")], folder)
    binaries = folder / "venv" / "bin"
    constraints = str(repository / "constraints.txt")
    checked([str(binaries / "python"), "-m", "pip", "install", "--quiet", "-c", constraints, str(wheel)], folder)
    return Installation(binaries, folder)


@pytest.fixture(scope="module")
def demo(installation: Installation) -> dict[str, str]:
    """What the demo, run from the wheel, says it did."""
    told: dict[str, str] = json.loads(
        installation.run("lookalike", "demo", "--json", "--products", "12", "--folder", installation.folder / "drawn")
    )
    return told


def test_the_wheel_holds_model_page_migrations_types_and_licences(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    def some(*, begins: str, ends: str) -> bool:
        return any(name.startswith(begins) and name.endswith(ends) for name in names)

    assert some(begins="lookalike/embed/models/", ends="/model.onnx")
    assert some(begins="lookalike/embed/models/", ends="/description.json")
    assert some(begins="lookalike/embed/models/", ends="/CARD.md")
    assert some(begins="lookalike/serve/page/", ends=".html")
    assert some(begins="lookalike/serve/page/", ends=".js")
    assert some(begins="lookalike/serve/page/", ends=".css")
    assert some(begins="lookalike/catalog/migrations/versions/", ends=".py")
    assert "lookalike/py.typed" in names
    assert some(begins="lookalike-", ends="licenses/LICENSE")
    assert some(begins="lookalike-", ends="licenses/NOTICE")


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"lookalike"}
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".orig", ".rej"))]
    assert wheel.stat().st_size < MOST_WHEEL_BYTES


def test_the_bare_install_has_no_torch_and_is_not_big(installation: Installation) -> None:
    sizes: dict[str, int] = json.loads(installation.run("python", "-c", INSTALLED))
    assert not {"torch", "timm", "transformers", "open-clip-torch", "openvino", "pytest"} & set(sizes)
    total = sum(size for name, size in sizes.items() if name not in ("pip", "setuptools"))
    print(f"bare install: {total / 1e6:.0f} MB in {len(sizes)} distributions")
    assert total < MOST_INSTALLED_BYTES


def test_help_and_version_answer(installation: Installation) -> None:
    assert "search" in installation.run("lookalike", "--help")
    assert installation.run("lookalike", "--version").startswith("lookalike ")
    assert "search" in installation.run("python", "-m", "lookalike", "--help")


def test_the_demo_runs_from_the_wheel(demo: dict[str, str]) -> None:
    assert int(demo["products"]) == 12
    assert int(demo["images"]) >= 12


def test_a_search_from_the_wheel_finds_and_brings_in_no_torch(installation: Installation, demo: dict[str, str]) -> None:
    queries = Path(demo["catalogue"]).parent / "queries.csv"
    line = (installation.folder / queries).read_text(encoding="utf-8").splitlines()[1]
    photograph = (installation.folder / queries).parent / line.split(",")[0]
    store = installation.folder / demo["store"]
    found = json.loads(installation.run("python", "-c", SEARCH, store, photograph))
    assert str(installation.folder) in found["from"]
    assert len(found["hits"]) == 3
    assert not found["heavy"]
    told = json.loads(installation.run("lookalike", "search", photograph, "--store", store, "--k", "3", "--json"))
    assert [hit["product_id"] for hit in told["hits"]] == found["hits"]


def test_the_feed_of_the_readme_can_be_indexed(installation: Installation, demo: dict[str, str]) -> None:
    again = json.loads(
        installation.run(
            "lookalike", "index", demo["catalogue"], "--store", installation.folder / demo["store"], "--json"
        )
    )
    assert again["added"] == 0
    assert again["unchanged"] == int(demo["images"])
