"""States of prompts, in memory and in files: what is damaged in any way is as good as never read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS
from hypothesis import given
from hypothesis import strategies as st

from rag.states import ReadAhead, Remembered, Tokens, shared

ROOM = 1_000_000  # bytes: more than any test here needs, where it does not say otherwise
TOKENS = [151_644, 8948, 198, 2610, 0]
STATE = bytes(range(40))
WHOLE = 24 + 4 * 5 + 40  # bytes of their file: head, tokens, state
token = st.integers(0, 2**31 - 1)


def array(tokens: Sequence[int]) -> Tokens:
    return np.array(tokens, dtype=np.intc)


def found(ahead: ReadAhead, tokens: Sequence[int]) -> tuple[list[int], bytes] | None:
    """Tokens and state that are offered for a prompt; None: there are none, or they are damaged."""
    _, path = ahead.nearest(array(tokens))
    loaded = ahead.load(path) if path else None
    return loaded and (loaded[0].tolist(), bytes(loaded[1]))


def written(folder: Path) -> Path:
    """The one file of a folder that holds STATE."""
    ReadAhead(folder, ROOM).keep(TOKENS, bytearray(STATE))
    [path] = folder.iterdir()
    return path


def assert_ignored_dropped_and_written_again(folder: Path) -> None:
    """A folder whose one file is damaged: it is never offered as sound, and soon another is in its place."""
    ahead = ReadAhead(folder, ROOM)
    assert found(ahead, TOKENS) is None
    assert (len(ahead), TOKENS in ahead, ahead.nearest(array(TOKENS))) == (0, False, (0, None))
    ahead.keep(TOKENS, bytearray(STATE))
    assert found(ahead, TOKENS) == found(ReadAhead(folder, ROOM), TOKENS) == (TOKENS, STATE)


# --- in files --------------------------------------------------------------------------------------------------------


@given(st.lists(token, min_size=1, max_size=30), st.binary(max_size=200))
def test_what_was_kept_is_given_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, tokens: list[int], state: bytes
) -> None:
    folder = tmp_path_factory.mktemp("states") / "not" / "there"
    ahead = ReadAhead(folder, ROOM)
    assert (len(ahead), tokens in ahead) == (0, False)
    ahead.keep(tokens, bytearray(state))
    for opened in (ahead, ReadAhead(folder, ROOM)):
        assert (len(opened), tokens in opened, [*tokens, 1] in opened) == (1, True, False)
        assert opened.nearest(array(tokens))[0] == len(tokens)
        assert found(opened, tokens) == (tokens, state)
    assert [path.suffix for path in folder.iterdir()] == [".state"]


def test_a_state_can_be_given_to_llama_cpp_without_a_copy(tmp_path: Path) -> None:
    path = written(tmp_path)
    loaded = ReadAhead(tmp_path, ROOM).load(path)
    assert loaded
    assert not memoryview(loaded[1]).readonly


def test_a_file_with_any_byte_changed_is_never_offered_as_sound(tmp_path: Path) -> None:
    sound = (path := written(tmp_path)).read_bytes()
    assert len(sound) == WHOLE
    for at in range(WHOLE):
        for bits in (0x01, 0x80, 0xFF):
            path.write_bytes(sound[:at] + bytes([sound[at] ^ bits]) + sound[at + 1 :])
            assert_ignored_dropped_and_written_again(tmp_path)
    assert [path] == list(tmp_path.iterdir())


def test_a_file_that_is_damaged_while_it_is_known_is_not_offered_either(tmp_path: Path) -> None:
    sound = (path := written(tmp_path)).read_bytes()
    for at in range(WHOLE):
        path.write_bytes(sound)
        ahead = ReadAhead(tmp_path, ROOM)
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 0x10]) + sound[at + 1 :])
        assert found(ahead, TOKENS) is None
        assert (TOKENS in ahead, path.exists()) == (False, False)
        assert found(ahead, TOKENS) is None  # it is not asked for again


@pytest.mark.parametrize("known", [False, True], ids=["when it is opened", "when it is known"])
def test_a_file_that_is_cut_anywhere_empty_or_too_long_is_never_offered_as_sound(tmp_path: Path, known: bool) -> None:
    sound = (path := written(tmp_path)).read_bytes()
    for content in (*(sound[:n] for n in range(WHOLE)), sound + b"\0", sound + sound):
        path.write_bytes(sound)
        ahead = ReadAhead(tmp_path, ROOM)
        path.write_bytes(content)
        if known:
            assert found(ahead, TOKENS) is None
            assert (TOKENS in ahead, path.exists()) == (False, False)
        assert_ignored_dropped_and_written_again(tmp_path)


@given(st.data())
def test_whatever_becomes_of_a_file_it_is_sound_or_not_offered(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    sound = (path := written(tmp_path_factory.mktemp("states"))).read_bytes()
    start = data.draw(st.integers(0, WHOLE))
    end = data.draw(st.integers(start, WHOLE))
    edited = sound[:start] + data.draw(st.binary(max_size=60)) + sound[end:]
    path.write_bytes(data.draw(st.sampled_from([edited, edited[24:], b""])))
    assert found(ReadAhead(path.parent, ROOM), TOKENS) in (None, (TOKENS, STATE))
    if path.exists():
        assert (path.read_bytes() == sound) == (TOKENS in ReadAhead(path.parent, ROOM))


def test_a_file_is_offered_only_under_the_name_that_its_tokens_give_it(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.rename(path.with_stem("another"))
    assert len(ReadAhead(tmp_path, ROOM)) == 0


def test_the_file_that_shares_most_is_the_nearest(tmp_path: Path) -> None:
    ahead = ReadAhead(tmp_path, ROOM)
    assert ahead.nearest(array([1, 2, 3])) == (0, None)
    for tokens in ([1, 2], [1, 2, 3, 4], [1, 9, 9, 9, 9], [7]):
        ahead.keep(tokens, bytearray(bytes(tokens)))
    for wanted, length, nearest in (
        ([1, 2, 3, 5, 6], 3, [1, 2, 3, 4]),
        ([1, 9, 9], 3, [1, 9, 9, 9, 9]),
        ([7, 7], 1, [7]),
    ):
        for opened in (ahead, ReadAhead(tmp_path, ROOM)):
            assert opened.nearest(array(wanted))[0] == length
            assert found(opened, wanted) == (nearest, bytes(nearest))
    assert ahead.nearest(array([8, 1, 2])) == (0, None)
    assert ahead.nearest(array([])) == (0, None)


def test_as_much_is_kept_as_there_is_room_for(tmp_path: Path) -> None:
    """A file takes 24 + 4 * 4 + 1000 = 1040 bytes: three of them 3120, a fourth would make 4160."""
    ahead = ReadAhead(tmp_path, 3_200)
    for n in range(5):
        assert (len(ahead), ahead.full) == (min(n, 3), n >= 3)
        ahead.keep([n, 1, 1, 1], bytearray(1_000))
    assert (sum(path.stat().st_size for path in tmp_path.iterdir()), [4, 1, 1, 1] in ahead) == (3_120, False)
    assert ReadAhead(tmp_path, 3_200).full
    assert not ReadAhead(tmp_path, 4_160).full
    assert not ReadAhead(tmp_path / "empty", 0).full  # nobody knows yet how much one takes


def test_what_is_kept_twice_or_was_dropped_takes_no_room(tmp_path: Path) -> None:
    ahead = ReadAhead(tmp_path, 3_200)
    for _ in range(3):
        ahead.keep([1, 1, 1, 1], bytearray(1_000))
    ahead.keep([2, 1, 1, 1], bytearray(1_000))
    assert (len(ahead), ahead.full) == (2, False)
    ahead.keep([3, 1, 1, 1], bytearray(1_000))
    assert ahead.full
    _, path = ahead.nearest(array([2, 1]))
    assert path
    path.write_bytes(b"")
    assert ahead.load(path) is None
    assert not ahead.full
    ahead.keep([2, 1, 1, 1], bytearray(1_000))
    assert (len(ahead), ahead.full) == (3, True)


# --- a folder of several, and one that fails -------------------------------------------------------------------------


def test_two_may_read_and_write_one_folder(tmp_path: Path) -> None:
    one, other = ReadAhead(tmp_path, ROOM), ReadAhead(tmp_path, ROOM)
    one.keep([1, 2, 3], bytearray(b"of one"))
    other.keep([1, 2, 3], bytearray(b"of other"))  # it cannot know; the last one stands
    other.keep([4, 5, 6], bytearray(b"of other"))
    assert (len(one), len(other), len(ReadAhead(tmp_path, ROOM))) == (1, 2, 2)
    for ahead in (one, other):
        assert found(ahead, [1, 2, 3]) == ([1, 2, 3], b"of other")


def test_what_another_took_away_is_not_offered_again(tmp_path: Path) -> None:
    ahead = ReadAhead(tmp_path, ROOM)
    ahead.keep(TOKENS, bytearray(STATE))
    ahead.keep([7, 7], bytearray(b"there"))
    [path] = [path for path in tmp_path.iterdir() if path.stat().st_size == WHOLE]
    path.unlink()
    assert found(ahead, TOKENS) is None
    assert (TOKENS in ahead, len(ahead)) == (False, 1)
    assert found(ahead, [7, 7]) == ([7, 7], b"there")


def test_a_folder_that_cannot_be_made_or_read_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / ("x" * 300)):
        ahead = ReadAhead(folder, ROOM)
        assert (len(ahead), ahead.full) == (0, False)
        ahead.keep(TOKENS, bytearray(STATE))
        assert (len(ahead), TOKENS in ahead, found(ahead, TOKENS)) == (0, False, None)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["no folder"]


def test_a_folder_that_may_only_be_read_is_read(tmp_path: Path) -> None:
    written(tmp_path)
    tmp_path.chmod(0o500)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("whoever runs this may write everywhere")
    ahead = ReadAhead(tmp_path, ROOM)
    ahead.keep([7, 7], bytearray(b"not kept"))
    assert (found(ahead, TOKENS), [7, 7] in ahead) == ((TOKENS, STATE), False)
    tmp_path.chmod(0o700)


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.unlink()
    path.mkdir()
    ahead = ReadAhead(tmp_path, ROOM)
    ahead.keep(TOKENS, bytearray(STATE))
    assert (len(ahead), found(ahead, TOKENS)) == (0, None)
    assert [path] == list(tmp_path.iterdir())  # nothing half written beside it


# --- a process that dies ---------------------------------------------------------------------------------------------


# What runs in a process of its own: keeps states of a megabyte and says so, until it dies. It loads no more than it needs.
CHILD = """
import signal, sys
from pathlib import Path
from rag.states import ReadAhead

