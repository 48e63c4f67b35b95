"""Private by proof: without any network but the loopback the product indexes, answers, exports and serves its page.

`offline_run.py` uses all of it in a network namespace of its own, under the product's own proof (what Python does) and
under strace (what programs it starts and compiled libraries do, too). Here is looked at what was seen.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import docx
import pytest
from offline_run import PORT, QUESTIONS

from rag.config import Settings
from rag.models import models_dir
from rag.texts import texts_in

STEPS = ("index", "ask", "brief", "serve")
PATIENCE_S = 1800  # on a busy computer; two minutes on two idle cores
CALL = re.compile(r"\d+ +(connect|sendto|sendmsg|sendmmsg|bind|io_uring_setup)\(")
ADDRESS = re.compile(
    r"sa_family=AF_INET6?, sin6?_port=htons\((?P<port>\d+)\), .*?"
    r'(?:inet_addr\("(?P<v4>[^"]+)"\)|inet_pton\(AF_INET6, "(?P<v6>[^"]+)")'
)
NOWHERE = re.compile(r"NULL, 0(?:\)| <unfinished)|msg_name=NULL")  # to where the socket is connected already
# Within this computer: the kernel, and programs that answer on a socket in the file system; not one that resolves names.
WITHIN = re.compile(r'sa_family=AF_(?:NETLINK|UNSPEC)|sa_family=AF_UNIX(?!, sun_path="[^"]*(?i:resolve))')


def reached(trace: str) -> list[str]:
    """The calls of a trace that reach, or could reach, anything but the page on this computer.

    A call whose address is not understood counts, and so does a look-up of a name, which port 53 betrays: the resolver
    may be on this computer and still ask others.
    """
    return [line for line in trace.splitlines() if CALL.match(line) and not _stays(line)]


def _stays(line: str) -> bool:
    if "(io_uring_setup" in line or line.split()[1].startswith("io_uring_setup"):
        return False
    if found := ADDRESS.search(line):
        loopback = ip_address(found["v4"] or found["v6"]).is_loopback
        return loopback and found["port"] == str(PORT)
    return bool(NOWHERE.search(line) or WITHIN.search(line))


@pytest.mark.parametrize(
    ("line", "stays"),
    [
        ('7 connect(3, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = -1 ENOENT', True),
        ('7 connect(3, {sa_family=AF_UNIX, sun_path="/run/systemd/resolve/io.systemd.Resolve"}, 42) = 0', False),
        ('7 connect(3, {sa_family=AF_INET, sin_port=htons(17990), sin_addr=inet_addr("127.0.0.1")}, 16) = 0', True),
        ('7 connect(3, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.53")}, 16) = 0', False),
        ('7 connect(3, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.1")}, 16 <unfinished ...>', False),
        ('7 connect(3, {sa_family=AF_INET6, sin6_port=htons(17990), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0', True),
        ('7 connect(3, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28) = 0', False),
        ("7 connect(3, {sa_family=AF_UNSPEC, sa_data=\"\\0\"}, 16) = 0", True),
        ("7 connect(3, 0x7ffd, 16) = -1 EFAULT (Bad address)", False),
        ('7 sendto(9, ""..., 1, 0, NULL, 0)   = 1', True),
        ('7 sendto(9, ""..., 1, 0, NULL, 0 <unfinished ...>', True),
        ('7 sendto(9, ""..., 1, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("192.0.2.1")}, 16) = 1', False),
        ("7 sendto(9, [], 20, 0, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12) = 20", True),
        ("7 sendmsg(9, {msg_name=NULL, msg_namelen=0, msg_iov=[], msg_iovlen=1}, 0) = 1", True),
        ('7 sendmmsg(3, [{msg_hdr={msg_name={sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.1")}}}], 1, 0) = 1', False),
        ('7 bind(3, {sa_family=AF_INET, sin_port=htons(17990), sin_addr=inet_addr("0.0.0.0")}, 16) = 0', False),
        ("7 io_uring_setup(8, {flags=0}) = 5", False),
    ],
)  # fmt: skip
def test_a_traced_call_is_understood(line: str, stays: bool) -> None:
    assert reached(line) == ([] if stays else [line])


@dataclass(frozen=True)
class Used:
    """What one run left in its folder."""

    folder: Path

    def text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def trace(self, step: str) -> str:
        """What strace wrote of a step."""
        if shutil.which("strace") is None:
            missing = "This test needs strace. Debian/Ubuntu: apt install strace"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
        return self.text(f"{step}.strace")

    @cached_property
    def seen(self) -> dict[str, Any]:
        """What the page said and gave."""
        return dict(json.loads(self.text("seen.json")))

    @cached_property
    def answers(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text("ask.out").splitlines()]

    @cached_property
    def log(self) -> list[str]:
        """The lines of the product's own log, without time and process."""
        lines = self.text("home/.cache/solidarity-desk/offline-proof.log").splitlines()
        return [line.split(" ", 3)[3] for line in lines]


