"""Questions that lean on the turns before them, worded so that they stand alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.understanding.dates import dates_in
from rag.understanding.numbers import in_digits, numbers_in
from rag.understanding.request import Turn
from rag.understanding.words import content, stem, stems

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
_CHAT = re.compile(r"^(?:good|great|ok|okay|thanks|thank you|fine|right|yes|sure)\b[.,!\s]*", re.IGNORECASE)
_STEP = re.compile(
    r"(?:the\s+)?(?:next|following|previous|preceding|prior)(?:\s+(?P<unit>one|paragraph|para|point|year|month))?"
    r"|(?:the\s+)?(?P<unit2>one|paragraph|para|point|year|month)\s+(?:before|after)(?:\s+(?:that|it|this))?",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
    r"(?:the\s+)?(?P<nth>first|second|third|fourth|fifth|sixth|seventh|eighth|last)(?:\s+(?:one|point))?", re.IGNORECASE
)
_NTH_POINT = re.compile(
    r"(?P<before>)\b(?P<n>\d+)(?:st|nd|rd|th)(?P<after>\s+(?:point|bullet|pledge|commitment)\b)", re.IGNORECASE
)
_PARAGRAPH = re.compile(r"(?P<before>(?:para(?:graph)?s?\.?|¶|no\.?|nr\.?)\s*)(?P<n>\d+)(?P<after>)", re.IGNORECASE)
_PLACE = r"\b(?:in|at|on|from|about|for)\s+(?:the\s+)?[A-Z][\w’'-]*(?:\s+[A-Z][\w’'-]*)*"


def resolved(question: str, history: Sequence[Turn]) -> tuple[str, bool]:
    """(wording that stands alone, whether it merely carries earlier turns along); a question that needs none is kept.

    "And in 2023?" takes the place of the date in the earlier question, and the result is a question like any other.
    What cannot be put in so is set behind the earlier question and the beginning of its answer, in under 60 words.
    """
    if not history or not depends(question):
        return question, False
    # What the conversation is about was last said by a question that stood alone, or that rules can make stand alone.
    about = next((turn for turn in reversed(history) if not depends(turn.question)), history[0])
    spoken = about.question
    for turn in history[history.index(about) + 1 :]:
        spoken = _in_place_of(turn.question, spoken) or spoken
    if replaced := _in_place_of(question, spoken):
        return replaced, False
    said = f"{about.question} {history[-1].answer}"
    timed = _with_time(_OPENS.sub("", question), said)
    timed = timed[:1].upper() + timed[1:]
    answer = _first_words(history[-1].answer, _MOST_OF_ANSWER)
    left = _MOST_WORDS - len(timed.split()) - len(answer.split())
    return " ".join(filter(None, [_first_words(about.question, max(left, 8)), answer, timed])), True


def is_rewording(said: str, question: str, history: Sequence[Turn]) -> bool:
    """Whether a text is a question of ours that stands alone: it adds nothing that was not said, and loses little."""
    spoken = " ".join(word for turn in history for word in (turn.question, turn.answer))
    new = set(map(stem, content(said)))
    if not new or len(said.split()) > _MOST_WORDS or depends(said):
        return False
    asked = set(map(stem, content(question)))
    strange = new - asked - set(stems(spoken))
    return (
        len(strange) <= 1
        and len(asked & new) >= 0.5 * len(asked)
        and said.strip(" ?").lower() != question.strip(" ?").lower()
    )


def depends(question: str) -> bool:
    """Whether a question cannot be understood without what was said before it."""
    if _OPENS.match(question) and len(content(question)) < 8:
        return True
    if _ELLIPSIS.match(question) or _STEP.fullmatch(_CHAT.sub("", question).strip(" ?.!")):
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
    rest = re.sub(r"^(?:what|how) about\s+", "", _OPENS.sub("", _CHAT.sub("", question)), flags=re.IGNORECASE).strip(
        " ?.!"
    )
    if stepped := _stepped(rest, earlier):
        return stepped
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


def _stepped(rest: str, earlier: str) -> str:
    """The earlier question moved on to "the next paragraph", "the one before that", "the second", "the year before"."""
    if found := _ANOTHER.fullmatch(rest):
        digits = in_digits(earlier)
        return _NTH_POINT.sub(found["nth"] + r"\g<after>", digits, count=1) if _NTH_POINT.search(digits) else ""
    found = _STEP.fullmatch(rest)
    if found is None:
        return ""
    step = -1 if re.search("before|previous|preceding|prior", found.group(), re.IGNORECASE) else 1
    unit = (found["unit"] or found["unit2"] or "one").lower()
    dates = dates_in(earlier)
    if len(dates) == 1 and unit in ("year", "month", "one"):
        whole = re.fullmatch(r"(?:19|20)\d\d", dates[0].words)
        months = 12 if unit == "year" or (unit == "one" and whole) else 1
        moved = dates[0].periods[0].moved(months=step * months)
        words = str(moved.first.year) if whole else f"{moved.first:%B %Y}"
        return earlier[: dates[0].start] + words + earlier[dates[0].end :]
    digits = in_digits(earlier)
    for pattern in (_NTH_POINT, _PARAGRAPH):
        if unit in ("year", "month") or (unit.startswith("para") and pattern is _NTH_POINT):
            continue
        number = pattern.search(digits)
        if number and int(number["n"]) + step < 1:
            return ""  # nothing comes before the first
        if number:
            text = f"{number['before']}{int(number['n']) + step}"
            ending = "th " if pattern is _NTH_POINT else ""  # read as a number, whatever its ending
            return f"{digits[: number.start()]}{text}{ending}{number['after'].lstrip()}{digits[number.end() :]}".strip()
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
