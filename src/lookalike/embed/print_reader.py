# pyright: reportMissingImports=false, reportAttributeAccessIssue=false, reportUnknownParameterType=false
"""Printed words in a picture that may be model numbers or SKUs; the one door for their reader.

Only what has a digit in it is told: on 74 photographs of packages the other words
were not shown to help: recall@1 moved by -0.027 [-0.102, 0.048].
"""

from __future__ import annotations

import itertools
import re
import threading
from typing import Protocol, runtime_checkable

import numpy as np

from lookalike.embed.cores import usable_cores
from lookalike.errors import MissingExtra
from lookalike.images.codes import PrintedCode
from lookalike.types import Box, Pixels

__all__ = ["PrintReader", "RapidPrintReader"]

_SURE = 0.6
_SHORTEST = 4
_MOST = 64


@runtime_checkable
class PrintReader(Protocol):
    """Pixels to what is printed in them."""

    def read(self, pixels: Pixels) -> tuple[PrintedCode, ...]:
        """What may be a model number or SKU, from top to bottom."""
        ...


class RapidPrintReader:
    """RapidOCR on ONNX Runtime, with the models that its package carries. Safe to use from several threads.

    Args:
        threads: within one run; None for one each usable core.

    Raises:
        MissingExtra: RapidOCR is not installed.
    """

    def __init__(self, threads: int | None = None) -> None:
        try:
            from rapidocr import RapidOCR
        except ImportError as error:
            raise MissingExtra(needed_for="reading print (RapidOCR)", extra="print") from error
        cores = usable_cores() if threads is None else threads
        self._engine = RapidOCR(
            params={
                "Global.log_level": "error",
                "Global.use_cls": False,
                "EngineConfig.onnxruntime.intra_op_num_threads": cores,
            }
        )
        self._lock = threading.Lock()

    def read(self, pixels: Pixels) -> tuple[PrintedCode, ...]:
        """Lines, words and neighbouring pairs of words that have a digit and four characters or more, at most 64."""
        with self._lock:
            found = self._engine(np.ascontiguousarray(pixels[:, :, ::-1]))  # it takes blue first
        if found.txts is None or found.boxes is None or found.scores is None:
            return ()
        codes: dict[str, PrintedCode] = {}
        for line, corners, score in zip(found.txts, found.boxes, found.scores, strict=True):
            if float(score) < _SURE:
                continue
            left, upper = (float(edge) for edge in np.min(corners, axis=0))
            right, lower = (float(edge) for edge in np.max(corners, axis=0))
            box = Box(left, upper, max(1.0, right - left), max(1.0, lower - upper))
            words = str(line).split()
            for text in (str(line), *words, *map("".join, itertools.pairwise(words))):
                bare = text.strip(".,:;()[]")
                if len(bare) >= _SHORTEST and re.search(r"\d", bare):
                    codes.setdefault(bare, PrintedCode(bare, "print", box))
        return tuple(codes.values())[:_MOST]
