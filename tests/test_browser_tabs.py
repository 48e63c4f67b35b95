"""Documents, timeline and languages in a real browser, and what hostile documents try there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from browser import MARKS, QUESTION, Visit, visit
from hosting import Served, desk
from playwright.sync_api import expect

from rag.texts import languages, texts_in

if TYPE_CHECKING:
    from conftest import WriteSeeds
    from playwright.sync_api import Browser

pytestmark = MARKS
T = texts_in("en")
LISTING, RESOLUTION = 0, 3
HOSTILE = """# Wages <script>alert(1)</script>

Wages <img src="http://example.org/x.png" onerror="alert(2)"> rose by 7 percent in Turin <script src="http://example.org/x.js"></script>.

Pensions ![picture](http://example.org/y.png) rose [by half](http://example.org/z) in Genoa <style>@import url("http://example.org/a.css");</style>.

Holidays <a href="javascript:alert(3)" onclick="alert(4)">grew</a> <iframe src="//example.org"></iframe> &lt;b&gt; in Milan.
"""
NEWS = (
    'Showing 1-1 of 9 results\n\n<img src="http://example.org/x.png"> Strike in Turin\n\n'
    "1 May, 2024<script>alert(5)</script> Workers met in Turin, see http://example.org/n.\n"
)


def _read(here: Visit, n: int) -> None:
    title = here.tab("Documents").page.locator("#catalogue .card h3").nth(n).inner_text()
    here.page.locator("#catalogue .read").nth(n).click()
    expect(here.page.locator("#reading h2").first).to_have_text(title)
    expect(here.page.locator("#reading h2").first).to_be_focused()
    here.settled()


# Documents.


def test_every_document_is_there_to_be_read(here: Visit, served: Served) -> None:
    here.tab("Documents")
    cards = here.page.locator("#catalogue .card")
    expect(cards.locator("h3")).to_have_text([d.title for d in served.assistant.documents.values()])
    assert "10 of 43 results held" in cards.nth(LISTING).inner_text()
    expect(here.page.locator("#find")).to_be_hidden()
    _read(here, RESOLUTION)
    expect(here.page.locator("#reading .passage:not(.lead-in)")).to_have_count(84)
    assert here.seen("#reading h2")


def test_a_document_is_searched_and_one_goes_from_match_to_match(here: Visit) -> None:
    _read(here, RESOLUTION)
    find = here.page.locator("#find input, #find textarea")
    find.fill("climate")
    find.press("Enter")
    here.page.locator("#reading .finds").wait_for()
    marks = here.page.locator("#reading mark")
    said = here.page.locator("#reading .finds").inner_text()
    assert marks.count() > 3
    assert f"{marks.count()} matches" in said
    assert {mark.lower() for mark in marks.all_inner_texts()} == {"climate"}
    here.page.locator(".finds a").click()
    expect(here.page).to_have_url(re.compile("#match-1$"))
    here.settled()
    assert here.seen("#match-1")
    here.page.locator("#match-1").locator("xpath=ancestor::*[contains(@class,'passage')]").locator(
        ".steps a"
    ).last.click()
    expect(here.page).to_have_url(re.compile("#match-2$"))
    here.settled()
    assert here.seen("#match-2")


def test_a_search_for_nothing_that_is_there_says_so(here: Visit) -> None:
    _read(here, LISTING)
    find = here.page.locator("#find input, #find textarea")
    find.fill("<b>zebra</b>")
    find.press("Enter")
    here.page.get_by_text("Nothing in this document matches").wait_for()
    assert "“<b>zebra</b>”" in here.page.locator(".finds").inner_text()


def test_the_contents_lead_to_their_sections(here: Visit) -> None:
    _read(here, RESOLUTION)
    here.page.locator(".contents summary").click()
    link = here.page.locator(".contents a").nth(3)
    target = link.get_attribute("href")
    assert target
    link.click()
    expect(here.page).to_have_url(re.compile(f"{re.escape(target)}$"))
    here.settled()
    assert here.seen(target)


# Timeline.


def _choose(here: Visit, which: str, choice: str) -> None:
    before = here.page.locator("#items caption").inner_text()
    here.page.locator(f"#by-{which} input").click()
    here.page.get_by_role("option").filter(has_text=choice).first.click()
    here.page.wait_for_function("before => document.querySelector('#items caption').innerText !== before", arg=before)


def test_the_timeline_shows_all_items_and_the_gap(here: Visit) -> None:
    here.tab("Timeline")
    expect(here.page.locator("#items tr[id]")).to_have_count(30)
    expect(here.page.locator("#plot a.dot")).to_have_count(30)
    assert here.page.locator("#plot .gap").inner_text().split("\n") == ["2017", "nothing held"]
    assert "2017: nothing held; other items may exist" in here.page.locator("#items .gap").inner_text()


@pytest.mark.parametrize(
    ("which", "choice", "n"), [("year", "2021", 3), ("place", "Cambodia", None), ("listing", "Asia Pacific", 10)]
)
def test_the_timeline_is_filtered(here: Visit, which: str, choice: str, n: int | None) -> None:
    here.tab("Timeline")
    _choose(here, which, choice)
    rows = here.page.locator("#items tr[id]")
    expect(here.page.locator("#plot a.dot")).to_have_count(rows.count())
    assert 0 < rows.count() < 30
    assert n is None or rows.count() == n
    assert all(choice in text for text in rows.all_inner_texts())
    assert f"{rows.count()} of 30 items" in here.page.locator("#items caption").inner_text()


def test_a_shape_leads_to_its_item_and_the_item_to_its_document(here: Visit) -> None:
    here.tab("Timeline").page.locator("#plot a.dot").first.click()
    expect(here.page).to_have_url(re.compile("#."))
    here.settled()
    row = here.page.url.partition("#")[2]
    assert here.seen(f"#{row}")
    here.page.locator(f"#{row} button.read").click()
    expect(here.page.locator("#reading .passage.here")).to_be_focused()
    here.settled()
    assert here.seen("#reading .passage.here")


# Languages.


@pytest.mark.parametrize("code", list(languages()))
def test_the_page_speaks_each_language(here: Visit, code: str) -> None:
    t = texts_in(code)
    here.ask(QUESTION).speak(languages()[code])
    here.page.wait_for_selector(f"html[lang={code}]")
    here.page.get_by_role("tab", name=t("page.timeline"), exact=True).wait_for()
    assert here.page.title() == t("page.title")
    expect(here.page.locator("#header .promise")).to_have_text(t("page.promise"))
    expect(here.page.locator("#ask")).to_have_text(t("ask.button"))
    expect(here.question).to_have_attribute("placeholder", t("ask.placeholder"))
    expect(here.sentences.first).to_contain_text(t("ask.checked"))
    assert here.sentences.first.locator("span").first.get_attribute("lang") == "en"
    here.cite(1)
    assert here.source.locator(".context").get_attribute("lang") == "en"
    expect(here.source.locator(".back")).to_have_text(t("source.back"))
    assert here.page.locator("#talk section").get_attribute("aria-label") == t("ask.conversation")
    here.tab(t("page.timeline"))
    expect(here.page.locator("#plot h2")).to_have_text(t("timeline.heading"))
    here.reload()
    assert here.page.locator("html").get_attribute("lang") == code
    assert here.turns.count() == 1
    expect(here.ask(QUESTION).status).to_have_text(re.compile(f"^{re.escape(t.words['ask.answered'].split('{')[0])}"))


@pytest.mark.parametrize(("locale", "code"), [("es-MX", "es"), ("fr-CA", "fr"), ("id-ID", "id"), ("ja-JP", "en")])
def test_the_browser_chooses_the_language_at_first(browser: Browser, served: Served, locale: str, code: str) -> None:
    with visit(browser, served.url, locale=locale) as here:
        assert here.page.locator("html").get_attribute("lang") == code
        expect(here.page.locator("#ask")).to_have_text(texts_in(code)("ask.button"))
        expect(here.page.locator("#language input:checked")).to_have_attribute("value", code)


# Hostile documents.


def test_hostile_documents_load_and_run_nothing_in_any_tab(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, write_seeds: WriteSeeds, clean_environment: object
) -> None:
    catalog = '["n.txt"]\ntitle = "<img src=http://example.org/t.png>News"\nkind = "listing"\nlanguage = "en"\n'
    seeds = write_seeds({"h.md": HOSTILE, "p.txt": f"{HOSTILE}\nMore.", "n.txt": NEWS}, catalog)
    with desk(tmp_path_factory.mktemp("hostile"), seeds) as served, visit(browser, served.url) as here:
        here.page.on("dialog", lambda dialog: here.complaints.append(dialog.message))
        for question in (
            "Did wages rise in Turin?",
            "Did pensions rise in Genoa?",
            "What grew in Milan?",
            "Strike in Turin?",
        ):
            here.ask(question)
            if here.cites.count():
                here.cite(1).settled(100)
        assert here.page.locator(".turn .cite").count() >= 2
        for n in range(3):
            _read(here, n)
            assert "example.org" in here.page.locator("#reading").inner_text()
        here.tab("Timeline").settled()
        expect(here.page.locator("#items tr[id]")).to_have_count(1)
        bad = ":is(#talk, #source, #catalogue, #reading, #plot, #items, #scope) :is(img, script, style, iframe, a[href*=':'], a[onclick])"
        assert here.page.locator(bad).count() == 0
