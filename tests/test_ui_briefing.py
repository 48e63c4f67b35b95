"""The briefing tab without a browser: what is shown while it is written, what may be downloaded, and who waits."""

from __future__ import annotations

import base64
import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import assistant_over, opened_index
from fakes import ScriptedGenerator
from markup import HOSTILE, Read, read
from slow import SOON, Slow

from rag.briefing import briefer, selection
from rag.briefing.ordering import OrderError
from rag.briefing.records import Audience, Order
from rag.briefing.writing import PointWriter
from rag.errors import ModelError, RagError
from rag.index import Index
from rag.texts import languages, texts_in
from rag.types import Prompt
from rag.ui import telling
from rag.ui.briefing import KINDS, Handouts, order_of

T = texts_in("en")
TOPIC = "gender equality"
ATTACKS = Path(__file__).with_name("hostile")
BEGINS = {"docx": b"PK", "pdf": b"%PDF", "html": b"<!DOCTYPE html>", "pptx": b"PK", "md": b"# "}
HANDOUT = {  # what pandoc makes of a handout
    *("article", "section", "h1", "h2", "h3", "p", "ul", "ol", "li", "a", "sup", "span", "br", "hr", "img"),
    *("table", "colgroup", "col", "thead", "tbody", "tr", "th", "td"),
}


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is told, and nobody waits long to look again."""
    monkeypatch.setattr(telling, "_EVERY_S", -1.0)
    monkeypatch.setattr(briefer, "_PATIENCE", 0.01)


@pytest.fixture
def by_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each passage is read, and each sentence is the language model's to write."""
    monkeypatch.setattr(selection, "DOUBTFUL", 2.0)
    monkeypatch.setattr(PointWriter, "told", lambda writer, planned: None)


def writing(*replies: str) -> Slow:
    """A model that writes what no passage says, so that the documents' own words take its place."""
    generator = Slow(*replies)
    generator.again, generator.probed = "zebras sleep.", True
    return generator


def handouts(index: Index, cache: Path, generator: ScriptedGenerator | None = None) -> Handouts:
    return Handouts(assistant_over(index, generator or writing(), cache=cache))


def order(topic: str = TOPIC, pages: int = 1, unticked: tuple[str, ...] = (), language: str = "en") -> Order:
    return order_of(topic, "members", pages, [], unticked, texts_in(language))


def asked(handouts: Handouts) -> int:
    """How often the language model was asked for anything."""
    generator = handouts._assistant._generator
    assert isinstance(generator, ScriptedGenerator)
    return len(generator.answer_prompts) + len(generator.gate_prompts)


def last(steps: Iterator[tuple[str, str]]) -> tuple[str, str]:
    *_, end = steps
    return end


class Handout(Read):
    """A whole handout, which must be well formed and hold only what pandoc makes."""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def assert_harmless(self) -> None:
        assert set(self.tags) <= HANDOUT
        names = {name for _, name, _ in self.attributes}
        assert names <= {"id", "class", "href", "role", "lang", "style", "type", "src", "alt", "title"}
        assert all(str(link).startswith("#handout-") for link in self.values("a", "href"))
        assert all(str(source).startswith("data:image/png;base64,") for source in self.values("img", "src"))
        assert all(str(value).startswith("handout-") for _, name, value in self.attributes if name == "id")


# --- the outline ------------------------------------------------------------------------------------------------------


def test_the_outline_has_a_tick_for_each_quotation(index: Index, tmp_path: Path) -> None:
    desk = handouts(index, tmp_path)
    page = read(desk.outline(order(), T))
    planned = desk._briefer.outline(order()).planned
    assert len(planned) == 8
    assert page.values("input", "value") == [one.hit.chunk.id for one in planned]
    assert page.values("input", "type") == ["checkbox"] * 8
    assert page.tags.count("input") == len([name for _, name, _ in page.attributes if name == "checked"])
    assert page.inside["q"] == [one.quote.quote for one in planned]
    texts = {document.id: document.text for document in index.store.documents.values()}
    assert all(one.quote.quote in texts[one.hit.chunk.doc_id] for one in planned)
    assert asked(desk) == 0


