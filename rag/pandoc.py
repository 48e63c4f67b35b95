"""Markdown into the files that people hand out, by pandoc. The only module that runs it.

Pandoc runs in its sandbox: it reads no other file and reaches no network, whatever a document asks for. Pictures must
be in the Markdown itself (`data:` addresses).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pypandoc

from rag.errors import RagError
from rag.oneline import one_line

# Strict Markdown with what the exports need. Without raw HTML and TeX, formulas, metadata and typographic changes: a
# quotation keeps its very characters.
_FORMAT = "commonmark+footnotes+pipe_tables+attributes-raw_html"


class ExportError(RagError):
    """A file for download cannot be made or written."""


def as_docx(markdown: str, path: Path, language: str, title: str) -> None:
    """Write a Word document: the first heading becomes its title, footnotes become Word's own.

    Args:
        markdown: all text of others in it escaped, see `rag.markdown`.
        path: of the file; one that is there is replaced, in one step.
        language: of the document, ISO 639-1.
        title: for the document's properties, when there is no heading of level 1.

    Raises:
        ExportError: the file cannot be written, or pandoc is missing or fails.
    """
    convert(markdown, "docx", path, ["--shift-heading-level-by=-1", *metadata(language, title)])


def metadata(language: str, title: str) -> list[str]:
    """Arguments that set a document's language and title."""
    return [f"--metadata=lang:{one_line(language)}", f"--metadata=title:{one_line(title)}"]


def convert(markdown: str, to: str, path: Path, arguments: Sequence[str] = (), extensions: str = "") -> None:
    """Write Markdown as another format, beside the file first, which is then put in its place.

    Args:
        markdown: as for `as_docx`.
        to: pandoc's name of the format.
        path: of the file; one that is there is replaced.
        arguments: further ones for pandoc; files that they name may be read.
        extensions: what the Markdown may hold besides, such as "+fenced_divs".

    Raises:
        ExportError: as `as_docx`.
    """
    with put_in_place(path) as new:
        new.touch(exist_ok=False)  # says plainly what pandoc would say in several lines
        _run(markdown, _FORMAT + extensions, to, new, [*arguments, "--sandbox"])


@contextmanager
def put_in_place(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to, whose file takes its place in one step if all goes well and else is removed.

    Who is killed before that leaves `path` as it was, and a file whose name says that it is unfinished.

    Raises:
        ExportError: it cannot be written.
    """
    new = path.with_name(f".unfinished-{secrets.token_hex(4)}{path.suffix}")
    try:
        yield new
        with new.open("rb+") as file:
            os.fsync(file.fileno())  # or a power cut could leave the name without its content
        new.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        _remove(new)


def unwritable(path: Path, error: OSError) -> ExportError:
    """The error that says why a file cannot be written."""
    return ExportError(f"{path} cannot be written: {error.strerror or error}. Choose another folder.")


def _run(markdown: str, form: str, to: str, path: Path, arguments: Sequence[str]) -> None:
    try:
        pypandoc.get_pandoc_path()
    except OSError as error:
        raise ExportError("pandoc is missing, so no such file can be made. Run: pip install pypandoc_binary") from error
    try:
        pypandoc.convert_text(markdown, to, form, extra_args=arguments, outputfile=str(path), verify_format=False)
    except RuntimeError as error:
        reason, _, _ = one_line(str(error)).partition(" HasCallStack backtrace")  # pages of it, of use to nobody here
        raise ExportError(f"pandoc cannot make this {to} file: {reason}") from error


def _remove(path: Path) -> None:
    """Remove what may be left of a file that was not finished."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # its folder is no folder, or may not be written