verb, folder = sys.argv[1:]
ahead = ReadAhead(Path(folder), 10**9)
if verb != "go on":
    import resource
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL if verb == "die in a write" else signal.SIG_IGN)
for n in range(100_000 if verb == "go on" else 3):
    ahead.keep([n % 40, 1, 2], bytearray([n % 256]) * 1_000_000)
    print(len(ahead), flush=True)
"""


def started(verb: str, folder: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(SEEDS.parent)}
    return subprocess.Popen([sys.executable, "-c", CHILD, verb, str(folder)], stdout=subprocess.PIPE, env=environment)


def assert_all_sound(folder: Path) -> int:
    """Every state that is offered is whole, and nothing else is left; returns how many there are."""
    ahead = ReadAhead(folder, ROOM)
    for first in range(40):
        state = found(ahead, [first])
        assert state is None or (state[0] == [first, 1, 2] and state[1] == state[1][:1] * 1_000_000)
    assert len(list(folder.iterdir())) == len(ahead)
    return len(ahead)


def test_a_process_killed_while_it_writes_leaves_whole_files_only(tmp_path: Path) -> None:
    for n in range(4):
        with started("go on", tmp_path) as process:
            assert process.stdout
            process.stdout.readline()  # it writes now
            time.sleep(0.017 * n)
            process.kill()
        assert 1 <= assert_all_sound(tmp_path) <= 40


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="this system cannot limit files")
def test_a_process_that_dies_in_the_middle_of_a_write_leaves_nothing_that_counts(tmp_path: Path) -> None:
    with started("die in a write", tmp_path) as process:
        assert process.wait(60) == -signal.SIGXFSZ
    [half] = tmp_path.iterdir()
    assert half.stat().st_size == 500_000
    assert assert_all_sound(tmp_path) == 0


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="this system cannot limit files")
def test_a_disk_that_is_full_is_as_no_room(tmp_path: Path) -> None:
    with started("find no room", tmp_path) as process:
        said, _ = process.communicate(timeout=60)
    assert (process.returncode, said.split(), list(tmp_path.iterdir())) == (0, [b"0"] * 3, [])


# --- in memory -------------------------------------------------------------------------------------------------------


def test_the_state_that_shares_most_is_remembered() -> None:
    remembered = Remembered(ROOM)
    assert remembered.nearest(array([1, 2])) == (0, ())
    for tokens in ([1, 2], [1, 2, 3, 4], [5]):
        remembered.keep(tuple(tokens[:2]), tokens, bytearray(bytes(tokens)))  # the second in place of the first
    assert remembered.nearest(array([1, 2, 3])) == (3, (1, 2))
    known, state = remembered[1, 2]
    assert (known.tolist(), bytes(state)) == ([1, 2, 3, 4], b"\1\2\3\4")
    assert remembered.nearest(array([5, 5])) == (1, (5,))
    assert remembered.nearest(array([9]))[0] == 0
    remembered.clear()
    assert remembered.nearest(array([5, 5])) == (0, ())


def test_the_least_used_is_forgotten_first() -> None:
    remembered = Remembered(300)
    for n in (1, 2, 3):
        remembered.keep((n,), [n], bytearray(100))
    remembered[1,]  # 2 is now the least used
    remembered.keep((4,), [4], bytearray(100))
    assert [remembered.nearest(array([n]))[0] for n in (1, 2, 3, 4)] == [1, 0, 1, 1]
    remembered.keep((3,), [3], bytearray(200))  # 100 of 1, 100 of 4, 200 of 3: one too many
    assert [remembered.nearest(array([n]))[0] for n in (1, 2, 3, 4)] == [0, 0, 1, 1]


def test_what_is_larger_than_all_room_is_not_kept() -> None:
    remembered = Remembered(300)
    remembered.keep((1,), [1], bytearray(301))
    assert remembered.nearest(array([1])) == (0, ())


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 120)), max_size=40))
def test_it_is_the_last_used_that_fit(steps: list[tuple[int, int]]) -> None:
    """Each step keeps a state of some bytes; 0 bytes: uses the one that is there."""
    remembered, held = Remembered(300), dict[int, int]()  # the last used at the end
    for n, size in steps:
        if size:
            held.pop(n, None)
            held[n] = size
            remembered.keep((n,), [n], bytearray(size))
            while sum(held.values()) > 300:
                held.pop(next(iter(held)))
        elif n in held:
            held[n] = held.pop(n)
            assert len(remembered[n,][1]) == held[n]
        assert [n for n in range(7) if remembered.nearest(array([n]))[0]] == sorted(held)


@given(st.lists(st.integers(0, 2), max_size=8), st.lists(st.integers(0, 2), max_size=8))
def test_what_two_prompts_share_is_their_common_beginning(one: list[int], other: list[int]) -> None:
    length = shared(array(one), array(other))
    assert one[:length] == other[:length]
    assert length in (len(one), len(other)) or one[length] != other[length]
