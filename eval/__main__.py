"""The command `python -m eval`: thin verbs; an expected error becomes one line and exit status 1."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer

from eval.console import out, progress, say, show_summary, tell
from eval.errors import EvalError
from eval.fitting import QUESTIONS, Questions, gate, intents, probe
from eval.runs import RUNS, Run
from rag.assistant import Assistant
from rag.config import Settings
from rag.embedding import SentenceModel, open_embedder
from rag.errors import RagError
from rag.llm import Generator, open_generator
from rag.opening import open_or_build

INTERRUPTED = 130  # exit status of what Ctrl-C stopped

app = typer.Typer(
    name="eval",
    help="Scores the assistant on question/answer pairs. Without a verb: asks all of them and compares with the "
    "accepted figures in eval/baseline.json; exit status 1 if something fell.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Split = Annotated[Literal["dev", "test", "all"], typer.Option("--split", help="Which part of the questions.")]
Limit = Annotated[int, typer.Option("--limit", min=0, help="Ask so many questions at most; 0: all.")]
Resume = Annotated[Path | None, typer.Option("--resume", help="Go on with a run that was cut short.")]
Out = Annotated[Path, typer.Option("--out", help="Folder that gets a folder for this run.")]


for verb in (probe, gate, intents):
    app.command()(verb)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):  # questions are in any script, whatever the terminal's code page is
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    try:
        app()
    except RagError as error:
        say(f"eval: {error}")
        sys.exit(1)


@app.callback(invoke_without_command=True)
def everything(context: typer.Context) -> None:
    """Ask everything and compare with the accepted figures."""
    from eval.scoring import BASELINE

    if context.invoked_subcommand is not None:
        return
    folder = _run("all", (), 0, QUESTIONS, RUNS)
    if BASELINE.exists():
        _compare(BASELINE, folder)
    else:
        say(f"There are no accepted figures yet. To accept these: python -m eval accept {folder}")


@app.command()
def bench(
    repeat: Annotated[int, typer.Option("--repeat", min=1, help="How often each thing is measured.")] = 5,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Ask so many dev questions, evenly spread.")] = 20,
    out_folder: Annotated[Path, typer.Option("--out", help="Folder that gets bench.json and bench.svg.")] = RUNS
    / "bench",
) -> None:
    """Measure how fast it is: start-up, indexing, answers, and llama.cpp alone beside it. Takes about ten minutes."""
    from eval import bench_report
    from eval.benching import measured

    with progress() as step:
        figures, notes = measured(Settings.load(), repeat, limit, step)
    bench_report.show(figures, out)
    tell(f"Written: {bench_report.write(figures, out_folder, notes)}")


@app.command()
def check(questions: Questions = QUESTIONS) -> None:
    """Check the questions against the documents; exit status 1 if something is wrong."""
    from eval.check import problems
    from eval.questions import load_questions
    from rag.corpus import read_corpus
    from rag.embedding import count_tokens

    loaded = load_questions(questions)
    found = problems(loaded, read_corpus(Settings.load().seeds, count_tokens))
    for problem in found:
        tell(problem)
    tell(f"{len(loaded)} questions, {len(found)} problems.")
    if found:
        raise typer.Exit(1)


@app.command()
def run(
    split: Split = "all",
    kinds: Annotated[str, typer.Option("--kinds", help="Kinds of questions, parted by commas; default: all.")] = "",
    limit: Limit = 0,
    questions: Questions = QUESTIONS,
    out_folder: Out = RUNS,
    resume: Resume = None,
) -> None:
    """Ask questions, score the answers, write a report."""
    if resume is None:
        _run(split, tuple(filter(None, (kind.strip() for kind in kinds.split(",")))), limit, questions, out_folder)
        return
    from eval.run import resume_run

    settings = Settings.load()
    assistant = Assistant.open(settings, say)
    _ask(resume_run(resume, assistant.config_id), assistant)


@app.command()
def retrieval(split: Split = "all", questions: Questions = QUESTIONS) -> None:
    """Score retrieval alone: seconds, no language model."""
    from eval.questions import load_questions
    from eval.retrieval import rank_all, show
    from eval.run import Choice

    settings = Settings.load()
    embedder = open_embedder(settings)
    asked = Choice(split).of(load_questions(questions))
    show(rank_all(asked, open_or_build(settings, embedder, say), embedder, settings.vector_weight), out)


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="Folder of a run, or a metrics.json or baseline.json.")],
    b: Annotated[Path, typer.Argument(help="Another, the later one.")],
) -> None:
    """Compare two runs question by question; exit status 1 if B is significantly worse."""
    _compare(a, b)


@app.command()
def report(folder: Annotated[Path, typer.Argument(help="Folder of a run.")]) -> None:
    """Score a run again and write its report anew; nothing is asked."""
    _finish(folder)


@app.command()
def accept(folder: Annotated[Path, typer.Argument(help="Folder of a run of all questions.")]) -> None:
    """Make the figures of a run the accepted ones: eval/baseline.json."""
    from eval.questions import load_questions
    from eval.scoring import BASELINE, load_metrics, write_metrics

    metrics = load_metrics(folder)
    if {case["id"] for case in metrics["cases"]} != {question.id for question in load_questions(QUESTIONS)}:
        raise EvalError(f"{folder} is no run of all of {QUESTIONS.name}. To make one: python -m eval run")
    if metrics["dirty"]:
        say("warning: that run was of code that is not committed, so nobody can repeat it")
    write_metrics(BASELINE, metrics)
    tell(f"{BASELINE}: {metrics['n']} questions, {metrics['model']}, commit {metrics['commit'][:9]}.")


@app.command()
def mutations(
    missed: Annotated[bool, typer.Option("--missed", help="Also print what was not caught.")] = False,
) -> None:
    """Change one thing in sentences that are supported: do the checks of grounding notice? Exit status 1 if too few."""
    from eval.mutations import run_mutations

    settings = Settings.load()
    embedder = open_embedder(settings)
    rows = run_mutations(open_or_build(settings, embedder, say), embedder, out, missed=missed)
    if not all(row.passes for row in rows):
        raise typer.Exit(1)


@app.command()
def plain(split: Split = "test", limit: Limit = 0, questions: Questions = QUESTIONS) -> None:
    """Score a plain pipeline on the same models: what this assistant has to be ahead of."""
    from eval.plain_run import ask_plain, open_plain, show
    from eval.questions import load_questions
    from eval.run import Choice

    settings = Settings.load()
    asked = Choice(split, (), limit).of(load_questions(questions))
    opened = open_plain(settings, say)
    with progress() as step:
        found = ask_plain(asked, settings, opened, lambda done, total: step("Asking", done, total))
    show(found, out)


@app.command()
def squad(
    file: Annotated[Path, typer.Argument(help="A SQuAD file, v1.1 or v2.")],
    limit: Limit = 0,
    seed: Annotated[int, typer.Option("--seed", help="Another seed draws other questions.")] = 0,
    drop_gold: Annotated[
        bool, typer.Option("--drop-gold", help="Remove the paragraphs that are needed: all must be refused.")
    ] = False,
    out_folder: Out = RUNS,
    resume: Resume = None,
) -> None:
    """Ask the questions of a SQuAD file over its own paragraphs, in an index that is gone afterwards."""
    from eval.squad_run import Draw, squad_run

    settings = Settings.load()

    def models() -> tuple[SentenceModel, Generator]:
        return open_embedder(settings), open_generator(settings)

    with ExitStack() as stack:
        with progress() as step:
            made = squad_run(Draw(file, limit, seed, drop_gold), settings, models, out_folder, resume, step)
            asking = stack.enter_context(made)
        _ask(*asking)


@app.command()
def beir(
    folder: Annotated[Path, typer.Argument(help="A folder with corpus.jsonl, queries.jsonl and qrels/*.tsv.")],
    limit: Limit = 0,
) -> None:
    """Score retrieval on a collection in BEIR's format, in an index that is gone afterwards."""
    from eval.beir import measure, read_beir, show

    collection = read_beir(folder)
    with progress() as step:
        result = measure(collection, settings := Settings.load(), open_embedder(settings), limit, step)
    show(collection, result, out)


