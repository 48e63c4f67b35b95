"""A Congress resolution: numbered paragraphs in parts and sections, some of them lead-ins to a list of points."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from rag.corpus.reading import Piece, Reading, TextBuilder, one_line
from rag.errors import CorpusError

# What can begin a line of the printed text. All that follows, up to the next mark, is one unit, blank lines included:
# page breaks fall inside paragraphs.
_MARK = re.compile(
    r"""^(?:
      [ ]?(?P<number>\d+)\.[ ]*\t                      # 12.<tab>
    | [ ]*(?P<tab>\t)                                  # a point of a list, or the slogan
    | [ ]?(?P<letter>[A-Z])\ -\ (?=\S)                 # A - Fighting for ...
    | (?P<head>(?:.+\n)+)\n(?P<roman>[IVX]+)[ ]*$      # a running head, then its numeral on a line of its own
    )""",
    re.MULTILINE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Unit:
    kind: str  # part | section | paragraph | point | slogan
    label: str  # "II", "A", "32", ""
    text: str


def parse_resolution(raw: str) -> Reading:
    """Read a resolution; pieces are its paragraphs and points, lead-ins become headings of their points.

    Raises:
        CorpusError: there are no numbered paragraphs, or their numbers do not run from 1 without a gap.
    """
    units = _parts_before_their_sections(list(_units(raw)))
    numbers = [int(unit.label) for unit in units if unit.kind == "paragraph"]
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        wrong = next((n for n, number in enumerate(numbers, start=1) if n != number), 1)
        raise CorpusError(f"paragraph numbers do not run from 1 without a gap (no ¶{wrong} in its place)")

    out = TextBuilder()
    pieces: list[Piece] = []
    part = section = lead_in = number = ""
    lead_ins = points = 0
    for unit, following in zip_longest(units, units[1:]):
        headings = tuple(filter(None, [part, section]))
        match unit.kind:
            case "part":
                part, section = f"{unit.label} {unit.text}", ""
                out.add(f"{part}\n\n")
            case "section":
                section = f"{unit.label} {unit.text}"
                out.add(f"{section}\n\n")
            case "slogan":
                out.add(f"{unit.text}\n\n")
            case "paragraph":
                number, points = unit.label, 0
                out.add(f"{number}. ")
                start, end = out.add(unit.text)
                out.add("\n\n")
                if following is not None and following.kind == "point":
                    lead_in, lead_ins = unit.text, lead_ins + 1
                else:
                    pieces.append(Piece(start, end, f"¶{number}", "paragraph", headings))
            case "point":
                points += 1
                out.add("• ")
                start, end = out.add(unit.text)
                out.add("\n\n")
                locator = f"¶{number}, {ordinal(points)} point"
                pieces.append(Piece(start, end, locator, "point", (*headings, lead_in), group=f"¶{number}"))
    n_points = sum(piece.kind == "point" for piece in pieces)
    return Reading(out.text, tuple(pieces), {"paragraphs": len(numbers), "lead_ins": lead_ins, "points": n_points})


def _units(raw: str) -> Iterator[_Unit]:
    """Cut the text at its marks. A tabbed line is a point only below a lead-in, which ends with a colon."""
    marks = list(_MARK.finditer(raw))
    in_list = False
    for mark, following in zip_longest(marks, marks[1:]):
        text = one_line(raw[mark.end() : following.start() if following else len(raw)])
        if not text and not mark["roman"]:
            raise CorpusError(f"nothing stands after {one_line(mark.group()) or 'a tab'!r}")
        if mark["roman"]:
            yield _Unit("part", mark["roman"], one_line(mark["head"]))
        elif mark["letter"]:
            yield _Unit("section", mark["letter"], text)
        elif mark["number"]:
            in_list = text.endswith(":")
            yield _Unit("paragraph", mark["number"], text)
        else:
            yield _Unit("point" if in_list else "slogan", "", text)


def _parts_before_their_sections(units: list[_Unit]) -> list[_Unit]:
    """Move a part's head before the sections that it heads.

    As a running head it is printed at the foot of a page inside its first section ("II ..." stands between ¶30 and
    ¶31 although section A begins with ¶23).
    """
    ordered: list[_Unit] = []
    first_section: int | None = None
    for unit in units:
        if unit.kind == "part":
            ordered.insert(len(ordered) if first_section is None else first_section, unit)
            first_section = None
        else:
            if unit.kind == "section" and first_section is None:
                first_section = len(ordered)
            ordered.append(unit)
    return ordered


def ordinal(n: int) -> str:
    """1 -> "1st", 12 -> "12th"."""
    suffix = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{suffix}"
