"""The catalog: what it does not name, what is not there, and what is malformed."""

from __future__ import annotations

import re

import pytest
from conftest import WriteSeeds
from documents import LISTING

from rag.corpus import read_corpus
from rag.embedding import count_tokens
from rag.errors import CorpusError


def test_a_file_that_the_catalog_does_not_name_is_read_beside_one_that_it_names(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"a.txt": LISTING, "b.txt": LISTING + "\n"}, '["a.txt"]\nkind = "listing"\ntitle = "News"\n')
    found = read_corpus(folder, count_tokens)
    assert [(d.title, d.kind) for d in found.documents] == [("News", "listing"), ("b", "plain")]


def test_a_file_that_is_in_the_catalog_but_not_there_is_one_line(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"a.txt": "Unions met."}, '["gone.txt"]\ntitle = "Gone"\n')
    found = read_corpus(folder, count_tokens)
    assert found.problems == (f"{folder / 'gone.txt'}: named in catalog.toml but not there",)
    assert len(found.documents) == 1


@pytest.mark.parametrize(
    ("catalog", "said"),
    [
        ('["a.txt"\ntitle = "A"\n', r"cannot be read: .*line 1"),
        ('["a.txt"]\ntitel = "A"\n', r"titel: Extra inputs are not permitted"),
        ('["a.txt"]\nkind = "poem"\n', r"kind: Input should be 'listing', 'resolution', 'article' or 'plain'"),
        ('["a.txt"]\ntitle = 3\n', r"title: Input should be a valid string"),
        ('"a.txt" = "A"\n', r"Input should be a valid dictionary"),
    ],
    ids=["not TOML", "unknown key", "unknown kind", "wrong type", "no table"],
)
def test_a_malformed_catalog_is_one_line_that_says_where(write_seeds: WriteSeeds, catalog: str, said: str) -> None:
    folder = write_seeds({"a.txt": "Unions met."}, catalog)
    path = re.escape(str(folder / "catalog.toml"))
    with pytest.raises(CorpusError, match=rf"^{path}.*{said}.*Mend it, then run: rag index$"):
        read_corpus(folder, count_tokens)


def test_a_malformed_catalog_names_the_entry(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"a.txt": "Unions met."}, '["a.txt"]\ntitle = "A"\n["b.txt"]\nkind = "poem"\n')
    with pytest.raises(CorpusError, match=r"catalog\.toml.*b\.txt"):
        read_corpus(folder, count_tokens)


def test_a_catalog_that_is_not_utf8_is_one_line(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"a.txt": "Unions met.", "catalog.toml": '["a.txt"]\ntitle = "Café"\n'.encode("latin-1")})
    with pytest.raises(CorpusError, match=r"catalog\.toml cannot be read: .*Mend it, then run: rag index$"):
        read_corpus(folder, count_tokens)
