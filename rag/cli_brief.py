"""The verb `rag brief`: a briefing on a topic, its outline, topics to choose from, or the check of a handout."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rag.briefing.records import Audience, Briefing, Order, Outline, Point
from rag.errors import RagError
from rag.terminal import Chosen, err, say, scope_of, show

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.briefing.checking import Checked
    from rag.index import Index
    from rag.texts import Texts
    from rag.types import Chunk

_SHORT = 240  # characters of words of others in a line about them
_NO_PICTURE = "data:,"  # a picture is thousands of letters, of no use on a terminal


def brief(  # noqa: PLR0913  # an option each
    topic: Annotated[str, typer.Argument(help="What the briefing is on, in quotes.")] = "",
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Where to write it: a name in .docx, .pdf, .html, .md or .pptx. Default: Markdown is printed.",
        ),
    ] = None,
    audience: Annotated[Audience, typer.Option(case_sensitive=False, help="Whom it is for.")] = Audience.MEMBERS,
    length: Annotated[Literal["1", "2", "4"], typer.Option(help="About how many pages.")] = "2",
    document: Chosen = None,
    since: Annotated[
        str, typer.Option(metavar="DATE", help='Older news items do not count: 2023, "May 2023", 2023-05-01.')
    ] = "",
    language: Annotated[
        str, typer.Option(metavar="CODE", help="Of headings and fixed words: en, es, fr, id. Quotations stay.")
    ] = "en",
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there already.")] = False,
    outline: Annotated[bool, typer.Option("--outline", help="Only print the planned points and quotations.")] = False,
    topics: Annotated[bool, typer.Option("--topics", help="List topics that the documents cover.")] = False,
    check: Annotated[
        Path | None,
        typer.Option(
            "--check",
            metavar="FILE",
            help="Look up every footnote of a briefing (.docx or .md); exit status 1 if a quotation does not stand.",
        ),
    ] = None,
) -> None:
    """Write a briefing to hand out, every sentence with its source; stopped, the same command goes on from there."""
    from rag.briefing.ordering import since_of, topic_of

    if [bool(topic.strip()), topics, check is not None].count(True) > 1:
        raise RagError("Give a topic, --topics or --check FILE, one of them at a time.")
    if topics:
        _print_topics()
    elif check is not None:
        _print_check(check)
    else:
        topic = topic_of(topic)
        t = _texts(language)
        if output and not outline:
            from rag.briefing.formats import ready

            ready(output, force)
        assistant = _opened(with_model=not outline)
        documents = scope_of(document, assistant.documents) or ()
        day = since_of(since, _chunks(assistant.index, documents))
        order = Order(topic, audience, int(length), documents, day, language)
        if outline:
            _print_outline(order, assistant)
        else:
            _deliver(_written(order, assistant), output, t, force)


def _texts(language: str) -> Texts:
    from rag.texts import languages, texts_in

    if language not in languages():
        raise RagError(f"There is no language {language!r}; there are: {', '.join(languages())}.")
    return texts_in(language)


def _opened(*, with_model: bool) -> Assistant:
    from rag.absent import AbsentGenerator
    from rag.assistant import Assistant
    from rag.config import Settings
    from rag.embedding import open_embedder
    from rag.opening import open_or_build

    settings = Settings.load()
    if with_model:
        with err.status("Loading the models ..."):
            return Assistant.open(settings, say, without_model=True)  # a topic that is not covered needs none
    embedder = open_embedder(settings)
    absent = AbsentGenerator("An outline needs no language model.")
    return Assistant(settings, open_or_build(settings, embedder, say), embedder, absent)


def _index() -> Index:
    from rag.config import Settings
    from rag.embedding import open_embedder
    from rag.opening import open_or_build

    return open_or_build(settings := Settings.load(), open_embedder(settings), say)


def _chunks(index: Index, documents: Sequence[str]) -> Sequence[Chunk]:
    rows = index.store.rows_in(documents) if documents else None
    return tuple(index.store.chunks(rows).values())


def _print_topics() -> None:
    from rag.briefing.topics import kept_topics
    from rag.config import Settings
    from rag.embedding import open_embedder

    found = kept_topics(_index(), open_embedder(Settings.load()))
    for one in found:
        show((one.heading, "bold"), f"  ({len(one.passages)} passages)")
    if not found:
        show("No topic is shared by enough passages. Any topic of your own may be given.")


def _print_outline(order: Order, assistant: Assistant) -> None:
    from rag.briefing.briefer import Briefer
    from rag.citing import reference

    found = Briefer(assistant).outline(order)
    for theme, planned in groupby(found.planned, key=lambda one: one.theme):
        show((theme, "bold"))
        for one in planned:
            chunk = one.hit.chunk
            show(f"  “{' '.join(one.quote.quote.split())}”")
            show((f"    {reference(assistant.documents[chunk.doc_id], chunk)}", "dim"))
    points = f"{len(found.planned)} points" if found.covered else "The documents do not cover this topic"
    show(f"{points}; {found.searched} passages were searched.")


def _written(order: Order, assistant: Assistant) -> Briefing:
    """The whole briefing; its points are shown beside the output as they are written."""
    from rag.briefing.briefer import Briefer

    points, planned = 0, 0
    try:
        with err.status("Searching ...") as status:
            for event in Briefer(assistant).stream(order):
                match event:
                    case Outline():
                        planned = len(event.planned)
                        say(f"{event.searched} passages searched, {planned} points to write.")
                    case Point():
                        points += 1
                        text = " ".join(sentence.text for sentence in event.sentences)
                        say(f"point {points} of {planned}: {text}")
                    case Briefing():
                        return event
                if points < planned:
                    status.update(f"Writing point {points + 1} of {planned} ...")
    except KeyboardInterrupt:
        say("Stopped. What is written is kept: the same command goes on from there.")
        raise
    raise TypeError("a stream ended without its Briefing")


def _deliver(briefing: Briefing, output: Path | None, t: Texts, force: bool) -> None:
    """Write the file, or print Markdown."""
    from rag.briefing.document import markdown
    from rag.briefing.formats import write

    if output:
        write(briefing, output, t, force)
        show(str(output), soft_wrap=True)
        return
    _print(markdown(briefing, t, _NO_PICTURE if sys.stdout.isatty() else None))


def _print(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or it is complained of once more at the end
        raise RagError(f"The briefing cannot be printed: {error.strerror or error}.") from error


def _print_check(file: Path) -> None:
    from rag.briefing.checking import Verdict, check
    from rag.texts import languages, texts_in

    checked = check(file, _index().store, map(texts_in, languages()))
    faults = [one for one in checked if one.verdict is not Verdict.STANDS]
    for one in faults:
        show((f"note {one.note.number}", "bold"), f": {_told(one)}", soft_wrap=True)
    counts = Counter(one.verdict for one in checked)
    notes = "1 footnote" if len(checked) == 1 else f"{len(checked)} footnotes"
    show(f"{notes}: {', '.join(f'{counts[verdict]} {verdict}' for verdict in Verdict if counts[verdict])}.")
    if faults:
        raise typer.Exit(1)


def _told(one: Checked) -> str:
    """What is wrong with a footnote, in a line."""
    from rag.briefing.checking import Verdict
    from rag.oneline import shortened

    where = shortened(one.note.reference, _SHORT)
    match one.verdict:
        case Verdict.MISPLACED:
            return f"misplaced. Not in {where} It stands in {one.where}"
        case Verdict.GONE:
            return f"document changed or gone. The documents have no {where}"
        case Verdict.UNQUOTED:
            return f"has no quotation between “ and ”. {where}".rstrip()
    if not one.nearest:
        return f"altered. Nothing like “{shortened(one.note.quote, _SHORT)}” is in {where}"
    words = "; ".join(_difference(*pair) for pair in one.differing)
    return f"altered. {where} {shortened(words, _SHORT)}: “{shortened(one.nearest, _SHORT)}”"


def _difference(ours: str, theirs: str) -> str:
    if not ours:
        return f"“{theirs}” is missing"
    return f"“{ours}” is “{theirs}” there" if theirs else f"“{ours}” is not there"
