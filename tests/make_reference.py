"""Make rag/briefing/reference.docx and reference.pptx: pandoc's own, calmer. Run: python tests/make_reference.py.

Word's styles and the slides' layout come from these two files. They hold no words.
"""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import docx
import pypandoc
from docx.document import Document as Word
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

FOLDER = Path(__file__).parents[1] / "rag" / "briefing"
FONT = "Arial"  # each system has it, or Liberation Sans, which is as wide
STRONG, INK, QUIET, LINE = "9B1C31", "1C1C1C", "555555", "BBBBBB"
DAY = (2026, 1, 1, 0, 0, 0)  # of the files in the file: the same script makes the same bytes

# Style: points, colour, bold, points above, points below.
STYLES = {
    "Title": (22, INK, True, 0, 4),
    "Heading 1": (14, STRONG, True, 18, 6),
    "Heading 2": (11, INK, True, 12, 4),
    "TOC Heading": (11, INK, True, 12, 4),
    "Normal": (10.5, INK, False, 4, 4),
    "Body Text": (10.5, INK, False, 4, 4),
    "First Paragraph": (10.5, INK, False, 4, 4),
    "Compact": (10.5, INK, False, 2, 2),
    "Footnote Text": (8.5, INK, False, 0, 2),
}
_TITLE = '<a:buNone/><a:defRPr sz="{}" {}kern="1200"><a:solidFill>{}</a:solidFill><a:latin typeface="+mj-lt"/>'
SLIDES = {
    "ppt/slideMasters/slideMaster1.xml": (
        ('<p:titleStyle><a:lvl1pPr algn="ctr"', '<p:titleStyle><a:lvl1pPr algn="l"'),
        (
            _TITLE.format(3300, "", '<a:schemeClr val="tx1"/>'),
            _TITLE.format(2400, 'b="1" ', f'<a:srgbClr val="{STRONG}"/>'),
        ),
        ('<a:defRPr sz="2400" kern="1200">', '<a:defRPr sz="2000" kern="1200">'),
    ),
    "ppt/slideLayouts/slideLayout1.xml": (
        ('<a:off x="685800" y="1597819"/>', '<a:off x="685800" y="1300000"/>'),
        ('<a:off x="1371600" y="2914650"/><a:ext cx="6400800"', '<a:off x="685800" y="2500000"/><a:ext cx="7772400"'),
        (
            'cy="1102519"/></a:xfrm></p:spPr><p:txBody><a:bodyPr/><a:lstStyle/>',
            'cy="1102519"/></a:xfrm></p:spPr><p:txBody><a:bodyPr anchor="b"/><a:lstStyle><a:lvl1pPr><a:defRPr sz="3200"/></a:lvl1pPr></a:lstStyle>',
        ),
        ('<a:lvl1pPr marL="0" indent="0" algn="ctr">', '<a:lvl1pPr marL="0" indent="0" algn="l">'),
    ),
    "ppt/theme/theme1.xml": (('<a:latin typeface="Calibri"/>', f'<a:latin typeface="{FONT}"/>'),),
}


def reference_docx() -> bytes:
    """Styles of the handout: A4, a plain font, dark red headings, thin lines in tables, numbered pages."""
    word = docx.Document(io.BytesIO(_default("reference.docx")))
    section = word.sections[0]
    for sample in list(word.element.body)[:-1]:
        word.element.body.remove(sample)
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.3)
    section.top_margin, section.bottom_margin = Cm(2), Cm(2)
    for restart in section._sectPr.iter(qn("w:numRestart")):
        restart.set(qn("w:val"), "continuous")  # or notes begin at 1 on each page in LibreOffice
    _fonts(word)
    for name, (size, colour, bold, above, below) in STYLES.items():
        _styled(word.styles[name], size, colour, bold, above, below)
    for name, spacing in (("Normal", 1.15), ("Body Text", 1.15), ("Footnote Text", 1.0)):
        word.styles[name].paragraph_format.line_spacing = spacing
    for level, indent in ((1, 0), (2, 0.6)):
        style = word.styles.add_style(f"TOC {level}", 1)
        style.base_style = word.styles["Normal"]
        _styled(style, 10, INK if level == 1 else QUIET, False, 1, 1)
        style.paragraph_format.left_indent = Cm(indent)
    word.styles["Hyperlink"].font.color.rgb = RGBColor.from_string(INK)
    _ruled(word)
    _numbered(section.footer.paragraphs[0])
    made = io.BytesIO()
    word.save(made)
    with zipfile.ZipFile(made) as file:
        return _zipped({name: file.read(name) for name in file.namelist()})


