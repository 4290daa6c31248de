from __future__ import annotations

import time

import pytest

from lookalike.sources.html_text import text_of_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain, 6 mm", "plain, 6 mm"),
        ("two  lines\nas they are", "two  lines\nas they are"),
        ("<p>A <b>red</b>dish shoe</p><p>for&nbsp;rain &amp; snow</p>", "A reddish shoe for rain & snow"),
        ("<ul><li>one<li>two</ul>", "one two"),
        ("a<br/>b<br>c", "a b c"),
        ("<style>p > a { color: red }</style>Shoe<script>if (a<b) x()</script> here", "Shoe here"),
        ("Shoe<!-- <b>not</b> this --> here", "Shoe here"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("length <30 cm", "length <30 cm"),
        ('<a href="x?a=1&b=2">Shoe</a>', "Shoe"),
    ],
)
def test_html_becomes_what_a_reader_sees(html: str, text: str) -> None:
    assert text_of_html(html) == text


@pytest.mark.parametrize("part", ["<", "<a ", "<!--", "<script>", "&", "</"])
def test_no_text_takes_quadratic_time(part: str) -> None:
    started = time.perf_counter()
    text_of_html(part * 200_000)
    assert time.perf_counter() - started < 5