@app.command()
def candidates(
    file: Annotated[Path | None, typer.Option("--file", help="File of thumbs; default: the setting feedback.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    draft: Annotated[int, typer.Option("--draft", min=0, help="Print candidate N as a question to complete.")] = 0,
) -> None:
    """Show the answers that readers judged, by what was wrong; nothing is added to the questions."""
    from eval import candidates as judged
    from rag.feedback import read

    settings = Settings.load()
    chunks = judged.held_chunks(settings, say)
    cases = judged.cases_of(read(file or settings.feedback, say), chunks)
    if draft:
        tell(json.dumps(judged.draft(judged.chosen(cases, draft), chunks), ensure_ascii=False))
    elif as_json:
        tell(json.dumps(judged.as_json(cases), ensure_ascii=False, indent=2))
    elif cases:
        judged.show(cases, out)
    else:
        tell(f"There are no candidates: nobody has judged an answer yet ({file or settings.feedback}).")


def _run(split: str, kinds: tuple[str, ...], limit: int, questions: Path, parent: Path) -> Path:
    from eval.questions import load_questions
    from eval.run import Choice, start_run

    choice = Choice(split, kinds, limit)
    asked = choice.of(load_questions(questions))
    settings = Settings.load()
    assistant = Assistant.open(settings, say)
    source = {"name": questions.name, "part": choice.part, "command": "python -m eval run"}
    begun = start_run(assistant, settings.embedding, asked, source, parent)
    _ask(begun, assistant)
    return begun.folder


def _ask(begun: Run, assistant: Assistant) -> None:
    from eval.run import ask_all

    say(f"{len(begun.left)} questions to ask; what becomes of them is kept in {begun.folder}")
    try:
        with progress() as step:
            ask_all(begun, assistant, lambda done, total: step("Asking", done, total))
    except KeyboardInterrupt:
        say(f"Stopped; what was answered is kept. To go on: {begun.again}")
        raise typer.Exit(INTERRUPTED) from None
    _finish(begun.folder)


def _finish(folder: Path) -> None:
    from eval.report import finish

    show_summary(finish(folder))
    tell(f"Report: {folder / 'report.html'}")


def _compare(a: Path, b: Path) -> None:
    from eval.compare import compare as compare_metrics
    from eval.compare import show
    from eval.scoring import load_metrics

    before, after = load_metrics(a), load_metrics(b)
    found = compare_metrics(before, after)
    show(found, before, after, out)
    for name in found.falls:
        say(f"{name} fell significantly.")
    if found.broken:
        say(f"These raise an error now and did not before: {', '.join(found.broken)}")
    if found.falls or found.broken:
        raise typer.Exit(1)


if __name__ == "__main__":
    main()
