"""The files to hand out: quotations come back whole, nothing is loaded, and no file is half written."""

from __future__ import annotations

import errno
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import docx
import pptx
import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from briefings import briefing_of, briefing_over, uncovered
from browser import NARROW, PHONE, WIDE, chromium
from hypothesis import given, settings
from hypothesis import strategies as st
from test_briefing_document import spans_of
from test_export import NASTY, Notes, footnotes, nasty, same
from test_export import part as part_of

from rag.briefing import formats
from rag.briefing.formats import SUFFIXES, ready, write
from rag.corpus import Corpus
from rag.errors import RagError
from rag.oneline import one_line
from rag.texts import texts_in
from rag.types import cited

T = texts_in("en")
FRENCH = replace(T, language="fr")
PARTS = [
    "In brief",
    "What the documents say",
    "Timeline",
    "Figures and names",
    "Questions to discuss",
    "Quiz",
    "What these documents do not cover",
    "Sources",
    "Appendix: every quotation and its checks",
    "How this was made",
]


@pytest.fixture(scope="module")
def folder(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The briefing in every format."""
    made = tmp_path_factory.mktemp("briefings")
    for suffix in SUFFIXES:
        write(briefing_over(corpus), made / f"b{suffix}", T)
    return made


def quotes(corpus: Corpus) -> list[str]:
    return [same(span.quote) for span in spans_of(briefing_over(corpus))]


# --- all of them ------------------------------------------------------------------------------------------------------


def test_nothing_else_is_left_in_the_folder(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["b.docx", "b.html", "b.md", "b.pdf", "b.pptx"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_briefing_is_the_same_file(corpus: Corpus, folder: Path, tmp_path: Path, suffix: str) -> None:
    write(briefing_over(corpus), tmp_path / f"b{suffix}", T)
    assert (tmp_path / f"b{suffix}").read_bytes() == (folder / f"b{suffix}").read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_is_there_is_kept_unless_told_otherwise(corpus: Corpus, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"b{suffix.upper()}"
    path.write_bytes(b"old")
    with pytest.raises(
        RagError, match=r"^[^\n]+ is there already\. Choose another name, or replace it with --force\.$"
    ):
        write(uncovered(corpus), path, T)
    assert path.read_bytes() == b"old"
    write(uncovered(corpus), path, T, force=True)
    assert len(path.read_bytes()) > 500
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["b", "b.odt", "b.docx.txt", ".docx"])
def test_an_unknown_format_is_named(corpus: Corpus, tmp_path: Path, name: str) -> None:
    with pytest.raises(
        RagError, match=r"^[^\n]+: a briefing is written as \.md, \.docx, \.html, \.pdf, \.pptx\. [^\n]+$"
    ):
        write(briefing_over(corpus), tmp_path / name, T)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["missing/b.docx", "file/b.pdf", f"{'x' * 300}.md"])
def test_a_place_that_cannot_be_written_is_named(corpus: Corpus, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(RagError, match=r"^[^\n]+ cannot be written: [^\n]+\. Choose another folder\.$") as caught:
        write(uncovered(corpus), tmp_path / place, T)
    assert str(tmp_path / place) in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_cannot_be_written_is_known_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("mine", encoding="utf-8")
    (tmp_path / "folder.md").mkdir()
    ready(tmp_path / "there.md", force=True)
    ready(tmp_path / "new.PDF")
    for name, force, why in [
        ("there.md", False, "is there already"),
        ("folder.md", True, "is a folder"),
        ("a.odt", True, "a briefing is written as"),
        ("there.md/a.md", False, "Not a directory"),
        ("missing/a.md", False, "No such file or directory"),
        (f"{'x' * 300}.md", False, "File name too long"),
    ]:
        with pytest.raises(RagError, match=why):
            ready(tmp_path / name, force)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.md", "there.md"]
    assert (tmp_path / "there.md").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_leaves_no_half_file(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    real = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.parent != tmp_path:
            return real(path, content)
        real(path, content[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(
        RagError, match=r"^[^\n]+ cannot be written: No space left on device\. Choose another folder\.$"
    ):
        write(uncovered(corpus), tmp_path / f"b{suffix}", T)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nasty_words_are_written_in_every_format(tmp_path: Path, suffix: str) -> None:
    texts = [text for text in NASTY if one_line(text)]
    write(briefing_of(["\n".join(texts), texts[0], texts[4], "x" * 3000]), tmp_path / f"b{suffix}", T)
    assert b'http://evil.example/x.png"' not in (tmp_path / f"b{suffix}").read_bytes()


# --- Word -------------------------------------------------------------------------------------------------------------


def test_word_has_real_footnotes_with_the_quotations(corpus: Corpus, folder: Path) -> None:
    found = footnotes(folder / "b.docx")
    assert [note.endswith(f" “{quote}”") for note, quote in zip(found, quotes(corpus), strict=True)] == [True] * 30
    assert part_of(folder / "b.docx", "word/document.xml").count("<w:footnoteReference ") == 30


def test_word_has_heading_styles_contents_language_and_a_description_of_the_picture(folder: Path) -> None:
    path = folder / "b.docx"
    document = docx.Document(str(path))
    styled = [(p.style.name, p.text) for p in document.paragraphs if p.style.name.startswith(("Title", "Heading 1"))]
    assert styled == [("Title", "Briefing: just transition"), *(("Heading 1", part) for part in PARTS)]
    xml = part_of(path, "word/document.xml")
    contents = re.search(r"<w:sdt>.*?</w:sdt>", xml, re.DOTALL)
    assert contents is not None
    anchors = re.findall(r'w:anchor="([^"]+)"', contents.group())
    assert len(anchors) == 10 + 6  # parts, and what stands below them
    assert set(anchors) <= set(re.findall(r'<w:bookmarkStart [^>]*w:name="([^"]+)"', xml))
    assert [w for w in re.findall(r"<w:t [^>]*>([^<]+)</w:t>", contents.group()) if w in PARTS] == PARTS
    assert xml.index("Made from these documents") < contents.start() < xml.index("<w:bookmarkStart")
    assert "dirty" not in xml
    assert document.core_properties.language == "en"
    assert set(re.findall(r' descr="([^"]*)"', xml)) == {"Dated items by year: 2021: 1; 2022: 2; 2023: 1; 2024: 2."}
    assert document.core_properties.created is not None
    assert document.core_properties.created.date().isoformat() == "2026-11-25"


def test_word_is_for_a4_with_numbered_pages_and_notes_numbered_through(folder: Path) -> None:
    document = docx.Document(str(folder / "b.docx"))
    section = document.sections[0]
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    assert [field for field in ("PAGE", "NUMPAGES") if f'w:instr="{field}"' in section.footer._element.xml] == ["PAGE", "NUMPAGES"]  # fmt: skip
    assert 'w:numRestart w:val="continuous"' in part_of(folder / "b.docx", "word/document.xml")
    assert [len(row.cells) for row in document.tables[0].rows] == [3] * 6


def test_word_says_which_words_are_in_another_language(corpus: Corpus, tmp_path: Path) -> None:
    write(briefing_over(corpus), tmp_path / "b.docx", FRENCH)
    assert part_of(tmp_path / "b.docx", "word/footnotes.xml").count('<w:lang w:val="en" />') == 30
    assert len(footnotes(tmp_path / "b.docx")) == 30
    assert docx.Document(str(tmp_path / "b.docx")).core_properties.language == "fr"


@settings(max_examples=10)
@given(st.lists(nasty.filter(one_line), min_size=1, max_size=6, unique_by=one_line))
def test_every_quotation_comes_back_from_word_and_html(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    made = tmp_path_factory.mktemp("nasty")
    briefing = briefing_of(texts)
    expected = [same(one_line(span.quote)) for span in spans_of(briefing)]
    write(briefing, made / "b.docx", T)
    write(briefing, made / "b.html", T)
    page = Notes()
    page.feed((made / "b.html").read_text(encoding="utf-8"))
    for found in (footnotes(made / "b.docx"), list(map(same, page.notes))):
        assert len(found) == len(expected)
        assert all(note.endswith(f" “{quote}”") for note, quote in zip(found, expected, strict=True))
    assert page.tags.isdisjoint({"script", "iframe", "em", "strong", "code", "pre", "sub", "del", "link"})
    assert all(address.startswith(("#", "data:image/svg+xml;base64,")) for address in page.addresses)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("suffix", [".docx", ".pptx"])
def test_libreoffice_opens_it(folder: Path, tmp_path: Path, suffix: str) -> None:
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(folder / f"b{suffix}")],
        check=True,
        timeout=180,
        capture_output=True,
    )  # fmt: skip
    pdf = pypdf.PdfReader(tmp_path / "b.pdf")
    text = same(" ".join(page.extract_text() for page in pdf.pages))
    assert all(part in text for part in ("In brief", "Questions to discuss", "Sources"))
    if suffix == ".docx":
        assert 6 <= len(pdf.pages) <= 10
        assert "30 IndustriALL Global Union" in text  # notes do not begin at 1 on each page


# --- HTML -------------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, tag: str, name: str) -> Iterator[str]:
        return (values.get(name) or "" for found, values in self.found if found == tag)


def test_html_is_one_file_that_loads_nothing(folder: Path) -> None:
    text = (folder / "b.html").read_text(encoding="utf-8")
    page = Page(text)
    assert list(page.of("html", "lang")) == ["en"]
    assert [value[:26] for value in page.of("img", "src")] == ["data:image/svg+xml;base64,"]
    assert list(page.of("img", "alt")) == ["Dated items by year: 2021: 1; 2022: 2; 2023: 1; 2024: 2."]
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.found}
    assert all(address.startswith("#") for address in page.of("a", "href"))
    assert "default-src 'none'" in next(value for value in page.of("meta", "content") if "src" in value)
    assert "url(" not in text
    assert "@import" not in text
    assert "@media print" in text


def test_html_has_one_title_then_the_cover_then_contents(folder: Path) -> None:
    text = (folder / "b.html").read_text(encoding="utf-8")
    assert [tag for tag, _ in Page(text).found].count("h1") == 1
    assert "<title>Briefing: just transition</title>" in text
    order = [text.index(words) for words in ("<h1>", "For union members.", "<nav ", '<h2 id="in-brief">')]
    assert order == sorted(order)
    ids = set(re.findall(r' id="([^"]+)"', text))
    assert {address.removeprefix("#") for address in Page(text).of("a", "href")} <= ids


def test_html_says_which_words_are_in_another_language(corpus: Corpus, tmp_path: Path) -> None:
    write(briefing_over(corpus), tmp_path / "b.html", FRENCH)
    text = (tmp_path / "b.html").read_text(encoding="utf-8")
    assert '<html lang="fr">' in text
    assert (
        '“<span lang="en">Countries in the Global South are essential for achieving a Just Transition.</span>”' in text
    )


@pytest.mark.enable_socket
@pytest.mark.parametrize("viewport", [WIDE, PHONE, NARROW])
def test_html_in_a_browser_asks_for_nothing_fits_and_is_accessible(folder: Path, viewport: dict[str, int]) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    with chromium() as browser:
        page = browser.new_page(viewport=viewport)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto((folder / "b.html").as_uri())
        assert page.locator("img").evaluate("image => image.complete && image.naturalWidth > 0")
        page.locator(".footnote-ref").nth(4).click()
        assert page.locator("li:target").inner_text().startswith("IndustriALL Global Union, “Energy sector unions")
        assert page.evaluate("document.scrollingElement.scrollWidth - document.documentElement.clientWidth") <= 0
        found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found] == []
    assert {url.partition(":")[0] for url in asked} <= {"file", "data"}
    assert complaints == []


# --- PDF --------------------------------------------------------------------------------------------------------------


def test_pdf_has_title_language_tags_and_every_quotation(corpus: Corpus, folder: Path) -> None:
    pdf = pypdf.PdfReader(folder / "b.pdf")
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Briefing: just transition"
    root = pdf.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a PDF's own kind of true
    assert tuple(round(float(side)) for side in pdf.pages[0].mediabox[2:]) == (595, 842)  # points: A4
    letters = re.sub(r"\W", "", "".join(page.extract_text() for page in pdf.pages))
    assert [quote for quote in quotes(corpus) if re.sub(r"\W", "", quote) not in letters] == []


def test_pdf_without_a_font_for_a_letter_is_made_still(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = formats.pdf_of.__globals__["_compiled"]

    def strict(main: Path, time: int, standard: str | None) -> bytes:
        if standard:
            raise RuntimeError("PDF/UA-1 error")
        return real(main, time, standard)

    monkeypatch.setitem(formats.pdf_of.__globals__, "_compiled", strict)
    write(briefing_of(["𒀀 and \ue000"]), tmp_path / "b.pdf", T)
    assert len(pypdf.PdfReader(tmp_path / "b.pdf").pages) >= 1


def test_pdf_that_typst_cannot_make_is_one_line() -> None:
    with pytest.raises(RagError, match=r"^typst cannot make this PDF: [^\n]+$"):
        formats.pdf_of('#read("/etc/hostname")', {}, "2026-11-25")
    with pytest.raises(RagError, match=r"^typst cannot make this PDF: [^\n]+$"):
        formats.pdf_of("#nothing", {}, "2026-11-25")


def test_a_topic_that_is_not_covered_is_one_page(corpus: Corpus, tmp_path: Path) -> None:
    write(uncovered(corpus), tmp_path / "b.pdf", T)
    pages = pypdf.PdfReader(tmp_path / "b.pdf").pages
    assert len(pages) == 1
    assert "Nothing on “cryptocurrency” was found in these documents." in same(pages[0].extract_text())


# --- slides -----------------------------------------------------------------------------------------------------------


def test_slides_have_a_point_each_and_its_quotations_in_the_notes(corpus: Corpus, folder: Path) -> None:
    briefing = briefing_over(corpus)
    slides = list(pptx.Presentation(str(folder / "b.pptx")).slides)
    first = [shape.text_frame.text for shape in slides[0].shapes if shape.has_text_frame]
    assert first[:2] == ["Briefing: just transition", "For union members. Made on 25 November 2026."]
    titles = [slide.shapes.title.text for slide in slides[1:]]
    assert titles[1:10] == [point.theme for point in briefing.points]
    for point, slide in zip(briefing.points, slides[2:], strict=False):
        notes = same(slide.notes_slide.notes_text_frame.text)
        assert all(f"“{same(span.quote)}”" in notes for span in cited(point.sentences))
    pictures = [shape for slide in slides for shape in slide.shapes if shape.shape_type == 13]
    assert len(pictures) == 1
    assert re.findall(r' descr="([^"]*)"', pictures[0]._element.xml) == ["Dated items by year: 2021: 1; 2022: 2; 2023: 1; 2024: 2."]  # fmt: skip


# --- the files that they are styled by --------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".docx", ".pptx"])
def test_office_files_hold_no_programs_and_point_to_nothing_outside(folder: Path, suffix: str) -> None:
    with zipfile.ZipFile(folder / f"b{suffix}") as file:
        assert not [name for name in file.namelist() if name.endswith((".bin", ".exe"))]
        assert b'TargetMode="External"' not in b"".join(map(file.read, file.namelist()))


@pytest.mark.parametrize("name", ["reference.docx", "reference.pptx"])
def test_the_reference_files_are_small(name: str) -> None:
    assert len((Path(formats.__file__).parent / name).read_bytes()) < 40_000
