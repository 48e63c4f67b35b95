"""Proof that this program reaches no other computer: whatever tries to is refused, counted and written to a log.

Python tells an audit hook of every connection, datagram and look-up of a name before it is made, whichever library
wants it. It does not tell of programs that are started (pandoc, the browser), nor of compiled libraries that open
sockets by themselves: `tests/test_offline_proof.py` watches those from outside. Two things it tells too late or not at
all: a name that is given to `connect` itself has been looked up by then, and a proxy on this computer looks like any
other program on it.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rag.errors import ConfigError, RagError
from rag.oneline import shortened

LOG = "offline-proof.log"
_MOST_LINES = 1000  # of attempts in one run: something that tries for ever shall not fill the disk
_MOST_TARGET = 200  # characters of what was to be reached
_WITHIN = {getattr(socket, name, None) for name in ("AF_UNIX", "AF_NETLINK")}  # no other computer has these
_TALKS = ("socket.connect", "socket.sendto", "socket.sendmsg")
_LOOKS_UP = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo")


class Refused(RagError, OSError):
    """An attempt to reach another computer; network libraries take it for a network that is not there."""


class Proof:
    """Refuses, from its start until the process ends, whatever would reach another computer."""

    def __init__(self, log: Path, here: str = "") -> None:
        """Begin; Python has no way to take an audit hook away again.

        Args:
            log: file that lines are added to; made with its folder if need be.
            here: another address of this computer, such as the one that the page is served on.

        Raises:
            ConfigError: the log cannot be written.
        """
        self._log = log
        self._here = here
        self._count = 0
        self._lock = threading.RLock()
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)  # opened now: a full disk may come
            self._write("started; no attempts so far")
        except OSError as error:
            raise ConfigError(
                f"The log {log} cannot be written: {error.strerror or error}. Set RAG_CACHE to a folder that can."
            ) from error
        sys.addaudithook(self._heard)

    @property
    def log(self) -> Path:
        """The file with a line for the start, each attempt and the end."""
        return self._log

    @property
    def attempts(self) -> int:
        """How many there were since the start."""
        return self._count

    def end(self) -> int:
        """Write the count and return it. What comes later is refused all the same."""
        with suppress(OSError):
            self._write(f"ended; attempts: {self._count}")
        return self._count

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Python calls this for everything that it does, so most of it must be passed by at once."""
        if event not in _TALKS and event not in _LOOKS_UP:
            return
        target = elsewhere(event, arguments, self._here)
        if not target:
            return
        attempt = f"{event.removeprefix('socket.')} {shortened(target, _MOST_TARGET)}"
        with self._lock:
            self._count += 1
            if self._count <= _MOST_LINES:
                with suppress(OSError):  # refused and counted, whether or not it can be written down
                    self._write(f"refused: {attempt}")
        raise Refused(f"Refused, as --offline-proof is on: {attempt}. It is noted in {self._log}")

    def _write(self, words: str) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        os.write(self._file, f"{now} process {os.getpid()} {words}\n".encode("utf-8", "replace"))  # in one piece


def elsewhere(event: str, arguments: tuple[Any, ...], here: str = "") -> str:
    """What an audit event would reach outside of this computer; "" for nothing.

    Args:
        event: `socket.connect`, `.sendto`, `.sendmsg`, `.getaddrinfo`, `.gethostbyname`, `.gethostbyaddr` or
            `.getnameinfo`.
        arguments: that come with it.
        here: another address of this computer.
    """
    if event in _TALKS:
        family, address = arguments[0].family, arguments[1]
        if family in _WITHIN or address is None:  # None: to where this socket is connected
            return ""
        if family not in (socket.AF_INET, socket.AF_INET6):
            return f"{family!r} {address!r}"
        return "" if _on_this_computer(address[0], here) else f"{_text(address[0])} port {address[1]}"
    host = arguments[0][0] if isinstance(arguments[0], tuple) else arguments[0]
    if _on_this_computer(host, here) or (event == "socket.getaddrinfo" and _address(_text(host))):
        return ""  # nobody is asked for what an address is
    return _text(host)


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this computer's own, for itself alone."""
    address = _address(host)
    return host.lower().rstrip(".") == "localhost" if address is None else address.is_loopback


def is_elsewhere(url: str) -> bool:
    """Whether a text is the http(s) address of a server on another computer."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and not is_loopback(parts.hostname or "")


def _on_this_computer(host: str | bytes | None, here: str) -> bool:
    name = _text(host)
    address = _address(name)
    # No address, or 0.0.0.0: "any of mine", which systems take for the loopback where it is to be reached.
    return name in ("", here) or is_loopback(name) or (address is not None and address.is_unspecified)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """The address that is written down; None for a name."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _text(host: str | bytes | bytearray | None) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else host or ""
