"""Typst's text into PDF. The only module with typst; it fetches nothing and reads no file but those it is given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import typst

from rag.briefing.chart import FONTS
from rag.oneline import one_line
from rag.pandoc import ExportError


def pdf_of(source: str, pictures: Mapping[str, bytes], day: str) -> bytes:
    """A PDF that can be read aloud (PDF/UA-1) if fonts have all of its letters; the same bytes of the same text.

    Args:
        source: in Typst; asks for no package.
        pictures: by the name that `source` gives them.
        day: ISO; what the file says about when it was made.

    Raises:
        ExportError: typst cannot make sense of it.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        for picture, content in pictures.items():
            (folder / picture).write_bytes(content)
        main = folder / "main.typ"
        main.write_text(source, encoding="utf-8")
        noon = int(dt.datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp())
        try:
            return _compiled(main, noon, "ua-1")
        except RuntimeError:  # some letter is in no font; a PDF that shows the others is better than none
            return _compiled_plainly(main, noon)


def _compiled_plainly(main: Path, time: int) -> bytes:
    try:
        return _compiled(main, time, None)
    except RuntimeError as error:
        raise ExportError(f"typst cannot make this PDF: {one_line(str(error))}") from error


def _compiled(main: Path, time: int, standard: Literal["ua-1"] | None) -> bytes:
    pdf = typst.compile(
        str(main), root=str(main.parent), font_paths=[str(FONTS)], pdf_standards=standard, timestamp=time
    )
    if not isinstance(pdf, bytes):  # it could be pages, which nobody asked for
        raise ExportError("typst made no PDF of its text.")
    return pdf
