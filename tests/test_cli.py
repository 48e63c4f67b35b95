"""The command line: verbs over a prepared index, and every expected error as one line with exit status 1."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import SEEDS
from fakes import HashEmbedder, ScriptedGenerator
from typer.testing import CliRunner, Result

from rag.cli import app
from rag.config import Settings
from rag.corpus import Corpus
from rag.errors import ModelError, RagError
from rag.indexing import build_index
from rag.scope import ScopeError

RAG = shutil.which("rag", path=str(Path(sys.executable).parent))
VERBS = ["index", "ask", "brief", "search", "sources", "models", "read-ahead", "check", "stored", "serve"]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the real documents that passes for one of the embedding model's."""
    index = tmp_path_factory.mktemp("built")
    build_index(Settings(seeds=SEEDS, index=index), HashEmbedder("all-MiniLM-L6-v2", 384))
    return index


@pytest.fixture
def ready(clean_environment: Path, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Settings through the environment: real documents, the prepared index, no language model."""
    for key, value in {
        "SEEDS": SEEDS,
        "INDEX": built,
        "CACHE": tmp_path / "cache",
        "EMBEDDING": "all-MiniLM-L6-v2",
    }.items():
        monkeypatch.setenv(f"RAG_{key}", str(value))
    monkeypatch.setenv("COLUMNS", "200")
    return built


@pytest.fixture
def quick(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, the embedding model is a stand-in."""
    for module in ("assistant", "embedding"):
        monkeypatch.setattr(f"rag.{module}.open_embedder", lambda settings: HashEmbedder("all-MiniLM-L6-v2", 384))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def says(result: Result) -> str:
    """The output of a run that went well, white space made even."""
    assert result.exception is None
    assert result.exit_code == 0
    return " ".join(result.output.split())


def rag(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command in a process of its own."""
    assert RAG is not None
    return subprocess.run(
        [RAG, *arguments], input=stdin, capture_output=True, encoding="utf-8", env=os.environ | environment, timeout=60
    )


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """What a failed run says: one line on stderr, nothing on stdout."""
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("rag: ")
    return line


def test_help_names_every_verb() -> None:
    output = says(run("--help"))
    assert all(re.search(rf"\b{verb}\b", output) for verb in VERBS)
    assert "--batch" in says(run("ask", "--help"))


def test_no_verb_shows_the_help() -> None:
    assert "Usage" in run().output


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["ask", "--nonsense"], ["search", "x", "-k", "0"], ["serve", "--port", "x"]]
)
def test_a_wrong_command_is_exit_status_2(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Usage" in result.output


def test_sources_as_json(ready: Path) -> None:
    payload = json.loads(run("sources", "--json").stdout)
    assert payload["chunks"] == 121
    assert [source["chunks"] for source in payload["documents"]] == [10, 10, 10, 84, 7]


def test_sources_as_a_table(ready: Path) -> None:
    output = says(run("sources"))
    assert "IndustriALL news: Asia Pacific listing 2023-05-23/2024-09-25 10 10 of 394" in output
    assert output.endswith("5 documents, 121 passages.")


def test_the_reading_text_of_a_document_is_printed_as_it_is(ready: Path, corpus: Corpus) -> None:
    document = corpus.documents[3]
    assert run("sources", "--text", document.id).stdout == document.text


def test_an_unknown_document_is_said(ready: Path) -> None:
    result = run("sources", "--text", "nosuch")
    assert isinstance(result.exception, RagError)
    assert "To see the ids, run: rag sources --json" in str(result.exception)


@pytest.mark.parametrize("arguments", [["ask"], ["ask", "  "], ["ask", ""]])
def test_asking_nothing_is_said_with_an_example(ready: Path, arguments: list[str]) -> None:
    result = run(*arguments)
    assert isinstance(result.exception, RagError)
    assert 'for example: rag ask "' in str(result.exception)


def test_a_batch_is_read_before_a_model_is_loaded(ready: Path, tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_text('{"question": "Fine?"}\nnot JSON\n')
    result = run("ask", "--batch", str(tmp_path / "b.jsonl"))
    assert isinstance(result.exception, RagError)
    assert "b.jsonl, line 2: is no JSON" in str(result.exception)


def test_models_are_listed_with_where_they_are(ready: Path, tmp_path: Path) -> None:
    output = says(run("models"))
    assert "(default) 1.12 GB, Apache-2.0." in output
    assert f"not here: {tmp_path / 'cache' / 'models'}" in output
    assert "rag models --fetch NAME" in output


def test_an_unknown_model_is_said(ready: Path) -> None:
    for arguments in (["models", "nosuch"], ["models", "nosuch", "--fetch"]):
        result = run(*arguments)
        assert isinstance(result.exception, RagError)
        assert str(result.exception).startswith("There is no model 'nosuch'; there are: ")


def test_check_fails_when_something_is_missing(ready: Path) -> None:
    result = run("check")
    assert result.exit_code == 1
    assert re.search(r"FAIL language model: .*rag models --fetch", result.output)
    assert re.search(r"ok +index: 5 documents, 121 passages", result.output)


def test_index_says_that_nothing_has_changed(ready: Path) -> None:
    output = says(run("index"))
    assert output.endswith("5 documents, 121 passages; nothing has changed, nothing was embedded.")


def test_a_setting_that_is_none_is_one_line(ready: Path) -> None:
    assert "RAG_PASAGES is no setting" in one_line(rag("sources", RAG_PASAGES="3"))


def test_a_bad_value_is_one_line(ready: Path) -> None:
    assert "RAG_PASSAGES" in one_line(rag("sources", RAG_PASSAGES="many"))


def test_a_missing_model_is_one_line_with_what_helps(ready: Path) -> None:
    assert one_line(rag("ask", "--batch", "-", stdin='{"question": "Who met?"}')).endswith("Run: rag models --fetch")


@pytest.mark.usefixtures("quick")
def test_without_a_model_code_answers_and_what_needs_it_is_an_error_after_the_passages() -> None:
    assert "I hold 3 news items dated 2021, of 30 in all" in says(run("ask", "List the news items dated 2021."))
    result = run("ask", "Who met in Manila?")
    assert isinstance(result.exception, ModelError)
    assert str(result.exception).endswith("Run: rag models --fetch")
    assert "Reading the 8 nearest passages" in result.stderr


@pytest.mark.usefixtures("quick")
def test_all_passages_are_read_ahead_as_far_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = ScriptedGenerator()
    monkeypatch.setattr("rag.assistant.open_generator", lambda settings: generator)
    result = run("read-ahead")
    assert says(result).endswith("121 of 121 passages are read.")
    assert result.stdout == "121 of 121 passages are read.\n"
    assert len({prompt.user for prompt in generator.read_ahead_prompts}) == 121
    generator.read_ahead_prompts.clear()
    generator.room_ahead = 5
    assert run("read-ahead").stdout == "4 of 121 passages are read.\n"


@pytest.mark.usefixtures("quick")
def test_without_a_model_nothing_is_read_ahead() -> None:
    result = run("read-ahead")
    assert isinstance(result.exception, ModelError)
    assert str(result.exception).endswith("Run: rag models --fetch")


@pytest.mark.usefixtures("quick")
def test_a_question_to_chosen_documents_is_answered_from_them_and_says_so_in_json(corpus: Corpus) -> None:
    ids = [document.id for document in corpus.documents]
    chosen = ["--document", "profiles AND reports", "--document", corpus.documents[3].file]
    payload = json.loads(run("ask", "How many news items are there?", "--json", *chosen).stdout)
    assert payload["scope"] == [ids[2], ids[3]]
    assert payload["answer"].startswith("I hold 10 news items in the documents chosen")
    assert {passage["document"] for passage in payload["passages"]} == {ids[2]}
    assert json.loads(run("ask", "How many news items are there?", "--json").stdout)["scope"] is None


@pytest.mark.usefixtures("quick")
def test_a_search_in_chosen_documents_finds_only_their_passages(corpus: Corpus) -> None:
    article = corpus.documents[4]
    for name in (article.id, article.file, "labour migration"):
        payload = json.loads(run("search", "youth quota", "-k", "100", "--json", "--document", name).stdout)
        assert list(payload) == ["question", "passages"]
        assert [passage["document"] for passage in payload["passages"]] == [article.id] * 7
    assert len(json.loads(run("search", "youth quota", "-k", "100", "--json").stdout)["passages"]) == 100


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("verb", ["ask", "search"])
def test_a_document_that_nobody_knows_is_said(verb: str) -> None:
    for name, line in (("nosuch", "There is no document 'nosuch'"), ("news", "'news' may be any of “")):
        result = run(verb, "Who met?", "--document", name)
        assert isinstance(result.exception, ScopeError)
        assert line in str(result.exception)


def test_missing_documents_are_one_line(ready: Path, tmp_path: Path) -> None:
    line = one_line(rag("index", RAG_SEEDS=str(tmp_path / "nowhere")))
    assert "There is no folder" in line
    assert "RAG_SEEDS" in line


def test_a_batch_from_standard_input_is_checked(ready: Path) -> None:
    assert "line 1: is no JSON" in one_line(rag("ask", "--batch", "-", stdin="é"))


def test_any_script_is_printed_whatever_the_terminal_speaks(ready: Path, corpus: Corpus) -> None:
    document = corpus.documents[3]
    done = rag("sources", "--text", document.id, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == document.text


@pytest.mark.skipif(sys.platform == "win32", reason="there Ctrl-C cannot be sent to one process")
def test_ctrl_c_ends_it_without_a_word(ready: Path, tmp_path: Path) -> None:
    assert RAG is not None
    questions = tmp_path / "questions"
    os.mkfifo(questions)
    pipe = subprocess.PIPE
    with subprocess.Popen([RAG, "ask", "--batch", str(questions)], stdout=pipe, stderr=pipe) as process:
        with questions.open("w"):  # waits until the command reads
            process.send_signal(signal.SIGINT)
            said, complained = process.communicate(timeout=20)
    assert (process.returncode, said, complained) == (130, b"", b"")


@pytest.mark.model
def test_search_finds_the_passage_without_a_language_model(
    ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_INDEX", str(tmp_path / "index"))
    result = run("search", "How large a youth quota is asked for?", "--json", "-k", "3")
    assert "building it from the documents" in result.stderr
    payload = json.loads(result.stdout)
    first = payload["passages"][0]
    assert [passage["rank"] for passage in payload["passages"]] == [1, 2, 3]
    assert "20 percent youth quota" in first["passage"]
    assert first["locator"] == "17 September 2024"
    assert "1. IndustriALL news: South East Asia and Japan, 17 September 2024" in says(run("search", "youth quota"))
    assert "nothing was embedded" in says(run("index"))
