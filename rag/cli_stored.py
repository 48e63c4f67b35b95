"""The verb `rag stored`: what is kept on this computer, where, and how to delete it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from rag.terminal import show

if TYPE_CHECKING:
    from rag.stored import Place


def stored(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (the form is in ARCHITECTURE.md).")] = False,
) -> None:
    """List every place where something is kept: whose words it holds, how large it is, how to delete it."""
    from rag.config import Settings
    from rag.offline import is_elsewhere
    from rag.stored import places

    settings = Settings.load()
    found = places(settings)
    if as_json:
        sys.stdout.write(json.dumps(list(map(asdict, found)), ensure_ascii=False, indent=2) + "\n")
        return
    for place in found:
        show((place.what, "bold"), f": {place.where}{_size(place)}", soft_wrap=True)
        show(f"    {place.holds}", soft_wrap=True)
        whose = [words for words, held in (("documents", place.documents), ("questions", place.questions)) if held]
        show(f"    Holds words of: {' and '.join(whose) or 'neither documents nor questions'}.", soft_wrap=True)
        show(f"    To delete: {place.delete}", soft_wrap=True)
    sent = f"Questions and passages are sent to {settings.llm} (RAG_LLM)." if is_elsewhere(settings.llm) else ""
    show((sent or "Nothing of this is sent anywhere.", "dim"), soft_wrap=True)


def _size(place: Place) -> str:
    if place.files is None or place.bytes is None:
        return ""
    if not place.files:
        return "  (nothing there)"
    files = "1 file" if place.files == 1 else f"{place.files} files"
    size = f"{place.bytes / 1e6:.1f} MB" if place.bytes >= 1e6 else f"{place.bytes / 1e3:.1f} kB"
    return f"  ({files}, {size})"
