"""The questions that the page offers, asked of the real models: all are answered, wholly supported, from right places."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import gate
from rag.assistant import Assistant
from rag.texts import languages, texts_in
from rag.types import Support
from rag.ui.header import EXAMPLES, questions

FROM_2021 = {"3 May 2021", "7 May 2021", "11 May 2021"}
FROM_2023 = {
    *("20 February 2023", "19 April 2023", "23 May 2023", "7 June 2023"),
    *("19 September 2023", "4 October 2023", "7 November 2023", "9 November 2023"),
}
HOLDING_TO_ACCOUNT = {f"¶54, {n} point" for n in ("1st", "2nd", "3rd", "4th", "5th")}
CITED = {  # what the answers cite, by language, in the order of the page
    "en": [{"¶31"}, {"17 September 2024"}, HOLDING_TO_ACCOUNT, FROM_2021, {"¶29"}, {"¶27"}],
    "es": [{"¶31"}, {"17 September 2024"}, FROM_2021, FROM_2023, {"¶37"}, {"¶27"}],
    "fr": [{"¶31"}, {"¶18"}, FROM_2021, FROM_2023, {"¶37"}, {"¶27"}],
    "id": [{"¶18"}, {"¶32, 6th point"}, FROM_2021, FROM_2023, {"¶27"}, {"25 October 2024"}],
}


def asked_in(language: str) -> list[str]:
    """The examples of all groups in a language."""
    return [question for group in EXAMPLES for question in questions(group, texts_in(language))]


@pytest.fixture(scope="module")
def own_gate() -> Iterator[None]:
    """The product as it is delivered: with its own gate."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "FILE", Path(gate.__file__).with_name("gate.json"))
        gate._models.cache_clear()
        yield
    gate._models.cache_clear()


def test_every_example_has_its_places() -> None:
    assert {language: len(asked_in(language)) for language in languages()} == {k: len(v) for k, v in CITED.items()}


@pytest.mark.model
@pytest.mark.usefixtures("own_gate")
@pytest.mark.parametrize(
    ("question", "places"),
    [
        pytest.param(question, places, id=f"{language}-{n}")
        for language in languages()
        for n, (question, places) in enumerate(zip(asked_in(language), CITED[language], strict=True), start=1)
    ],
)
def test_an_example_is_answered_from_the_right_places(question: str, places: set[str], assistant: Assistant) -> None:
    answer = assistant.ask(question)
    told = (
        f"{question}\n{answer.refused or answer.text}\n{[(s.text, s.checks) for s in answer.sentences if not s.shown]}"
    )
    assert not answer.refused, told
    assert answer.sentences, told
    assert all(sentence.support is Support.SUPPORTED and sentence.shown for sentence in answer.sentences), told
    locators = {hit.chunk.id: hit.chunk.locator for hit in answer.hits}
    assert all(sentence.spans for sentence in answer.sentences), told
    assert {locators[span.chunk_id] for span in answer.citations} == places, told
    for span in answer.citations:
        assert assistant.documents[span.doc_id].text[span.start : span.end] == span.quote
