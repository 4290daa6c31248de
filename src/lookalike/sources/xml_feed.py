"""Product feeds in XML, as Google Merchant and Meta take them: RSS with the names of ``g:``, and Atom.

Read as it goes, in bounded memory. A document type, in which entities could be declared that grow without end or name
files, is refused; feeds have none.
"""

from __future__ import annotations

import codecs
import html
import io
import re
from collections.abc import Iterator, Mapping
from typing import Final, NoReturn, final
from xml.parsers import expat

from lookalike.errors import SourceError
from lookalike.sources.feed_item import FeedItem
from lookalike.sources.rows import BREAKS_OFF, BadRow, Row, TableBytes, short_words, words_of
from lookalike.sources.text_lines import MAX_LINE_CHARACTERS, text_encoding

__all__ = ["XmlFeedRows", "is_xml_feed"]

_CHUNK_CHARACTERS: Final = 2**16
_MAX_DEPTH: Final = 64
_ITEMS: Final = frozenset({"item", "entry"})
_GOOGLE: Final = re.compile(r"https?://base\.google\.com/c?ns/1\.0/?", re.IGNORECASE)
_ITEM_BEGINS: Final = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)[\s>]")
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_NOT_TEXT: Final = re.compile("[\ud800-\udfff]")
_TAG_SIGNS: Final = re.compile(r"[<>/]")
_DECLARED: Final = re.compile(rb"^<\?xml[^>]*?\sencoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
# One way alone to read what stands before the first element: looking for another would take for ever.
_ROOT: Final = re.compile(
    rb"\s*(?:<\?(?:(?!\?>).)*\?>\s*|<!--(?:(?!-->).)*-->\s*|<!DOCTYPE\s[^>]*>\s*)*<([\w.:-]+)", re.DOTALL
)
_ROOTS: Final = frozenset({b"rss", b"feed", b"rdf", b"channel"})
_HEAD_BYTES: Final = 4096
_OVERLAP: Final = 256
# What an unclosed comment or tag held back is looked through again, which must not make reading quadratic.
_REREAD_FROM_BYTES: Final = 2**18
_REREAD_BYTES: Final = 2**27
_STAND_IN: Final = b"<r>"
_IS_CLOSED: Final = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_AFTER_THE_END: Final = 9  # expat's number of "junk after document element"
_AT_THE_END: Final = frozenset({3, 7})  # expat's numbers of "no element found" and "mismatched tag"


def is_xml_feed(head: bytes) -> bool:
    """Whether what begins with `head` is a feed in XML, by the name of its first element; not a web page."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if head.startswith(mark):
            head = head[2:].decode(encoding, "ignore").encode()
    root = _ROOT.match(head.removeprefix(codecs.BOM_UTF8))
    return root is not None and root[1].lower().rpartition(b":")[2] in _ROOTS


class _Broken(Exception):
    """The XML cannot be read on from here."""


@final
class XmlFeedRows:
    """The items of an RSS feed, or the entries of an Atom feed, as rows with Google Merchant's names.

    Where the XML is broken the item that stands there is bad, and reading goes on with the next that begins.
    """

    def __init__(self, table: TableBytes) -> None:
        """Read `table`."""
        self._table = table

    @property
    def typed(self) -> bool:
        """False: every cell is text."""
        return False

    def names(self) -> None:
        """None: the items may have different names."""
        return

    def rows(self) -> Iterator[Row | BadRow]:
        """Every item, with the line in which it begins.

        Raises:
            SourceError: it cannot be read, declares a document type, or holds neither item nor entry.
        """
        name = self._table.name
        encoding = self._encoding()
        errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
        n_rows = 0
        with self._table.open() as raw, io.TextIOWrapper(raw, encoding=encoding, errors=errors, newline="") as text:
            try:
                for row in _Reading(name, text).rows():
                    n_rows += 1
                    yield row
            except (OSError, EOFError, UnicodeError) as exc:
                raise SourceError(f"{name} cannot be read after {n_rows} items: {exc}") from exc
        if not n_rows:
            raise SourceError(f"{name} holds no item and no entry; expected a product feed in RSS 2.0 or Atom")

    def _encoding(self) -> str:
        """By its byte order mark, else as the file declares it, else as text is told."""
        try:
            with self._table.open() as file:
                head = file.read(_HEAD_BYTES)
                if head.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                    return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-16"
                declared = _DECLARED.match(head.lstrip())
                if declared is not None:
                    return _known(self._table.name, declared[1].decode())
                file.seek(0)
                return text_encoding(file)
        except OSError as exc:
            raise SourceError(f"{self._table.name} cannot be read: {exc.strerror or exc}") from exc


def _known(table: str, declared: str) -> str:
    try:
        found = codecs.lookup(declared).name
        # The declaration was read as ASCII, so UTF-16 it is not; and zip or hex are codecs, but no encodings.
        text = b"<rss>".decode(found)
    except (LookupError, UnicodeError, ValueError):
        text = ""
    else:
        if text == "<rss>":
            return "cp1252" if found in ("iso8859-1", "ascii") else found
    raise SourceError(f"{table} declares the encoding {declared!r}, which it is not in; save it as UTF-8")


@final
class _Reading:
    """One pass over a feed."""

    def __init__(self, name: str, text: io.TextIOWrapper) -> None:
        self._name = name
        self._text = text
        self._google = {"g", "c"}
        self._done: list[Row | BadRow] = []
        self._is_resumed = False
        self._reread = 0
        self._begin(0)

    def _begin(self, lines_before: int) -> None:
        """A parser for what comes, whose line 1 is the one after `lines_before`."""
        self._lines_before = lines_before
        self._item: FeedItem | None = None
        self._depth = 0
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        # Entities that nobody declared (&nbsp;) are told to the handler, not an error.
        parser.UseForeignDTD(True)
        parser.SkippedEntityHandler = self._entity
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        self._parser = parser

    def rows(self) -> Iterator[Row | BadRow]:
        """Items as they end, and what is broken where it is."""
        chunk = self._chunk()
        bare = chunk.lstrip()
        self._begin(len(_LINE_END.findall(chunk[: len(chunk) - len(bare)])))
        chunk = bare
        held, held_from = b"", 0  # what the parser was given and has not dealt with, and its place
        while True:
            held += chunk
            try:
                self._parser.Parse(chunk, not chunk)
                place = self._parser.CurrentByteIndex
                if len(held) - (place - held_from) > MAX_LINE_CHARACTERS:
                    raise _Broken("a tag or comment is too long")  # noqa: TRY301
            except (expat.ExpatError, _Broken) as exc:
                yield from self._taken()
                place = self._parser.CurrentByteIndex if isinstance(exc, _Broken) else self._parser.ErrorByteIndex
                bad, chunk = self._resume(exc, held[max(0, place - held_from) :])
                if bad is not None:
                    yield bad
                if not chunk:
                    return
                held, held_from = b"", len(_STAND_IN)
                continue
            yield from self._taken()
            if not chunk:
                return
            held, held_from = held[place - held_from :], place
            chunk = self._chunk()

    def _taken(self) -> list[Row | BadRow]:
        done, self._done = self._done, []
        return done

    def _chunk(self) -> bytes:
        text = self._text.read(_CHUNK_CHARACTERS)
        # A byte that is no text becomes what no XML may hold, and so costs its item.
        return (text if text.isascii() else _NOT_TEXT.sub("\0", text)).encode()

    def _resume(self, exc: expat.ExpatError | _Broken, rest: bytes) -> tuple[BadRow | None, bytes]:
        """What is broken, and what follows from the next item on, for a new parser; nothing where there is none."""
        item, was_resumed = self._item, self._is_resumed
        line = self._line() if isinstance(exc, _Broken) else self._lines_before + exc.lineno
        n_lines, passed = line - 1, rest[: 2**12]
        is_cut = breaks_off = False
        if len(rest) > _REREAD_FROM_BYTES:
            self._reread += len(rest)
            if self._reread > _REREAD_BYTES:
                n_lines += len(_LINE_END.findall(rest[:-_CHUNK_CHARACTERS]))
                rest = rest[-_CHUNK_CHARACTERS:]
                is_cut = True
        while (found := _ITEM_BEGINS.search(rest, 1)) is None:
            # The end may hold the beginning of the next item's tag, or half a line end.
            done = max(0, len(rest) - _OVERLAP)
            n_lines += len(_LINE_END.findall(rest[:done]))
            chunk = self._chunk()
            if not chunk:
                breaks_off = getattr(exc, "code", None) != _AFTER_THE_END and _IS_CLOSED.search(rest) is None
                rest = b""
                break
            rest = rest[done:] + chunk
        if found is not None:
            n_lines += len(_LINE_END.findall(rest[: found.start()]))
            passed, rest = passed[: found.start()], rest[found.start() :]
        # A stand-in for what is open around the items is closed by the name of what it stands for, or not at all.
        is_end = was_resumed and item is None and getattr(exc, "code", None) in _AT_THE_END
        bad: BadRow | None = None
        if is_end and breaks_off:
            bad = BadRow(line, BREAKS_OFF, breaks_off=True)
        elif not is_end:
            what = str(exc) if isinstance(exc, _Broken) else expat.ErrorString(exc.code)
            detail = f"the XML is broken at line {line}: {what}"
            if is_cut:
                detail += "; some of what follows is not looked through again and is lost"
            if breaks_off:
                detail = f"{detail}; {BREAKS_OFF}"
            elif not rest:
                detail += "; nothing that follows can be read"
            left = words_of(_TAG_SIGNS.sub(" ", passed.decode("utf-8", "replace")))
            words = short_words((*(item.words() if item is not None else ()), *left))
            bad = BadRow(line if item is None else item.line, detail, words, breaks_off)
        if rest:
            self._begin(n_lines)
            self._is_resumed = True
            self._parser.Parse(_STAND_IN, False)
        return bad, rest

    def _line(self) -> int:
        return self._lines_before + self._parser.CurrentLineNumber

    def _doctype(self, *_: object) -> NoReturn:
        raise SourceError(
            f"{self._name} declares a document type or entities (<!DOCTYPE …>), which may grow without end or name "
            "files and are not read; a product feed needs none: export it without"
        )

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _Broken("elements are nested too deeply")
        for attribute, value in attributes.items():
            if attribute.startswith("xmlns:") and _GOOGLE.fullmatch(value):
                self._google.add(attribute[6:])
        prefix, _, local = name.rpartition(":")
        if self._item is not None:
            google = prefix in self._google
            self._item.start(local if google or prefix in ("", "atom") else name, attributes, google=google)
        elif local.lower() in _ITEMS:
            self._item = FeedItem(self._line(), MAX_LINE_CHARACTERS)

    def _characters(self, text: str) -> None:
        if self._item is not None:
            self._item.text(text)

    def _entity(self, name: str, is_parameter: int) -> None:
        if self._item is not None and not is_parameter:
            self._item.text(html.unescape(f"&{name};"))

    def _end(self, _: str) -> None:
        self._depth -= 1
        item = self._item
        if item is None:
            return
        if item.depth:
            item.end()
            return
        self._item = None
        if item.is_too_long:
            self._done.append(BadRow(item.line, "the item is too long", item.words()))
        else:
            self._done.append(Row(item.line, item.cells()))
