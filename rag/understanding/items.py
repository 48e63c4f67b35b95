"""Questions about the items of the collection: which there are, how many, the newest, and those of a time or topic."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rag.understanding.cues import DOCUMENTS, EVENT, ITEM, asked_task
from rag.understanding.dates import MONTH, Dated, dates_in, relative_dates_in
from rag.understanding.lookup import news_in, passages_in
from rag.understanding.outline import Outline, label_of
from rag.understanding.places import places_in
from rag.understanding.request import Request, Task
from rag.understanding.vocabulary import EVENT_NOUNS, EVENT_WORDS, GENERIC, ONLINE, ONLINE_WORDS
from rag.understanding.words import content, fold, has, stem, stems

_CONTRAST = re.compile(
    r"(?:,?\s*\b(?:rather\s+than|instead\s+of|as\s+opposed\s+to|as\s+against)|,\s*(?:and\s+)?not)\b[^,.?!;]*",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:not|never|without|except|besides|neither|nor|\w+n['’]t|other\s+than|apart\s+from)\b", re.IGNORECASE
)
_WENTONLINE = re.compile(
    r"\b(?:go|goes|went|gone|put|came|come|posted|published|appeared|available|been)\s+online\b", re.IGNORECASE
)
# What is asked of another text than the items is not asked of them.
_OTHER_TEXT = re.compile(
    r"\b(?:in|of|by|from|to|does|did)\s+the\s+(?:[\w'’]+\s+){0,3}?(?:resolution|article|congress|text|paragraph)\b",
    re.IGNORECASE,
)
_MERELY = re.compile(r"\bjust\b(?!\s+transition)", re.IGNORECASE)
_VAGUE = r"(?:items?|features?|pieces?|posts?|entr(?:y|ies)|releases?|sessions?)$"
_HELD_HERE = re.compile(
    r"\byou(?:r)?\b|\b(?:news|listings?|collection|archive|site|website)\b|\b(?:list|show|give|name)\b|\bpublish|\ball\b",
    re.IGNORECASE,
)
_WERE_HELD = re.compile(
    r"\b(?:were|was|been|are|is)\s+(?:held|there|hosted|organi[sz]ed|reported)\b|\btook place\b|\bthere\b", re.I
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The constraints of a question on the items it asks for."""

    task: Task
    dated: Dated | None
    label: str = ""  # "PROFILE"
    events: tuple[str, ...] = ()  # words of which one must stand in the item
    topics: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (as asked, words of which one must stand in it)
    noun: str = ""


def asked_of_items(question: str, outline: Outline, dated: Dated | None = None) -> Request | None:
    """What is asked of the items themselves; None for any other question, the usual case.

    Args:
        question: cleaned, standing alone.
        outline: of the collection.
        dated: a date that was worked out elsewhere ("a week after the report on ..."); default: the question's own.
    """
    if not outline.news and not re.search(rf"\b(?:{DOCUMENTS})\b", question, re.IGNORECASE):
        return None
    plain = _CONTRAST.sub(" ", question)
    if _NEGATED.search(plain):
        return None
    if _OTHER_TEXT.search(plain):
        return None
    dates = (dated,) if dated else dates_in(plain, outline.years) or relative_dates_in(plain, outline.newest)
    if len(dates) == 2 and re.fullmatch(r"\s*(?:and|or|&)\s*(?:in\s+|on\s+)?", plain[dates[0].end : dates[1].start]):
        words = plain[dates[0].start : dates[1].end]
        dates = (Dated(dates[0].start, dates[1].end, (*dates[0].periods, *dates[1].periods), words),)
    if len(dates) > 1:
        return None  # a comparison
    task, noun, count = asked_task(plain, dates[0] if dates else None)
    if task is Task.ANSWER:
        return None
    if re.fullmatch(DOCUMENTS, noun, re.IGNORECASE):
        return _documents(question, plain, outline, task)
    wanted = _wanted(plain, task, noun, dates[0] if dates else None, outline)
    if not _is_meant(plain, wanted):
        return None
    found = _selected(question, wanted, outline, count)
    if found is None and len(places_in(plain)) == len(wanted.topics):  # nothing but places is asked for
        return _of_no_place(question, wanted, outline)
    return found


_NEW = re.compile(r"\b(?:new|last|late|recent|fresh|current|up to date|today|youngest)", re.IGNORECASE)
_OLD = re.compile(r"\b(?:old|earl|first|begin|back|start|initial)", re.IGNORECASE)
_BESIDES = re.compile(r"(?:,|\band)\s+(?:who|whom|whose|where|why|how)\b", re.IGNORECASE)  # what the model must read
_WHATEVER = re.compile(rf"\b(?:{ITEM}|headlines?|titles?|anything|everything|something|stuff)\b", re.IGNORECASE)
_MARKED = re.compile(r"\b(?:(?:union|special)\s+)?(?:profile|report|interview)s?\b", re.IGNORECASE)
_EVENTS = re.compile(rf"\b(?!course)(?:{EVENT})(?:e?s)?\b", re.IGNORECASE)


