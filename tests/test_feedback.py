"""Thumbs: what is kept, that several may write at once, and that a line cut short costs no other."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from desk import text_chunk, text_document
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from rag import feedback
from rag.config import Settings
from rag.feedback import Candidate, Cited, FeedbackError, Opinion, Reason, Verdict, candidate, note, read
from rag.texts import texts_in
from rag.types import Answer, Hit, Sentence, Span, Support, Timings

ONE = Candidate(
    date="2025-03-09",
    question="Who met?",
    history=("What is the ILO?",),
    verdict=Verdict.DOWN,
    reasons=(Reason.WRONG_FACT, Reason.LANGUAGE),
    comment="It was the youth “committee”.",
    answer="Unions met.",
    refused=False,
    cited=(Cited("id of A title", "A title.txt", 0, 11),),
    config_id="c0ffee00",
    model="scripted",
    index="f" * 64,
)


def said(**changes: object) -> Answer:
    document = text_document("Unions met. They left.")
    chunk = text_chunk(document)
    span = Span(document.id, chunk.id, 0, 11, "Unions met.")
    fields: dict[str, object] = {
        "sentences": (
            Sentence("Unions met.", (span,), Support.SUPPORTED),
            Sentence("A false thing.", (), Support.UNSUPPORTED),
        ),
        "refused": "",
    }
    return Answer(
        id="a",
        question="Who met?",
        hits=(Hit(chunk, 1.0, 1),),
        coverage="",
        timings=Timings(0.1, None, 0.2),
        config_id="c0ffee00",
        model="scripted",
        **(fields | changes),
    )


DOCUMENTS = {"id of A title": text_document("Unions met. They left.")}


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_a_judged_answer_becomes_a_candidate_of_today() -> None:
    opinion = Opinion(Verdict.DOWN, ONE.reasons, f" {ONE.comment}\n")
    made = candidate(said(), opinion, ["What is the ILO?"], DOCUMENTS, "f" * 64)
    assert made == replace(ONE, date=dt.date.today().isoformat())


def test_a_refusal_keeps_its_words_and_cites_nothing() -> None:
    made = candidate(said(refused="I did not find it.", sentences=()), Opinion(Verdict.UP), [], DOCUMENTS, "f")
    assert (made.answer, made.refused, made.cited, made.reasons, made.comment) == (
        "I did not find it.",
        True,
        (),
        (),
        "",
    )


def test_a_line_holds_these_keys_and_nothing_about_the_person(tmp_path: Path) -> None:
    note(ONE, tmp_path / "notes.jsonl")
    line = json.loads((tmp_path / "notes.jsonl").read_text(encoding="utf-8"))
    assert list(line) == [
        "date", "question", "history", "verdict", "reasons", "comment", "answer", "refused", "cited", "config_id", "model", "index",
    ]  # fmt: skip
    assert (line["date"], line["verdict"], line["reasons"]) == ("2025-03-09", "down", ["wrong_fact", "language"])
    assert line["cited"] == [{"document": "id of A title", "file": "A title.txt", "start": 0, "end": 11}]


def test_a_comment_that_is_too_long_is_refused_with_its_length() -> None:
    assert len(replace(ONE, comment="x" * 1000).comment) == 1000
    with pytest.raises(FeedbackError, match=r"^The comment has 1,001 characters; 1,000 are kept\. Shorten it\.$"):
        replace(ONE, comment="x" * 1001)


def test_every_reason_has_words_on_the_page() -> None:
    assert all(texts_in("en")(f"feedback.{reason}") for reason in Reason)


def test_where_notes_are_kept_is_a_setting_that_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().feedback == Path("eval/candidates.jsonl")
    before = Settings().id
    monkeypatch.setenv("RAG_FEEDBACK", "other.jsonl")
    assert (Settings.load().feedback, Settings.load().id) == (Path("other.jsonl"), before)


# --- writing and reading ----------------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.text(), st.text(max_size=100), st.lists(st.sampled_from(Reason), unique=True)), max_size=5)
)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[str, str, list[Reason]]]
) -> None:
    file = tmp_path_factory.mktemp("notes") / "new" / "folder" / "notes.jsonl"
    made = [replace(ONE, question=q, comment=c, reasons=tuple(reasons)) for q, c, reasons in told]
    for one in made:
        note(one, file)
    problems: list[str] = []
    assert read(file, problems.append) == made
    assert problems == []


def test_half_a_character_costs_no_note(tmp_path: Path) -> None:
    note(replace(ONE, question="half \ud83d of it"), tmp_path / "notes.jsonl")
    assert [one.question for one in read(tmp_path / "notes.jsonl")] == ["half ? of it"]


def test_no_file_holds_no_candidates(tmp_path: Path) -> None:
    assert read(tmp_path / "none.jsonl") == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_only_the_owner_may_read_what_was_asked(tmp_path: Path) -> None:
    note(ONE, tmp_path / "notes.jsonl")
    assert (tmp_path / "notes.jsonl").stat().st_mode & 0o077 == 0


def test_a_line_cut_short_by_a_kill_costs_no_other(tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    note(ONE, file)
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:40])
    problems: list[str] = []
    assert read(file, problems.append) == [ONE]
    note(replace(ONE, question="Next?"), file)
    assert [one.question for one in read(file, problems.append)] == ["Who met?", "Next?"]
    assert len(problems) == 2  # once for each reading
    assert problems[0].startswith(f"{file}, line 2 is passed over: Invalid JSON")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"[1, 2]", "Input should be an object"),
        (b"nonsense", "Invalid JSON"),
        (b'{"question": "\xff"}', "Invalid JSON"),
        (b"[" * 100_000, "Invalid JSON"),
        (json.dumps(asdict(ONE) | {"verdict": "sideways"}).encode(), "verdict: Input should be 'up' or 'down'"),
        (json.dumps(asdict(ONE) | {"reasons": ["rude"]}).encode(), "reasons.0: Input should be"),
        (json.dumps(asdict(ONE) | {"cited": [{"file": "x"}]}).encode(), "cited.0.document: Field required"),
        (json.dumps({k: v for k, v in asdict(ONE).items() if k != "question"}).encode(), "question: Field required"),
        (json.dumps(asdict(ONE) | {"comment": "x" * 1001}).encode(), "The comment has 1,001 characters"),
    ],
)
def test_a_line_that_is_no_candidate_is_told_and_passed_over(tmp_path: Path, line: bytes, problem: str) -> None:
    file = tmp_path / "notes.jsonl"
    note(ONE, file)
    file.write_bytes(line + b"\r\n\n" + file.read_bytes())
    problems: list[str] = []
    assert read(file, problems.append) == [ONE]
    assert len(problems) == 1
    assert problems[0].startswith(f"{file}, line 1 is passed over: {problem}")


def test_threads_write_at_once(tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: note(replace(ONE, question=str(n)), file), range(40)))
    assert sorted(int(one.question) for one in read(file)) == list(range(40))


_WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from rag.feedback import Candidate, Verdict, note
one = Candidate("2025-03-09", sys.argv[2], (), Verdict.UP, (), "x" * 900, "y" * 20_000, False, (), "c", "m", "i")
for n in range(int(sys.argv[3])):
    note(replace(one, config_id=str(n)), Path(sys.argv[1]))
    print(n, flush=True)
"""


