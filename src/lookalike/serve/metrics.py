"""Counters and histograms in Prometheus' text form; written by hand because it is less than a dependency."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from threading import Lock

__all__ = ["Metrics"]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"))

_Labels = tuple[tuple[str, str], ...]


class _Histogram:
    def __init__(self) -> None:
        self.counts = [0] * (len(_SECONDS) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(_SECONDS, seconds)] += 1
        self.total += seconds


class Metrics:
    """Thread-safe counts of what the server did since it started."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: dict[_Labels, int] = {}
        self._durations: dict[_Labels, _Histogram] = {}
        self._stages: dict[_Labels, _Histogram] = {}
        self._failures: dict[_Labels, int] = {}

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """One answered request. Labels stay few: `route` is the path's template, and methods that HTTP does not know
        count as ``other``.
        """
        known = method if method in _METHODS else "other"
        labels = (("method", known), ("route", route), ("status", str(status)))
        with self._lock:
            self._requests[labels] = self._requests.get(labels, 0) + 1
            self._durations.setdefault((("route", route),), _Histogram()).observe(seconds)

    def search(self, timings_ms: Mapping[str, float]) -> None:
        """The stages of one search."""
        with self._lock:
            for stage, milliseconds in timings_ms.items():
                self._stages.setdefault((("stage", stage),), _Histogram()).observe(milliseconds / 1000)

    def failure(self, code: str, reason: str | None) -> None:
        """One answer that was an error."""
        labels = (("code", code), ("reason", reason or ""))
        with self._lock:
            self._failures[labels] = self._failures.get(labels, 0) + 1

    def text(self, gauges: Sequence[tuple[str, str, Mapping[str, int | float]]]) -> str:
        """Everything in Prometheus' text form 0.0.4.

        Args:
            gauges: further numbers as (name, label, value by label value).
        """
        lines: list[str] = []
        with self._lock:
            _counter(lines, "lookalike_requests_total", "Answered requests.", self._requests)
            _histogram(lines, "lookalike_request_seconds", "Time to answer.", self._durations)
            _histogram(lines, "lookalike_search_stage_seconds", "Time of each stage of a search.", self._stages)
            _counter(lines, "lookalike_failures_total", "Answers that were errors.", self._failures)
        for name, label, values in gauges:
            lines.append(f"# TYPE {name} gauge")
            lines.extend(f"{name}{_labels(((label, key),))} {value:g}" for key, value in sorted(values.items()))
        return "\n".join(lines) + "\n"


def _counter(lines: list[str], name: str, about: str, counts: Mapping[_Labels, int]) -> None:
    lines += [f"# HELP {name} {about}", f"# TYPE {name} counter"]
    lines.extend(f"{name}{_labels(labels)} {count}" for labels, count in sorted(counts.items()))


def _histogram(lines: list[str], name: str, about: str, histograms: Mapping[_Labels, _Histogram]) -> None:
    lines += [f"# HELP {name} {about}", f"# TYPE {name} histogram"]
    for labels, histogram in sorted(histograms.items()):
        seen = 0
        for bound, count in zip((*(f"{bound:g}" for bound in _SECONDS), "+Inf"), histogram.counts, strict=True):
            seen += count
            lines.append(f"{name}_bucket{_labels((*labels, ('le', bound)))} {seen}")
        lines += [f"{name}_sum{_labels(labels)} {histogram.total:.6f}", f"{name}_count{_labels(labels)} {seen}"]


def _labels(labels: _Labels) -> str:
    inner = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{inner}}}" if inner else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
