"""BEIR folders: scores as computed by hand, and what is wrong is named by file and line."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes import HashEmbedder
from typer.testing import CliRunner

from eval.__main__ import app
from eval.beir import measure, read_beir
from eval.errors import EvalError
from rag.config import Settings

pytestmark = pytest.mark.usefixtures("clean_environment")

CORPUS = (
    {"_id": "mill", "title": "Mills", "text": "The cotton mill opened in Cromford."},
    {"_id": "loom", "title": "Looms", "text": "The power loom was patented by Cartwright."},
    {"_id": "fish", "title": "", "text": "Herring swim in shoals."},
    {"_id": "crab", "title": "Crabs", "text": "Crabs walk sideways on the beach."},
)
QUERIES = (
    {"_id": "q1", "text": "cotton mill opened in Cromford"},
    {"_id": "q2", "text": "herring shoals"},
    {"_id": "q3", "text": "power loom patented by Cartwright, herring"},
    {"_id": "unjudged", "text": "nobody judged this"},
)
HEAD = "query-id\tcorpus-id\tscore"
QRELS = ("q1\tmill\t1", "q1\tfish\t0", "q2\tfish\t1", "q3\tfish\t1", "q3\tloom\t0")


def write(
    folder: Path, corpus: object = CORPUS, queries: object = QUERIES, qrels: Sequence[str] = (HEAD, *QRELS)
) -> Path:
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    for name, entries in {"corpus": corpus, "queries": queries}.items():
        lines = entries if isinstance(entries, str) else "".join(json.dumps(entry) + "\n" for entry in entries)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text("\n".join(qrels) + "\n", encoding="utf-8")
    return folder


def embedder() -> HashEmbedder:
    return HashEmbedder(dimension=1024)


def test_scores_are_those_computed_by_hand(tmp_path: Path):
    # q1 and q2 find their passage first: every measure is 1. q3 shares five words with the loom and one with the fish,
    # which is relevant: it comes second, reciprocal rank 1/2, nDCG (1/log2(3)) / (1/log2(2)) = 0.631.
    steps = []
    result = measure(read_beir(write(tmp_path / "beir")), Settings(), embedder(), step=lambda *at: steps.append(at))
    assert result.queries == ("q1", "q2", "q3")
    assert result.scores["RR@10"] == (1, 1, 0.5)
    assert result.scores["nDCG@10"] == (1, 1, pytest.approx(1 / math.log2(3)))
    assert result.scores["R@100"] == (1, 1, 1)
    assert result.chunks == 4
    assert result.index_s > 0
    assert len(result.query_s) == 3
    assert steps[-1] == ("Asking queries", 3, 3)


def test_a_long_passage_stands_where_its_best_chunk_stands(tmp_path: Path):
    filler = " ".join(f"Clause {n} speaks of nothing in particular at all." for n in range(60))
    long = {"_id": "long", "title": "", "text": f"{filler} The zeppelin landed at noon."}
    qrels = ("q\tlong\t1",)
    folder = write(tmp_path / "beir", [*CORPUS, long], [{"_id": "q", "text": "zeppelin landed noon"}], qrels)
    result = measure(read_beir(folder), Settings(), embedder())
    assert result.chunks > 5
    assert result.scores["RR@10"] == (1,)


def test_the_same_text_twice_is_found_under_both_ids(tmp_path: Path):
    twin = {"_id": "twin", "title": "Another title", "text": CORPUS[0]["text"]}
    folder = write(tmp_path / "beir", [*CORPUS, twin], qrels=("q1\tmill\t1", "q1\ttwin\t1"))
    result = measure(read_beir(folder), Settings(), embedder())
    assert result.chunks == 4
    assert result.scores["nDCG@10"] == (1,)


def test_passages_without_a_word_are_left_out_and_counted(tmp_path: Path):
    empty = [{"_id": "empty", "title": "", "text": " "}, {"_id": "titled", "title": "Only a title", "text": ""}]
    folder = write(tmp_path / "beir", [*CORPUS, *empty], qrels=(HEAD, *QRELS, "q1\tnowhere\t1"))
    collection = read_beir(folder)
    assert (collection.wordless, collection.unknown) == (1, 1)
    assert collection.passages["titled"].paragraphs == ("Only a title",)
    # nowhere cannot be found: of q1's two passages one is
    assert measure(collection, Settings(), embedder()).scores["R@100"][0] == 0.5


def test_a_limit_draws_queries_always_the_same(tmp_path: Path):
    collection = read_beir(write(tmp_path / "beir"))
    results = [measure(collection, Settings(), embedder(), limit=2) for _ in range(2)]
    assert len(results[0].queries) == 2
    assert results[0].queries == results[1].queries
    assert results[0].scores == results[1].scores


def test_test_counts_alone_and_else_all_do(tmp_path: Path):
    folder = write(tmp_path / "beir")
    (folder / "qrels" / "train.tsv").write_text("q1\tloom\t1\n", encoding="utf-8")
    assert "loom" not in read_beir(folder).qrels["q1"]
    (folder / "qrels" / "test.tsv").rename(folder / "qrels" / "dev.tsv")
    assert read_beir(folder).qrels["q1"] == {"mill": 1, "fish": 0, "loom": 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"corpus": '{"_id": "a", "text": "b"}\n\n{"_id": 3, "text": "c"}\n'},
            r"corpus\.jsonl, line 3: needs '_id' as text, not int",
        ),
        ({"corpus": '{"_id": "a"}\n'}, r"corpus\.jsonl, line 1: needs 'text' as text$"),
        (
            {"corpus": '{"_id": "a", "text": "b"}\n{"_id": "a", "text": "c"}'},
            r"line 2: the _id 'a' stands there a second",
        ),
        ({"corpus": "[1]\n"}, r"corpus\.jsonl, line 1: needs to be a JSON object, not list"),
        ({"queries": '{"_id": "q1", "text": "a"}\n{oops\n'}, r"queries\.jsonl, line 2: is no JSON"),
        ({"qrels": (HEAD, "q1\tmill\tvery")}, r"test\.tsv, line 2: needs query-id, corpus-id and a whole number"),
        ({"qrels": (HEAD, "q1 mill 1")}, r"test\.tsv, line 2: needs query-id"),
        ({"qrels": (HEAD, "q9\tmill\t1")}, r"test\.tsv, line 2: the query 'q9' is not in .*queries\.jsonl"),
        ({"qrels": (HEAD, "q1\tmill\t0")}, "no query has a relevant passage"),
    ],
)
def test_what_is_wrong_is_named_by_file_and_line(tmp_path: Path, change: dict[str, object], message: str):
    with pytest.raises(EvalError, match=message):
        read_beir(write(tmp_path / "beir", **change))


def test_a_missing_file_is_named(tmp_path: Path):
    folder = write(tmp_path / "beir")
    (folder / "qrels" / "test.tsv").unlink()
    with pytest.raises(EvalError, match=r"There is no .*qrels/\*\.tsv"):
        read_beir(folder)
    (folder / "corpus.jsonl").write_bytes(b'{"_id": "a", "text": "b"}\n\xff')
    with pytest.raises(EvalError, match=r"corpus\.jsonl, after line [01]: is not UTF-8"):
        read_beir(folder)
    (folder / "corpus.jsonl").unlink()
    with pytest.raises(EvalError, match=r"corpus\.jsonl cannot be read: No such file"):
        read_beir(folder)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("eval.__main__.open_embedder", lambda settings: embedder())
    result = CliRunner().invoke(app, ["beir", str(write(tmp_path / "beir")), "--limit", "2"])
    assert result.exit_code == 0, result.output
    for words in ("nDCG@10", "R@100", "RR@10", "4 passages in", "A query takes"):
        assert words in result.output
