"""Words of titles, as they can be compared: lower case, letters only, Chinese and Japanese by pairs of characters."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["words_of"]

_WORD = re.compile(r"[^\W\d_]{2,}")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+")


def words_of(text: str) -> set[str]:
    """The distinct words of at least two letters; numbers, sizes and punctuation say nothing of a picture.

    Text written without spaces gives its pairs of neighbouring characters.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    pairs = {run[at : at + 2] for run in _UNSPACED.findall(folded) for at in range(max(1, len(run) - 1))}
    return pairs | set(_WORD.findall(_UNSPACED.sub(" ", folded)))
