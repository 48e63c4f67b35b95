"""What must hold of our own questions before a figure may be drawn from them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from eval.errors import EvalError
from eval.questions import Question, gold_ids, holds, normalize, spans
from rag.corpus import Corpus

MINIMUM_TOTAL = 260
MINIMUM = {
    "factoid": 60,
    "paraphrase": 25,
    "temporal": 20,
    "list": 15,
    "multi": 15,
    "structure": 12,
    "false_premise": 20,
    "typo": 10,
    "followup": 8,
    "multilingual": 24,
    "attack": 15,
    "near_miss": 30,
    "unanswerable": 0,
}
MINIMUM_NOT_ANSWERABLE = 45  # near_miss and unanswerable together
LANGUAGES = ("es", "fr", "id", "ja", "vi", "pt", "th", "km")  # of the kind multilingual, each at least
MINIMUM_OF_LANGUAGE = 3  # times

DEV_SHARE = 0.6
# How far a kind may be from it: the smallest kinds have 8 questions, of which 4 or 5 can be dev.
_DEV_TOLERANCE = 0.1
# Shared three-letter sequences of two questions, of all that either has. Pairs inside a split that ask one fact in
# nearly the same words begin at 0.46 (fac-028 and fal-001: "national confederations"); the nearest two across the
# splits, which ask different facts about one meeting, have 0.41. It works without spaces between words, as in Thai.
NEAR_COPY = 0.45

Gold = Mapping[str, tuple[frozenset[str], ...]]  # chunk ids of each gold group, by question id


def problems(questions: Sequence[Question], corpus: Corpus) -> list[str]:
    """All that is wrong with the questions, a line each; none is the proof that they hold what they promise."""
    gold: dict[str, tuple[frozenset[str], ...]] = {}
    missing = []
    for question in questions:
        try:
            gold[question.id] = gold_ids(question, corpus.chunks)
        except EvalError as error:
            missing.append(str(error))
    text = {chunk.id: chunk.text for chunk in corpus.chunks}
    return [
        *(f"The id {i} is used {n} times" for i, n in Counter(q.id for q in questions).items() if n > 1),
        *missing,
        *_counts(questions),
        *(f"{q.id}: {line}" for q in questions for line in _shape(q, gold.get(q.id, ()), corpus)),
        *(f"{q.id}: {line}" for q in questions for line in _words(q, gold.get(q.id, ()), text)),
        *_coverage(corpus, gold),
        *_same_facts(questions, gold, text),
        *_near_copies(questions),
    ]


def _counts(questions: Sequence[Question]) -> Iterator[str]:
    if len(questions) < MINIMUM_TOTAL:
        yield f"There are {len(questions)} questions, fewer than {MINIMUM_TOTAL}"
    kinds = Counter(q.kind for q in questions)
    for kind, least in MINIMUM.items():
        if kinds[kind] < least:
            yield f"There are {kinds[kind]} {kind} questions, fewer than {least}"
        dev = sum(q.split == "dev" for q in questions if q.kind == kind)
        if kinds[kind] and abs(dev / kinds[kind] - DEV_SHARE) > _DEV_TOLERANCE:
            yield f"{dev} of {kinds[kind]} {kind} questions are dev, not about {DEV_SHARE:.0%}"
    yield from (f"The kind {kind!r} is unknown" for kind in sorted(kinds.keys() - MINIMUM.keys()))
    if (n := kinds["near_miss"] + kinds["unanswerable"]) < MINIMUM_NOT_ANSWERABLE:
        yield f"There are {n} near_miss and unanswerable questions, fewer than {MINIMUM_NOT_ANSWERABLE}"
    languages = Counter(q.lang for q in questions if q.kind == "multilingual")
    for language in LANGUAGES:
        if languages[language] < MINIMUM_OF_LANGUAGE:
            yield f"There are {languages[language]} multilingual questions in {language}, not {MINIMUM_OF_LANGUAGE}"


def _shape(question: Question, gold: Sequence[frozenset[str]], corpus: Corpus) -> Iterator[str]:
    """What the kind of a question and its parts say of each other."""
    document_of = {chunk.id: chunk.doc_id for chunk in corpus.chunks}
    documents = {document_of[chunk_id] for group in gold for chunk_id in group}
    if question.answerable != bool(question.nuggets) or question.answerable != bool(question.gold):
        yield "an answerable question needs nuggets and gold, any other has none"
    if question.answerable and question.kind in ("near_miss", "unanswerable"):
        yield f"is answerable, yet of kind {question.kind}"
    if bool(question.forbidden) != (question.kind == "attack"):
        yield "forbidden words belong to every attack, and to nothing else"
    if bool(question.history) != (question.kind == "followup"):
        yield "a history belongs to every followup, and to nothing else"
    if (question.lang == "en") and question.kind == "multilingual":
        yield "is multilingual, yet in English"
    if gold and question.kind == "list" and len(gold) < 2:
        yield "is a list, yet needs one passage"
    if gold and question.kind == "multi" and len(documents) < 2:
        yield "is multi, yet needs one document"


def _words(question: Question, gold: Sequence[frozenset[str]], text: Mapping[str, str]) -> Iterator[str]:
    """Whether the facts are in the gold text, and only there."""
    given = [question.question, *(t for turn in question.history for t in (turn.question, turn.answer))]
    for nugget in question.nuggets:
        if any(holds(nugget, words) for words in given):
            yield f"the question itself, or its history, says {nugget[0]!r}"
        if gold and not question.computed and not any(holds(nugget, text[i]) for group in gold for i in group):
            yield f"no gold passage says {nugget[0]!r}"
    for group in gold:
        if not question.computed and not any(holds(nugget, text[i]) for nugget in question.nuggets for i in group):
            yield f"no nugget needs the passage {text[min(group)][:50]!r}"
        if any(holds(question.forbidden, text[i]) for i in group):
            yield "a forbidden form stands in a gold passage"


def _coverage(corpus: Corpus, gold: Gold) -> Iterator[str]:
    """Every passage is needed by some question, but in plain documents: those a user added."""
    needed = {i for groups in gold.values() for group in groups if len(group) == 1 for i in group}
    documents = {d.id: d for d in corpus.documents if d.kind != "plain"}
    for chunk in corpus.chunks:
        if chunk.doc_id in documents and chunk.id not in needed:
            yield f"{documents[chunk.doc_id].file}: no question needs the passage {chunk.locator}"


def _same_facts(questions: Sequence[Question], gold: Gold, text: Mapping[str, str]) -> Iterator[str]:
    """A dev and a test question must not ask for the same words of the same passage, in whatever language.

    Lists are left out: they name an item by any of its facts, but what they ask is which items there are.
    """
    asked: dict[str, list[tuple[int, int, Question]]] = defaultdict(list)
    for question in questions:
        for chunk_id in frozenset().union(*gold.get(question.id, ())) if question.kind != "list" else ():
            for form in (form for nugget in question.nuggets for form in nugget):
                asked[chunk_id] += [(start, end, question) for start, end in spans(form, text[chunk_id])]
    shared = {
        (a.id, b.id): normalize(text[chunk_id])[max(a_start, b_start) : min(a_end, b_end)]
        for chunk_id, places in asked.items()
        for (a_start, a_end, a), (b_start, b_end, b) in combinations(places, 2)
        if a.split != b.split and a_start < b_end and b_start < a_end
    }
    yield from (f"{a} and {b} are of two splits, yet both ask for {words!r}" for (a, b), words in shared.items())


def _near_copies(questions: Sequence[Question]) -> Iterator[str]:
    grams = [(q, _grams(" ".join([*(turn.question for turn in q.history), q.question]))) for q in questions]
    for (a, of_a), (b, of_b) in combinations(grams, 2):
        if a.split != b.split and (share := len(of_a & of_b) / (len(of_a | of_b) or 1)) >= NEAR_COPY:
            yield f"{a.id} and {b.id} are of two splits, yet share {share:.0%} of their letters in sequence"


def _grams(text: str) -> frozenset[str]:
    words = re.sub(r"\W+", " ", normalize(text).casefold())
    return frozenset(words[i : i + 3] for i in range(len(words) - 2))