def meant_of_items(question: str, task: Task, outline: Outline) -> Request | None:
    """What is asked of the items by a question that is known to ask for them, in whatever words.

    Words that no item has are passed over ("pls", "lovely city"), places are not. Where no item has all of the others,
    the request's rows are those that may be meant, and `near` says that meaning has to choose among them.
    """
    if not outline.news or _OTHER_TEXT.search(question):
        return None
    sought = {Task.LATEST: _NEW, Task.EARLIEST: _OLD}.get(task)
    if sought and (_BESIDES.search(question) or not sought.search(question)):
        return None
    dates = dates_in(question, outline.years) or relative_dates_in(question, outline.newest)
    if len(dates) > 1:
        return None
    marked, events = _MARKED.search(question), _EVENTS.search(question)
    noun = marked.group() if marked else events.group() if events else ""
    wanted = _wanted(question, task, noun, dates[0] if dates else None, outline)
    if marked and not wanted.label and marked.group().isupper():
        wanted = replace(wanted, label=marked.group())
    if task in (Task.COUNT, Task.LATEST, Task.EARLIEST):
        wanted = replace(wanted, events=())
    known = {s for row in outline.news for s in stems(outline.chunks[row].text)}
    places = {words for _, words in places_in(question)}
    topics = tuple(t for t in wanted.topics if t[1] in places or any(set(stems(w)) <= known for w in t[1]))
    wanted = replace(wanted, topics=topics)
    if task is Task.LIST and not (wanted.dated or wanted.label or wanted.events or topics):
        return None
    count = (3 if re.search(r"\b(?:items|stories|reports|news|articles|pieces)\b", question, re.I) else 1) * (
        task in (Task.LATEST, Task.EARLIEST)
    )
    if found := _selected(question, wanted, outline, count):
        return found
    apart = replace(wanted, topics=tuple(t for t in topics if t[1] in places))
    rest = _selected(question, apart, outline, 0)
    if rest is None:
        return _of_no_place(question, wanted, outline)
    if rest.problem:
        return None
    return (
        replace(rest, near=True, asked_for=f"{_in_words(apart)} nearest to your question")
        if task is Task.LIST
        else None
    )


def _of_no_place(question: str, wanted: _Wanted, outline: Outline) -> Request | None:
    """That no item is of a place, where a question names one and no item does; None where some item does."""
    places = {words for _, words in places_in(question)}
    apart = replace(wanted, topics=tuple(topic for topic in wanted.topics if topic[1] in places))
    if not apart.topics or apart.events or apart.label or not _WHATEVER.search(question):
        return None
    if _selected(question, apart, outline, 0):
        return None
    in_words = _in_words(apart)
    problem = f"No {_one(in_words)} is in the documents I hold."
    return Request(question, question, wanted.task, asked_for=in_words, problem=problem)


def _is_meant(question: str, wanted: _Wanted) -> bool:
    """Whether words that may mean other things than items ("features", "posts") or ask for all of them really do."""
    if wanted.task is Task.COUNT and wanted.events and not _WERE_HELD.search(question):
        return False
    held = bool(_HELD_HERE.search(question)) or wanted.task in (Task.LATEST, Task.EARLIEST) or bool(wanted.dated)
    vague = bool(re.match(_VAGUE, wanted.noun, re.IGNORECASE))
    return held or not (vague or not (wanted.topics or wanted.label or wanted.events))


def _wanted(question: str, task: Task, noun: str, dated: Dated | None, outline: Outline) -> _Wanted:
    rest = _MERELY.sub(" ", f"{question[: dated.start]} {question[dated.end :]}" if dated else question)
    label = _label(noun, outline)
    nouns = [stem(word) for word in content(noun)]
    events = tuple(dict.fromkeys(w for n in nouns if n in EVENT_NOUNS for w in EVENT_WORDS.get(n, (n,))))
    if not events:
        rest = _WENTONLINE.sub(" ", rest)
    if label:
        rest = re.sub(r"\b(?:union|special)\s+(?=profile|report|interview)", " ", rest, flags=re.IGNORECASE)
    topics = list(places_in(rest))
    plain = fold(rest).replace("-", " ")
    for name, _ in topics:
        plain = plain.replace(name, " ")
    for word in content(plain):
        if not events and stem(word) in EVENT_NOUNS:
            topics.append((word, EVENT_WORDS.get(stem(word), (word,))))
        elif word in ONLINE_WORDS:
            topics.append((word, ONLINE))
        elif stem(word) not in GENERIC and not word.isdigit() and not (dated and re.fullmatch(MONTH, word, re.I)):
            topics.append((word, (word,)))
    return _Wanted(task, dated, label, events, _in_order(topics, rest), noun)


