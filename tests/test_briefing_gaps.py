"""What is not covered: computed lines, and questions whose nearest passage states no answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from desk import assistant_over, opened_index
from fakes import ScriptedGenerator

from rag.absent import AbsentGenerator
from rag.assistant import Assistant
from rag.briefing.gaps import gaps, searched_in_vain
from rag.briefing.records import Order, Outline, Planned
from rag.errors import ModelError
from rag.index import Index
from rag.texts import texts_in
from rag.types import Hit, Progress, Span

T = texts_in("en")
NEWS, REGION, FEATURES, RESOLUTION, ARTICLE = range(5)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """An index of the real documents, made with the stand-in for the embedding model."""
    with opened_index(tmp_path_factory.mktemp("index")) as index:
        yield index


def outline_on(index: Index, *documents: int, **order: object) -> Outline:
    """An outline that draws on the first passage of each of these documents."""
    ids = list(index.store.documents)
    planned = []
    for n in documents:
        chunk = index.store.chunks(index.store.rows_in([ids[n]])[:1]).popitem()[1]
        span = Span(chunk.doc_id, chunk.id, chunk.start, chunk.end, chunk.text)
        planned.append(Planned(Hit(chunk, 0.5, 1), span, "A speaker", "A theme"))
    chosen = tuple(ids[n] for n in order.pop("chosen", ()))  # type: ignore[attr-defined]
    return Outline(Order("youth quota", documents=chosen, **order), tuple(planned), 121)


def lines(index: Index, outline: Outline, language: str = "en") -> tuple[str, ...]:
    assistant = assistant_over(index, ScriptedGenerator())
    return gaps(outline.order, outline, assistant, texts_in(language), in_vain=())


def vain(assistant: Assistant, outline: Outline) -> tuple[list[Progress], tuple[str, ...]]:
    """(what was yielded, what was returned)."""
    steps, seen = searched_in_vain(outline.order, outline, assistant), []
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as end:
            return seen, end.value


def test_listings_that_it_draws_on_say_what_they_hold(index: Index) -> None:
    found = lines(index, outline_on(index, NEWS, RESOLUTION, chosen=(NEWS, RESOLUTION)))
    assert found == (
        "“IndustriALL news: South East Asia and Japan” is one page of a longer list: 10 of 43 results are held. "
        "Other items may exist.",
    )


def test_years_without_items_are_told_between_the_oldest_and_the_newest(index: Index) -> None:
    found = lines(index, outline_on(index, FEATURES, chosen=(FEATURES,)))
    assert found[1:] == (
        "Between the oldest and the newest news item that were searched, none is held from 2017. "
        "Other items may exist.",
    )
    assert lines(index, outline_on(index, FEATURES, chosen=(FEATURES,), since="2018-01-01"))[1:] == ()


def test_documents_that_were_searched_and_not_used_are_named(index: Index) -> None:
    found = lines(index, outline_on(index, RESOLUTION, chosen=(RESOLUTION, ARTICLE)))
    title = "Trade unions and labour migration: training in Kathmandu, May 2018"
    assert found == (f"“{title}” was searched, too, but none of its passages was among those chosen for this topic.",)
    assert len(lines(index, outline_on(index, RESOLUTION))) == 4  # with none ticked, all were searched


def test_an_outline_without_passages_tells_of_all_listings_and_names_no_document(index: Index) -> None:
    found = lines(index, outline_on(index))
    assert [line.partition("”")[0] for line in found[:3]] == [
        "“IndustriALL news: South East Asia and Japan",
        "“IndustriALL news: Asia Pacific",
        "“IndustriALL features: profiles and reports",
    ]
    assert not any("was searched, too" in line for line in found)


def test_each_question_is_put_to_its_nearest_passages_until_one_may_answer_it(index: Index) -> None:
    generator = ScriptedGenerator(probed=True)
    law, deadline, payer = (0.11, 0.0, 0.1), (0.0, 0.0, 0.0), (0.03, 0.01, 0.58)
    generator.probabilities.extend((0.9, *law, 0.12, *deadline, *payer, 0.6, 0.02, 0.5))
    assistant, outline = assistant_over(index, generator), outline_on(index, NEWS)
    seen, found = vain(assistant, outline)
    assert found == ("law", "deadline")
    assert len(seen) == len(generator.gate_prompts) == 14
    assert "How much does youth quota cost?" in generator.gate_prompts[0].user
    assert len(assistant.line) == 0


def test_what_was_not_found_is_one_line_that_denies_nothing(index: Index) -> None:
    outline = outline_on(index, NEWS, chosen=(NEWS,))
    assistant = assistant_over(index, ScriptedGenerator(probed=True, yes=0.0))
    *_, last = gaps(outline.order, outline, assistant, T)
    assert last == (
        "Searched for on this topic and not found in the documents I hold: what it costs, which laws or conventions "
        "apply, how many people it concerns, by when it is to be done, who pays for it, which companies it concerns, "
        "or which countries it concerns. They may say it in other words."
    )
    *_, last = gaps(outline.order, outline, assistant, T, in_vain=["cost"])
    assert "not found in the documents I hold: what it costs. " in last


@pytest.mark.parametrize(
    "generator",
    [ScriptedGenerator(probed=False, yes=0.0), AbsentGenerator("There is no model. Run: rag models --fetch")],
)
def test_a_model_without_a_probe_is_asked_nothing(index: Index, generator: ScriptedGenerator) -> None:
    outline = outline_on(index, NEWS, chosen=(NEWS,))
    assistant = assistant_over(index, generator)
    assert vain(assistant, outline) == ([], ())
    assert len(gaps(outline.order, outline, assistant, T)) == 1


def test_a_topic_that_is_not_covered_is_not_asked_about(index: Index) -> None:
    generator = ScriptedGenerator(probed=True, yes=0.0)
    assert vain(assistant_over(index, generator), outline_on(index)) == ([], ())
    assert generator.gate_prompts == []


def test_only_ticked_documents_and_recent_items_are_read(index: Index) -> None:
    generator = ScriptedGenerator(probed=True, yes=1.0)
    outline = outline_on(index, FEATURES, chosen=(FEATURES,), since="2030-01-01")
    assert vain(assistant_over(index, generator), outline) == ([], ())
    outline = outline_on(index, FEATURES, chosen=(FEATURES,), since="2022-06-01")
    vain(assistant_over(index, generator), outline)
    assert len(generator.gate_prompts) == 7
    assert all("Rose Omamo" in prompt.user for prompt in generator.gate_prompts)  # the only item since


def test_it_can_be_stopped_before_the_next_passage(index: Index) -> None:
    generator = ScriptedGenerator(probed=True)
    assistant, outline = assistant_over(index, generator), outline_on(index, NEWS)
    steps = searched_in_vain(outline.order, outline, assistant)
    next(steps)
    next(steps)
    steps.close()
    assert len(generator.gate_prompts) == 1
    assert len(assistant.line) == 0


def test_a_model_that_fails_is_told_and_its_place_is_freed(index: Index) -> None:
    class Broken(ScriptedGenerator):
        def answerable(self, prompt: object) -> float:
            raise ModelError("The server does not answer.")

    assistant, outline = assistant_over(index, Broken(probed=True)), outline_on(index, NEWS)
    with pytest.raises(ModelError, match="does not answer"):
        gaps(outline.order, outline, assistant, T)
    assert len(assistant.line) == 0
