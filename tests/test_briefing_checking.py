"""Every footnote of a handout is looked up anew: what stands passes, whatever was altered, moved or taken away is found."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from briefings import briefing_of, briefing_over
from conftest import SEEDS, WriteSeeds
from desk import opened_index
from hypothesis import given
from hypothesis import strategies as st

from rag.briefing import footnotes as reading
from rag.briefing.checking import Checked, Verdict, check
from rag.briefing.footnotes import CheckError, Footnote, footnotes
from rag.briefing.formats import write
from rag.corpus import Corpus
from rag.markdown import footnote, noted
from rag.oneline import one_line
from rag.pandoc import as_docx
from rag.store import Store
from rag.texts import texts_in

KINDS = [".md", ".docx"]
RESOLUTION = "IndustriALL Global Union, “IndustriALL 4th Congress resolution: Organizing for a just future”"
QUALITY_JOB = (
    "The primary objective should be the creation of a new, quality job for every job that is lost in the process."
)
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1).filter(one_line)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Of the real documents."""
    with opened_index(tmp_path_factory.mktemp("checking")) as index:
        yield index.store


def handout(folder: Path, notes: list[tuple[str, str]], suffix: str = ".md") -> Path:
    """A file with a sentence and a footnote for each (reference, quotation)."""
    names = [f"n{n}" for n in range(1, len(notes) + 1)]
    blocks = [noted("It is said so.", [name]) for name in names]
    blocks += [footnote(name, *note) for name, note in zip(names, notes, strict=True)]
    text = "\n\n".join(["# A handout", *blocks]) + "\n"
    path = folder / f"handout{suffix}"
    if suffix == ".md":
        path.write_text(text, encoding="utf-8")
    else:
        as_docx(text, path, "en", "A handout")
    return path


def only(checked: tuple[Checked, ...]) -> Checked:
    [one] = checked
    return one


