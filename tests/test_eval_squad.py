"""SQuAD files: read whatever their version, asked over their own paragraphs; what is wrong is named by its place."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eval_desk import DIMENSION, scripted
from fakes import HashEmbedder, ScriptedGenerator
from typer.testing import CliRunner

from eval.__main__ import app
from eval.errors import EvalError
from eval.outside import Text, one_line, temporary_index
from eval.report import finish
from eval.run import ask_all
from eval.runs import Run
from eval.squad import Asked, Squad, read_squad, sample
from eval.squad_run import Draw, squad_run
from rag.config import Settings
from rag.llm import Generator

pytestmark = pytest.mark.usefixtures("clean_environment")

MILL = "The cotton mill of Arkwright opened in Cromford in 1771."
LOOM = "The power loom was patented by Edmund Cartwright in 1785."
HERRING = "Herring swim in large shoals across the northern seas."


def qa(qa_id: str, question: str, *answers: str, **more: object) -> dict[str, Any]:
    return {"id": qa_id, "question": question, "answers": [{"text": a, "answer_start": 0} for a in answers], **more}


def v1() -> dict[str, Any]:
    mill = {
        "context": MILL,
        "qas": [qa("mill", "Where did the cotton mill open?", "Cromford", "in Cromford", "Cromford")],
    }
    loom = {"context": LOOM, "qas": [qa("loom", "Who patented the power loom?", "Edmund Cartwright")]}
    return {
        "version": "1.1",
        "data": [
            {"title": "Industrial_revolution", "paragraphs": [mill, loom]},
            {
                "title": "Fish",
                "paragraphs": [{"context": HERRING, "qas": [qa("fish", "Where do herring swim?", "northern seas")]}],
            },
        ],
    }


def v2() -> dict[str, Any]:
    content = v1()
    impossible = qa("none", "Who patented the steam loom?", is_impossible=True, plausible_answers=[{"text": "Edmund"}])
    content["data"][0]["paragraphs"][1]["qas"].append(impossible)
    return content


def write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def asked_run(draw: Draw, folder: Path, generator: ScriptedGenerator, resume: Path | None = None) -> Run:
    def models() -> tuple[HashEmbedder, Generator]:
        return HashEmbedder(dimension=DIMENSION), generator

    with squad_run(draw, Settings(gate=0.5), models, folder / "runs", resume) as (run, assistant):
        return ask_all(run, assistant)


def test_version_1_is_read(tmp_path: Path):
    squad = read_squad(write(tmp_path / "v1.json", v1()))
    assert squad.texts == (Text("Industrial revolution", (MILL, LOOM)), Text("Fish", (HERRING,)))
    assert squad.asked[0] == Asked("mill", "Where did the cotton mill open?", ("Cromford", "in Cromford"), MILL)


def test_version_2_is_read(tmp_path: Path):
    squad = read_squad(write(tmp_path / "v2.json", v2()))
    assert squad.asked[2] == Asked("none", "Who patented the steam loom?", (), LOOM)


def test_the_same_paragraph_twice_is_one(tmp_path: Path):
    content = v1()
    content["data"][1]["paragraphs"][0]["context"] = f"{MILL}\n "
    squad = read_squad(write(tmp_path / "twice.json", content))
    assert squad.texts == (Text("Industrial revolution", (MILL, LOOM)),)
    assert squad.asked[2].paragraph == MILL


def test_a_run_reports_what_was_found_said_cited_and_refused(tmp_path: Path):
    generator = scripted(MILL, "The power loom was patented in 1785.", LOOM, HERRING, gate=(0.9, 0.9, 0.1, 0.9))
    run = asked_run(Draw(write(tmp_path / "v2.json", v2())), tmp_path, generator)
    metrics = finish(run.folder)
    assert {case["id"]: case["verdict"] for case in metrics["cases"]} == {
        "mill": "right",
        "loom": "wrong",
        "none": "rightly refused",
        "fish": "right",
    }
    overall = metrics["overall"]["metrics"]
    # mrr: three answerable questions share words with their own paragraph most; contains: 2 of 3
    assert (overall["hit@1"]["mean"], overall["mrr"]["mean"]) == (1, 1)
    assert overall["contains"]["mean"] == pytest.approx(2 / 3, abs=1e-4)
    # f1 of "Cromford" in nine words of MILL without "the": 2 * 1 / (9 + 1); of the
    # loom's two words none is said; herring: 2 of the 8 words without "the": 2 * 2 / (8 + 2). "in Cromford": 2 * 2 / (9 + 2)
    f1 = {case["id"]: case["scores"].get("f1") for case in metrics["cases"]}
    assert f1 == {
        "mill": pytest.approx(4 / 11, abs=1e-4),
        "loom": 0,
        "none": None,
        "fish": pytest.approx(4 / 10, abs=1e-4),
    }
    assert overall["citation_precision"]["mean"] == 1
    assert overall["refusal_recall"]["n_scored"] == 1
    assert metrics["source"]["name"] == "v2.json"


def test_dropped_paragraphs_are_not_in_the_index(tmp_path: Path):
    content = v2()
    content["data"][1]["paragraphs"][0]["qas"] = []  # else each paragraph is needed
    generator = scripted("It does not say.", "Nor here.", gate=(0.1, 0.2))
    run = asked_run(Draw(write(tmp_path / "v2.json", content), drop_gold=True), tmp_path, generator)
    assert [chunk.text for chunk in run.chunks] == [HERRING]
    assert [(q.id, q.answerable, q.kind) for q in run.questions] == [
        ("mill", False, "paragraph removed"),
        ("loom", False, "paragraph removed"),  # the impossible one is left out: it says nothing of removing
    ]
    overall = finish(run.folder)["overall"]
    assert overall["metrics"]["refusal_recall"]["mean"] == 1
    assert overall["verdicts"] == {"rightly refused": 2}
    assert run.header["source"]["part"] == "needed paragraphs removed"


def test_not_all_paragraphs_can_be_dropped(tmp_path: Path):
    path = write(tmp_path / "v1.json", v1())
    with pytest.raises(EvalError, match=r"each paragraph is needed by some question\. Ask fewer: --limit N"):
        asked_run(Draw(path, drop_gold=True), tmp_path, scripted())
    run = asked_run(Draw(path, limit=1, drop_gold=True), tmp_path, scripted("It does not say.", gate=(0.1,)))
    assert len(run.chunks) == 2


def test_a_squad_run_is_resumed(tmp_path: Path):
    path = write(tmp_path / "v1.json", v1())
    broken = scripted(MILL)
    run = asked_run(Draw(path), tmp_path, broken)  # the second and third reply are missing
    assert [question.id for question in run.left] == ["loom", "fish"]
    assert run.again.startswith(f"python -m eval squad {path} --resume ")
    again = asked_run(Draw(path), tmp_path, scripted(LOOM, HERRING), resume=run.folder)
    assert again.left == ()
    content = v1()
    content["data"][0]["paragraphs"][0]["context"] = f"{MILL} It was large."
    with pytest.raises(EvalError, match="have changed"):
        asked_run(Draw(write(path, content)), tmp_path, scripted(), resume=run.folder)


def test_a_sample_depends_on_its_seed_alone():
    asked = [Asked(str(n), "?", ("yes",), "p") for n in range(100)]
    first = sample(asked, 10, seed=1)
    assert first == sample(asked, 10, seed=1)
    assert first != sample(asked, 10, seed=2)
    assert len({one.id for one in first}) == 10
    assert list(first) == sorted(first, key=asked.index)
    assert sample(asked, 0, seed=1) == sample(asked, 100, seed=1) == tuple(asked)


def test_a_thousand_paragraphs_are_indexed_each_in_its_place(tmp_path: Path):
    paragraphs = [f"Mill number {n} spun {n * 7} bales." for n in range(1000)]
    texts = [Text(f"Article {n}", tuple(paragraphs[n : n + 50])) for n in range(0, 1000, 50)]
    with temporary_index(Settings(), texts, HashEmbedder()) as made:
        chunk_of = {chunk.id: chunk for chunk in made.index.store.chunks().values()}
        assert len(chunk_of) == 1000
        for (n, m), ids in made.chunks.items():
            assert [chunk_of[i].text for i in ids] == [texts[n].paragraphs[m]]
        folder = made.settings.index
    assert not folder.exists()


def test_a_long_paragraph_is_found_by_any_of_its_parts(tmp_path: Path):
    long = " ".join(f"Sentence number {n} speaks of the mill and of its many workers." for n in range(40))
    texts = [Text("Long", (MILL, long, LOOM))]
    with temporary_index(Settings(), texts, HashEmbedder()) as made:
        assert len(made.chunks[0, 0]) == len(made.chunks[0, 2]) == 1
        assert len(made.chunks[0, 1]) > 1


def test_hostile_titles_and_texts_are_indexed_as_they_are(tmp_path: Path):
    raw = '\ufeff a\u0000b\n\n"quoted" \\u0041 \ud800 \u2028 [x] = """ 家 \U0001f600 \x85 \x7f end. '
    text = one_line(raw)
    assert text == 'a b "quoted" \\u0041 ? [x] = """ 家 \U0001f600 end.'
    with temporary_index(Settings(), [Text(text, (text, MILL))], HashEmbedder()) as made:
        assert [document.title for document in made.index.store.documents.values()] == [text]
        assert [chunk.text for chunk in made.index.store.chunks().values()] == [text, MILL]


