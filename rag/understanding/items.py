"""Questions about the items of the collection: which there are, how many, the newest, and those of a time or topic."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.understanding.cues import DOCUMENTS, EVENT, asked_task
from rag.understanding.dates import Dated, dates_in, days_in, relative_dates_in
from rag.understanding.outline import Outline, day_of, label_of, title_of
from rag.understanding.periods import Period, dated_as
from rag.understanding.places import places_in
from rag.understanding.request import Request, Task
from rag.understanding.words import content, fold, has, stem, stems

_CONTRAST = re.compile(
    r"(?:,?\s*\b(?:rather\s+than|instead\s+of|as\s+opposed\s+to|as\s+against)|,\s*(?:and\s+)?not)\b[^,.?!;]*",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:not|never|without|except|besides|neither|nor|\w+n['’]t|other\s+than|apart\s+from)\b", re.IGNORECASE
)
_WENT_ONLINE = re.compile(
    r"\b(?:go|goes|went|gone|put|came|come|posted|published|appeared|available|been)\s+online\b", re.IGNORECASE
)
_ONLINE = ("online", "virtual", "virtually", "remotely", "webinar", "by video", "zoom")
_EVENT_STEMS = {
    "meet": ("meeting", "met", "meet"),
    "workshop": ("workshop",),
    "event": ("meeting", "met", "workshop", "training", "conference", "seminar", "webinar", "roundtable", "congress"),
    "train": ("training", "trained", "course", "programme"),
    "cours": ("training", "course", "programme"),
    "gather": ("meeting", "met", "gathered", "gathering", "conference"),
}
# What a question about items is made of besides their topic.
_GENERIC = frozenset(
    map(
        stem,
        """news press item story article report piece post entry feature headline publication publish
        release issue print write written site website page web listing collection archive hold held
        keep carry contain hosted organized staged convened place took take taken happen went go come
        came appear date day month year time title total newest latest recent oldest earliest first last
        youngest freshest tell cover deal dealt mention discuss describe concern treat talk speak topic
        subject portray present profile series ran run interview document file text source meeting
        workshop event training conference seminar webinar roundtable gathering session course country
        region name link summary summarise overview briefly exactly currently altogether overall
        available exist old new find found search read related regarding whose focus refer touch there
        number counting one two three four five""".split(),  # noqa: SIM905
    )
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
    dates = (dated,) if dated else dates_in(plain, outline.years) or relative_dates_in(plain, outline.newest)
    if len(dates) > 1:
        return None  # a comparison
    task, noun, count = asked_task(plain, dates[0] if dates else None)
    if task is Task.ANSWER:
        return None
    if re.fullmatch(DOCUMENTS, noun, re.IGNORECASE):
        return _documents(question, plain, outline, task)
    wanted = _wanted(plain, task, noun, dates[0] if dates else None, outline)
    return _selected(question, wanted, outline, count)


def news_in(outline: Outline, periods: tuple[Period, ...]) -> tuple[int, ...]:
    """Rows of the items that are dated within any of some periods."""
    days = {row: day for row in outline.news if (day := day_of(outline.chunks[row]))}
    return tuple(row for row, day in days.items() if any(p.holds(Period(day, day)) for p in periods))


def passages_in(outline: Outline, periods: tuple[Period, ...]) -> tuple[int, ...]:
    """Rows of the passages that are dated within some periods or speak of days that are."""
    found = []
    for row, chunk in enumerate(outline.chunks):
        day = day_of(chunk)
        body = chunk.text.split("\n", 2)[-1] if day else chunk.text
        spoken = days_in(body, day) if day else tuple(p for d in dates_in(body) for p in d.periods)
        own = Period(day, day) if day else dated_as(outline.documents[chunk.doc_id].date)
        if any(p.holds(q) for p in periods for q in (*spoken, *filter(None, [own]))):
            found.append(row)
    return tuple(found)


def _wanted(question: str, task: Task, noun: str, dated: Dated | None, outline: Outline) -> _Wanted:
    rest = f"{question[: dated.start]} {question[dated.end :]}" if dated else question
    label = _label(noun, outline)
    nouns = [stem(word) for word in content(noun)]
    events = tuple(
        dict.fromkeys(w for n in nouns if n in map(stem, EVENT.split("|")) for w in _EVENT_STEMS.get(n, (n,)))
    )
    if not events:
        rest = _WENT_ONLINE.sub(" ", rest)
    if label:
        rest = re.sub(r"\b(?:union|special)\s+(?=profile|report|interview)", " ", rest, flags=re.IGNORECASE)
    topics = list(places_in(rest))
    plain = fold(rest).replace("-", " ")
    for name, _ in topics:
        plain = plain.replace(name, " ")
    for word in content(plain):
        if word in ("online", "virtual", "virtually", "remotely"):
            topics.append((word, _ONLINE))
        elif stem(word) not in _GENERIC and not word.isdigit():
            topics.append((word, (word,)))
    return _Wanted(task, dated, label, events, _in_order(topics, rest), noun)


def _in_order(topics: list[tuple[str, tuple[str, ...]]], text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Topics as they stand in a text; words that stand side by side there are one topic, spelled as typed."""
    plain = fold(text).replace("-", " ")
    found: list[tuple[str, tuple[str, ...]]] = []
    for name, words in sorted(topics, key=lambda topic: plain.find(topic[0])):
        last = found[-1][0].lower() if found else ""
        if words == (name,) and found and found[-1][1] == (last,) and f"{last} {name}" in plain:
            found[-1] = (f"{last} {name}", (f"{last} {name}",))
        else:
            found.append((name, words))
    typed = [(re.search(re.escape(name).replace(r"\ ", r"[\s-]+"), text, re.IGNORECASE), name, w) for name, w in found]
    return tuple((match.group() if match else name, words) for match, name, words in typed)


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
    return words.replace("news items", "news item", 1)


def _documents(question: str, plain: str, outline: Outline, task: Task) -> Request | None:
    """Such as "How many documents do you hold?": the first passage of each stands for it."""
    if any(stem(word) not in _GENERIC for word in content(plain)):
        return None
    first = {chunk.doc_id: row for row, chunk in reversed(list(enumerate(outline.chunks)))}
    rows = tuple(first[doc_id] for doc_id in outline.documents if doc_id in first)
    return Request(question, question, task, rows, True, "documents")


def best_item(words: str, outline: Outline) -> int | None:
    """Row of the item that a few words describe: the one with most of them; None when none has two thirds."""
    wanted = {stem(word) for word in content(words)} - _GENERIC
    if not wanted:
        return None
    scores = {
        row: (len(wanted & set(stems(c.text))), len(wanted & set(stems(title_of(c)))))
        for row in outline.news
        if (c := outline.chunks[row])
    }
    best = max(scores, key=lambda row: scores[row], default=None)
    return best if best is not None and scores[best][0] * 3 >= 2 * len(wanted) else None
