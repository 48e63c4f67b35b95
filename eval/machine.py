"""Where a figure was measured: the commit, the processor, the memory. Times mean nothing without them."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

_ROOT = Path(__file__).parents[1]


def machine() -> dict[str, Any]:
    """Processor name, cores that may be used, memory in bytes, system, Python version, and how busy it is now."""
    return {
        "processor": _processor(),
        "cores": len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": round(psutil.getloadavg()[0], 1),  # processes that were at work in the last minute
    }


def commit() -> tuple[str, bool]:
    """Hash of the checked-out commit, and whether files differ from it; ("unknown", True) outside a git clone."""
    head, changes = _git("rev-parse", "HEAD"), _git("status", "--porcelain")
    if head is None or changes is None:
        return "unknown", True
    return head, bool(changes)


def peak_memory() -> int:
    """Most bytes of memory that this process has held so far."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts in KiB, macOS in bytes


def folder_size(folder: Path) -> int:
    """Bytes of all files in a folder and below it."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(_ROOT), *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _processor() -> str:
    """The processor's own name; on Linux `platform.processor()` is often empty or only the architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
