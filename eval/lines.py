"""Files of JSON lines, read one line at a time; what is wrong is named by file and line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eval.errors import EvalError


def numbered_lines(path: Path) -> Iterator[tuple[str, str]]:
    """("FILE, line N", line) of each line that is not blank, without its line end.

    Raises:
        EvalError: the file cannot be read or is not UTF-8.
    """
    n = 0
    try:
        # Only \n ends a line: JSON strings and passages may hold the other separators of Unicode as they are.
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            for n, line in enumerate(file, start=1):
                if line.strip():
                    yield f"{path}, line {n}", line.rstrip("\r\n")
    except OSError as error:
        raise EvalError(f"{path} cannot be read: {error.strerror or error}. Is this the right path?") from error
    except UnicodeDecodeError as error:
        raise EvalError(f"{path}, after line {n}: is not UTF-8 ({error.reason}). Save it as UTF-8.") from error


def json_objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """("FILE, line N", object) of each line that is not blank.

    Raises:
        EvalError: as `numbered_lines`, or a line is no JSON object.
    """
    for where, line in numbered_lines(path):
        yield where, json_object(line, where)


def json_object(text: str, where: str) -> dict[str, Any]:
    """A JSON object from its text.

    Raises:
        EvalError: it is something else; the message begins with `where`.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EvalError(f"{where}: is no JSON ({error})") from error
    if not isinstance(found, dict):
        raise EvalError(f"{where}: needs to be a JSON object, not {type(found).__name__}")
    return found


def field(entry: dict[str, Any], key: str, where: str) -> str:
    """A value that must be a string.

    Raises:
        EvalError: it is missing or something else; the message begins with `where`.
    """
    value = entry.get(key)
    if not isinstance(value, str):
        raise EvalError(f"{where}: needs {key!r} as text" + ("" if value is None else f", not {type(value).__name__}"))
    return value
