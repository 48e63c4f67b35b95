"""Markdown into files: nothing far or local is pulled in, and a file is whole or the old one."""

from __future__ import annotations

from pathlib import Path

import docx
import pypandoc
import pytest
from nasty import part

from rag.errors import RagError
from rag.export import as_docx
from rag.pandoc import ExportError, convert, metadata


def test_raw_html_and_far_pictures_that_nobody_escaped_do_nothing(tmp_path: Path) -> None:
    path = tmp_path / "raw.docx"
    raw = (
        "a <b>b</b> ![far](http://127.0.0.1:9/x.png) \\textbf{c} $d$\n\n<script>e</script>\n\n```{=openxml}\n<f/>\n```"
    )
    as_docx(raw, path, "en", "x")
    assert "127.0.0.1" not in part(path, "word/_rels/document.xml.rels")
    assert [p.text for p in docx.Document(str(path)).paragraphs] == ["x", "a b far \\textbf{c} $d$", "<f/>"]


def test_a_local_file_cannot_be_pulled_in(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    convert(f"![x]({secret})", "html", tmp_path / "page.html", ["--embed-resources", *metadata("en", "x")])
    assert "c2VjcmV0" not in (tmp_path / "page.html").read_text(encoding="utf-8")  # base64 of it


def test_without_a_heading_the_title_is_the_one_given(tmp_path: Path) -> None:
    as_docx("Words.", tmp_path / "t.docx", "es", "A: *title* = \x00 <b>")
    assert docx.Document(str(tmp_path / "t.docx")).core_properties.title == "A: *title* = <b>"


def test_a_file_that_is_there_is_replaced_and_one_that_fails_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "t.docx"
    path.write_bytes(b"old")
    with pytest.raises(ExportError, match=r"^pandoc cannot make this nothing file: [^\n]+$"):
        convert("Words.", "nothing", path)
    assert path.read_bytes() == b"old"
    as_docx("Words.", path, "en", "x")
    assert path.read_bytes()[:2] == b"PK"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("place", ["missing/t.docx", "file/t.docx", "folder", "x" * 300])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    with pytest.raises(RagError, match=r"cannot be written: [^\n]+\. Choose another folder\.$") as caught:
        as_docx("Words.", tmp_path / place, "en", "x")
    assert str(tmp_path / place) in str(caught.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]
    assert list((tmp_path / "folder").iterdir()) == []


def test_a_missing_pandoc_is_said_with_the_command_that_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise OSError("No pandoc was found")

    monkeypatch.setattr(pypandoc, "get_pandoc_path", missing)
    with pytest.raises(ExportError, match=r"^pandoc is missing.*pip install pypandoc_binary$"):
        as_docx("Words.", tmp_path / "t.docx", "en", "x")
    assert list(tmp_path.iterdir()) == []