def _namespace() -> list[str]:
    """The command that gives a program a network of its own; skips where the system has none."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        pytest.skip("network namespaces need Linux and unshare (util-linux)")
    options = ["--net"] if os.geteuid() == 0 else ["--net", "--map-root-user"]
    tried = subprocess.run(["unshare", *options, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"this system gives no network namespace to this user: {tried.stderr.strip()}")
    return ["unshare", *options]


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Used:
    """The product, used once from beginning to end without a network."""
    folder = tmp_path_factory.mktemp("offline")
    script = str(Path(__file__).with_name("offline_run.py"))
    command = [*_namespace(), sys.executable, script, str(folder), str(models_dir(Settings().cache).resolve())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return Used(folder)


@pytest.mark.model
def test_there_was_no_network(used: Used) -> None:
    assert used.text("elsewhere") == "ENETUNREACH"


@pytest.mark.model
def test_documents_were_indexed_and_ten_questions_answered(used: Used) -> None:
    assert used.text("index.out").startswith("index: 5 documents, 121 passages; ")
    assert [answer["question"] for answer in used.answers] == list(QUESTIONS)
    assert [answer["id"] for answer in used.answers if answer["refused"]] == ["3"]  # members in Brazil: not held
    assert all(answer["citations"] for answer in used.answers if not answer["refused"])


@pytest.mark.model
def test_a_briefing_was_written_and_exported(used: Used) -> None:
    briefing = used.folder / "working" / "briefing.docx"
    assert docx.Document(str(briefing)).paragraphs[0].text == "Briefing: just transition"
    assert (used.folder / "working" / "handout.docx").read_bytes() == briefing.read_bytes()  # the page's is the same
    said = [
        paragraph.text for paragraph in docx.Document(str(used.folder / "working" / "conversation.docx")).paragraphs
    ]
    assert any("20 percent youth quota" in text for text in said)


@pytest.mark.model
def test_the_page_was_served_to_a_browser_and_to_a_program(used: Used) -> None:
    assert "20 percent youth quota" in used.seen["asked"]["sentences"][0]
    assert used.seen["told"]["citations"]
    assert len(used.seen["found"]) == 3
    assert "connect-src 'self';" in used.seen["headers"]["content-security-policy"]


@pytest.mark.model
def test_nothing_in_python_tried_to_reach_another_computer(used: Used) -> None:
    assert used.log == ["started; no attempts so far", "ended; attempts: 0"] * len(STEPS)


@pytest.mark.model
def test_the_terminal_and_the_page_say_so(used: Used) -> None:
    first, *_, last = used.text("serve.err").splitlines()
    assert first.startswith("Offline proof is on; no attempts so far. Each one is refused and noted in ")
    assert last == "Offline proof ended; attempts to reach another computer: 0."
    assert texts_in("en")("page.offline_proof", attempts=0) in json.dumps(used.seen["config"])


@pytest.mark.model
@pytest.mark.parametrize("step", STEPS)
def test_no_system_call_reached_for_anything_but_the_page_on_this_computer(used: Used, step: str) -> None:
    assert reached(used.trace(step)) == []


@pytest.mark.model
def test_the_trace_would_have_shown_it(used: Used) -> None:
    assert len(reached(used.trace("control"))) == 3  # an address, an IPv6 address, a resolver on this computer
    assert reached(used.trace("look-up"))
    assert "bind(" in used.trace("serve")


@pytest.mark.model
def test_all_that_is_left_behind_is_listed(used: Used) -> None:
    listed = [place["where"] for place in json.loads(used.text("stored.out")) if place["files"] is not None]
    working = used.folder / "working"
    asked_for = {working / name for name in ("briefing.docx", "handout.docx", "conversation.docx", "questions.jsonl")}
    left = {path for name in ("home", "working") for path in (used.folder / name).rglob("*") if path.is_file()}
    assert {path for path in left - asked_for if not any(path.is_relative_to(place) for place in listed)} == set()
    assert [path for path in (used.folder / "temporary").rglob("*") if path.is_file()] == []
