"""One module per revision, in order."""

from __future__ import annotations
