"""Docstrings against signatures: pydoclint, where a docstring has taken on the section that it judges.

The house's docstrings say what a summary line does not. An ``Args:`` section is written when the names do not say it
all, and is then complete; what is returned is usually the summary itself. So findings about a section that is not
there are left out; findings about one that is there (an argument too many, too few, renamed, out of order) stand.
Exit 1 if there are any.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

SECTIONS = {"DOC101": "Args:", "DOC103": "Args:"}
"""Findings that need a section to be there."""
LEFT_OUT = {
    "DOC201",  # returns: the summary says it
    "DOC301",  # an __init__ may have a docstring of its own
    "DOC402",  # yields: the summary says it
    "DOC404",
}


def docstrings(path: Path) -> dict[int, str]:
    """Docstring by line of each class and function of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.lineno: ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, kinds)}


def main() -> int:
    """Run pydoclint on the folders named, or ``src``; print what stands."""
    tool = Path(sys.executable).parent / "pydoclint"
    done = subprocess.run([tool, "--quiet", *(sys.argv[1:] or ["src"])], capture_output=True, text=True, check=False)
    path = Path()
    known: dict[int, str] = {}
    standing = 0
    for line in (done.stdout + done.stderr).splitlines():
        finding = re.match(r"^ +(\d+): (DOC\d+): (.*)", line)
        if finding is None:
            if line.endswith(".py"):
                path = Path(line.strip())
                known = docstrings(path)
            continue
        number, code, text = int(finding[1]), finding[2], finding[3]
        if code in LEFT_OUT or (code in SECTIONS and SECTIONS[code] not in known.get(number, "")):
            continue
        sys.stderr.write(f"{path}:{number}: {code}: {text}\n")
        standing += 1
    if done.returncode not in (0, 1):
        sys.stderr.write(done.stderr)
        return 1
    return 1 if standing else 0


if __name__ == "__main__":
    sys.exit(main())
