"""The `rag` command: thin verbs over the package; an expected error becomes one line and exit status 1.

Each verb imports what it needs when it runs, so that none waits for what another needs (`tests/test_start.py`).
"""

from __future__ import annotations

import json
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli_brief import brief
from rag.cli_stored import stored
from rag.errors import RagError
from rag.terminal import Chosen, err, out, say, scope_of, show, words

if TYPE_CHECKING:
    from rich.progress import Progress

    from rag.assistant import Assistant
    from rag.config import Settings
    from rag.manifest import BuildResult
    from rag.offline import Proof
    from rag.types import Answer

app = typer.Typer(
    name="rag",
    help="Answers questions from a union federation's own documents, on this computer, and shows the exact words "
    "behind every sentence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON (the form is described in ARCHITECTURE.md).")]


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):  # answers quote any script, whatever the terminal's code page is
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    try:
        app()
    except RagError as error:
        show(f"rag: {error}", to=err, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


@app.command()
def index(
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Embed everything anew, even what did not change.")
    ] = False,
) -> None:
    """Build the index from the documents in seeds/, or bring it up to date."""
    from rag.config import Settings
    from rag.unchanged import unchanged

    settings = Settings.load()
    result = (None if rebuild else unchanged(settings)) or _built(settings, rebuild)
    for problem in result.problems:
        show((f"warning: {problem}", "yellow"), to=err, soft_wrap=True)
    did = f"{result.embedded} embedded anew" if result.changed else "nothing has changed, nothing was embedded"
    out.print(f"{settings.index}: {result.documents} documents, {result.chunks} passages; {did}.")


def _built(settings: Settings, rebuild: bool) -> BuildResult:
    """Build the index, with a bar while something is embedded."""
    from rag.embedding import open_embedder
    from rag.indexing import build_index

    bar = _bar("Embedding passages")
    task = bar.add_task("", total=None)

    def report(done: int, total: int) -> None:
        bar.start()  # only here: there may be nothing to embed
        bar.update(task, completed=done, total=total)

    try:
        return build_index(settings, open_embedder(settings), rebuild=rebuild, report=report)
    finally:
        if bar.live.is_started:
            bar.stop()


