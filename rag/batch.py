"""Questions from a file of JSON lines, for `rag ask --batch`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rag.errors import RagError


def read_batch(path: Path) -> list[tuple[str, str]]:
    """(id, question) of each line that is not blank; a line without an id gets its number.

    Args:
        path: UTF-8 file of lines like {"id": "q1", "question": "..."}; "-" is standard input.

    Raises:
        RagError: the file cannot be read or a line is not what it should be, which is named by its number.
    """
    try:
        lines = (sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")).split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RagError(f"{path} cannot be read: {error}") from error
    return [_entry(line, f"{path}, line {n}", str(n)) for n, line in enumerate(lines, start=1) if line.strip()]


def _entry(line: str, where: str, number: str) -> tuple[str, str]:
    try:
        entry = json.loads(line)
    except ValueError as error:
        raise RagError(f"{where}: is no JSON ({error})") from error
    if not isinstance(entry, dict) or not isinstance(entry.get("question"), str):
        raise RagError(f'{where}: needs to be like {{"id": "q1", "question": "..."}}')
    given = entry.get("id")
    return number if given is None else str(given), entry["question"]
