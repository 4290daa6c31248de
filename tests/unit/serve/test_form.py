from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.serve.failure import Failure
from lookalike.serve.form import parse_form


def encode(fields: dict[str, str], files: list[tuple[str, tuple[str, bytes]]]) -> tuple[bytes, str]:
    request = httpx.Request("POST", "http://x/", data=fields, files=files)
    return request.read(), request.headers["content-type"]


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text(max_size=40), max_size=4),
    st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=4),
)
def test_what_a_client_sends_arrives(fields, contents):
    body, content_type = encode(fields, [("image", (f"{n}.jpg", content)) for n, content in enumerate(contents)])
    form = parse_form(body, content_type)
    assert form.files["image"] == contents
    assert {name: values[-1] for name, values in form.fields.items()} == fields


def test_an_empty_file_input_is_absent():
    form = parse_form(*encode({}, [("image", ("a", b""))]))
    assert form.files["image"] == []


def test_a_blank_field_is_absent():
    form = parse_form(*encode({"where": " "}, [("image", ("a", b"x"))]))
    assert form.text("where") is None
    assert form.text("like") is None


@given(st.binary(max_size=400))
def test_junk_is_refused_and_never_crashes(body):
    with pytest.raises(Failure) as raised:
        parse_form(body, "multipart/form-data; boundary=xyz")
    assert raised.value.status == 400


@given(st.data())
def test_a_form_that_was_cut_short_is_refused(data):
    body, content_type = encode({"k": "3"}, [("image", ("a", b"abcdef"))])
    cut = data.draw(st.integers(0, len(body) - 8))
    with pytest.raises(Failure):
        parse_form(body[:cut], content_type)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "multipart/form-data"),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n' * 300 + b"--x--\r\n",
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_a_malformed_form_is_told_so(body, content_type):
    with pytest.raises(Failure) as raised:
        parse_form(body, content_type)
    assert raised.value.status == 400
    assert raised.value.error["code"] == "malformed_form"
