"""Files that cannot be read, and whether any has changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conftest import WriteSeeds

from rag.corpus import fingerprint, read_corpus
from rag.embedding import count_tokens
from rag.errors import CorpusError


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("b.txt", b"", "is empty. Left out."),
        ("b.txt", b"\xef\xbb\xbf \r\n\t\f\n", "is empty. Left out."),
        ("b.txt", b"\x89PNG\0\0\r\n", "is binary, not text; save its text as UTF-8. Left out."),
        ("b.txt", "Café".encode("latin-1"), "is not UTF-8 text (byte 0xe9 at 3); save it as UTF-8. Left out."),
        ("b.txt", "Unions".encode("utf-16"), "is binary, not text; save its text as UTF-8. Left out."),
        ("b.txt", b"--- *** ---", "holds no words. Left out."),
        ("b.md", b"***\n\n---\n", "holds no words. Left out."),
        ("b.md", b"[ILO]: https://www.ilo.org\n", "holds no words. Left out."),
        ("b.pdf", b"%PDF-1.7", "is not a .txt or .md file; save its text as one. Left out."),
        ("b", b"Unions.", "is not a .txt or .md file; save its text as one. Left out."),
        ("b.txt", b"Unions met in Manila.", "has the same text as a.txt. Left out."),
    ],
    ids=["empty", "blank", "binary", "latin-1", "utf-16", "dashes", "rules", "links", "pdf", "bare", "twin"],
)
def test_a_bad_file_is_one_line_and_the_rest_is_read(
    write_seeds: WriteSeeds, name: str, content: bytes, said: str
) -> None:
    folder = write_seeds({"a.txt": "Unions met in Manila.", name: content, "c.txt": "They agreed."})
    found = read_corpus(folder, count_tokens)
    assert found.problems == (f"{folder / name}: {said}",)
    assert [d.file for d in found.documents] == ["a.txt", "c.txt"]
    assert [c.text for c in found.chunks] == ["Unions met in Manila.", "They agreed."]


@pytest.mark.parametrize(
    ("kind", "said"),
    [("listing", "no line 'Showing"), ("resolution", "without a gap"), ("article", "captions")],
)
def test_a_file_that_is_not_of_its_kind_is_one_line(write_seeds: WriteSeeds, kind: str, said: str) -> None:
    folder = write_seeds({"a.txt": "Unions met", "b.txt": "They agreed."}, f'["a.txt"]\nkind = "{kind}"\n')
    found = read_corpus(folder, count_tokens)
    (problem,) = found.problems
    assert problem.startswith(f"{folder / 'a.txt'}: ")
    assert said in problem
    assert "\n" not in problem
    assert [d.file for d in found.documents] == ["b.txt"]


def test_a_file_that_cannot_be_opened_is_one_line(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"a.txt": "Unions met."})
    (folder / "b.txt").symlink_to(folder / "gone.txt")
    found = read_corpus(folder, count_tokens)
    assert found.problems == (f"{folder / 'b.txt'}: cannot be opened (No such file or directory). Left out.",)
    assert len(found.documents) == 1


def test_a_file_name_that_is_not_unicode_does_not_stop_the_rest(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"a.txt": "Unions met."})
    try:
        (folder / os.fsdecode(b"caf\xe9.txt")).write_text("They agreed.")  # as old zip files bring them
    except OSError:
        pytest.skip("this file system has only Unicode names")
    found = read_corpus(folder, count_tokens)
    assert "a.txt" in [d.file for d in found.documents]
    for problem in found.problems:
        problem.encode()  # can be printed and saved
    assert len(fingerprint(folder)) == 64


def test_hidden_files_and_folders_are_passed_over(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"a.txt": "Unions met.", ".DS_Store": b"\0\1"})
    (folder / "more.txt").mkdir()
    found = read_corpus(folder, count_tokens)
    assert (len(found.documents), found.problems) == (1, ())


def test_a_missing_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"^There is no folder .*nowhere here\. Run the command in .*RAG_SEEDS\.$"):
        read_corpus(tmp_path / "nowhere", count_tokens)


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    said = r"^No document to index in .*\. Put \.txt or \.md files there and run: rag index$"
    with pytest.raises(CorpusError, match=said):
        read_corpus(tmp_path, count_tokens)


def test_a_folder_of_bad_files_gives_the_first_reason_in_one_clean_line(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"a.pdf": b"%PDF", "b.txt": b""})
    with pytest.raises(
        CorpusError, match=r"^[^\n]*a\.pdf: is not a \.txt or \.md file; [^.\n]*\. Left out\. Put [^\n]*$"
    ):
        read_corpus(folder, count_tokens)


def test_the_fingerprint_changes_with_whatever_is_read_and_with_nothing_else(write_seeds: WriteSeeds) -> None:
    seen = [fingerprint(write_seeds({"a.txt": "Unions met."}))]
    folder = write_seeds({".hidden": "x"})
    os.utime(folder / "a.txt", (0, 0))
    assert fingerprint(folder) == seen[0]
    changes = [("a.txt", "Unions met!"), ("b.txt", "New."), ("catalog.toml", ""), ("b.txt", "New"), ("c.pdf", "%PDF")]
    for name, content in changes:
        seen.append(fingerprint(write_seeds({name: content})))
    (folder / "b.txt").rename(folder / "d.txt")
    seen.append(fingerprint(folder))
    assert len(set(seen)) == len(seen)
