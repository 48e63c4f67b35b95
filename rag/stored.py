"""Every place where the product keeps something: what is in it, whose words, how large it is, how to delete it.

`tests/test_offline_proof.py` compares this list with the files that a whole run really leaves behind.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from rag.briefing.drafts import drafts_dir
from rag.briefing.topics import FILE as TOPICS
from rag.config import Settings, cache_dir
from rag.manifest import builds
from rag.models import models_dir
from rag.offline import LOG

_FETCH = "rag models --fetch"


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere that something is kept."""

    what: str
    where: str  # a path; for what the product does not hold itself, words
    holds: str  # in words
    documents: bool  # whether it holds words of the documents
    questions: bool  # whether it holds words of those who ask
    delete: str  # how, in a sentence
    files: int | None = None  # None: not counted, as it belongs to another program
    bytes: int | None = None


def places(settings: Settings) -> list[Place]:
    """All places under these settings, also those that are empty; nothing is opened, changed or sent."""
    return [*_of_the_documents(settings), *_of_the_cache(settings), *_of_the_people(settings), *_of_others()]


def _of_the_documents(settings: Settings) -> list[Place]:
    index = settings.index
    newest = builds(index)[-1:]
    return [
        _place(
            "documents",
            settings.seeds,
            "The documents and catalog.toml, as they were put there.",
            "Delete a file here, then run: rag index. Its passages leave the index, its read-ahead states stay below.",
            documents=True,
        ),
        _place(
            "index",
            index,
            "The text of each passage and sentence, and vectors made of them.",
            "Delete the folders build-… in it. To make it anew: rag index",
            documents=True,
        ),
        _place(
            "topics",
            newest[0] / TOPICS if newest else index / TOPICS,
            "Topics that the briefing tab offers: phrases of the documents. Part of the index.",
            "Delete the file, or the index. It is made anew when topics are shown.",
            documents=True,
        ),
    ]


def _of_the_cache(settings: Settings) -> list[Place]:
    cache = cache_dir(settings.cache)
    return [
        _place(
            "models",
            models_dir(settings.cache),
            "The language model and the embedding model, as they were fetched. Nothing is learnt from use.",
            f"Delete the folder. To fetch them anew: {_FETCH}",
        ),
        _place(
            "read-ahead states",
            cache / "passages",
            "What the language model knows after reading a passage. It has the passage's words, in the model's code.",
            "Delete the folder. It is filled anew while the page is idle.",
            documents=True,
        ),
        _place(
            "briefing drafts",
            drafts_dir(settings.cache),
            "Sentences written for briefings, with their quotations; the topic only as a hash in the file's name.",
            "Delete the folder. What was not used for 30 days is deleted when the next briefing begins.",
            documents=True,
        ),
        _place(
            "log of the offline proof",
            cache / LOG,
            "Times of start and end, and each attempt to reach another computer with its address.",
            "Delete the file.",
        ),
    ]


def _of_the_people(settings: Settings) -> list[Place]:
    file = settings.feedback
    return [
        _place(
            "feedback",
            file,
            "Answers with a thumb: question, earlier questions, answer, reasons, comment, the day. No name.",
            "Delete the file, or single lines of it.",
            file.with_name(f"{file.name}.lock"),
            documents=True,
            questions=True,
        ),
        _place("settings", Path("rag.toml"), "Settings that somebody wrote down.", "Delete the file."),
        _place(
            "list of fonts",
            user_cache_path("matplotlib", appauthor=False),
            "Names of this computer's fonts, noted by matplotlib for charts (Windows, macOS: .matplotlib at home).",
            "Delete the folder.",
        ),
    ]


def _of_others() -> list[Place]:
    """What the product leaves to other programs, which no path of ours can measure."""
    return [
        Place(
            "the conversation",
            "sessionStorage of the browser, in the tab",
            "Questions and answers with their quotations. The server keeps none.",
            documents=True,
            questions=True,
            delete="Close the tab, or press New conversation.",
        ),
        Place(
            "the language of the page",
            "localStorage of the browser",
            "Two letters.",
            documents=False,
            questions=False,
            delete="Delete the site's data in the browser.",
        ),
        Place(
            "files that were asked for",
            "the browser's downloads, and wherever rag brief -o was told to write",
            "Conversations and briefings, and what became of them.",
            documents=True,
            questions=True,
            delete="Delete the files.",
        ),
        Place(
            "half-made files",
            f"{tempfile.gettempdir()}, in folders of their own",
            "A download while it is made. Gone when it is made; what was killed meanwhile may stay.",
            documents=True,
            questions=True,
            delete="Empty the system's folder for temporary files.",
        ),
        Place(
            "commands",
            "the history of the terminal",
            "What was typed, with questions after rag ask.",
            documents=False,
            questions=True,
            delete="Delete the shell's history; or ask in the browser.",
        ),
    ]


def _place(
    what: str, path: Path, holds: str, delete: str, *beside: Path, documents: bool = False, questions: bool = False
) -> Place:
    sizes = [size for one in (path, *beside) for size in _sizes(one)]
    return Place(what, str(path.absolute()), holds, documents, questions, delete, len(sizes), sum(sizes))


def _sizes(path: Path) -> Iterable[int]:
    """Bytes of a file, or of each file in a folder; what cannot be read, or goes meanwhile, does not count."""
    for file in [path] if path.is_file() else path.rglob("*"):
        try:
            if file.is_file():
                yield file.stat().st_size
        except OSError:
            continue
