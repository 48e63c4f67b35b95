"""The words of the page: the same keys and places in every language, and all of them used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import takewhile
from pathlib import Path
from string import Formatter
from typing import get_args, get_type_hints

import pytest
from babel import Locale

from rag import checks
from rag.briefing.records import Audience
from rag.corpus.catalog import Entry
from rag.feedback import Reason
from rag.texts import DEFAULT, languages, texts_in
from rag.ui import header, page

PACKAGE = Path(header.__file__).parents[1]
EVERY = ("en", "es", "fr", "id")
FOREIGN = EVERY[1:]
FORMS = ("zero", "one", "two", "few", "many", "other")
ENGLISH = texts_in(DEFAULT).words
SECTIONS = {key.partition(".")[0] for key in ENGLISH}

# What stands behind a key that code puts together, f"kinds.{…}": the ends it can have.
FAMILIES = {
    "ask.": {"answered", "refused", "again", "conversation", "copied", "searching", "stopped", "cut_off", "anew"},
    "briefing.discussion.": {
        f"{audience.name.lower()}.{kind}_{n}"
        for audience in Audience
        for kind in ("figure", "demand", "commitment", "event", "view")
        for n in ((1, 2, 3) if kind == "view" else (1, 2))
    },
    "briefing.gaps.asked.": {"cost", "law", "people", "deadline", "payer", "companies", "countries"},
    "briefing.handout.": {
        *("in_brief", "says", "timeline", "figures", "discuss", "quiz", "gaps", "sources", "appendix", "uncovered"),
        *("what", "kind", "stands"),
    },
    "briefing.handout.audience.": {audience.name.lower() for audience in Audience},
    "briefing.handout.kinds.": {"number", "date", "organisation"},
    "briefing.page.as_": {"docx", "pdf", "html", "pptx", "md"},
    "briefing.page.for_": {audience.name.lower() for audience in Audience},
    "checks.": {*checks.NAMES, "answer"},
    "examples.group.": set(header.EXAMPLES),
    "examples.": {f"{group}.{n}" for group in header.EXAMPLES for n in (1, 2)},
    "feedback.": {reason.value for reason in Reason},
    "kinds.": set(get_args(get_type_hints(Entry)["kind"])),
    "page.": {"title", *page._FILTERS},
    "timeline.": {"date", "title", "places", "listing"},
    "timeline.regions.": {"asia_pacific", "middle_east"},
}
BY_TEXTS = {"language.name", "language.locale"}  # looked up by `Texts` itself
NO_KEYS = {"briefing."}  # f"briefing.{kind}" is the name of a file

# Words that are alike in two languages, or names. Whatever is no word at all ("{n}–{m}") is alike in all of them.
FORMATS = {"briefing.page.as_docx", "briefing.page.as_md"}
ALIKE = {
    "es": {"page.title", *FORMATS},
    "fr": {
        "page.title",
        "page.documents",
        "page.documents_held.one",
        "page.documents_held.other",
        "ask.conversation",
        "kinds.article",
        "kinds.plain",
        "source.title",
        "documents.heading",
        "documents.passages.one",
        "documents.passages.other",
        "timeline.date",
        "export.file",
        "export.sources",
        *FORMATS,
        "briefing.handout.note",
        "briefing.handout.sources",
        "briefing.handout.kinds.date",
        "briefing.handout.kinds.organisation",
        "briefing.page.length.one",
        "briefing.page.length.other",
    },
    "id": {"page.title", *FORMATS},
}


def base(key: str) -> str:
    """A key without its plural form."""
    stem, _, form = key.rpartition(".")
    return stem if form in FORMS else key


def places(words: str) -> set[str]:
    """The {names} in words."""
    return {name for _, name, _, _ in Formatter().parse(words) if name is not None}


def every_text() -> Iterator[tuple[str, str, str]]:
    """(language, key, words) of all words in all languages."""
    for language in EVERY:
        for key, words in texts_in(language).words.items():
            yield language, key, words


@cache
def said_in_code() -> tuple[set[str], set[str]]:
    """(strings that stand whole in the code of the package, beginnings of the keys that it puts together)."""
    whole, begun = set(), set()
    for path in PACKAGE.rglob("*.py"):
        module = ast.parse(path.read_text(encoding="utf-8"))
        constants = {
            target.id: node.value.value
            for node in module.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(module):
            if isinstance(node, ast.JoinedStr):
                known = "".join(takewhile(bool, (beginning(part, constants) for part in node.values)))
                if re.fullmatch(r"([a-z]+\.)+([a-z]+_)?", known) and known.partition(".")[0] in SECTIONS:
                    begun.add(known)
                elif all(beginning(part, constants) for part in node.values):
                    whole.add(known)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
    return whole, begun


def beginning(part: ast.expr, constants: Mapping[str, object]) -> str:
    """What a part of an f-string says: a text, or the name of a constant of its module; "" when it is neither."""
    if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name):
        return str(constants.get(part.value.id, ""))
    return str(part.value) if isinstance(part, ast.Constant) else ""


def test_the_languages_call_themselves_by_their_own_names() -> None:
    assert languages() == {"en": "English", "es": "Español", "fr": "Français", "id": "Bahasa Indonesia"}


@pytest.mark.parametrize("language", FOREIGN)
def test_every_language_has_the_keys_of_english(language: str) -> None:
    here = {base(key) for key in texts_in(language).words}
    english = {base(key) for key in ENGLISH}
    assert here - english == set()
    assert english - here == set()


@pytest.mark.parametrize("language", EVERY)
def test_plural_forms_are_those_that_the_language_has(language: str) -> None:
    words = texts_in(language).words
    rule = Locale(language).plural_form
    plural = {base(key) for key in ENGLISH if base(key) != key}
    assert plural
    for key in plural:
        forms = {form for form in FORMS if f"{key}.{form}" in words}
        assert key not in words
        assert "other" in forms
        assert forms <= {*rule.tags, "other"}
        assert {rule(n) for n in range(2000)} <= forms
    assert not [key for key in words if base(key) != key and base(key) not in plural]


@pytest.mark.parametrize("language", EVERY)
def test_every_text_has_the_places_of_english(language: str) -> None:
    for key, words in texts_in(language).words.items():
        english = ENGLISH.get(key) or ENGLISH[f"{base(key)}.other"]
        assert places(words) == places(english), key


@pytest.mark.parametrize("language", FOREIGN)
def test_nothing_is_left_in_english(language: str) -> None:
    alike = {
        key
        for key, words in texts_in(language).words.items()
        if words == ENGLISH.get(key) and re.search("[a-z]", re.sub(r"\{\w+\}", "", words))
    }
    assert alike == ALIKE[language]


def test_no_text_is_empty_or_has_stray_spaces_or_markup() -> None:
    for language, key, words in every_text():
        where = f"{language}: {key}"
        assert re.search(r"\w", words), where
        assert words == words.strip(), where
        assert "  " not in words, where
        assert not re.search("[<>&\"'`\\\\]|\\.\\.\\.", words), where
        assert words.isprintable() or set(re.findall(r"[^\S ]", words)) <= {"\u00a0", "\u202f"}, where


def test_quotation_marks_and_brackets_are_balanced() -> None:
    for language, key, words in every_text():
        for opening, closing in ("“”", "«»", "()", "{}"):
            assert re.sub(f"[^{opening}{closing}]", "", words).replace(opening + closing, "") == "", (language, key)
        marks = {"fr": "«»", "en": "“”", "es": "“”", "id": "“”"}[language]
        assert not set(words) & (set("“”«»„‘") - set(marks)), (language, key)


def test_french_has_its_spaces() -> None:
    for key, words in texts_in("fr").words.items():
        assert not re.search(r"(?<!\u202f)[;!?]", words), key
        assert not re.search(r"(?<!\u00a0)[:»]|«(?!\u00a0)", words), key


def test_spanish_opens_its_questions() -> None:
    for key, words in texts_in("es").words.items():
        assert words.count("¿") == words.count("?"), key
        assert words.count("¡") == words.count("!"), key
    assert texts_in("es")("feedback.what").startswith("¿")


def test_every_key_that_is_used_exists() -> None:
    whole, begun = said_in_code()
    keys = {base(key) for key in ENGLISH}
    called = {
        found
        for path in PACKAGE.rglob("*.py")
        for found in re.findall(r"""\bt\(\s*["']([a-z_.]+)["']""", path.read_text(encoding="utf-8"))
    }
    looking = {said for said in whole if re.fullmatch(r"[a-z]+(\.[a-z_]+)+", said)}
    looking = {
        said
        for said in looking
        if said.partition(".")[0] in SECTIONS and Path(said).suffix not in (".js", ".png", ".html", ".css")
    }
    assert len(called) > 50
    assert called <= looking
    assert {key for key in looking - keys - begun if not any(other.startswith(f"{key}.") for other in keys)} == set()
    assert begun - NO_KEYS == set(FAMILIES)
    assert {prefix + end for prefix, ends in FAMILIES.items() for end in ends} - keys == set()


def test_every_key_that_exists_is_used() -> None:
    whole, _ = said_in_code()
    put_together = {prefix + end for prefix, ends in FAMILIES.items() for end in ends}
    assert {base(key) for key in ENGLISH} - whole - put_together - BY_TEXTS == set()


@pytest.mark.parametrize("language", EVERY)
def test_every_group_has_two_examples(language: str) -> None:
    asked = [header.questions(group, texts_in(language)) for group in header.EXAMPLES]
    assert [len(questions) for questions in asked] == [2, 2, 2]
    assert len({question for questions in asked for question in questions}) == 6
    assert all(question.endswith("?") for questions in asked for question in questions)
