from __future__ import annotations

from typing import Any

import pytest

from lookalike.errors import ImageRejected
from lookalike.sources.fetch.signing import names_of, without_signature

AMAZON = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20261127%2Feu&X-Amz-Date=20261127T0000Z&X-Amz-Expires=3600"
    "&X-Amz-SignedHeaders=host&X-Amz-Security-Token=t0ken&X-Amz-Signature=5ecret"
)


@pytest.mark.parametrize(
    "signature",
    [
        AMAZON,
        AMAZON.replace("&", "&amp;"),
        "AWSAccessKeyId=AKIA&Expires=1764200000&Signature=5ecret%3D",
        "X-Goog-Algorithm=GOOG4&X-Goog-Credential=c&X-Goog-Date=d&X-Goog-Expires=9&X-Goog-SignedHeaders=host&X-Goog-Signature=5ecret",
        "GoogleAccessId=me&Expires=9&Signature=5ecret",
        "Expires=9&OSSAccessKeyId=me&Signature=5ecret&security-token=t",
        "x-oss-signature-version=OSS4&x-oss-credential=c&x-oss-date=d&x-oss-expires=9&x-oss-signature=5ecret",
        "q-sign-algorithm=sha1&q-ak=me&q-sign-time=1;9&q-key-time=1;9&q-header-list=host&q-url-param-list=&q-signature=5ecret",
        "Policy=p&Signature=5ecret&Key-Pair-Id=K",
        "sv=2024-11-04&st=a&se=b&sr=b&sp=r&spr=https&sig=5ecret%3D",
        "_nc_ohc=a&_nc_gid=b&oh=00_5ecret&oe=6750",
        "token=5ecret&expires=1764200000",
        "auth_key=1764200000-0-0-5ecret",
        "hdnts=exp=1764200000~acl=/*~hmac=5ecret",
    ],
)
def test_a_signature_is_no_part_of_a_name_and_all_else_is(signature: str) -> None:
    for before, after in (("", ""), ("w=300&", ""), ("", "&x-oss-process=image/resize,w_300&v=2")):
        kept = f"{before}{after}".strip("&")
        signed = f"https://cdn.example/a%20b.jpg?{before}{signature}{after}#t=1.00"
        assert without_signature(signed) == f"https://cdn.example/a%20b.jpg{'?' if kept else ''}{kept}#t=1.00"


@pytest.mark.parametrize(
    "location",
    [
        "a?X-Amz-Signature=b.jpg",
        "https://x/a.jpg",
        "https://x/a.jpg?",
        "https://x/a.jpg?Expires=9",
        "https://x/photo?token=names-the-picture&alt=media",
        "https://x/a.php?id=7&s=large&e=1",
        "https://x/a.jpg?Signature=dish",
        "https://x/a.jpg?oh=1",
    ],
)
def test_what_is_no_signature_is_left_alone(location: str) -> None:
    assert without_signature(location) == location


def test_of_a_row_what_only_a_token_tells_apart_is_told_apart() -> None:
    at = "https://x/photo"
    one, later, two = (f"{at}?token={token}&expires={end}" for token, end in (("a", 1), ("a", 2), ("b", 1)))
    first, second = names_of([one, two])
    assert first.startswith(f"{at}#token=")
    assert list(names_of([later, two])) == [first, second]
    assert names_of([one, later, two]) == {first: later, second: two}
    assert names_of([one]) == {at: one}
    assert names_of([one, at]) == {first: one, at: at}
    # What storage signs is the whole path.
    signed = [f"{at}?w=3&{AMAZON}", f"{at}?w=3&{AMAZON.replace('5ecret', 'other')}"]
    assert names_of(signed) == {f"{at}?w=3": signed[1]}
    assert names_of(["a.jpg", "b.jpg", "a.jpg"]) == {"a.jpg": "a.jpg", "b.jpg": "b.jpg"}


@pytest.mark.parametrize("status", [400, 403, 404])
def test_no_message_shows_a_signature(status: int, shop: Any, answers: Any, open_reader: Any) -> None:
    path = f"/a.jpg?w=3&{AMAZON}"
    shop.answers["/b.jpg"] = answers.say(b"", 302, headers={"Location": shop.url(path)})
    shop.answers[path] = answers.say(b"", status)
    for asked in (path, "/b.jpg"):
        with pytest.raises(ImageRejected) as caught:
            open_reader().read(shop.url(asked), None)
        assert shop.url("/a.jpg?w=3") in caught.value.detail
        assert "ecret" not in caught.value.detail
        assert ("may have expired" in caught.value.detail) == (status != 404)
    assert shop.paths()[0] == path