def _writer(file: Path, name: str, times: int) -> subprocess.Popen[str]:
    root = Path(__file__).parents[1]
    return subprocess.Popen([sys.executable, "-c", _WRITER, str(file), name, str(times)], cwd=root, stdout=subprocess.PIPE, text=True)  # fmt: skip


def test_processes_write_at_once_and_a_kill_loses_no_line_that_was_reported(tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    steady, killed = _writer(file, "steady", 15), _writer(file, "killed", 100_000)
    for _ in range(10):
        killed.stdout.readline()
    killed.kill()
    reported = 10 + len(killed.communicate()[0].split("\n")) - 1
    assert steady.wait(60) == 0
    steady.communicate()
    note(ONE, file)  # the lock of the killed one holds nobody up
    found = read(file)
    assert [one.config_id for one in found if one.question == "steady"] == [str(n) for n in range(15)]
    assert reported <= sum(one.question == "killed" for one in found) <= reported + 1
    assert found[-1] == ONE


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "notes.jsonl"
    note(ONE, file)
    before = file.read_bytes()
    opened = Path.open

    def full(path: Path, *args: object, **kwargs: object) -> object:
        out = opened(path, *args, **kwargs)
        return _Full(out) if path == file and "r+b" in args else out

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(
        FeedbackError, match=r"^The note cannot be kept in .*notes\.jsonl: No space left on device\. Set RAG_FEEDBACK"
    ):
        note(ONE, file)
    assert file.read_bytes() == before


class _Full:
    """A file on a disk that has room for five bytes more."""

    def __init__(self, file: object) -> None:
        self._file = file

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def __enter__(self) -> _Full:
        return self

    def __exit__(self, *args: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> int:
        return self._file.write(data[:5])


@pytest.mark.parametrize("place", ["file/notes.jsonl", "folder"])
def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    with pytest.raises(
        FeedbackError, match=r"^The note cannot be kept in [^\n]+\. Set RAG_FEEDBACK to another file\.$"
    ):
        note(ONE, tmp_path / place)


def test_a_folder_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FeedbackError, match=r"cannot be read: [^\n]+\. Is this the right path\?$"):
        read(tmp_path)


def test_whoever_holds_the_file_for_long_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "_PATIENCE", 0.05)
    with FileLock(tmp_path / "notes.jsonl.lock"):
        with pytest.raises(FeedbackError, match=r"is being written by another program\. Try again\.$"):
            note(ONE, tmp_path / "notes.jsonl")
    assert not (tmp_path / "notes.jsonl").exists()
