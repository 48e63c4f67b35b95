"""Batches: each line of a file is a question, or an error that names the line."""

from __future__ import annotations

import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.batch import read_batch
from rag.errors import RagError


def batch(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"id": "q1", "question": "Who?"}\n{"id": "q2", "question": "When?"}\n', [("q1", "Who?"), ("q2", "When?")]),
        ('{"question": "Who?"}\n\n  \n{"question": "When?"}', [("1", "Who?"), ("4", "When?")]),
        ('\ufeff{"question": "Wer?"}\r\n{"question": "Wann?"}\r\n', [("1", "Wer?"), ("2", "Wann?")]),
        ('{"id": 7, "question": "Who?", "answerable": true}', [("7", "Who?")]),
        ('{"question": "one\\nquestion\u2028in two lines"}', [("1", "one\nquestion\u2028in two lines")]),
        ('{"question": ""}', [("1", "")]),
        ("", []),
    ],
)
def test_a_batch_is_read(tmp_path: Path, content: str, expected: list[tuple[str, str]]) -> None:
    assert read_batch(batch(tmp_path, content)) == expected


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"id": "a", "question": "Who?"}\n'))
    assert read_batch(Path("-")) == [("a", "Who?")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Who met?", "is no JSON"),
        ('{"question": "Who?"', "is no JSON"),
        ('"Who?"', "needs to be like"),
        ("[]", "needs to be like"),
        ("null", "needs to be like"),
        ('{"id": "q1"}', "needs to be like"),
        ('{"question": null}', "needs to be like"),
        ('{"question": ["Who?"]}', "needs to be like"),
    ],
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: str, reason: str) -> None:
    path = batch(tmp_path, f'{{"question": "Fine?"}}\n\n{line}\n')
    with pytest.raises(RagError, match=rf"questions\.jsonl, line 3: {reason}"):
        read_batch(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(RagError, match=r"nowhere\.jsonl cannot be read"):
        read_batch(tmp_path / "nowhere.jsonl")
    with pytest.raises(RagError, match="cannot be read"):
        read_batch(tmp_path)
    with pytest.raises(RagError, match=r"questions\.jsonl cannot be read.*utf-8"):
        read_batch(batch(tmp_path, b'{"question": "caf\xe9"}'))


@given(st.lists(st.tuples(st.text(), st.text())), st.booleans())
def test_any_questions_come_back(asked: list[tuple[str, str]], ensure_ascii: bool) -> None:
    lines = [json.dumps({"id": n, "question": text}, ensure_ascii=ensure_ascii) for n, text in asked]
    with TemporaryDirectory() as folder:
        assert read_batch(batch(Path(folder), "\n".join(lines))) == asked
