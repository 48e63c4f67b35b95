"""Questions that lean on the turns before them, worded so that they stand alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.understanding.dates import dates_in
from rag.understanding.numbers import numbers_in
from rag.understanding.request import Turn
from rag.understanding.words import content

_MOST_WORDS = 58
_MOST_OF_ANSWER = 18
_SUBSTANCE = 7  # words of substance with which a question stands alone whatever its pronouns
_OPENS = re.compile(r"^(?:and|but|so|or|also|what about|how about|then)\b[,\s]*", re.IGNORECASE)
_ELLIPSIS = re.compile(
    r"^(?:(?:and |but )?(?:anything|anyone|anybody|who|what|where|why|how|when|which ones?|how many|how much|by whom|"
    r"with whom|since when|until when|tell me|say|more|go|details|really|examples?)"
    r"(?: else| so| not| exactly| more| on| about (?:it|that|them)| then| for example)*)\W*$",
    re.IGNORECASE,
)
# "that" and its like stand for something only where no noun comes before ("the levels that ...") and no clause after.
_PRONOUN = re.compile(
    r"\b(?:they|them|he|she|him|it|its|their|his|her|theirs|those|these)\b"
    r"|(?:^|\b(?:is|was|are|were|does|did|do|about|of|for|in|to|by|after|before|on|with|from|at|than|like|why|how|which"
    r"|what)\s)"
    r"(?:that|this)\b(?!\s+(?:the|a|an|all|every|no|its|their|our|we|they|unions?|workers|resolution|congress)\b)"
    r"|(?<!\bis\s)(?<!\bare\s)(?<!\bwas\s)(?<!\bwere\s)\bthere(?=\s*[?.!]*$)"
    r"|\bthe same (?:one|time|place|year|month|meeting|union|country)\b"
    r"|\bthe (?:other|others|latter|former|second|first) ones?\b",
    re.IGNORECASE,
)
_THAT_TIME = re.compile(r"\b(?:that|the same)\s+(?P<unit>year|month|day)\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_PLACE = r"\b(?:in|at|on|from|about|for)\s+(?:the\s+)?[A-Z][\w’'-]*(?:\s+[A-Z][\w’'-]*)*"


def resolved(question: str, history: Sequence[Turn]) -> tuple[str, bool]:
    """(wording that stands alone, whether it merely carries earlier turns along); a question that needs none is kept.

    "And in 2023?" takes the place of the date in the earlier question, and the result is a question like any other.
    What cannot be put in so is set behind the earlier question and the beginning of its answer, in under 60 words.
    """
    if not history or not depends(question):
        return question, False
    # What the conversation is about was last said by a question that stood alone.
    about = next((turn for turn in reversed(history) if not depends(turn.question)), history[0])
    if replaced := _in_place_of(question, about.question):
        return replaced, False
    said = f"{about.question} {history[-1].answer}"
    timed = _with_time(_OPENS.sub("", question), said)
    timed = timed[:1].upper() + timed[1:]
    answer = _first_words(history[-1].answer, _MOST_OF_ANSWER)
    left = _MOST_WORDS - len(timed.split()) - len(answer.split())
    return " ".join(filter(None, [_first_words(about.question, max(left, 8)), answer, timed])), True


def depends(question: str) -> bool:
    """Whether a question cannot be understood without what was said before it."""
    if _OPENS.match(question) and len(content(question)) < 8:
        return True
    if _ELLIPSIS.match(question):
        return True
    if len(content(question)) >= _SUBSTANCE:
        return bool(_THAT_TIME.search(question) and not _YEAR.search(question))
    for found in _PRONOUN.finditer(question):
        before, after = question[: found.start()], question[found.end() :]
        # Two words of substance before it are enough to refer to; and so is a name soon behind "in his welcome".
        if len(content(before)) < 2 and not re.search(r",\s+(?:the\s+)?[A-Z]", after):
            return True
    return bool(_THAT_TIME.search(question) and not _YEAR.search(question))


def _in_place_of(question: str, earlier: str) -> str:
    """The earlier question with its date, paragraph or place replaced by this question's, if it consists of no more."""
    rest = re.sub(r"^(?:what|how) about\s+", "", _OPENS.sub("", question), flags=re.IGNORECASE).strip(" ?.!")
    if (named := numbers_in(rest)) and not content(named.rest) and (was := numbers_in(earlier)) and not was.points:
        pattern = r"(?:para(?:graph)?s?\.?|¶)\s*\d+"
        return re.sub(pattern, rest, earlier, count=1, flags=re.IGNORECASE) if re.search(pattern, earlier) else ""
    new, old = dates_in(rest), dates_in(earlier)
    if len(new) == 1 and len(old) == 1 and not content(rest[: new[0].start] + rest[new[0].end :]):
        return earlier[: old[0].start] + new[0].words + earlier[old[0].end :]
    if re.fullmatch(_PLACE, rest):
        word = rest.split()[0]
        found = [m for m in re.finditer(_PLACE, earlier) if m.group().split()[0].lower() == word.lower()]
        if found:
            return earlier[: found[-1].start()] + rest + earlier[found[-1].end() :]
    return ""


def _with_time(question: str, said: str) -> str:
    """Put "that year" as the year that was last spoken of, "that month" and "that day" likewise."""
    found = _THAT_TIME.search(question)
    years = _YEAR.findall(said)
    if found is None or not years:
        return question
    if found["unit"].lower() == "year":
        return _THAT_TIME.sub(years[-1], question)
    dates = dates_in(said)
    return _THAT_TIME.sub(dates[-1].words, question) if dates else question


def _first_words(text: str, most: int) -> str:
    words = text.split()
    return " ".join(words) if len(words) <= most else " ".join(words[:most]) + " ..."
