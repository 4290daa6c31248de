"""Multipart forms, parsed in memory: fields as text, files as bytes."""

from __future__ import annotations

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from lookalike.errors import InvalidQuery
from lookalike.serve.failure import Failure

__all__ = ["Form", "parse_form"]

_MAX_PARTS = 256


@dataclass(frozen=True, slots=True)
class Form:
    """Text fields and files by name, in order of arrival."""

    fields: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    files: dict[str, list[bytes]] = field(default_factory=dict[str, list[bytes]])

    def text(self, name: str) -> str | None:
        """The value of a field; None where it is absent or blank.

        Raises:
            InvalidQuery: it was sent as a file, or with several values, of which all but one would go unseen.
        """
        values = [value for value in dict.fromkeys(self.texts(name)) if value.strip()]
        if len(values) > 1:
            raise InvalidQuery(f"{name} is one field of the form, received {len(values)} with different values")
        return values[0] if values else None

    def texts(self, name: str) -> list[str]:
        """Every value of a field.

        Raises:
            InvalidQuery: it was sent as a file, and would go unseen.
        """
        if self.files.get(name):
            raise InvalidQuery(
                f"{name} must be a text field of the form, received a file: curl -F '{name}=<FILE' sends what is in one"
            )
        return self.fields.get(name, [])


class _Collector:
    """Callbacks of the push parser; `form` is whole once the parser is finalised."""

    def __init__(self) -> None:
        self.form = Form()
        self.ended = False
        self._parts = 0
        self._header_name = b""
        self._header_value = b""
        self._disposition = b""
        self._data: list[bytes] = []

    def on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > _MAX_PARTS:
            raise _malformed(f"it has more than {_MAX_PARTS} parts")
        self._disposition = b""
        self._data = []

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def on_header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = self._header_value
        self._header_name = self._header_value = b""

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._data.append(data[start:end])

    def on_part_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        if b"name" not in options:
            raise _malformed("a part has no name")
        name = options[b"name"].decode("utf-8", "replace")
        content = b"".join(self._data)
        if b"filename" in options:
            self.form.files.setdefault(name, []).append(content)
            return
        try:
            self.form.fields.setdefault(name, []).append(content.decode())
        except UnicodeDecodeError as error:
            raise _malformed(f"the field {name!r} is not UTF-8 text") from error

    def on_end(self) -> None:
        self.ended = True


def parse_form(body: bytes, content_type: str) -> Form:
    """The form in `body`; a file input that was left empty is absent.

    Raises:
        Failure: 400, not a well-formed ``multipart/form-data`` body.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise _malformed("its content type names no boundary")
    collector = _Collector()
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": collector.on_part_begin,
                "on_header_field": collector.on_header_field,
                "on_header_value": collector.on_header_value,
                "on_header_end": collector.on_header_end,
                "on_part_data": collector.on_part_data,
                "on_part_end": collector.on_part_end,
                "on_end": collector.on_end,
            },
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise _malformed(str(error)) from error
    if not collector.ended:
        raise _malformed("it ends before its last boundary")
    for name, contents in list(collector.form.files.items()):
        collector.form.files[name] = [content for content in contents if content]
    return collector.form


def _malformed(problem: str) -> Failure:
    return Failure(
        400,
        "malformed_form",
        f"the multipart form cannot be read: {problem}",
        hint="let the HTTP client build the form, and leave the Content-Type header to it",
    )
