"""The offline proof: what would reach another computer is refused, counted and written down; the rest goes on.

Python keeps an audit hook until it ends, so each proof is begun in a process of its own.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rag.cli import app
from rag.errors import ConfigError, RagError
from rag.offline import LOG, Proof, elsewhere, is_elsewhere, is_loopback

pytestmark = pytest.mark.enable_socket

ROOT = Path(__file__).parents[1]
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00 process \d+ (.*)")
TCP, UDP = "socket.socket()", "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"
TCP6, UDP6 = (f"socket.socket(socket.AF_INET6, socket.SOCK_{kind})" for kind in ("STREAM", "DGRAM"))
REFUSED = {
    f"{TCP}.connect(('192.0.2.1', 443))": "connect 192.0.2.1 port 443",
    f"{TCP}.connect_ex(('192.0.2.1', 80))": "connect 192.0.2.1 port 80",
    f"{TCP6}.connect(('2001:db8::1', 443))": "connect 2001:db8::1 port 443",
    f"{TCP6}.connect(('::ffff:192.0.2.1', 443))": "connect ::ffff:192.0.2.1 port 443",
    f"{UDP}.sendto(b'words', ('192.0.2.1', 9))": "sendto 192.0.2.1 port 9",
    f"{UDP6}.sendto(b'words', ('2001:db8::1', 9))": "sendto 2001:db8::1 port 9",
    f"{UDP}.sendmsg([b'words'], [], 0, ('192.0.2.1', 9))": "sendmsg 192.0.2.1 port 9",
    "socket.getaddrinfo('example.org', 443)": "getaddrinfo example.org",
    "socket.getaddrinfo(b'example.org', 443)": "getaddrinfo example.org",
    "socket.gethostbyname('example.org')": "gethostbyname example.org",
    "socket.gethostbyname_ex('example.org')": "gethostbyname example.org",
    "socket.gethostbyaddr('192.0.2.1')": "gethostbyaddr 192.0.2.1",
    "socket.getnameinfo(('192.0.2.1', 80), 0)": "getnameinfo 192.0.2.1",
    "socket.create_connection(('example.org', 443))": "getaddrinfo example.org",
    "urllib.request.urlopen('http://192.0.2.1/')": "connect 192.0.2.1 port 80",
    "httpx.get('https://example.org/', trust_env=False)": "getaddrinfo example.org",
    "asyncio.run(asyncio.open_connection('192.0.2.1', 443))": "connect 192.0.2.1 port 443",
}
IMPORTS = "import asyncio, socket, sys, urllib.request\nfrom pathlib import Path\n"


def under_proof(folder: Path, *statements: str) -> tuple[list[str], list[str]]:
    """(what each statement ended in, the lines of the log), tried by a process of its own."""
    log = folder / "cache" / LOG
    code = [IMPORTS + "from rag.offline import Proof", f"proof = Proof(Path({str(log)!r}))"]
    for statement in statements:
        imports = "    import httpx\n" if "httpx" in statement else ""
        tried = f"{imports}    {statement}\n    print('went well')"
        code.append(f"try:\n{tried}\nexcept Exception as error:\n    print(type(error).__name__, error)")
    code.append("print(proof.end())")
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(code)], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    *ends, count = done.stdout.splitlines()
    lines = [LINE.fullmatch(line) for line in log.read_text(encoding="utf-8").splitlines()]
    told = [line[1] for line in lines if line]
    assert (len(told), told[-1]) == (len(lines), f"ended; attempts: {count}")
    return ends, told


@pytest.mark.parametrize(("statement", "noted"), REFUSED.items(), ids=REFUSED)
def test_what_would_reach_another_computer_is_refused_and_noted(statement: str, noted: str, tmp_path: Path) -> None:
    [end], told = under_proof(tmp_path, statement)
    assert f"Refused, as --offline-proof is on: {noted}. It is noted in " in end
    assert told == ["started; no attempts so far", f"refused: {noted}", "ended; attempts: 1"]


def test_what_stays_on_this_computer_goes_on(tmp_path: Path) -> None:
    unix = f"socket.socketpair(); one = socket.socket(socket.AF_UNIX); one.bind({str(tmp_path / 's')!r}); one.listen()"
    ends, told = under_proof(
        tmp_path,
        "there = socket.create_server(('127.0.0.1', 0)); port = there.getsockname()[1]",
        "socket.create_connection(('127.0.0.1', port))",
        "socket.create_connection(('localhost', port))",
        "socket.getaddrinfo(None, 80), socket.getaddrinfo('192.0.2.1', 80)",
        "socket.gethostbyname('localhost'), socket.gethostbyaddr('127.0.0.1')",
        f"heard = {UDP}; heard.bind(('127.0.0.1', port))",
        f"{UDP}.sendto(b'words', ('127.0.0.1', port))",
        f"udp = {UDP}; udp.connect(('127.0.0.1', port)); udp.send(b'words'); udp.sendmsg([b'words'])",
        *([unix, f"socket.socket(socket.AF_UNIX).connect({str(tmp_path / 's')!r})"] if sys.platform != "win32" else []),
        "asyncio.run(asyncio.open_connection('127.0.0.1', port))",
    )
    assert set(ends) == {"went well"}
    assert told == ["started; no attempts so far", "ended; attempts: 0"]


def test_all_attempts_are_counted_and_the_first_thousand_noted(tmp_path: Path) -> None:
    many = f"[{TCP}.connect_ex(('127.0.0.1', 1))] + [look_up() for _ in range(1200)]"
    look_up = "def look_up():\n        try: socket.gethostbyname('example.org')\n        except OSError: pass"
    _, told = under_proof(tmp_path, f"{look_up}\n    {many}")
    assert told[-1] == "ended; attempts: 1200"
    assert told.count("refused: gethostbyname example.org") == 1000


def test_a_later_run_adds_to_the_log(tmp_path: Path) -> None:
    under_proof(tmp_path, "socket.gethostbyname('one.example')")
    _, told = under_proof(tmp_path, "socket.gethostbyname('two.example')")
    assert [line for line in told if line.startswith("refused")] == [
        "refused: gethostbyname one.example",
        "refused: gethostbyname two.example",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="there files have no such modes")
def test_the_log_is_for_its_owner_alone(tmp_path: Path) -> None:
    under_proof(tmp_path, "pass")
    assert (tmp_path / "cache" / LOG).stat().st_mode & 0o077 == 0


def test_a_target_of_many_lines_is_noted_in_one(tmp_path: Path) -> None:
    _, told = under_proof(tmp_path, "socket.gethostbyname('a\\nb' + '.c' * 150)")
    [noted] = [line for line in told if line.startswith("refused")]
    assert noted.startswith("refused: gethostbyname a b.c.c")
    assert noted.endswith("…")


def test_a_log_that_cannot_be_written_is_an_error_before_anything_begins(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"cannot be written: .* Set RAG_CACHE to a folder that can\."):
        Proof(tmp_path / "file" / LOG)


def test_the_address_that_the_page_is_served_on_is_this_computer() -> None:
    with socket.socket() as any_socket:
        arguments = (any_socket, ("192.0.2.7", 7860))
        assert elsewhere("socket.connect", arguments, "192.0.2.7") == ""
        assert elsewhere("socket.connect", arguments, "127.0.0.1") == "192.0.2.7 port 7860"


@pytest.mark.parametrize(
    ("host", "is_so"),
    [
        *((host, True) for host in ("127.0.0.1", "127.9.9.9", "::1", "::1%lo", "localhost", "LOCALHOST.", "::ffff:127.0.0.1")),
        *((host, False) for host in ("", "0.0.0.0", "192.0.2.1", "localhost.example.org", "127.0.0.1.example.org", "127.1")),
    ],
)  # fmt: skip
def test_a_loopback_address_is_told_from_others(host: str, is_so: bool) -> None:
    assert is_loopback(host) is is_so


def test_a_server_elsewhere_is_told_from_a_file_and_from_a_server_here() -> None:
    assert is_elsewhere("http://192.168.0.7:8080/v1")
    assert not any(map(is_elsewhere, ("", "qwen2.5-coder-1.5b", "/models/a.gguf", "http://[::1]:8080/v1")))


# --- the command -------------------------------------------------------------------------------------------------------


def test_a_proof_with_a_model_on_another_computer_is_refused(
    clean_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_LLM", "http://192.0.2.1/v1")
    result = CliRunner().invoke(app, ["serve", "--offline-proof"])
    assert isinstance(result.exception, RagError)
    assert str(result.exception).startswith("RAG_LLM is http://192.0.2.1/v1, which --offline-proof would refuse")


def test_the_help_says_what_is_proved_and_what_is_not() -> None:
    said = " ".join(CliRunner().invoke(app, ["serve", "--help"], env={"COLUMNS": "200"}).output.split())
    for words in ("connections, datagrams, names", "proves nothing about other programs", "compiled libraries"):
        assert words in said
