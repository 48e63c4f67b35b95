"""The article: paragraphs are kept, captions are not."""

from __future__ import annotations

import pytest
from documents import ARTICLE, chunks_of, document_of

from rag.corpus import Corpus
from rag.corpus.article import parse_article
from rag.errors import CorpusError


def test_the_article_has_seven_paragraphs_and_no_captions(corpus: Corpus) -> None:
    document, chunks = document_of(corpus, ARTICLE), chunks_of(corpus, ARTICLE)
    assert document.notes == {"paragraphs": 7}
    assert [chunk.locator for chunk in chunks] == [f"paragraph {n}" for n in range(1, 8)]
    assert [chunk.text.split()[0] for chunk in chunks] == ["Unions", "Unions", "At", "The", "Other", "The", "Eighteen"]
    # two pictures side by side have their captions in one line: "group panoramaASEAN and Jordan working group"
    assert "group photo" not in document.text
    assert "panorama" not in document.text
    assert "Jordan working group" not in document.text


def test_an_article_of_captions_only_is_refused() -> None:
    with pytest.raises(CorpusError, match="no paragraph was found, only captions"):
        parse_article("group photo\n\nthe president\n")


@pytest.mark.parametrize("short", ["They won.", "“They won.”", "Who won?", "They won (twice).)", "They won…"])
def test_a_short_paragraph_with_the_end_of_a_sentence_is_no_caption(short: str) -> None:
    assert parse_article(f"{short}\n").text == f"{short}\n\n"


def test_a_long_paragraph_without_a_full_stop_is_no_caption() -> None:
    assert [p.locator for p in parse_article("one " * 12 + "\n\n" + "one " * 13).pieces] == ["paragraph 1"]