def test_an_answer_that_looks_like_an_expression_is_not_read_as_one(tmp_path: Path):
    content = v1()
    content["data"][0]["paragraphs"][0]["context"] = "The subject line read re: (wages [sic] in full."
    content["data"][0]["paragraphs"][0]["qas"] = [qa("mail", "What did the subject line read?", "re: (wages [sic]")]
    said = "The subject line read re: (wages [sic] in full."
    run = asked_run(Draw(write(tmp_path / "v1.json", content)), tmp_path, scripted(said, LOOM, HERRING))
    assert finish(run.folder)["cases"][0]["verdict"] == "right"


def paragraph(content: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = content["data"][0]["paragraphs"][0]
    return found


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda c: c.pop("data"), r"bad\.json: needs 'data' as a list$"),
        (lambda c: c.update(data=[]), r"bad\.json: 'data' holds no articles"),
        (lambda c: c.update(data=["x"]), r"bad\.json: data\[0\]: needs to be a JSON object, not str"),
        (lambda c: c["data"][1].pop("paragraphs"), r"data\[1\]: needs 'paragraphs' as a list"),
        (lambda c: c["data"][0].update(title=3), r"data\[0\]: needs 'title' as a text, not int"),
        (lambda c: paragraph(c).update(context=None), r"data\[0\]\.paragraphs\[0\]: needs 'context' as a text"),
        (lambda c: paragraph(c).update(context=" – "), r"paragraphs\[0\]: 'context' holds no words"),
        (lambda c: paragraph(c).pop("qas"), r"paragraphs\[0\]: needs 'qas' as a list"),
        (lambda c: paragraph(c)["qas"][0].pop("id"), r"paragraphs\[0\]\.qas\[0\]: needs 'id' as a text"),
        (lambda c: paragraph(c)["qas"][0].update(question="  "), r"qas\[0\]: 'question' is empty"),
        (lambda c: paragraph(c)["qas"][0].update(answers=[]), r"qas\[0\]: has no answers"),
        (lambda c: paragraph(c)["qas"][0].update(answers=[3]), r"qas\[0\]\.answers\[0\]: needs to be a JSON object"),
        (lambda c: paragraph(c)["qas"][0].update(is_impossible=True), r"qas\[0\]: is impossible, yet has answers"),
        (lambda c: paragraph(c)["qas"][0].update(is_impossible="no"), r"qas\[0\]: 'is_impossible' needs to be"),
        (
            lambda c: paragraph(c)["qas"][0].update(id="loom"),
            r"data\[0\]: the question id 'loom' stands there a second",
        ),
        (lambda c: [p.update(qas=[]) for a in c["data"] for p in a["paragraphs"]], r"bad\.json: holds no questions"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(tmp_path: Path, spoil: Callable[[dict[str, Any]], Any], message: str):
    content = copy.deepcopy(v1())
    spoil(content)
    with pytest.raises(EvalError, match=message):
        read_squad(write(tmp_path / "bad.json", content))


def test_broken_json_is_named_by_its_line(tmp_path: Path):
    path = tmp_path / "broken.json"
    path.write_text('{\n"data": [\n{"title": }]}', encoding="utf-8")
    with pytest.raises(EvalError, match=r"broken\.json: is no JSON \(Expecting value: line 3"):
        read_squad(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(EvalError, match=r"broken\.json cannot be read"):
        read_squad(path)


def test_impossible_questions_alone_need_no_paragraph(tmp_path: Path):
    content = {
        "data": [{"title": "x", "paragraphs": [{"context": MILL, "qas": [qa("q", "Why?", is_impossible=True)]}]}]
    }
    with pytest.raises(EvalError, match="every question is impossible"):
        asked_run(Draw(write(tmp_path / "v2.json", content), drop_gold=True), tmp_path, scripted())


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("eval.__main__.open_embedder", lambda settings: HashEmbedder(dimension=DIMENSION))
    monkeypatch.setattr("eval.__main__.open_generator", lambda settings: scripted(MILL, LOOM, HERRING))
    path = write(tmp_path / "v1.json", v1())
    result = CliRunner().invoke(app, ["squad", str(path), "--out", str(tmp_path / "runs")])
    assert result.exit_code == 0, result.output
    assert "citation_recall" in result.output


def test_an_article_keeps_what_is_not_dropped():
    squad = Squad((Text("a", ("p", "q")), Text("b", ("r",))), ())
    assert squad.without(frozenset({"q", "r"})) == (Text("a", ("p",)),)
