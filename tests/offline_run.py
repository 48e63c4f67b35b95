"""A whole use of the product where there is no network but the loopback, for `test_offline_proof.py`.

    unshare -n python tests/offline_run.py FOLDER MODELS

makes FOLDER the home, the working and the temporary folder of the product, indexes the documents, asks ten questions,
writes a briefing, then serves the page under `--offline-proof` and uses it as a browser and as a program do. Each step
runs under strace where that is installed; what each of them said and did lies in FOLDER afterwards.
"""

from __future__ import annotations

import base64
import errno
import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import psutil

ROOT = Path(__file__).parents[1]
PORT = 17_990
TOPIC = "just transition"
QUESTIONS = (
    "What is said about health and safety at work?",
    "When will the migrant resource centre open, and where?",
    "How many members does IndustriALL have in Brazil?",
    "Which youth quota do young unionists demand?",
    "Which news items are from 2021?",
    "What does paragraph 27 say is essential?",
    "¿Qué se dice sobre la salud y la seguridad en el trabajo?",
    "What will IndustriALL do to hold capital accountable?",
    "Who supported the October 2024 meeting in Manila?",
    "What is the newest story?",
)
# The system calls that can name another computer, and the one behind which strace could not see them.
NETWORK = "connect,sendto,sendmsg,sendmmsg,bind,io_uring_setup"
_UNDER_PROOF = """import sys
from pathlib import Path
from rag.offline import Proof
proof = Proof(Path(sys.argv.pop(1)))
from rag.cli import main
try:
    main()
finally:
    proof.end()
"""
_PLAIN = "from rag.cli import main\nmain()\n"
_CONTROL = """import socket
socket.socket().connect_ex(("192.0.2.1", 443))
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect_ex(("127.0.0.1", 53))
socket.socket(socket.AF_INET6).connect_ex(("2001:db8::1", 443))
"""
_LOOK_UP = "import socket\nsocket.getaddrinfo('example.org', 443)\n"
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1


