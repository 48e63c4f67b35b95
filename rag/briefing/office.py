"""What pandoc leaves undone in files for Word and PowerPoint: a filled table of contents, and no time of the day."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator

# Of the same briefing comes the same file: pandoc puts the time of the day in two places.
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_TIMED = ("docProps/core.xml", "docProps/app.xml", "word/comments.xml")

_DOCUMENT = "word/document.xml"
_ADDRESS = re.compile(r' descr="data:[^"]*"')  # stands where a description belongs; some read it aloud
_SLIDE = re.compile(r"ppt/slides/[^/]+\.xml")
_CONTENTS = re.compile(r"\s*<w:sdt><w:sdtPr><w:docPartObj>.*?</w:sdt>", re.DOTALL)
_FIELD = re.compile(r'<w:p><w:r><w:fldChar w:fldCharType="begin" w:dirty="true" />.*?</w:p>', re.DOTALL)
_HEADING = re.compile(
    r'<w:bookmarkStart w:id="\d+" w:name="([^"]*)" />\s*'
    r'<w:p><w:pPr><w:pStyle w:val="Heading([12])" /></w:pPr>(.*?)</w:p>',
    re.DOTALL,
)
_WORDS = re.compile(r"<w:t [^>]*>([^<]*)</w:t>")
# Without page numbers, which only Word knows; so it need not ask whether to bring them up to date.
_BEGIN = (
    '<w:r><w:fldChar w:fldCharType="begin"/><w:instrText xml:space="preserve">TOC \\o "1-2" \\h \\n \\z \\u'
    '</w:instrText><w:fldChar w:fldCharType="separate"/></w:r>'
)
_END = '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
# The table of figures and names: as wide as the page, the column of sources the widest, no row on two pages.
_TABLE = (
    ('<w:tblW w:type="auto" w:w="0" />', '<w:tblW w:type="pct" w:w="5000"/>'),
    ('<w:gridCol w:w="2640" />' * 3, '<w:gridCol w:w="2700"/><w:gridCol w:w="1400"/><w:gridCol w:w="5200"/>'),
    ("<w:tr><w:tc>", "<w:tr><w:trPr><w:cantSplit/></w:trPr><w:tc>"),
)


def settled(office: bytes, day: str, picture: str) -> bytes:
    """A file of pandoc's for Word or PowerPoint, finished.

    Args:
        office: the file.
        day: ISO; what the file says about when it was made.
        picture: what its picture shows, in words.
    """
    described = f' descr="{html.escape(picture)}"'
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(office)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name in _TIMED:
                content = _TIME.sub(f"{day}T00:00:00Z", content.decode("utf-8")).encode("utf-8")
            if name == _DOCUMENT:
                content = _finished(content.decode("utf-8")).encode("utf-8")
            if name == _DOCUMENT or _SLIDE.fullmatch(name):
                content = _ADDRESS.sub(lambda _: described, content.decode("utf-8")).encode("utf-8")
            new.writestr(zipfile.ZipInfo(name, _EARLIEST), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _finished(document: str) -> str:
    for old, new in _TABLE:
        document = document.replace(old, new)
    return _with_contents(document)


def _with_contents(document: str) -> str:
    """The table of contents with its entries, between the cover and the first heading."""
    contents = _CONTENTS.search(document)
    first = _HEADING.search(document)
    if not contents or not first:
        return document
    entries = "".join(_entries(document)).removesuffix("</w:p>") + _END
    filled = _FIELD.sub(lambda _: entries, contents.group())
    return document[: contents.start()] + document[contents.end() : first.start()] + filled + document[first.start() :]


def _entries(document: str) -> Iterator[str]:
    begin = _BEGIN
    for name, level, heading in _HEADING.findall(document):
        words = "".join(_WORDS.findall(heading))
        yield (
            f'<w:p><w:pPr><w:pStyle w:val="TOC{level}"/></w:pPr>{begin}<w:hyperlink w:anchor="{name}">'
            f'<w:r><w:t xml:space="preserve">{words}</w:t></w:r></w:hyperlink></w:p>'
        )
        begin = ""
