"""A briefing as a file to hand out: Markdown, Word, HTML, PDF or slides, each made from the one Markdown.

Nothing is fetched and no file but those of this package is read. The same briefing makes the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from stat import S_ISDIR
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING

from rag.briefing.chart import timeline_in_words, timeline_svg
from rag.briefing.cover import subtitle, title_of
from rag.briefing.document import embedded, markdown
from rag.briefing.office import settled
from rag.briefing.records import Briefing
from rag.briefing.slides import slides_markdown
from rag.briefing.typesetting import pdf_of
from rag.pandoc import ExportError, convert, metadata, put_in_place, unwritable

if TYPE_CHECKING:
    from rag.texts import Texts

_HERE = Path(__file__).parent
EXTENSIONS = "+gfm_auto_identifiers+bracketed_spans"
_SLIDES = "+fenced_divs"
_TITLED = "--shift-heading-level-by=-1"  # the first heading is the title
_CONTENTS = re.compile(rb"(<nav .*?</nav>\n)(.*?)(?=<h2 id=)", re.DOTALL)  # and the cover, which comes first


def ready(path: Path, force: bool = False) -> None:
    """Check that a briefing can be written to a file, before the long work begins.

    Args:
        path: as for `write`, as is `force`.
        force: whether a file that is there may be replaced.

    Raises:
        ExportError: the format is unknown, or the file is there already or cannot be written.
    """
    if path.suffix.lower() not in _MAKERS:
        raise ExportError(f"{path}: a briefing is written as {', '.join(SUFFIXES)}. Let the name end in one of them.")
    try:
        with suppress(FileNotFoundError):
            if S_ISDIR(path.stat().st_mode):
                raise ExportError(f"{path} is a folder. Choose another name.")
            if not force:
                raise ExportError(f"{path} is there already. Choose another name, or replace it with --force.")
        with TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise unwritable(path, error) from error


def write(briefing: Briefing, path: Path, t: Texts, force: bool = False) -> None:
    """Write a briefing in the format that the name of the file asks for.

    Args:
        briefing: a finished one.
        path: ends in one of `SUFFIXES`, in any case.
        t: headings and fixed words, in the language of the handout.
        force: whether a file that is there is replaced.

    Raises:
        ExportError: as `ready`, or the file cannot be made; nothing is left of it.
    """
    ready(path, force)
    with put_in_place(path) as new:
        new.write_bytes(_MAKERS[path.suffix.lower()](briefing, t))


def _markdown(briefing: Briefing, t: Texts) -> bytes:
    return markdown(briefing, t).encode("utf-8")


def _docx(briefing: Briefing, t: Texts) -> bytes:
    contents = ["--toc", "--toc-depth=2", f"--metadata=toc-title:{t('briefing.handout.contents')}"]
    arguments = [_TITLED, f"--reference-doc={_HERE / 'reference.docx'}", *(contents if briefing.points else [])]
    made = _converted(markdown(briefing, t, tagged=True), "docx", arguments, briefing, t)
    return settled(made, briefing.made, timeline_in_words(briefing.timeline, t))


def _html(briefing: Briefing, t: Texts) -> bytes:
    style = (_HERE / "handout.css").read_text(encoding="utf-8")
    contents = ["--toc", "--toc-depth=2", f"--variable=toc-title:{t('briefing.handout.contents')}"]
    arguments = [f"--template={_HERE / 'handout.html'}", f"--variable=style:{style}", "--wrap=none"]
    picture = embedded(timeline_svg(briefing.timeline, t), "svg+xml") if briefing.timeline else None
    _, _, below_title = markdown(briefing, t, picture, tagged=True).partition("\n\n")
    page = _converted(below_title, "html", [*arguments, *(contents if briefing.points else [])], briefing, t)
    return _CONTENTS.sub(rb"\2\1", page, count=1)


def _pdf(briefing: Briefing, t: Texts) -> bytes:
    year, month, day = map(int, briefing.made.split("-"))
    arguments = [
        _TITLED,
        f"--template={_HERE / 'handout.typ'}",
        f"--variable=made:datetime(year: {year}, month: {month}, day: {day})",
    ]
    pictures = {}
    if briefing.timeline:
        pictures = {"chart.svg": timeline_svg(briefing.timeline, t)}
        arguments.append(f"--variable=alt:{json.dumps(timeline_in_words(briefing.timeline, t), ensure_ascii=False)}")
    text = markdown(briefing, t, "chart.svg", tagged=True)
    source = _converted(text, "typst-smart", arguments, briefing, t).decode("utf-8")
    return pdf_of(source, pictures, briefing.made)


def _pptx(briefing: Briefing, t: Texts) -> bytes:
    arguments = [
        _TITLED,
        f"--reference-doc={_HERE / 'reference.pptx'}",
        "--slide-level=1",
        f"--metadata=subtitle:{subtitle(briefing, t)}",
    ]
    made = _converted(slides_markdown(briefing, t), "pptx", arguments, briefing, t)
    return settled(made, briefing.made, timeline_in_words(briefing.timeline, t))


def _converted(text: str, to: str, arguments: list[str], briefing: Briefing, t: Texts) -> bytes:
    """By pandoc, in a folder of its own: what fails there leaves nothing."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "made"
        common = ["--standalone", *metadata(t.language, title_of(briefing, t))]
        convert(text, to, file, [*common, *arguments], _SLIDES if to == "pptx" else EXTENSIONS)
        return file.read_bytes()


_MAKERS: dict[str, Callable[[Briefing, Texts], bytes]] = {
    ".md": _markdown,
    ".docx": _docx,
    ".html": _html,
    ".pdf": _pdf,
    ".pptx": _pptx,
}
SUFFIXES = tuple(_MAKERS)
