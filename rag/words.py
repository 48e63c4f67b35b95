"""Words as the checks compare them: one spelling, number words in digits, stems, clauses. Pure and cached."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer
from text_to_num import alpha2digit

_STEMMER = snowballstemmer.stemmer("english")
_CURRENCY = r"(?:yen|us|usd|eur|gbp|jpy|rs|inr|php|thb|idr|myr)"
_WORD = re.compile(
    rf"(?!{_CURRENCY}\d)[^\W\d_]+\d+[^\W\d_]\w*"  # SEA2PAC, but not YEN8
    r"|\d+(?:[.,:]\d+)*(?:st|nd|rd|th)?(?!\w)|\d+(?:[.,]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|[$€£¥%\";:,()—.!?]"
)
# A clause ends here; what is negated in one is not in the next.
_BREAKS = frozenset(". ! ? ; : , ( ) — but while whereas although though however because".split())  # noqa: SIM905
# A stemmer does not know these; each means the same in an answer as in its document.
_IRREGULAR = dict(
    pair.split("/")
    for pair in """met/meet meeting/meet held/hold said/say took/take taken/take made/make came/come led/lead
    built/build sought/seek fought/fight won/win lost/lose began/begin begun/begin went/go gone/go gave/give given/give
    ran/run grew/grow grown/grow spoke/speak told/tell brought/bring paid/pay sent/send kept/keep found/find
    became/become chose/choose chosen/choose drove/drive driven/drive saw/see seen/see wrote/write written/write
    men/man women/woman people/person children/child centre/center centres/center programme/program
    programmes/program met/meet strategies/strategy strategic/strategy strategize/strategy strategized/strategy
    lives/live living/live strove/strive risen/rise fuelled/fuel fueled/fuel better/good enough/sufficient""".split()  # noqa: SIM905
)
# Words too common to show that a span says the same as a sentence, and words that only lead up to what is said.
COMMON = frozenset(
    """a about above across after again against all also along already although always am amid among amongst an and any
    are around as at be because been before being below between both but by can cannot could did do does doing during
    each either etc even ever every few for from further furthermore had has have having he her here him his how however
    i if in including into is it its itself just least less like many may me might more moreover most much must my
    namely need needs neither no nor not now of off often on once one only onto or other others our ours out over own
    per rather same shall she should since so some such than that the their theirs them themselves then there
    therefore these they this those through thus to together too toward towards under until up upon us very via was we
    well were what when where whether which while who whom whose why will with within without would yes yet you your
    according accordingly article articles described describes document documents following held happen happened
    item items mention mentioned mentions named names news note noted passage passages place
    published report reported reports resolution said say saying says state stated states stating
    take takes taken taking took besides meant mean means story text texts tell tells told titled called
    calls call concern concerns
    specifically particularly especially respectively additionally overall part parts several various
    want wants aim aims intend intends plan plans make makes making made become becomes
    go goes went going get gets it's don't doesn't didn't isn't aren't wasn't weren't""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word, number or mark of a text in `plain_text`."""

    text: str  # as written, without a possessive
    low: str  # in lower case
    stem: str
    start: int  # in plain_text(text)
    end: int
    clause: int  # counts from 0
    opens: bool  # the first word of a sentence or quotation, where a capital letter says nothing

    @property
    def content(self) -> bool:
        """Whether it says something by itself; a mark, a number or a common word does not."""
        return self.text[0].isalpha() and self.low not in COMMON

    @property
    def number(self) -> bool:
        """Whether it is written in digits."""
        return self.text[0].isdecimal()


@lru_cache(maxsize=8192)
def plain_text(text: str) -> str:
    """One spelling of a text: straight quotes, number words in digits ("twelve" is "12"), "%" for per cent.

    "One" and "first" stay words: they seldom count anything. Case is kept, as names need it.
    """
    plain = text.translate(_SAME)
    plain = re.sub(r"(?<=[^\W\d_])-(?=\w)|(?<=\d)-(?=[^\W\d_])", " ", plain)
    plain = re.sub(r"\b([ap])\.m\.?(?=\W|$)", r"\1m", plain)
    plain = re.sub(
        r"\b(South|North)[ -]([Ee]ast|[Ww]est)", lambda m: m[1] + m[2].lower(), plain, flags=re.IGNORECASE
    )  # "South East" is "Southeast"
    plain = str(alpha2digit(plain, "en", threshold=2))
    return re.sub(r"\s*(?:\bper ?cent\b|%)", " %", plain)


_SAME = str.maketrans(
    {**dict.fromkeys("‘’‚‛′", "'"), **dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("‐‑‒–", "-"), "―": "—"}
)


@lru_cache(maxsize=8192)
def words_of(text: str) -> tuple[Word, ...]:
    """The words, numbers and marks of a text in order."""
    plain = plain_text(text)
    found: list[Word] = []
    clause, opens = 0, True
    for match in _WORD.finditer(plain):
        written = re.sub(r"'s$|'$", "", match.group())
        low = written.lower()
        mark = not written[0].isalnum()
        if low in _BREAKS:
            clause += 1
        found.append(
            Word(written, low, low if mark else stem(low), match.start(), match.end(), clause, opens and not mark)
        )
        opens = written in '.!?":' if mark else False
    return tuple(found)


@lru_cache(maxsize=16384)
def stem(low: str) -> str:
    """The stem of a word in lower case; British and American spelling share one."""
    return str(_STEMMER.stemWord(_spelled(_IRREGULAR.get(low, low))))


def _spelled(low: str) -> str:
    """The American spelling of a word."""
    return re.sub(r"is(e[sd]?|ing|ers?|ations?)$", r"iz\1", low).replace("our", "or") if len(low) > 5 else low


@lru_cache(maxsize=8192)
def content_forms(text: str) -> frozenset[str]:
    """The words that say something, as written but for capitals, British spelling and a plural's "s".

    Closer than stems, which "cooperation" and "cooperatives" share.
    """
    return frozenset(_spelled(word.low).removesuffix("s") for word in words_of(text) if word.content)


@lru_cache(maxsize=8192)
def content_stems(text: str) -> frozenset[str]:
    """Stems of the words that say something; numbers are left to `rag.quantities`."""
    return frozenset(word.stem for word in words_of(text) if word.content)


_JOINS = frozenset("and but while whereas because although which who ; : —".split())  # noqa: SIM905


@lru_cache(maxsize=8192)
def clauses_of(text: str) -> tuple[tuple[Word, ...], ...]:
    """The words of a text, cut where one statement may end and another begin."""
    found: list[list[Word]] = [[]]
    for word in words_of(text):
        if word.low in _JOINS:
            found.append([])
        else:
            found[-1].append(word)
    return tuple(map(tuple, found))


@lru_cache(maxsize=8192)
def flat(text: str) -> str:
    """A text as one line of lower-case words and numbers, to find one text inside another."""
    return " ".join(re.findall(r"\w+", text.translate(_SAME).lower()))
