"""What this project is made of: `make lock` pins it, `make audit` asks whether any of it is known to be vulnerable.

Run with the Python of .venv/tools, in which uv, cyclonedx-py and pip-audit are. Addresses of indexes get into no file.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import third_party
from packaging.markers import Marker
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LOCK = ROOT / ".ci/requirements.lock"
BUILD = ROOT / ".ci/build.lock"
TORCH = ROOT / ".ci/torch-cpu.lock"
HEAD = {
    LOCK: "Made by `make lock`; do not edit. What runs, with the SHA-256 of every file of each release.",
    BUILD: "Made by `make lock`; do not edit. What installs and builds the rest.",
}
PLATFORMS = {
    "Linux x86_64": "x86_64-manylinux_2_28",
    "Linux aarch64": "aarch64-manylinux_2_28",
    "Darwin arm64": "aarch64-apple-darwin",  # as platform.system() calls macOS
    "Windows AMD64": "x86_64-pc-windows-msvc",
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
NOWHERE = re.compile(r"^\S+ ; .*sys_platform == 'emscripten'.*\n(?: .*\n)*", re.MULTILINE)  # in a browser
MACOS = {"MACOSX_DEPLOYMENT_TARGET": "14.0"}  # torch needs it


class SupplyError(Exception):
    """What went wrong, in one line."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A locked release, and whose dependency it is: names, or `solidarity-desk (pyproject.toml)`."""

    name: str
    version: str
    marker: Marker | None
    hashes: tuple[str, ...]
    via: tuple[str, ...]


def read(lock: Path) -> list[Pin]:
    """Read a lock file, in its order."""
    pins = []
    for block in re.split(r"\n(?=\w)", "\n" + lock.read_text(encoding="utf-8"))[1:]:
        wanted = Requirement(block.split("\\\n")[0].strip())
        (version,) = (one.version for one in wanted.specifier)
        hashes = tuple(re.findall(r"--hash=sha256:(\w+)", block))
        via = tuple(re.findall(r"^ +# (?:via|  ) *(\S.*)$", block, re.MULTILINE))
        pins.append(Pin(wanted.name, version, wanted.marker, hashes, via))
    return pins


def lock(*, upgrade: bool) -> None:
    """Write both lock files, THIRD_PARTY.md and the SBOM."""
    runs = with_cpu_builds(resolve(LOCK, upgrade, "pyproject.toml"))
    LOCK.write_text(head(LOCK) + runs, encoding="utf-8")
    holds = list(covered())
    LOCK.write_text(head(LOCK, *holds) + runs, encoding="utf-8")
    builds = resolve(BUILD, upgrade, "--group", "build", "--constraint", str(LOCK))
    BUILD.write_text(head(BUILD) + builds, encoding="utf-8")
    third_party.write(read(LOCK), read(BUILD))
    print(*(f"The lock {line}" for line in holds), sep="\n")


def head(path: Path, *more: str) -> str:
    """The lines at the beginning of a lock file."""
    return "".join(f"# {line}\n" for line in (HEAD[path], *more))


def resolve(path: Path, upgrade: bool, *wanted: str) -> str:
    """Let uv find releases for all platforms and Pythons; those pinned now stay, where they can, unless `upgrade`."""
    with tempfile.TemporaryDirectory() as folder:
        new = Path(folder, path.name)
        if path.exists() and not upgrade:  # the pins without their hashes, so that these are fetched anew
            new.write_text("".join(f"{pin.name}=={pin.version}\n" for pin in read(path)), encoding="utf-8")
        options = ("--universal", "--fork-strategy=fewest", "--python-version=3.11", "--generate-hashes", "--no-header")
        run("uv", "pip", "compile", "--quiet", "--no-emit-index-url", *options, "--output-file", str(new), *wanted)
        return NOWHERE.sub("", new.read_text(encoding="utf-8"))


def with_cpu_builds(text: str) -> str:
    """Add the hashes of the CPU builds of the torch that is pinned."""
    (version,) = re.findall(r"^torch==(\S+)", text, re.MULTILINE)
    (builds,) = read(TORCH)
    if builds.version != f"{version}+cpu":
        raise SupplyError(f"{TORCH.name} has no CPU build of torch {version}. Add what PyTorch's index for CPU lists.")
    added = "".join(f"    --hash=sha256:{digest} \\\n" for digest in builds.hashes)
    return text.replace(f"torch=={version} \\\n", f"torch=={version} \\\n{added}", 1)


def covered() -> Iterator[str]:
    """Say for which computers every release of the lock has a wheel whose hash is locked."""
    for name, platform in PLATFORMS.items():
        good = [version for version in PYTHONS if has_wheels(platform, version)]
        if good:
            yield f"holds for {name}, CPython {' '.join(good)}"


def has_wheels(platform: str, version: str) -> bool:
    """Whether all could be installed there, nothing compiled but one; nothing is downloaded to find out."""
    files = ("--only-binary=:all:", f"--no-binary={third_party.COMPILED}", "--requirement", str(LOCK))
    with tempfile.TemporaryDirectory() as folder:
        target = ("--python-platform", platform, "--python-version", version, "--target", folder)
        done = subprocess.run(
            [tool("uv"), "pip", "install", "--dry-run", "--quiet", "--require-hashes", "--no-deps", *target, *files],
            env={**os.environ, **MACOS},
            capture_output=True,
            check=False,
        )
    return done.returncode == 0


def audit() -> None:
    """Ask an advisory database about each pin, of all platforms.

    Raises:
        SupplyError: some are vulnerable, or could not be asked about.
    """
    pins = {f"{pin.name}=={pin.version}" for pin in (*read(LOCK), *read(BUILD))}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "pins").write_text("\n".join(sorted(pins)), encoding="utf-8")
        options = ("--format=json", "--no-deps", "--disable-pip", "--progress-spinner=off")
        command = [tool("pip-audit"), *options, "--requirement", str(Path(folder, "pins"))]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        answers = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError) as error:
        last = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        raise SupplyError(f"Not audited: the advisory database cannot be reached ({last[:100]}).") from error
    if skipped := [answer["name"] for answer in answers if "skip_reason" in answer]:
        count = f"{len(skipped)} of {len(pins)} pins"
        raise SupplyError(f"Not audited: the advisory database gives no answer about {count}, such as {skipped[0]}.")
    known = [(answer, flaw) for answer in answers for flaw in answer["vulns"]]
    for answer, flaw in known:
        fixed = ", ".join(flaw["fix_versions"]) or "no release yet"
        print(f"{answer['name']} {answer['version']}: {flaw['id']}; fixed in {fixed}")
    if known:
        raise SupplyError(f"{len(known)} known vulnerabilities. For newer releases, run: make lock UPGRADE=1")
    print(f"No known vulnerabilities in {len(pins)} pins.")


def tool(name: str) -> str:
    """The program `name` beside this Python."""
    return str(Path(sys.executable).with_name(name))


def run(name: str, *arguments: str) -> str:
    """Run a tool in the project's folder and give what it wrote.

    Raises:
        SupplyError: it failed.
    """
    done = subprocess.run([tool(name), *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SupplyError(f"{name} failed:\n{done.stderr.strip()}")
    return done.stdout


def main(command: str, *options: str) -> int:
    """Do what the command line says; the exit status is 1 if that failed."""
    try:
        if command == "audit":
            audit()
        else:
            lock(upgrade="--upgrade" in options)
    except (SupplyError, third_party.MetadataError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
