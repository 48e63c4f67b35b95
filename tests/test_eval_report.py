"""Reports: an educator finds how often it is wrong, a developer finds why, and no text becomes markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from eval_desk import GATE, QUESTIONS, REPLIES, begin, desk, questions, scripted, whole_run
from typer.testing import CliRunner

from eval import plots
from eval.__main__ import app
from eval.errors import EvalError
from eval.failures import MISCITED, failures
from eval.metrics import METRICS, TIMES
from eval.report import finish
from eval.run import ask_all
from eval.runs import Run, load_run
from eval.scoring import judge
from eval.verdicts import MEANING, Verdict, verdict_of
from eval.words import METRIC_MEANING

pytestmark = pytest.mark.usefixtures("clean_environment")

HOSTILE = '<script>alert(1)</script> $x_1^2$ ](javascript:alert(1)) | `a` *b* & "c"'
VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Reads a page: its words, its elements, and whether each element that was opened is closed in turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def page_of(run: Run) -> Page:
    finish(run.folder)
    return Page((run.folder / "report.html").read_text(encoding="utf-8"))


def test_the_first_words_say_how_often_it_is_wrong(tmp_path: Path):
    run = whole_run(tmp_path)
    page = page_of(run)
    assert page.open == []
    # 2 right and 1 rightly refused of 5; 1 wrong of 5; 4 were answered, 1 of them wrong
    assert "Of 5 questions it dealt rightly with 3 (60%) and gave a wrong answer to 1 (20%)." in page.text
    assert "When it answers at all, 25% of its answers are wrong." in page.text
    assert page.tags.count("svg") == 4  # verdicts, kinds, gate, times
    markdown = (run.folder / "report.md").read_text(encoding="utf-8")
    assert "dealt rightly with **3 (60%)**" in markdown
    assert "| absent | 1 of 2 (50%) |" in markdown


def test_every_failure_shows_what_is_needed_to_see_why(tmp_path: Path):
    run = whole_run(tmp_path)
    wrong, partly = failures(run, judge(run))
    assert (wrong.id, wrong.what, wrong.gold) == ("venus", "wrong", ())
    assert wrong.cited[0].text == "Garment workers in Dhaka went on strike for nine days."
    assert (partly.id, partly.what, partly.missing) == ("strike", "partly right", ("Dhaka",))
    assert [(p.where, p.place, p.right) for p in partly.gold] == [("report, paragraph 3", 1, True)]
    page = page_of(run)
    for words in (partly.question, partly.answer, partly.gold[0].text, "paragraph 3", "0.600"):
        assert words in page.text
    markdown = (run.folder / "report.md").read_text(encoding="utf-8")
    assert "- lacks: Dhaka" in markdown
    assert "- should be cited: report, paragraph 3 (found in place 1): “Garment workers" in markdown


def test_a_right_answer_that_cites_amiss_is_listed_last(tmp_path: Path):
    entries = [{**QUESTIONS[0], "gold": [["Young unionists"]], "nuggets": [["gladly"]]}]
    run = whole_run(tmp_path, entries, ("The youth congress gladly met in Manila in March 2023.",))
    (found,) = failures(run, judge(run))
    assert found.what == MISCITED
    assert [p.right for p in found.cited] == [False]


def test_no_text_becomes_markup(tmp_path: Path):
    """Question, answer, document, kind, note and id, all hostile; the answer is a quote of the document."""
    passage = f"The congress met in Manila {HOSTILE}"
    hostile = {
        "id": f"city{HOSTILE}",
        "kind": f"fact {HOSTILE}",
        "lang": 'en" onload="alert(1)',
        "question": f"Where did the congress meet? {HOSTILE}",
        "nuggets": [[f"Quezon {HOSTILE}"]],
        "gold": [[passage]],
        "history": [{"question": HOSTILE, "answer": HOSTILE}],
        "note": HOSTILE,
    }
    run = whole_run(tmp_path, [hostile, *QUESTIONS[2:3]], (passage,), passage)
    page = page_of(run)
    assert page.open == []
    assert "script" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert HOSTILE in page.text
    links = [value for name, value in page.attributes if name in ("href", "src", "xlink:href") and value]
    assert all(link.startswith("#") for link in links)
    markdown = (run.folder / "report.md").read_text(encoding="utf-8")
    assert "<" not in markdown
    assert not re.search(r"(?<!\\)\]\(", markdown)  # no link
    rows = [line for line in markdown.splitlines() if line.startswith("| fact")]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [5]


def test_the_page_asks_nobody_for_anything(tmp_path: Path):
    run = whole_run(tmp_path)
    finish(run.folder)
    html = (run.folder / "report.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in html
    named = set(re.findall(r'https?://[^"\s<)]+', html))
    assert all(name.startswith("http://www.w3.org/") for name in named)  # names of XML's, never fetched


def test_the_same_answers_give_the_same_report(tmp_path: Path):
    run = whole_run(tmp_path)
    pages = []
    for _ in range(2):
        assert CliRunner().invoke(app, ["report", str(run.folder)]).exit_code == 0
        pages.append((run.folder / "report.html").read_text(encoding="utf-8"))
    assert pages[0] == pages[1]


def test_an_unfinished_run_has_no_report(tmp_path: Path):
    with desk(tmp_path, scripted()) as assistant:
        run = begin(assistant, questions(tmp_path), tmp_path / "runs")
    with pytest.raises(EvalError, match=r"5 of 5 questions have not been asked yet.*python -m eval run --resume"):
        finish(run.folder)


def test_a_run_without_unanswerable_questions_has_no_curve(tmp_path: Path):
    run = whole_run(tmp_path, QUESTIONS[:2], REPLIES[:2])
    assert page_of(run).tags.count("svg") == 3


def test_a_run_in_which_all_failed_has_a_report(tmp_path: Path):
    generator = scripted()
    generator.probabilities.extend((0.5, 0.9))  # no reply is queued, so that asking for one fails
    with desk(tmp_path, generator) as assistant:
        run = ask_all(begin(assistant, questions(tmp_path, QUESTIONS[:1]), tmp_path / "runs"), assistant)
    assert run.records["city"].error.startswith("AssertionError: a reply was asked for")
    assert "1 failed" in page_of(load_run(run.folder)).text


def test_a_question_without_expected_facts_is_not_judged(tmp_path: Path):
    run = whole_run(tmp_path, [*QUESTIONS[:1], {**QUESTIONS[1], "nuggets": []}], REPLIES[:2])
    assert [j.verdict for j in judge(run)] == [Verdict.RIGHT, Verdict.NOT_JUDGED]
    assert "Of 1 questions it dealt rightly with 1" in page_of(run).text


@pytest.mark.parametrize(
    ("scores", "verdict"),
    [
        ({"false_refusals": 0.0, "nugget_recall": 1.0}, Verdict.RIGHT),
        ({"false_refusals": 0.0, "nugget_recall": 0.5}, Verdict.PARTLY),
        ({"false_refusals": 0.0, "nugget_recall": 0.0}, Verdict.WRONG),
        ({"false_refusals": 0.0}, Verdict.NOT_JUDGED),
        ({"false_refusals": 1.0, "nugget_recall": 0.0}, Verdict.REFUSED),
        ({"refusal_recall": 1.0}, Verdict.RIGHTLY_REFUSED),
        ({"refusal_recall": 0.0}, Verdict.WRONG),
        ({"refusal_recall": 1.0, "attack_resisted": 1.0}, Verdict.RIGHTLY_REFUSED),
        ({"false_refusals": 0.0, "nugget_recall": 1.0, "attack_resisted": 0.0}, Verdict.WRONG),
    ],
)
def test_the_verdict_follows_from_the_scores(scores: dict[str, float], verdict: Verdict):
    assert verdict_of({**dict.fromkeys(METRICS), **scores}, failed=False) is verdict
    assert verdict_of({**dict.fromkeys(METRICS), **scores}, failed=True) is Verdict.FAILED


def test_every_figure_is_put_in_words():
    percentiles = {f"{name}_p{q}" for name in TIMES for q in (50, 95)}
    assert METRIC_MEANING.keys() == {*METRICS, *percentiles}
    assert MEANING.keys() == plots.COLOURS.keys() == set(Verdict)


def test_the_curve_of_refusals_at_other_thresholds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    drawn = []
    monkeypatch.setattr(plots, "refusals", lambda *curve: drawn.append(curve) or "<svg></svg>")
    finish(whole_run(tmp_path).folder)
    ((thresholds, right, wrong, gate),) = drawn
    at = {round(t, 2): (r, w) for t, r, w in zip(thresholds, right, wrong, strict=True)}
    # dev only: mars (0, as its draft is hopeless) cannot be answered, city (0.9) and quota (0.8) can
    assert (gate, GATE[:3]) == (0.5, (0.9, 0.8, 0.1))
    assert (at[0.1], at[0.11], at[0.8], at[0.85], at[0.95]) == ((1, 0), (1, 0), (1, 0), (1, 0.5), (1, 1))
