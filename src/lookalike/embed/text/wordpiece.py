"""BERT's tokenizer: text to the numbers of pieces of words.

An own one, because the usual library for it is larger than all that it is needed for here. A test holds it equal to the
reference on real titles and on made-up text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Int64

from lookalike.errors import ModelDamaged

__all__ = ["WordPiece"]

_MOST_CHARACTERS = 100
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


class WordPiece:
    """Greedy longest match from the left, as BERT was trained with.

    Args:
        vocabulary: one piece a line; pieces inside a word begin with ``##``.
        lower: whether text is lowered and loses its accents first (the uncased models).

    Raises:
        ModelDamaged: a special token is missing.

    Reference:
        Devlin et al. 2019, "BERT" (arXiv 1810.04805), and the BertTokenizer of its authors.
    """

    def __init__(self, vocabulary: Sequence[str], *, lower: bool = True) -> None:
        self._numbers: Mapping[str, int] = {piece: number for number, piece in enumerate(vocabulary)}
        missing = [piece for piece in _SPECIAL if piece not in self._numbers]
        if missing:
            raise ModelDamaged(f"the vocabulary of {len(vocabulary)} pieces lacks {', '.join(missing)}")
        self._pad, self._unknown, self._begin, self._end = (self._numbers[piece] for piece in _SPECIAL)
        self._lower = lower
        self._remembered: dict[str, tuple[int, ...]] = {}

    def numbers(self, text: str, most: int) -> list[int]:
        """``[CLS]``, at most ``most - 2`` pieces of `text`, ``[SEP]``."""
        pieces: list[int] = []
        for word in self.words(text):
            pieces.extend(self._of_word(word))
            if len(pieces) >= most - 2:
                break
        return [self._begin, *pieces[: most - 2], self._end]

    def batch(
        self, texts: Sequence[str], most: int
    ) -> tuple[Int64[np.ndarray, "n length"], Int64[np.ndarray, "n length"]]:
        """Numbers, padded to the longest text, and a mask that is 1 where there is one."""
        rows = [self.numbers(text, most) for text in texts]
        length = max((len(row) for row in rows), default=2)
        numbers = np.full((len(rows), length), self._pad, dtype=np.int64)
        mask = np.zeros((len(rows), length), dtype=np.int64)
        for at, row in enumerate(rows):
            numbers[at, : len(row)] = row
            mask[at, : len(row)] = 1
        return numbers, mask

    def words(self, text: str) -> list[str]:
        """Words and punctuation marks, one by one; Chinese characters stand alone."""
        cleaned: list[str] = []
        for character in text:
            code = ord(character)
            if code in (0, 0xFFFD) or _is_control(character):
                continue
            if _is_chinese(code):
                cleaned.append(f" {character} ")
            else:
                cleaned.append(" " if character.isspace() else character)
        found: list[str] = []
        for word in "".join(cleaned).split():
            if self._lower:
                word = "".join(c for c in unicodedata.normalize("NFD", word.lower()) if unicodedata.category(c) != "Mn")
            found.extend(_parted(word))
        return found

    def _of_word(self, word: str) -> tuple[int, ...]:
        known = self._remembered.get(word)
        if known is None:
            known = self._pieces(word)
            if len(self._remembered) < 100_000:
                self._remembered[word] = known
        return known

    def _pieces(self, word: str) -> tuple[int, ...]:
        if len(word) > _MOST_CHARACTERS:
            return (self._unknown,)
        found: list[int] = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                number = self._numbers.get(word[start:end] if start == 0 else "##" + word[start:end])
                if number is not None:
                    found.append(number)
                    start = end
                    break
            else:
                return (self._unknown,)
        return tuple(found)


def _parted(word: str) -> list[str]:
    """`word` with each punctuation mark on its own."""
    parts: list[str] = []
    open_part = False
    for character in word:
        if _is_punctuation(character):
            parts.append(character)
            open_part = False
        elif open_part:
            parts[-1] += character
        else:
            parts.append(character)
            open_part = True
    return parts


def _is_control(character: str) -> bool:
    return character not in "\t\n\r" and unicodedata.category(character) in ("Cc", "Cf", "Cn", "Co")


def _is_punctuation(character: str) -> bool:
    code = ord(character)
    if 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126:
        return True
    return unicodedata.category(character).startswith("P")


def _is_chinese(code: int) -> bool:
    return (
        0x4E00 <= code <= 0x9FFF
        or 0x3400 <= code <= 0x4DBF
        or 0x20000 <= code <= 0x2CEAF
        or 0xF900 <= code <= 0xFAFF
        or 0x2F800 <= code <= 0x2FA1F
    )
