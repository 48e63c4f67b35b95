"""What the rules about parts of a document share: which document is named, and whether all of a part is asked for."""

from __future__ import annotations

import re

from rag.understanding.numbers import in_digits
from rag.understanding.outline import Outline
from rag.understanding.words import content, stem, stems

# Words that ask for a part as a whole, or name it; whoever uses others asks something about it.
GENERIC = frozenset(
    map(
        stem,
        """paragraph para paragraphs point points bullet section part chapter list lists listed content contents text
        wording word words quote cite read recite print repeat summarise summarize summary summarised explain describe
        walk state stated stating contain contains full whole entire complete exact exactly verbatim order resolution
        document article congress heading headed title titled called topic about deal deals commitment commitments made
        make makes industriall pledge pledges promise promises commit commits intend plan plans action actions measure
        measures number numbers cover covers concern concerns talk talks speak mention mentions stand stands written
        write give name bring sum gist essence reading inside mind tell thing things regarding regard
        respect terms read aloud come comes follow precede directly immediately next previous up long
        end ends go goes run runs say saying altogether total count divided belong span begin
        start fall comprise consist include""".split(),  # noqa: SIM905
    )
)
_NUMBER = re.compile(r"\d+(?:st|nd|rd|th)?")
_KINDS = {"resolution": ("resolution", "congress"), "article": ("article",), "listing": ("listing", "news")}


def is_general(rest: str) -> bool:
    """Whether nothing but the part as a whole is asked for."""
    return all(stem(word) in GENERIC for word in content(in_digits(rest)) if not _NUMBER.fullmatch(word))


def documents_named(question: str, outline: Outline) -> list[str]:
    """Ids of the documents that a question names: by their kind, or by two words that only their title has."""
    asked = set(stems(question))
    titles = {d.id: {stem(w) for w in content(d.title)} for d in outline.documents.values()}
    scores: dict[str, int] = {}
    for document in outline.documents.values():
        others = set().union(*(words for doc_id, words in titles.items() if doc_id != document.id))
        kind = any(stem(word) in asked for word in _KINDS.get(document.kind, ()))
        own = len(asked & (titles[document.id] - others))
        if kind or own > 1:
            scores[document.id] = 3 * kind + own
    return sorted(scores, key=lambda doc_id: -scores[doc_id])


def called(doc_id: str, outline: Outline) -> str:
    """How a sentence begins that speaks of a document."""
    document = outline.documents[doc_id]
    return f"The {document.kind}" if document.kind in ("resolution", "article") else f"“{document.title}”"