def word_file(path: Path, document: str, notes: str, prolog: str = "") -> Path:
    """A Word file with these parts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{WORD}">{document}</w:document>')
        archive.writestr("word/footnotes.xml", f'{prolog}<w:footnotes xmlns:w="{WORD}">{notes}</w:footnotes>')
    return path


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("suffix", KINDS)
def test_each_footnote_of_a_whole_briefing_stands(
    store: Store, corpus: Corpus, tmp_path: Path, suffix: str, language: str
) -> None:
    path = tmp_path / f"briefing{suffix}"
    write(briefing_over(corpus), path, texts_in(language))
    checked = check(path, store, [texts_in(language)])
    assert [one.note.number for one in checked] == list(range(1, 31))
    assert {one.verdict for one in checked} == {Verdict.STANDS}


@pytest.mark.parametrize(
    ("old", "new", "differing"),
    [
        ("quality job", "temporary job", ("quality", "temporary")),
        ("that is lost", "that is not lost", ("", "not")),
        ("a new, quality", "a quality", ("new,", "")),
        ("The primary", "A primary", ("The", "A")),
        ("in the process.", "in the end.", ("process.", "end.")),
    ],
)
@pytest.mark.parametrize("suffix", KINDS)
def test_a_quotation_altered_by_one_word_is_found(
    store: Store, tmp_path: Path, suffix: str, old: str, new: str, differing: tuple[str, str]
) -> None:
    notes = [(f"{RESOLUTION}, ¶55.", QUALITY_JOB.replace(old, new)), (f"{RESOLUTION}, ¶55.", QUALITY_JOB)]
    altered, whole = check(handout(tmp_path, notes, suffix), store)
    assert whole.verdict is Verdict.STANDS
    assert altered.verdict is Verdict.ALTERED
    assert altered.nearest == QUALITY_JOB
    assert altered.differing == (differing[::-1],)


@pytest.mark.parametrize("suffix", KINDS)
def test_a_briefing_is_checked_against_documents_that_changed_after_it_was_made(
    corpus: Corpus, tmp_path: Path, suffix: str
) -> None:
    seeds = shutil.copytree(SEEDS, tmp_path / "seeds")
    path = tmp_path / f"briefing{suffix}"
    write(briefing_over(corpus), path, texts_in("en"))
    changed = next(d.file for d in corpus.documents if d.kind == "resolution")
    text = (seeds / changed).read_text(encoding="utf-8")
    assert text.count("financial capacity to transition") == 1
    (seeds / changed).write_text(text.replace("financial capacity to transition", "political will to transition"))
    with opened_index(tmp_path / "index", seeds) as index:
        checked = check(path, index.store)
    faults = [one for one in checked if one.verdict is not Verdict.STANDS]
    assert [one.verdict for one in faults] == [Verdict.ALTERED]
    assert faults[0].differing == (("financial capacity", "political will"),)


def test_a_document_that_is_gone_or_renamed_is_told_apart(tmp_path: Path, write_seeds: WriteSeeds) -> None:
    reference, quote = "“a”, paragraph 1.", "Unions met in Manila."
    seeds = write_seeds({"a.txt": f"{quote}\n\nThey agreed.", "b.txt": "Cement workers organize."})
    path = handout(tmp_path, [(reference, quote)])
    with opened_index(tmp_path / "one", seeds) as index:
        assert only(check(path, index.store)).verdict is Verdict.STANDS
    (seeds / "a.txt").rename(seeds / "c.txt")
    with opened_index(tmp_path / "two", seeds) as index:
        renamed = only(check(path, index.store))
    assert (renamed.verdict, renamed.where) == (Verdict.MISPLACED, "“c”, paragraph 1.")
    (seeds / "c.txt").unlink()
    with opened_index(tmp_path / "three", seeds) as index:
        assert only(check(path, index.store)) == Checked(Footnote(1, reference, quote), Verdict.GONE)


def test_a_quotation_at_another_place_than_its_reference_says_is_misplaced(store: Store, tmp_path: Path) -> None:
    notes = [(f"{RESOLUTION}, ¶27.", QUALITY_JOB), (f"{RESOLUTION}, page 9.", QUALITY_JOB)]
    for one in check(handout(tmp_path, notes), store):
        assert (one.verdict, one.where) == (Verdict.MISPLACED, f"{RESOLUTION}, ¶55.")


def test_a_document_named_without_a_place_has_all_its_words(store: Store, tmp_path: Path) -> None:
    assert only(check(handout(tmp_path, [(f"{RESOLUTION}.", QUALITY_JOB)]), store)).verdict is Verdict.STANDS


@pytest.mark.parametrize(("text", "quote"), [("unacceptable risks", "acceptable risks"), ("21,000 jobs", "000 jobs"), ("anti-union acts", "union acts"), ("paid 1.5 euros", "paid 1"), ("jobs lost", "jobs los")])  # fmt: skip
def test_a_part_of_a_word_or_number_is_no_quotation(
    tmp_path: Path, write_seeds: WriteSeeds, text: str, quote: str
) -> None:
    with opened_index(tmp_path / "index", write_seeds({"a.txt": f"They saw {text}."})) as index:
        assert only(check(handout(tmp_path, [("“a”, paragraph 1.", quote)]), index.store)).verdict is Verdict.ALTERED
        assert only(check(handout(tmp_path, [("“a”, paragraph 1.", text)]), index.store)).verdict is Verdict.STANDS


def test_words_that_are_nowhere_near_have_no_nearest_ones(store: Store, tmp_path: Path) -> None:
    one = only(check(handout(tmp_path, [(f"{RESOLUTION}, ¶55.", "Bitcoin is a sound investment.")]), store))
    assert (one.verdict, one.nearest, one.differing) == (Verdict.ALTERED, "", ())


@given(st.lists(TEXTS, min_size=1, max_size=3, unique=True))
def test_whatever_documents_say_comes_back_from_markdown(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    path = tmp_path_factory.mktemp("given") / "briefing.md"
    write(briefing_of(texts, timeline=()), path, texts_in("en"))
    quotes = {one_line(text) for text in texts}
    assert {note.quote for note in footnotes(path)} == quotes


def test_a_footnote_without_a_quotation_or_without_words_is_no_quiet_success(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "handout.md"
    path.write_text("One.[^a] Two.[^b] \\[^c]\n\n[^a]: See our own page.\n", encoding="utf-8")
    assert [one.verdict for one in check(path, store)] == [Verdict.UNQUOTED] * 2
    assert footnotes(path) == (Footnote(1, "See our own page.", ""), Footnote(2, "", ""))


def test_markdown_that_other_programs_wrote_is_read(tmp_path: Path) -> None:
    path = tmp_path / "handout.md"
    note = "[^x]: “A”,\n    paragraph 1.  \n    “It is\n    \\*so\\*.”\n[^y]: “B”. “And so.”"
    path.write_bytes(f"\ufeffTwo[^y] and one[^x].\n\n{note}\n\nThe end.".replace("\n", "\r\n").encode())
    assert footnotes(path) == (Footnote(1, "“B”.", "And so."), Footnote(2, "“A”, paragraph 1.", "It is *so*."))


def test_word_numbers_by_marks_and_what_was_deleted_does_not_count(tmp_path: Path) -> None:
    mark = '<w:r><w:footnoteReference w:id="{}"/></w:r>'
    document = f"<w:p>{mark.format(7)}<w:del>{mark.format(3)}</w:del>{mark.format(2)}</w:p>"
    notes = (
        '<w:footnote w:id="0" w:type="separator"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
        '<w:footnote w:id="2"><w:p><w:r><w:t>“A”, ¶1.</w:t><w:br/><w:t>“It </w:t></w:r>'
        "<w:del><w:r><w:delText>never</w:delText></w:r></w:del><w:ins><w:r><w:t>is.”</w:t></w:r></w:ins></w:p></w:footnote>"
        '<w:footnote w:id="3"><w:p><w:r><w:t>gone</w:t></w:r></w:p></w:footnote>'
        '<w:footnote w:id="7"><w:p><w:r><w:t>“B”.</w:t></w:r></w:p><w:p><w:r><w:t>“So.”</w:t></w:r></w:p></w:footnote>'
    )
    assert footnotes(word_file(tmp_path / "a.docx", document, notes)) == (
        Footnote(1, "“B”.", "So."),
        Footnote(2, "“A”, ¶1.", "It is."),
    )


def bomb(path: Path) -> Path:
    entities = '<!ENTITY a "lol">' + "".join(f'<!ENTITY {n} "{"&a;" * 10}">' for n in "bcdefgh")
    note = '<w:footnote w:id="1"><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:footnote>'
    return word_file(path, '<w:footnoteReference w:id="1"/>', note, f"<!DOCTYPE x [{entities}]>")


def huge(path: Path) -> Path:
    return word_file(path, '<w:footnoteReference w:id="1"/>', " " * 200_000)


def truncated(path: Path) -> Path:
    path.write_bytes(huge(path).read_bytes()[:300])
    return path


def no_word_file(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "words")
    return path


def unclosed(path: Path) -> Path:
    return word_file(path, '<w:footnoteReference w:id="1"/>', "<w:footnote>")


def damaged(path: Path) -> Path:
    content = bytearray(huge(path).read_bytes())
    content[60:80] = bytes(20)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (bomb, "it has a document type"),
        (huge, "too large for a handout"),
        (truncated, "is no whole Word file"),
        (damaged, "is no whole Word file"),
        (no_word_file, "is no whole Word file"),
        (unclosed, "is no whole Word file"),
    ],
)
def test_a_hostile_or_damaged_word_file_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], Path], said: str
) -> None:
    monkeypatch.setattr(reading, "MOST", 100_000)
    with pytest.raises(CheckError, match=said) as caught:
        footnotes(make(tmp_path / "a.docx"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", b"%PDF", "from .md and .docx files"),
        ("a.md", None, "There is no file"),
        ("a.md", b"Nothing.", "has no footnotes"),
        ("a.md", b"\xff\xfe\x00", "is not in UTF-8"),
        ("a.md", b"x" * 100_001, "too large for a handout"),
        ("a.docx", b"", "is no whole Word file"),
    ],
)
def test_a_file_that_cannot_be_checked_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes | None, said: str
) -> None:
    monkeypatch.setattr(reading, "MOST", 100_000)
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CheckError, match=said):
        footnotes(tmp_path / name)