@pytest.mark.parametrize("language", languages())
def test_the_outline_speaks_every_language(index: Index, tmp_path: Path, language: str) -> None:
    t, desk = texts_in(language), handouts(index, tmp_path)
    assert read(desk.outline(order(), t)).inside["h2"] == [t("briefing.page.outline")]
    page = read(desk.outline(order("zxqv"), t))
    assert page.inside["p.refusal"] == [t("briefing.page.uncovered", topic="zxqv")]
    assert read(desk.topics(t)).inside["h2"] == [t("briefing.page.topics")]


def test_a_document_that_is_gone_has_nothing_on_any_topic(index: Index, tmp_path: Path) -> None:
    page = read(handouts(index, tmp_path).outline(order_of(TOPIC, "members", 1, ["gone"], [], T), T))
    assert page.inside["p.refusal"] == [T("briefing.page.uncovered", topic=TOPIC)]


# --- writing ----------------------------------------------------------------------------------------------------------


def test_points_are_shown_as_they_come_and_then_the_whole(index: Index, tmp_path: Path, by_model: None) -> None:
    desk = handouts(index, tmp_path)
    steps = list(desk.written(order(), T))
    states = [state for state, _ in itertools.groupby(state for state, _ in steps)]
    assert states == [
        "Beginning …",
        *(f"Writing and checking point {n} of 8 …" for n in range(1, 9)),
        "The briefing is ready: 8 points, each with its source.",
    ]
    counts = [read(seen).tags.count("p") for _, seen in steps[:-1]]
    assert counts == sorted(counts)
    assert sorted(set(counts)) == list(range(9))
    page = Handout(steps[-1][1])
    page.assert_harmless()
    assert page.inside["h1"] == ["Briefing: gender equality"]
    assert asked(desk) > 8


@pytest.mark.parametrize("language", languages())
def test_it_is_written_in_the_language_of_the_page(index: Index, tmp_path: Path, language: str) -> None:
    t, desk = texts_in(language), handouts(index, tmp_path)
    steps = list(desk.written(order(language=language), t))
    assert (steps[0][0], steps[-1][0]) == (t("briefing.page.begun"), t("briefing.page.done", n=8))
    page = Handout(steps[-1][1])
    page.assert_harmless()
    assert t("briefing.handout.in_brief") in page.inside["h2"]
    # what the documents say stays English and is read aloud as such
    assert set(page.values("span", "lang")) == (set() if language == "en" else {"en"})


def test_what_was_unticked_is_in_no_part_of_it(index: Index, tmp_path: Path) -> None:
    desk = handouts(index, tmp_path)
    first, second, *others = desk._briefer.outline(order()).planned
    chosen = order(unticked=(second.hit.chunk.id, first.hit.chunk.id, "no passage", "'\"><b>"))
    assert set(read(desk.outline(chosen, T)).inside["q"]) == {one.quote.quote for one in others}
    state, whole = last(desk.written(chosen, T))
    assert state == "The briefing is ready: 6 points, each with its source."
    words = " ".join(Handout(whole).words.split())
    assert [" ".join(one.quote.quote.split()) in words for one in (first, second, *others)] == [False] * 2 + [True] * 6


@pytest.mark.parametrize("attack", HOSTILE)
def test_nothing_in_a_topic_becomes_markup(index: Index, tmp_path: Path, attack: str) -> None:
    desk, hostile = handouts(index, tmp_path), order(f"{attack} {TOPIC}"[:200])
    read(desk.outline(hostile, T))
    read(desk.outline(order("zxqv " + attack), T))
    *steps, (_, whole) = desk.written(hostile, T)
    for state, seen in steps:
        read(seen)
        assert "<" not in state
    Handout(whole).assert_harmless()