def _bar(what: str) -> Progress:
    """A bar, not yet shown, that goes away when it is done."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=err, transient=True)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in quotes.")] = "",
    as_json: AsJson = False,
    document: Chosen = None,
    batch: Annotated[
        Path | None,
        typer.Option(
            "--batch", help='File of JSON lines {"id","question"} ("-": standard input); prints a JSON line each.'
        ),
    ] = None,
) -> None:
    """Answer a question, every sentence with the words that carry it."""
    from rag.batch import read_batch
    from rag.payload import answer_json
    from rag.types import Answer, Found, Sentence, cited

    if batch is None and not question.strip():
        raise RagError('Ask something, for example: rag ask "What youth quota do young unionists ask for?"')
    asked = read_batch(batch) if batch else []
    assistant = _open_assistant(without_model=batch is None)  # half a batch would help nobody
    scope = scope_of(document, assistant.documents)
    if batch:
        for question_id, text in asked:
            answer = assistant.ask(text, question_id, documents=scope)
            _print_json(answer_json(answer, assistant.documents, scope))
    elif as_json:
        _print_json(answer_json(assistant.ask(question, documents=scope), assistant.documents, scope), indent=2)
    else:
        shown: list[Sentence] = []
        for event in assistant.stream(question, documents=scope):
            match event:
                case Found():
                    err.print(f"Reading the {len(event.hits)} nearest passages ...", style="dim")
                case Sentence():
                    shown.append(event)
                    numbers = {span: n for n, span in enumerate(cited(shown), start=1)}
                    marks = "".join(f"[{numbers[span]}]" for span in event.spans)
                    show(event.text, " ", (marks, "cyan"))
                case Answer():
                    _print_rest(event, answer_json(event, assistant.documents, scope))


def _print_rest(answer: Answer, payload: dict[str, Any]) -> None:
    """What follows the sentences: their sources, or the refusal with the nearest passages."""
    if answer.refused:
        show(answer.refused)
    if answer.coverage:
        show((answer.coverage, "italic"))
    if answer.refused and answer.hits:
        out.print("\nNearest passages:")
    for source in payload["citations"] or payload["passages"][:3]:
        mark = f"[{source['n']}]" if "n" in source else " – "
        show("\n", (mark, "cyan"), f" {source['title']}, {source['locator']}")
        show(f"    “{' '.join(source['quote'].split())}”")


app.command()(brief)


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    as_json: AsJson = False,
    document: Chosen = None,
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages.")] = 5,
) -> None:
    """Show the nearest passages; no language model is needed."""
    from rag.absent import AbsentGenerator
    from rag.assistant import Assistant
    from rag.config import Settings
    from rag.embedding import open_embedder
    from rag.opening import open_or_build
    from rag.payload import hit_json

    settings = Settings.load()
    embedder = open_embedder(settings)
    with err.status("Searching ..."):
        opened = open_or_build(settings, embedder, say)
        assistant = Assistant(settings, opened, embedder, AbsentGenerator("Searching loads no language model."))
        hits = assistant.search(question, k, scope_of(document, assistant.documents))
    found = [{"rank": hit.rank, "score": round(hit.score, 4), **hit_json(hit, assistant.documents)} for hit in hits]
    if as_json:
        _print_json({"question": question, "passages": found}, indent=2)
        return
    for hit in found:
        show((f"{hit['rank']}. {hit['title']}, {hit['locator']}", "bold"), f"  ({hit['score']:.2f})")
        show(f"   {' '.join(hit['passage'].split())}\n")


@app.command()
def sources(
    as_json: AsJson = False,
    text: Annotated[str, typer.Option("--text", metavar="ID", help="Print the reading text of one document.")] = "",
) -> None:
    """Show what is in the collection."""
    from rich.table import Table

    from rag.config import Settings
    from rag.embedding import open_embedder
    from rag.opening import open_or_build
    from rag.payload import sources_json

    store = open_or_build(settings := Settings.load(), open_embedder(settings), say).store
    if text:
        if text not in store.documents:
            raise RagError(f"There is no document {text!r}. To see the ids, run: rag sources --json")
        sys.stdout.write(store.documents[text].text)
        return
    payload = sources_json(store)
    if as_json:
        _print_json(payload, indent=2)
        return
    table = Table("Document", "Kind", "Date", "Passages", "Held of advertised", box=None, pad_edge=False)
    for d in payload["documents"]:
        held = f"{d['held']} of {d['advertised']}" if d["advertised"] else ""
        table.add_row(words(d["title"]), words(d["kind"]), words(d["date"]), str(d["chunks"]), held)
    out.print(table)
    out.print(f"{len(payload['documents'])} documents, {payload['chunks']} passages.")


@app.command()
def models(
    name: Annotated[str, typer.Argument(help="A model; default: the two that are needed.")] = "",
    fetch: Annotated[bool, typer.Option("--fetch", help="Download it, if it is not there whole.")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="With --fetch: what has the right size is whole; its hash is not compared.")
    ] = False,
) -> None:
    """List the models: size, licence, where they are, and whether their hash holds. Or fetch one."""
    from rag import models as weights
    from rag.config import Settings

    folder = weights.models_dir(Settings.load().cache)
    entries = weights.load_entries()
    needed = (weights.embedding_name(), weights.default_name())
    if name and name not in entries:
        raise RagError(f"There is no model {name!r}; there are: {', '.join(entries)}.")
    if fetch:
        for entry in [entries[wanted] for wanted in ([name] if name else needed)]:
            file = folder / entry.kept.file
            if weights.check(entry, folder, deep=not quick) == "damaged":
                show(f"{file} is damaged; fetching it again.", to=err, soft_wrap=True)
                file.unlink()
            show(str(weights.fetch(entry, folder)), soft_wrap=True)
        return
    states = {"ok": "here, hash holds", "missing": "not here", "damaged": "damaged: fetch it again"}
    for entry in entries.values() if not name else [entries[name]]:
        default = " (default)" if entry.name in needed else ""
        size = f"{entry.bytes / 1e9:.2f} GB"
        show((entry.name, "bold"), f"{default}  {size}, {entry.licence}. {entry.about}", soft_wrap=True)
        file = folder / entry.kept.file
        show(f"    {states[weights.check(entry, folder, deep=True)]}: {file}", soft_wrap=True)
    out.print(
        "To download one: rag models --fetch NAME. To use one: set RAG_LLM to a name, a GGUF file or a server's URL.",
        style="dim",
    )


@app.command(name="read-ahead")
def read_ahead() -> None:
    """Let the language model read every passage once, so that answers come sooner; the page does so when idle."""
    assistant = _open_assistant(without_model=False)
    with _bar("Reading passages") as bar:
        done, task = 0, bar.add_task("", total=len(assistant.index))
        for done in assistant.read_ahead():
            bar.update(task, completed=done)
    out.print(f"{done} of {len(assistant.index)} passages are read.")


@app.command()
def check() -> None:
    """Check models, index, disk, memory and offline switches; exit status 1 if something keeps it from working."""
    from rag.config import Settings
    from rag.health import examine

    findings = examine(Settings.load())
    for finding in findings:
        mark, style = ("ok  ", "green") if finding.good else ("FAIL", "red")
        show((mark, style), f" {finding.what}: {finding.state}", soft_wrap=True)
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)


app.command()(stored)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to serve on; default: RAG_HOST or 127.0.0.1.")] = "",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="First port to try; default: RAG_PORT or 7860.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
    mcp: Annotated[bool, typer.Option("--mcp", help="Offer asking, searching and sources as MCP tools, too.")] = False,
    offline_proof: Annotated[
        bool,
        typer.Option(
            "--offline-proof",
            help="Refuse, count and log whatever of this Python program tries to reach another computer: connections, "
            "datagrams, names. It proves nothing about other programs, such as the browser and pandoc (which writes "
            "the downloads), nor about compiled libraries that open sockets by themselves; those are watched by "
            "tests/test_offline_proof.py.",
        ),
    ] = False,
) -> None:
    """Open the assistant in the browser."""
    from rag.config import Settings

    given = {"host": host, "port": port}
    settings = Settings.load().model_copy(update={key: value for key, value in given.items() if value})
    proof = _proof(settings) if offline_proof else None  # before anything is loaded that could speak to somebody
    attempts = (lambda: proof.attempts) if proof else None
    try:
        from app import serve as run

        run(settings, browser=browser, mcp=mcp, attempts=attempts, say=say)
    finally:
        if proof:
            say(f"Offline proof ended; attempts to reach another computer: {proof.end()}.")


def _proof(settings: Settings) -> Proof:
    from rag.config import cache_dir
    from rag.offline import LOG, Proof, is_elsewhere

    if is_elsewhere(settings.llm):
        raise RagError(f"RAG_LLM is {settings.llm}, which --offline-proof would refuse to reach. Unset RAG_LLM.")
    proof = Proof(cache_dir(settings.cache) / LOG, settings.host)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service is ended so: its count is written, too
    say(f"Offline proof is on; no attempts so far. Each one is refused and noted in {proof.log}")
    return proof


def _open_assistant(*, without_model: bool) -> Assistant:
    from rag.assistant import Assistant
    from rag.config import Settings

    with err.status("Loading the models ..."):
        return Assistant.open(Settings.load(), say, without_model)


def _print_json(payload: dict[str, Any], indent: int | None = None) -> None:
    text = json.dumps(payload, ensure_ascii=False, indent=indent)
    # A terminal may obey these too, and json.dumps leaves them as they are.
    sys.stdout.write(re.sub("[\x7f-\x9f]", lambda found: f"\\u{ord(found.group()):04x}", text) + "\n")
    sys.stdout.flush()
