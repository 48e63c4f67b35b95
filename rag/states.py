"""What a language model knows after reading the beginning of a prompt, kept so that it need not be read again.

States of the last prompts stay in memory. Those of passages that were read ahead lie in files, one a passage: a file is
checked against its checksum before llama.cpp gets to see it, and one that does not fit is as good as none.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

import numpy as np
import numpy.typing as npt

Tokens = npt.NDArray[np.intc]
Buffer = bytearray | memoryview  # of a state; writable, so that llama.cpp can be given it as it is, without a copy

_HEAD = struct.Struct("<8sIIQ")  # mark, number of tokens, checksum of tokens and state, bytes of the state
_MARK = b"RAGKV\x00\x00\x01"
_SUFFIX = ".state"
_UNFINISHED = ".new"


class Remembered:
    """The states of the last prompts, in memory, the least used of them forgotten first."""

    def __init__(self, most: int) -> None:
        """`most` is how many bytes are kept."""
        self._most = most
        self._states: OrderedDict[tuple[int, ...], tuple[Tokens, Buffer]] = OrderedDict()

    def nearest(self, wanted: Tokens) -> tuple[int, tuple[int, ...]]:
        """How many tokens the best state shares with `wanted` at the beginning, and its key; (0, ()) without any."""
        shares = ((shared(known, wanted), key) for key, (known, _) in self._states.items())
        return max(shares, default=(0, ()))

    def __getitem__(self, key: tuple[int, ...]) -> tuple[Tokens, Buffer]:
        self._states.move_to_end(key)
        return self._states[key]

    def keep(self, key: tuple[int, ...], tokens: Sequence[int], state: Buffer) -> None:
        """Keep a state in place of the one with the same key."""
        self._states[key] = (np.array(tokens, dtype=np.intc), state)
        self._states.move_to_end(key)
        while sum(len(state) for _, state in self._states.values()) > self._most:
            self._states.popitem(last=False)

    def clear(self) -> None:
        """Forget all."""
        self._states.clear()


class ReadAhead:
    """The states of passages in a folder's files. May be shared by processes; a folder that fails holds nothing."""

    def __init__(self, folder: Path, most: int) -> None:
        """Look what is there.

        Args:
            folder: for one model and one way to compute with it; it need not exist.
            most: how many bytes all files may have together.
        """
        self._folder = folder
        self._most = most
        self._files: dict[Path, tuple[Tokens, int]] = {}  # tokens, and bytes of the file
        for path in self._found(_UNFINISHED):  # by a process that was killed
            with suppress(OSError):
                path.unlink()
        for path in self._found(_SUFFIX):
            if (known := _tokens_in(path)) and self._path(known[0]) == path:
                self._files[path] = known

    def __len__(self) -> int:
        """How many passages there are."""
        return len(self._files)

    def __contains__(self, tokens: Sequence[int]) -> bool:
        """Whether the state of just these tokens is there."""
        return self._path(tokens) in self._files

    @property
    def full(self) -> bool:
        """Whether another one would be too many, as far as those there tell."""
        held = sum(size for _, size in self._files.values())
        return bool(held) and held * (len(self) + 1) > self._most * len(self)

    def nearest(self, wanted: Tokens) -> tuple[int, Path | None]:
        """How many tokens the best state shares with `wanted` at the beginning, and its file."""
        best: tuple[int, Path | None] = (0, None)
        for path, (known, _) in self._files.items():
            if (length := shared(known, wanted)) > best[0]:
                best = length, path
        return best

    def load(self, path: Path) -> tuple[Tokens, Buffer] | None:
        """Tokens and state of a file; None, and it is never again offered, where it is damaged."""
        found = None
        with suppress(OSError), path.open("rb") as file:
            content = bytearray(path.stat().st_size)  # mapped, a file that shrinks meanwhile would end the process
            found = _checked(memoryview(content)[: file.readinto(content)])
        if found is None:
            self._drop(path)
        return found

    def keep(self, tokens: Sequence[int], state: Buffer) -> None:
        """Write a state beside and rename it; where that fails, or there is no room, nothing is kept."""
        if self.full:
            return
        path = self._path(tokens)
        numbers = np.array(tokens, dtype="<i4").tobytes()
        checksum = zlib.crc32(state, zlib.crc32(numbers))
        new = path.with_name(f".{token_hex(4)}{_UNFINISHED}")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with new.open("xb") as file:
                file.write(_HEAD.pack(_MARK, len(tokens), checksum, len(state)))
                file.write(numbers)
                file.write(state)
            new.replace(path)
        except OSError:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            return
        self._files[path] = np.array(tokens, dtype=np.intc), _HEAD.size + len(numbers) + len(state)

    def _drop(self, path: Path) -> None:
        self._files.pop(path, None)
        with suppress(OSError):
            path.unlink(missing_ok=True)

    def _found(self, suffix: str) -> list[Path]:
        with suppress(OSError):
            return sorted(self._folder.glob(f"*{suffix}"))
        return []

    def _path(self, tokens: Sequence[int] | Tokens) -> Path:
        numbers = np.asarray(tokens, dtype="<i4").tobytes()
        return self._folder / f"{hashlib.sha256(numbers).hexdigest()[:32]}{_SUFFIX}"


def shared(known: Tokens, wanted: Tokens) -> int:
    """How many tokens two prompts have in common at their beginning."""
    n = min(len(known), len(wanted))
    different = np.flatnonzero(known[:n] != wanted[:n])
    return int(different[0]) if len(different) else n


def _tokens_in(path: Path) -> tuple[Tokens, int] | None:
    """What a file says that it is the state of, and its bytes; None where it cannot be one."""
    try:
        with path.open("rb") as file:
            mark, n, _, size = _HEAD.unpack(file.read(_HEAD.size))
            whole = _HEAD.size + 4 * n + size
            if mark != _MARK or path.stat().st_size != whole:
                return None
            return np.frombuffer(file.read(4 * n), dtype="<i4").astype(np.intc), whole
    except (OSError, struct.error, ValueError):
        return None


def _checked(content: memoryview) -> tuple[Tokens, Buffer] | None:
    """Tokens and state of a file's content; None where it is not what was written."""
    if len(content) < _HEAD.size:
        return None
    mark, n, checksum, size = _HEAD.unpack(content[: _HEAD.size])
    if mark != _MARK or len(content) != _HEAD.size + 4 * n + size or zlib.crc32(content[_HEAD.size :]) != checksum:
        return None
    tokens = np.frombuffer(content[_HEAD.size : _HEAD.size + 4 * n], dtype="<i4").astype(np.intc)
    return tokens, content[_HEAD.size + 4 * n :]