def _in_order(topics: list[tuple[str, tuple[str, ...]]], text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Topics as they stand in a text; words that stand side by side there are one topic, spelled as typed."""
    plain = fold(text).replace("-", " ")
    either = re.compile(r"\bor (?:the |in |on |about )*$")
    found: list[tuple[str, tuple[str, ...]]] = []
    for name, words in sorted(topics, key=lambda topic: plain.find(topic[0])):
        last = found[-1][0].lower() if found else ""
        if words == (name,) and found and found[-1][1] == (last,) and f"{last} {name}" in plain:
            found[-1] = (f"{last} {name}", (f"{last} {name}",))
        elif found and either.search(plain[: plain.find(name)]):
            found[-1] = (f"{found[-1][0]} or {name}", (*found[-1][1], *words))
        else:
            found.append((name, words))
    typed = [(re.search(re.escape(name).replace(r"\ ", r"[\s-]+"), text, re.IGNORECASE), name, w) for name, w in found]
    return tuple((m.group() if m else name.title().replace(" Or ", " or "), words) for m, name, words in typed)


def _label(noun: str, outline: Outline) -> str:
    """The mark in capitals that titles of this kind bear; "" for "reports", which may be any items."""
    words = [word for word in content(noun) if stem(word) not in ("news", "union", "special")]
    marks = {word for row in outline.news for word in content(label_of(outline.chunks[row]))}
    found = next((m.upper() for m in marks if any(stem(m) == stem(w) for w in words)), "")
    if found == "REPORT":
        return "SPECIAL REPORT" if re.match("special", noun, re.IGNORECASE) else ""
    return found


def _selected(question: str, wanted: _Wanted, outline: Outline, count: int) -> Request | None:
    rows = news_in(outline, wanted.dated.periods) if wanted.dated else outline.news
    if wanted.events and wanted.dated:
        rows = tuple(r for r in passages_in(outline, wanted.dated.periods) if r in set(outline.news))
    rows = tuple(row for row in rows if wanted.label in label_of(outline.chunks[row]))
    in_words = _in_words(wanted)
    if not rows:
        if wanted.topics or wanted.events:
            return None
        return Request(
            question,
            question,
            wanted.task,
            asked_for=in_words,
            problem=f"No {_one(in_words)} is in the documents I hold.",
        )
    rows = tuple(row for row in rows if _matches(outline.chunks[row].text, wanted))
    if not rows:
        return None
    days = {row: outline.chunks[row].date for row in rows}
    ordered = sorted(rows, key=lambda row: days[row], reverse=wanted.task is not Task.EARLIEST)
    if count:
        cut = days[ordered[min(count, len(ordered)) - 1]]
        ordered = [row for i, row in enumerate(ordered) if i < count or days[row] == cut]
    return Request(question, question, wanted.task, tuple(ordered), True, in_words)


def _matches(text: str, wanted: _Wanted) -> bool:
    words = set(stems(text))
    needed = [wanted.events] if wanted.events else []
    needed += [alternatives for _, alternatives in wanted.topics]
    # The words of a name stand side by side; those of a topic ("wages of metalworkers") need not.
    return all(
        any(set(stems(a)) <= words and (len(alternatives) == 1 or has(text, a)) for a in alternatives)
        for alternatives in needed
    )


def _in_words(wanted: _Wanted) -> str:
    words = f"news items titled {wanted.label}" if wanted.label else "news items"
    if wanted.dated:
        words += f" dated {wanted.dated.words}"
    if wanted.events or wanted.topics:
        events = wanted.noun.lower() if wanted.noun.endswith("s") else f"{wanted.noun.lower()}s"
        said = [events] * bool(wanted.events) + [f"“{name}”" for name, _ in wanted.topics]
        words += f" that mention {', '.join(said[:-1])}{' and ' if said[1:] else ''}{said[-1]}"
    return words


def _one(words: str) -> str:
    return words.replace("news items", "news item", 1).replace(" that mention ", " that mentions ")


def _documents(question: str, plain: str, outline: Outline, task: Task) -> Request | None:
    """Such as "How many documents do you hold?": the first passage of each stands for it."""
    if any(stem(word) not in GENERIC for word in content(plain)):
        return None
    first = {chunk.doc_id: row for row, chunk in reversed(list(enumerate(outline.chunks)))}
    rows = tuple(first[doc_id] for doc_id in outline.documents if doc_id in first)
    return Request(question, question, task, rows, True, "documents")