def reference_pptx() -> bytes:
    """Wide slides: titles to the left, dark red and no larger than they need be; plain paragraphs."""
    with zipfile.ZipFile(io.BytesIO(_default("reference.pptx"))) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    for name, changes in SLIDES.items():
        words = parts[name].decode("utf-8")
        for old, new in changes:
            if old not in words:
                raise LookupError(f"{name} of pandoc's reference.pptx has no {old}")
            words = words.replace(old, new)
        parts[name] = words.encode("utf-8")
    return _zipped(parts)


def _default(name: str) -> bytes:
    return subprocess.run(
        [pypandoc.get_pandoc_path(), "--print-default-data-file", name], check=True, capture_output=True
    ).stdout


def _fonts(word: Word) -> None:
    defaults = word.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for element in [defaults, *(style.element.rPr for style in word.styles if style.element.rPr is not None)]:
        fonts = element.find(qn("w:rFonts"))
        if fonts is not None and "Consolas" not in fonts.attrib.values():
            fonts.attrib.clear()
            for script in ("ascii", "hAnsi", "cs"):
                fonts.set(qn(f"w:{script}"), FONT)


def _styled(style: ParagraphStyle, size: float, colour: str, bold: bool, above: float, below: float) -> None:
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold or None, False
    style.font.color.rgb = RGBColor.from_string(colour)
    form = style.paragraph_format
    form.space_before, form.space_after = Pt(above), Pt(below)
    form.keep_with_next = style.name.startswith(("Heading", "TOC Heading"))
    form.keep_together = True
    form.alignment = WD_ALIGN_PARAGRAPH.LEFT


def _ruled(word: Word) -> None:
    """Thin grey lines below the rows of a table, which is as wide as the text."""
    table = word.styles["Table"].element
    for old in table.findall(qn("w:tblPr")) + table.findall(qn("w:tblStylePr")):
        table.remove(old)
    line = f'w:val="single" w:sz="4" w:space="0" w:color="{LINE}"'
    table.append(
        parse_xml(
            f"<w:tblPr {nsdecls('w')}><w:tblBorders><w:top {line}/><w:bottom {line}/><w:insideH {line}/></w:tblBorders>"
            '<w:tblCellMar><w:top w:w="40" w:type="dxa"/><w:left w:w="0" w:type="dxa"/><w:bottom w:w="40" w:type="dxa"/>'
            '<w:right w:w="160" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        )
    )
    table.append(parse_xml(f'<w:tblStylePr {nsdecls("w")} w:type="firstRow"><w:rPr><w:b/></w:rPr></w:tblStylePr>'))


def _numbered(paragraph: docx.text.paragraph.Paragraph) -> None:
    """The number of the page and of all pages: "2 / 5"."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for words in ("PAGE", " / ", "NUMPAGES"):
        run = paragraph.add_run("" if words.isupper() else words)
        run.font.size, run.font.color.rgb = Pt(8.5), RGBColor.from_string(QUIET)
        if words.isupper():
            field = OxmlElement("w:fldSimple")
            field.set(qn("w:instr"), words)
            paragraph._p.append(field)
            field.append(run._r)
            run.text = "1"


def _zipped(parts: Mapping[str, bytes]) -> bytes:
    """The same bytes whenever it is made."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(zipfile.ZipInfo(name, DAY), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


if __name__ == "__main__":
    (FOLDER / "reference.docx").write_bytes(reference_docx())
    (FOLDER / "reference.pptx").write_bytes(reference_pptx())