@pytest.mark.parametrize("topic", ["workers", "assistant instructions", "script alert markup", "dockers congress"])
def test_nothing_in_the_documents_becomes_markup(tmp_path: Path, topic: str) -> None:
    with opened_index(tmp_path / "index", ATTACKS) as attacks:
        desk = handouts(attacks, tmp_path)
        read(desk.topics(T))
        assert read(desk.outline(order(topic), T)).tags.count("q") >= 3
        *steps, (_, whole) = desk.written(order(topic), T)
        for _, seen in steps:
            read(seen)
        Handout(whole).assert_harmless()


class Failing(ScriptedGenerator):
    """Fails at the third passage."""

    def __init__(self, fault: Exception) -> None:
        super().__init__(again="zebras sleep.", probed=True)
        self._fault = fault

    def yes_probability(self, prompt: Prompt) -> float:
        if len(self.gate_prompts) == 2:
            raise self._fault
        return super().yes_probability(prompt)


def test_a_model_that_fails_is_said_and_what_was_written_stays(index: Index, tmp_path: Path, by_model: None) -> None:
    desk = handouts(index, tmp_path, Failing(ModelError("The server is not running. See RAG_LLM")))
    state, seen = last(desk.written(order(), T))
    assert state == "Stopped: The server is not running. See RAG_LLM"
    assert read(seen).tags.count("p") == 2
    assert len(desk._assistant.line) == 0


def test_a_fault_of_ours_is_told_to_the_page_and_to_the_terminal(index: Index, tmp_path: Path, by_model: None) -> None:
    desk = handouts(index, tmp_path, Failing(ZeroDivisionError("secret")))
    shown: list[tuple[str, str]] = []
    with pytest.raises(ZeroDivisionError):
        shown.extend(desk.written(order(), T))  # what came before the fault stays
    assert (shown[-1][0], read(shown[-1][1]).tags.count("p")) == (T("ask.broken"), 2)
    assert len(desk._assistant.line) == 0


def test_closing_stops_the_model_and_leaves_the_line(index: Index, tmp_path: Path, by_model: None) -> None:
    generator = writing("slow")
    desk = handouts(index, tmp_path, generator)
    steps = desk.written(order(), T)
    while not generator.writing.is_set():
        next(steps)
    assert (len(desk._assistant.line), generator.closed.is_set()) == (1, False)
    steps.close()  # type: ignore[attr-defined]  # it is a generator
    assert (len(desk._assistant.line), generator.closed.is_set()) == (0, True)


# --- several pages at once --------------------------------------------------------------------------------------------

ORDERS = (order(), order("migrant workers", language="es"), order(pages=2), order("safety", language="fr"))


def wholes(index: Index, cache: Path) -> list[str]:
    """What comes of each order when nobody else is there."""
    return [
        last(handouts(index, cache / str(n)).written(one, texts_in(one.language)))[1] for n, one in enumerate(ORDERS)
    ]


def test_of_two_pages_one_waits_for_the_other_and_they_do_not_mix(index: Index, tmp_path: Path, by_model: None) -> None:
    first, second, *_ = wholes(index, tmp_path)
    generator = writing("slow")
    desk = handouts(index, tmp_path, generator)
    line = desk._assistant.line
    one, other = (desk.written(order, texts_in(order.language)) for order in ORDERS[:2])
    while not generator.writing.is_set():
        next(one)
    waited = [next(other)[0] for _ in range(6)]
    assert len(line) == 2
    assert len(generator.answer_prompts) == 0  # the slow one is not counted: nobody else was let in
    assert set(waited[2:]) == {texts_in("es")("briefing.page.writing", n=1, total=7)}
    generator.released.set()
    ends: dict[int, str] = {}
    pages = {0: one, 1: other}
    while pages:  # a step of each in turn, as two browsers look
        for n, page in tuple(pages.items()):
            if step := next(page, None):
                ends[n] = step[1]
            else:
                del pages[n]
    assert (ends[0], ends[1], len(line)) == (first, second, 0)