class Run:
    """The folder of one run, and the product's commands in it."""

    def __init__(self, folder: Path, models: Path) -> None:
        self.folder = folder
        self.working, self.home, self.temporary = (folder / name for name in ("working", "home", "temporary"))
        for place in (self.working, self.home, self.temporary):
            place.mkdir(parents=True)
        shutil.copytree(ROOT / "seeds", self.working / "seeds")
        self.cache = self.home / ".cache" / "solidarity-desk"
        self.cache.mkdir(parents=True)
        (self.cache / "models").symlink_to(models, target_is_directory=True)
        kept = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG", "OMP_NUM_THREADS")}
        self.environment = kept | {"HOME": str(self.home), "TMPDIR": str(self.temporary), "PYTHONPATH": str(ROOT)}

    def start(self, name: str, code: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start Python code under strace; what it says goes to files."""
        watched: list[str] = []
        if strace := shutil.which("strace"):
            # Addresses alone: -s 0 keeps the words that are sent out of the file.
            log = str(self.folder / f"{name}.strace")
            watched = [strace, "-f", "--seccomp-bpf", "-qq", "-s", "0", "-e", f"trace={NETWORK}", "-o", log]
        with (self.folder / f"{name}.out").open("wb") as out, (self.folder / f"{name}.err").open("wb") as err:
            command = [*watched, sys.executable, "-c", code, *arguments]
            return subprocess.Popen(command, cwd=self.working, env=self.environment, stdout=out, stderr=err)

    def step(self, name: str, code: str, *arguments: str) -> None:
        """Run Python code to its end, which must be a good one."""
        began = time.perf_counter()
        if status := self.start(name, code, *arguments).wait():
            sys.exit(f"{name} ended with {status}: {(self.folder / f'{name}.err').read_text()[-2000:]}")
        sys.stdout.write(f"{name}: {time.perf_counter() - began:.0f} s\n")
        sys.stdout.flush()

    def command(self, name: str, *arguments: str) -> None:
        """Run a verb of `rag` under the product's own proof."""
        self.step(name, _UNDER_PROOF, str(self.cache / "offline-proof.log"), *arguments)

    @contextmanager
    def served(self) -> Iterator[Browser]:
        """The page, while it is served; it is ended as a service is."""
        process = self.start("serve", _PLAIN, "serve", "--offline-proof", "--no-browser", "--port", str(PORT))
        said = self.folder / "serve.err"
        while b"Solidarity Desk is at" not in said.read_bytes():
            if process.poll() is not None:
                sys.exit(f"serve ended: {said.read_text()[-2000:]}")
            time.sleep(0.2)
        try:
            yield Browser(f"http://127.0.0.1:{PORT}")
        finally:
            for child in psutil.Process(process.pid).children() or [psutil.Process(process.pid)]:
                child.send_signal(signal.SIGTERM)
            process.wait(60)


class Browser:
    """Speaks to the page as browsers and programs do, with nothing but Python's own library."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opener = build_opener(ProxyHandler({}))
        self.config: dict[str, Any] = json.loads(self.get("/config")[0])

    def get(self, path: str) -> tuple[str, dict[str, str]]:
        """(body, headers)."""
        with self._opener.open(self._url + path, timeout=600) as response:
            return response.read().decode(), {key.lower(): value for key, value in response.headers.items()}

    def post(self, path: str, body: dict[str, Any]) -> Any:
        content, kind = json.dumps(body).encode(), {"content-type": "application/json"}
        with self._opener.open(Request(self._url + path, content, kind), timeout=600) as response:
            return json.loads(response.read())

    def press(self, button: str, *data: object) -> list[Any]:
        """What a button of the page brings; data are the values of the fields that go along."""
        named = [part["id"] for part in self.config["components"] if part["props"].get("value") == button]
        calls = self.config["dependencies"]
        [number] = [call["id"] for call in calls for one in named if [one, "click"] in call["targets"]]
        body = {"data": data, "session_hash": f"session{number}", "fn_index": number}
        self.post("/gradio_api/queue/join", body)
        sent, _ = self.get(f"/gradio_api/queue/data?session_hash=session{number}")
        messages = [json.loads(line[6:]) for line in sent.splitlines() if line.startswith("data: ")]
        [done] = [message for message in messages if message["msg"] == "process_completed"]
        return list(done["output"]["data"])

    def call(self, name: str, *data: object) -> Any:
        """What a program is given."""
        event = self.post(f"/gradio_api/call/{name}", {"data": data})["event_id"]
        sent, _ = self.get(f"/gradio_api/call/{name}/{event}")
        return [json.loads(line[6:]) for line in sent.splitlines() if line.startswith("data: ")][-1][0]


def bring_loopback_up() -> None:
    """As `ip link set lo up` does; a new namespace has it, but down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH22x", b"lo", 0)
        flags = struct.unpack("16sH22x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags | _IFF_UP))


def use(run: Run) -> None:
    """Everything, one after the other."""
    lines = (json.dumps({"id": str(n), "question": question}) for n, question in enumerate(QUESTIONS, start=1))
    (run.working / "questions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    run.command("index", "index")
    run.command("ask", "ask", "--batch", "questions.jsonl")
    run.command("brief", "brief", TOPIC, "--length", "1", "-o", "briefing.docx")
    with run.served() as browser:
        page, headers = browser.get("/")
        asked = browser.press("Ask", QUESTIONS[3], [], json.dumps({"id": "a1", "turns": []}), "en")[0]["turns"][0]
        kept = browser.press("Download as Word", json.dumps([asked["kept"]]), "en")[0]
        order = [TOPIC, "members", 1, [], "", "en"]
        written = browser.press("Write the briefing", *order)
        handout = browser.press("Word", *order)[0]
        told = browser.call("ask", QUESTIONS[0], [], [])
        found = browser.call("search", "tax havens", 3, [])
        last = json.loads(browser.get("/config")[0])
    for name, file in (("conversation", kept), ("handout", handout)):
        (run.working / f"{name}.docx").write_bytes(base64.b64decode(file["data"]))
    seen = {"page": page, "headers": headers, "asked": asked, "written": written, "told": told, "found": found}
    (run.folder / "seen.json").write_text(json.dumps(seen | {"config": last}), encoding="utf-8")
    run.step("stored", _PLAIN, "stored", "--json")


def main(folder: Path, models: Path) -> None:
    """Bring the loopback up, see that nothing else is there, use the product, and show that strace would notice."""
    bring_loopback_up()
    run = Run(folder, models)
    with socket.socket() as any_socket:
        reached = any_socket.connect_ex(("192.0.2.1", 443))
    (folder / "elsewhere").write_text(errno.errorcode[reached] if reached else "reached", encoding="utf-8")
    use(run)
    for name, code in (("control", _CONTROL), ("look-up", _LOOK_UP)):
        run.start(name, code).wait(60)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
