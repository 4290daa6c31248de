"""Claims about what of a URL is shown."""

from __future__ import annotations

import pytest

from lookalike.sources.fetch.credentials import without_credentials


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://me:secret@shop.example/a.png", "https://shop.example/a.png"),
        ("HTTP://me:a@b@shop.example:8080?x=@#@", "HTTP://shop.example:8080?x=@#@"),
        ("https://shop.example/me:secret@a.png", "https://shop.example/me:secret@a.png"),
        ("pictures/me:secret@a.png", "pictures/me:secret@a.png"),
        ("upload:0f", "upload:0f"),
    ],
)
def test_user_name_and_password_of_an_address_go_and_everything_else_stays(location: str, shown: str) -> None:
    assert without_credentials(location) == shown