def test_four_pages_in_threads_do_not_mix(index: Index, tmp_path: Path, by_model: None) -> None:
    desk = handouts(index, tmp_path / "together")
    found: dict[int, str] = {}

    def write(n: int) -> None:
        found[n] = last(desk.written(ORDERS[n], texts_in(ORDERS[n].language)))[1]

    threads = [threading.Thread(target=write, args=(n,)) for n in range(len(ORDERS))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert [found[n] for n in range(len(ORDERS))] == wholes(index, tmp_path)
    assert len(desk._assistant.line) == 0


# --- downloads --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", languages())
def test_what_is_not_written_cannot_be_downloaded_and_nothing_is_begun(
    index: Index, tmp_path: Path, by_model: None, language: str
) -> None:
    t, desk = texts_in(language), handouts(index, tmp_path)
    for wanted in (order(language=language), order("zxqv", language=language)):
        with desk._assistant.line.place():  # it does not even wait
            with pytest.raises(RagError) as told:
                desk.file(wanted, "docx", t)
        assert str(told.value) == t("briefing.page.unwritten")
    assert (asked(desk), list(tmp_path.iterdir())) == (0, [])


def test_half_a_briefing_cannot_be_downloaded(index: Index, tmp_path: Path, by_model: None) -> None:
    desk = handouts(index, tmp_path)
    steps = desk.written(order(), T)
    while "<p" not in next(steps)[1]:
        pass
    steps.close()  # type: ignore[attr-defined]  # it is a generator
    before = asked(desk)
    with pytest.raises(RagError, match=r"^Write the briefing first, then download it\.$"):
        desk.file(order(), "md", T)
    assert asked(desk) == before


def test_what_is_written_is_downloaded_in_every_format(index: Index, tmp_path: Path, by_model: None) -> None:
    desk = handouts(index, tmp_path)
    list(desk.written(order(), T))
    later = handouts(index, tmp_path)  # the server was started anew
    for kind in KINDS:
        file = later.file(order(), kind, T)
        assert (file["name"], file["type"]) == (f"briefing.{kind}", KINDS[kind])
        assert base64.b64decode(file["data"]).startswith(BEGINS[kind])
        assert desk.file(order(), kind, T) == file
    assert asked(later) == 0


def test_what_is_written_on_a_topic_that_is_not_covered_says_so(index: Index, tmp_path: Path) -> None:
    desk = handouts(index, tmp_path)
    *_, (state, _) = desk.written(order("zxqv"), T)
    assert state == T("briefing.page.uncovered", topic="zxqv")
    text = base64.b64decode(desk.file(order("zxqv"), "md", T)["data"]).decode()
    assert "Nothing on “zxqv” was found in these documents." in text


def test_another_order_is_to_be_written_first(index: Index, tmp_path: Path) -> None:
    desk = handouts(index, tmp_path)
    list(desk.written(order(), T))
    one = desk._briefer.outline(order()).planned[0].hit.chunk.id
    for other in (order("safety"), order(pages=2), order(unticked=(one,)), order(language="fr")):
        with pytest.raises(RagError, match="first"):
            desk.file(other, "md", T)
    assert desk.file(order(), "md", T)


# --- the order --------------------------------------------------------------------------------------------------------


def test_the_fields_of_the_page_make_an_order() -> None:
    made = order_of("  just\n transition ", "young workers", 4, ["b", "a"], ["z", "y", "z"], texts_in("fr"))
    assert made == Order("just transition", Audience.YOUNG_WORKERS, 4, ("a", "b"), "", "fr", ("y", "z"))


def test_what_the_fields_cannot_hold_is_the_usual() -> None:
    assert order_of("pay", "rulers", 3, [], [], T) == Order("pay", Audience.MEMBERS, 2)


@pytest.mark.parametrize("topic", ["", " ", "?!", "\0", "x" * 201])
def test_what_is_no_topic_is_an_error(topic: str) -> None:
    with pytest.raises(OrderError):
        order_of(topic, "members", 2, [], [], T)
