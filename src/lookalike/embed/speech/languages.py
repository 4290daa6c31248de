"""Languages that Whisper models may know, by the letters that stand for them; what one model knows it says itself."""

from __future__ import annotations

__all__ = ["LANGUAGES"]

_LETTERS = """
af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr
ht hu hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc
pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo zh
yue
"""

LANGUAGES = frozenset(_LETTERS.split())
"""Of the tokenizers of all published sizes, Cantonese (``yue``) among them, which the largest alone has."""
