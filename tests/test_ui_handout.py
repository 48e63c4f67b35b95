"""The parts of the briefing tab: what its fields become, and that whatever is wrong is said in its state line."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from desk import assistant_over
from fakes import ScriptedGenerator
from markup import HOSTILE, read

from rag.briefing.records import Audience
from rag.index import Index
from rag.pandoc import ExportError
from rag.texts import languages, texts_in
from rag.ui.briefing import KINDS, Handouts
from rag.ui.handout import HandoutTab, _order
from rag.ui.localized import Localized

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # gradio leaves loops and sockets to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

T = texts_in("en")
TOPIC = "gender equality"


@pytest.fixture
def tab(index: Index, tmp_path: Path) -> Iterator[HandoutTab]:
    assistant = assistant_over(index, ScriptedGenerator(again="zebras sleep.", probed=True), cache=tmp_path)
    with gr.Blocks(analytics_enabled=False) as blocks:
        yield HandoutTab(assistant, Localized(), gr.Radio())
    del blocks
    gc.collect()


def fields(topic: str = TOPIC, unticked: object = (), language: str = "en") -> tuple[Any, ...]:
    """As the page sends them."""
    return topic, "members", 1, [], unticked if isinstance(unticked, str) else json.dumps(unticked), language


# --- ticks ------------------------------------------------------------------------------------------------------------


def test_what_was_unticked_is_left_out() -> None:
    assert _order(*fields(unticked=["b", "a", "b"])).without == ("a", "b")


@pytest.mark.parametrize(
    "sent", ["", "{", "[1", "nothing", "null", "7", "true", "[" * 100_000, '["' + "\0", "\ud83d", "NaN"]
)
def test_what_says_nothing_of_ticks_leaves_nothing_out(sent: str) -> None:
    assert _order(*fields(unticked=sent)).without == ()


@pytest.mark.parametrize("sent", [[1, None, {"a": []}], [["x"]], {"x": 1}, ["\ud83d", "\0", *HOSTILE]])
def test_ticks_of_no_passage_change_nothing_that_is_seen(tab: HandoutTab, sent: object) -> None:
    assert tab._planned(*fields(unticked=sent)) == tab._planned(*fields())
    *_, (state, _) = tab._written(*fields(unticked=sent))
    assert state == {"state": T("briefing.page.done", n=8)}


def test_ticks_leave_passages_out(tab: HandoutTab) -> None:
    planned = read(tab._planned(*fields())[0]).values("input", "value")
    assert len(planned) == 8
    *_, (state, _) = tab._written(*fields(unticked=planned[:3]))
    assert state == {"state": T("briefing.page.done", n=5)}
    *_, (state, whole) = tab._written(*fields(unticked=planned))
    assert state == {"state": T("briefing.page.done", n=0)}
    assert "<h2" in whole


def test_fields_that_are_empty_are_an_order_still() -> None:
    made = _order(TOPIC, "", 0, None, "", "es")  # type: ignore[arg-type]  # as a browser may send it
    assert (made.audience, made.pages, made.documents, made.language) == (Audience.MEMBERS, 2, (), "es")


# --- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", ["", "?!", "x" * 2000, None])
def test_what_is_no_topic_is_said_wherever_it_is_pressed(tab: HandoutTab, topic: str) -> None:
    sent = fields(topic)
    outline, preview, planned = tab._planned(*sent)
    [(written, seen)] = tab._written(*sent)
    file, downloaded = tab._downloads("pdf")(*sent)
    assert (outline, preview, seen, file) == ("", "", "", {})
    assert planned == written == downloaded
    assert "topic" in planned["state"]
    assert "\n" not in planned["state"]


@pytest.mark.parametrize("language", languages())
def test_a_download_comes_after_the_writing(tab: HandoutTab, language: str) -> None:
    t = texts_in(language)
    sent = fields(language=language)
    assert tab._downloads("md")(*sent) == ({}, {"state": t("briefing.page.unwritten")})
    *_, (state, _) = tab._written(*sent)
    assert state == {"state": t("briefing.page.done", n=8)}
    file, told = tab._downloads("md")(*sent)
    name = f"{t('briefing.page.file')}.md"
    assert (file["name"], told) == (name, {"state": t("ask.saved", name=name)})


def test_a_file_that_cannot_be_made_is_said(tab: HandoutTab, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> dict[str, str]:
        raise ExportError("pandoc is missing. Run: pip install pypandoc_binary")

    monkeypatch.setattr(Handouts, "file", fail)
    for kind in KINDS:
        told = {"state": "pandoc is missing. Run: pip install pypandoc_binary"}
        assert tab._downloads(kind)(*fields()) == ({}, told)


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", languages())
def test_every_word_of_the_tab_is_of_its_language(tab: HandoutTab, language: str) -> None:
    t = texts_in(language)
    topics, audience, pages = tab.updates(language)
    assert len(tab.components) == 3
    assert t("briefing.page.topics") in read(topics).inside["h2"]
    assert (audience["label"], pages["label"]) == (t("briefing.page.audience"), t("briefing.page.pages"))
    assert [value for _, value in audience["choices"]] == [one.value for one in Audience]
    assert pages["choices"] == [(t("briefing.page.length", n=n), n) for n in (1, 2, 4)]
    assert tab._stopped(language) == {"state": t("briefing.page.stopped")}
