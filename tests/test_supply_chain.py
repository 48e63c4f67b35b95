"""What is installed is pinned: lock files, licences and SBOM tell of the same releases, and of no machine and no index."""

from __future__ import annotations

import json
import re
import runpy
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from rag.models import load_entries

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MADE = (".ci/requirements.lock", ".ci/build.lock", ".ci/torch-cpu.lock", ".ci/sbom.cdx.json", "THIRD_PARTY.md")
STALE = "pyproject.toml or rag/models.toml was changed; run: make lock"


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def locked(name: str) -> dict[str, str]:
    """Releases by name; each must have hashes."""
    blocks = re.findall(r"^([\w-]+)==(\S+)((?:.*\\\n)+.*)", text(name), re.MULTILINE)
    releases = {package: version for package, version, _ in blocks}
    assert len(blocks) == len(re.findall(r"^\w", text(name), re.MULTILINE)), "each block is read, once"
    assert [package for package, _, rest in blocks if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", rest)] == []
    return releases


RUNS, BUILDS = locked(".ci/requirements.lock"), locked(".ci/build.lock")


@pytest.mark.parametrize(
    ("wanted", "pins"),
    [
        (PROJECT["project"]["dependencies"], RUNS),
        (PROJECT["dependency-groups"]["build"], BUILDS),
        (PROJECT["build-system"]["requires"], BUILDS),
    ],
    ids=["dependencies", "build", "build-system"],
)
def test_the_lock_is_of_what_pyproject_asks_for(wanted: list[str], pins: dict[str, str]) -> None:
    for requirement in map(Requirement, wanted):
        version = pins.get(canonicalize_name(requirement.name), "0")
        assert requirement.specifier.contains(Version(version)), f"{requirement}: locked is {version}. {STALE}"


def test_what_the_locked_packages_need_here_is_locked() -> None:
    """By what the installed ones say; other releases than the locked ones may be installed where the lock is not used."""
    here = {canonicalize_name(one.name): one for one in distributions()}
    gpu = re.compile(r"nvidia-|cuda-|triton$")
    for name in RUNS.keys() & here.keys():
        needed = [Requirement(line) for line in here[name].requires or () if here[name].version == RUNS[name]]
        names = {canonicalize_name(one.name) for one in needed if not one.marker or one.marker.evaluate({"extra": ""})}
        assert {one for one in names if not gpu.match(one)} <= RUNS.keys(), name


def test_torch_may_be_the_one_without_gpu_libraries() -> None:
    (block,) = re.findall(r"^torch==(?:.*\\\n)+.*", text(".ci/requirements.lock"), re.MULTILINE)
    assert locked(".ci/torch-cpu.lock") == {"torch": f"{RUNS['torch']}+cpu"}
    builds = re.findall(r"--hash=sha256:\w+", text(".ci/torch-cpu.lock"))
    assert len(builds) == 8  # 2 architectures, 4 Pythons
    assert [one for one in builds if one not in block] == []


def test_each_locked_release_and_model_is_in_both_lists() -> None:
    rows = {tuple(row) for row in re.findall(r"^\| (\S+) \| (\S+) \| \S", text("THIRD_PARTY.md"), re.MULTILINE)}
    assert (RUNS.items() | BUILDS.items()) - rows == set(), STALE
    bom = json.loads(text(".ci/sbom.cdx.json"))
    components = {(one["name"], one.get("version", "")) for one in bom["components"]}
    assert components == RUNS.items() | {(name, "") for name in load_entries()}, STALE
    hashes = {one["name"]: one["hashes"][0]["content"] for one in bom["components"] if "hashes" in one}
    assert hashes == {name: entry.sha256 for name, entry in load_entries().items()}, STALE
    for name, entry in load_entries().items():
        assert f"| {name} | {entry.licence} |" in text("THIRD_PARTY.md"), STALE


def test_the_sbom_says_who_needs_whom() -> None:
    bom = json.loads(text(".ci/sbom.cdx.json"))
    needs = {one["ref"]: set(one.get("dependsOn", ())) for one in bom["dependencies"]}
    refs = {one["bom-ref"] for one in bom["components"]}
    assert needs.keys() == refs | {"solidarity-desk"}
    reached, ahead = set[str](), {"solidarity-desk"}
    while ahead:
        reached |= ahead
        ahead = set().union(*(needs[ref] for ref in ahead)) - reached
    assert reached == needs.keys(), "nothing is in the list that nothing needs"


@pytest.mark.parametrize("name", MADE)
def test_no_address_and_no_path_of_a_machine_is_in_what_was_made(name: str) -> None:
    assert set(re.findall(r"\S+://[^\"]*", text(name))) <= {'"http://cyclonedx.org/schema/bom-1.6.schema.json'}
    assert (
        re.findall(r"(?:^|[\s\"'=(])(?:file:|/\w+/|[A-Z]:\\).*|--(?:extra-)?index-url|--find-links", text(name)) == []
    )


def test_the_lock_says_where_it_holds() -> None:
    covered = runpy.run_path(str(ROOT / ".ci/install.py"))["covered"]()
    machines = ("Linux x86_64", "Linux aarch64", "Darwin arm64", "Windows AMD64")
    assert covered >= {f"{one}, CPython 3.{minor}" for one in machines for minor in (11, 12, 13)}
