"""The footnotes of a handout, read back from a Markdown or Word file that may come from anywhere.

A file is read in bounded memory, nothing that it names is loaded, and XML with a document type, which entities need, is
refused.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path
from xml.parsers import expat

from rag.errors import RagError
from rag.oneline import one_line

MOST = 50_000_000  # bytes of a file, and of each part of a Word file

_MARK = re.compile(r"\\.|\[\^([\w-]+)\](?!:)", re.DOTALL)
_DEFINITION = re.compile(r"^\[\^([\w-]+)\]:[ \t]*(.*(?:\n(?!\[\^)[^\n]*\S.*)*)", re.MULTILINE)
_ESCAPED = re.compile(r"\\([\n!-/:-@\[-`{-~])| {2,}\n|\n")
_LAST_LINE = re.compile(r"(?P<reference>.*\S)\s*\n\s*“(?P<quote>[^\n]*)”\s*", re.DOTALL)
_LINE_BREAK_LOST = re.compile(r"(?P<reference>.*?\.)\s+“(?P<quote>.*)”\s*", re.DOTALL)
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    EOFError,
    KeyError,
    RuntimeError,
    NotImplementedError,
    ValueError,
)
_SIGNS = {"br": "\n", "cr": "\n", "p": "\n", "tab": " ", "noBreakHyphen": "\u2011", "softHyphen": "\u00ad"}


class CheckError(RagError):
    """A file cannot be read as a handout with footnotes."""


@dataclass(frozen=True, slots=True)
class Footnote:
    """A footnote as it stands in a file, each text on one line; `quote` is "" where it quotes nothing."""

    number: int  # in the order of the marks, from 1: what a reader sees
    reference: str
    quote: str


def footnotes(file: Path) -> tuple[Footnote, ...]:
    """The footnotes of a handout in the order of their marks.

    Args:
        file: ends in .md or .docx, in any case.

    Raises:
        CheckError: it is of another kind, cannot be read, is damaged, too large or has no footnote.
    """
    read = {".md": _markdown, ".docx": _docx}.get(file.suffix.lower())
    if read is None:
        raise CheckError(f"{file}: footnotes are read from .md and .docx files. Check one of those.")
    try:
        if not file.is_file():
            raise CheckError(f"There is no file {file}.")
        if file.stat().st_size > MOST:
            raise _too_large(file)
        found = tuple(_footnote(number, text) for number, text in enumerate(read(file), start=1))
    except OSError as error:
        raise CheckError(f"{file} cannot be read: {error.strerror or error}.") from error
    if not found:
        raise CheckError(f"{file} has no footnotes, so there is nothing to check.")
    return found


def _footnote(number: int, text: str) -> Footnote:
    found = _LAST_LINE.fullmatch(text.strip()) or _LINE_BREAK_LOST.fullmatch(text.strip())
    reference, quote = found.group("reference", "quote") if found else (text, "")
    return Footnote(number, one_line(reference), one_line(quote))


def _markdown(file: Path) -> Iterator[str]:
    """What each footnote says; "" for a mark without one."""
    try:
        text = file.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise CheckError(f"{file} is not in UTF-8. Save it as UTF-8 text.") from error
    said: dict[str, str] = {}
    for name, words in _DEFINITION.findall(text):
        said.setdefault(name, words)
    marks = dict.fromkeys(found[1] for found in _MARK.finditer(text) if found[1])
    for name in marks | dict.fromkeys(said):
        yield _ESCAPED.sub(_plain, said.get(name, ""))


def _plain(found: re.Match[str]) -> str:
    """A backslash or two spaces keep a line end, another line end is a space; escaped punctuation is itself."""
    return found[1] or ("\n" if len(found[0]) > 1 else " ")


def _docx(file: Path) -> Iterator[str]:
    """What each footnote says; "" for a mark without one."""
    try:
        with zipfile.ZipFile(file) as archive:
            document, notes = _Part(), _Part()
            document.read(archive, "document", file)
            if document.marks:
                notes.read(archive, "footnotes", file)
    except _DAMAGED as error:
        raise CheckError(f"{file} is no whole Word file ({one_line(str(error))}).") from error
    except expat.ExpatError as error:
        raise CheckError(f"{file} is no whole Word file ({error}).") from error
    for mark in document.marks:
        yield "".join(notes.said.get(mark, ()))


class _Part:
    """What is read of one XML part of a Word file: the marks in it, and what its footnotes say, by their ids.

    Text that was deleted while changes were tracked does not count.
    """

    def __init__(self) -> None:
        self.marks: dict[str, None] = {}
        self.said: dict[str, list[str]] = {}
        self._words: list[str] | None = None  # of the footnote that is being read
        self._deleted = 0
        self._in_text = False

    def read(self, archive: zipfile.ZipFile, name: str, file: Path) -> None:
        """Read the part of this name; some programs put a number behind it."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        fitting = (each for each in archive.namelist() if re.fullmatch(rf"word/{name}\d*\.xml", each))
        member = next(fitting, f"word/{name}.xml")
        size = 0
        with archive.open(member) as part:
            while piece := part.read(1 << 16):
                size += len(piece)
                if size > MOST:
                    raise _too_large(file)
                parser.Parse(piece, False)
            parser.Parse(b"", True)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag)
        self._deleted += name in ("del", "moveFrom")
        if self._deleted:
            return
        if name in ("footnote", "footnoteReference"):
            identity = next((value for key, value in attributes.items() if _local(key) == "id"), "")
            if name == "footnote":
                self._words = self.said.setdefault(identity, [])
            else:
                self.marks[identity] = None
        if self._words is not None and name in _SIGNS:
            self._words.append(_SIGNS[name])
        self._in_text = name == "t"

    def _end(self, tag: str) -> None:
        name = _local(tag)
        self._deleted -= name in ("del", "moveFrom")
        self._in_text = False
        if name == "footnote":
            self._words = None

    def _text(self, text: str) -> None:
        if self._in_text and not self._deleted and self._words is not None:
            self._words.append(text)

    def _refuse(self, *_: object) -> None:
        raise ValueError("it has a document type, as no Word file has")


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _too_large(file: Path) -> CheckError:
    return CheckError(f"{file} is too large for a handout: more than {MOST // 1_000_000} MB.")
