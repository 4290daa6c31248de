"""Print constraints: the version of everything that the package, its light extras and its groups need here.

Only what is reachable from pyproject.toml is printed, so that what somebody happened to install stays out.
Run it in an environment with everything installed (`make pin`); what is not installed is left unpinned. A version
that refuses the oldest Python of the project is replaced by the one in `OLDER`, or is an error.
"""

from __future__ import annotations

import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"
UNPINNED = {"lookalike"}
TOOLS = ["pip", "hatchling"]
OLDEST_PYTHON = "3.11.0"
OLDER = {"pymdown-extensions": "12.3"}
"""Last versions that run on the oldest Python, where the newest do not."""


def roots(pyproject: dict[str, Any]) -> list[str]:
    """Requirement strings of the package, its extras and its dependency groups."""
    project = pyproject["project"]
    groups = [*project["optional-dependencies"].values(), *pyproject["dependency-groups"].values()]
    return [*project["dependencies"], *TOOLS, *(text for group in groups for text in group)]


def closure(requirements: list[str]) -> dict[str, str]:
    """Version by canonical name of everything installed that `requirements` reach in this environment."""
    versions: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    queue = [(Requirement(text), "") for text in requirements]
    while queue:
        requirement, extra = queue.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        accepted = SpecifierSet(distribution.metadata.get("Requires-Python") or "")
        if accepted.contains(OLDEST_PYTHON):
            versions[name] = distribution.version
        elif name in OLDER:
            versions[name] = OLDER[name]
        else:
            raise SystemExit(
                f"{name} {distribution.version} needs Python {accepted}, this project runs on {OLDEST_PYTHON}: "
                f"find the last version that does too, and add it to OLDER in {Path(__file__).name}"
            )
        for wanted in ["", *sorted(requirement.extras)]:
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                queue.extend((Requirement(text), wanted) for text in distribution.requires or [])
    return versions


def main() -> None:
    """Write the constraints to stdout."""
    versions = closure(roots(tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))))
    sys.stdout.write("# What this project is tested with. Written by `make pin`; Python 3.11 to 3.13.\n")
    for name in sorted(versions):
        if name not in UNPINNED:
            # torch 2.13.0+cpu and 2.13.0 are one release: which build of it is the installer's choice.
            sys.stdout.write(f"{name}=={versions[name].partition('+')[0]}\n")


if __name__ == "__main__":
    main()
