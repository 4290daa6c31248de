"""The command line: one module per command group, loaded only when its command is called.

``--json`` prints one JSON document on stdout; progress and logs go to stderr. Exit 0 done, 1 could not,
2 wrong usage.
"""

from __future__ import annotations

from lookalike.cli.program import main

__all__ = ["main"]
