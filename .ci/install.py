"""Install what pyproject.toml asks for beside this interpreter: by the lock file, each file checked by its SHA-256.

`make setup` runs this with the Python of .venv. Where the lock file does not say that it holds, and with LOCKED=0, pip
chooses, and one line says so. Where it holds, nothing else is installed: no failure loosens it by itself.
"""

import os
import platform
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ".ci/requirements.lock"
TORCH = ".ci/torch-cpu.lock"


def here() -> str:
    """This computer and its Python, as the lock file names them."""
    libc = "" if platform.system() != "Linux" or platform.libc_ver()[0] == "glibc" else " without glibc"
    version = ".".join(platform.python_version_tuple()[:2]) + getattr(sys, "abiflags", "")
    return f"{platform.system()} {platform.machine()}{libc}, {platform.python_implementation()} {version}"


def covered() -> set[str]:
    """All computers for which the lock file says that it holds."""
    lines = re.findall(r"^# holds for (.+?, \w+ )([\d. ]+)$", (ROOT / LOCK).read_text(encoding="utf-8"), re.MULTILINE)
    return {computer + version for computer, versions in lines for version in versions.split()}


def pip(*arguments: str) -> bool:
    """Whether pip could do it; it says itself why not. What build tools warn of is for those who write packages."""
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    return subprocess.run([sys.executable, "-m", "pip", *arguments], cwd=ROOT, env=quiet, check=False).returncode == 0


def torch_for_cpus() -> bool:
    """Take torch's CPU build if pip finds it; asked for alone, since pip prefers PyPI's to a file in a mere folder."""
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--require-hashes", "--requirement", TORCH]
    done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    absent = "No matching distribution found" in done.stderr
    if done.returncode and not absent:
        print(done.stderr)
    return absent or done.returncode == 0


def by_lock() -> bool:
    """Install the locked files only: pip and what builds, then what runs, then this project."""
    # The lock is given as constraints: of its packages those are taken that this computer's builds ask for. With the
    # CPU build of torch, none for GPUs. Built without isolation, since pip does not check what isolated builds fetch.
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    return (
        pip("install", "--quiet", "--require-hashes", "--requirement", ".ci/build.lock")
        and (platform.system() != "Linux" or torch_for_cpus())
        and pip("install", "--require-hashes", "--no-build-isolation", "--constraint", LOCK, *wanted)
        and pip("install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", ".")
    )


def by_choice_of_pip() -> bool:
    """Install what pyproject.toml asks for, as pip finds it."""
    return pip("install", "--quiet", "--upgrade", "pip") and pip("install", "--editable", ".")


def main() -> int:
    """Install; the exit status is 1 if that failed."""
    computer = here()
    if os.environ.get("LOCKED") != "0" and computer in covered():
        if by_lock():
            return 0
        print(
            "Not installed: the lines above say what does not fit the lock files in .ci/. After a change of"
            " pyproject.toml, run: make lock   To let pip choose, unchecked, run: make setup LOCKED=0"
        )
        return 1
    why = "LOCKED=0" if computer in covered() else f"{LOCK} does not cover {computer}"
    print(f"{why}: installing what pyproject.toml asks for as pip finds it, without checking hashes.", flush=True)
    return 0 if by_choice_of_pip() else 1


if __name__ == "__main__":
    sys.exit(main())
