"""Instructions to the assistant inside a question, which are not obeyed: only what is asked goes on to be answered."""

from __future__ import annotations

import re

from rag.sentences import sentences_of

# How people who want the assistant to behave otherwise put it. A question may well ask for a list or a quotation, so
# none of these is a plain "list", "name", "give", "quote".
_ON = r"(?:[^.?!]|\.(?=\w))*"  # the rest of a sentence, over points inside words
_BIDS = r"(?:^|[.!?;:,>]\s*|\b(?:and|then|please|but|must|always|should)\s+)"  # where an order begins
_INSTRUCTS = re.compile(
    rf"""
      \b(?:ignore|disregard|forget|override|bypass|drop)\b{_ON}\b(?:instruct|rule|guideline|passage|source|document
        |above|previous|prior|earlier|everything|context|restriction|limit|check)\w*
    | (?:^|[.!?;:]\s*)from\ now\ on\b | \byou\ are\ (?:now|no\ longer)\b | \bpretend\b | \bact\ as\b | \brole[-\ ]?play
    | \blet['’]?s\ play\b | \bimagine\ (?:that\ )?you\b | \bsystem\ prompt\b | \bdeveloper\ mode\b
    | {_BIDS}(?:reply|respond|answer)\s+(?:me\s+)?(?:only|just|exactly|simply|solely|instead|by|with|as
        |in\ (?:capitals|character|the\ style|rhymes?|verse|code|json|html|markdown))\b
    | {_BIDS}(?:start|begin|end|open|finish|preface|prefix|close|conclude|sign)\b{_ON}
        \b(?:answer|reply|response|sentence|with)\b
    | {_BIDS}(?:print|repeat|copy|output|echo|append|insert|reveal|disclose|include|add|put|write|say|mention|attach)\b
        {_ON}\b(?:prompt|instructions?|tag|exactly|word\ for\ word|unchanged|before\ (?:anything|everything|you)
        |(?:at|to|in)\ (?:the|your)\ (?:very\ )?(?:start|end|beginning|top|bottom|answer|reply|response)
        |after\ (?:every|each|that|your))\b
    | \b(?:trust|believe|use|rely\ on)\b{_ON}\b(?:this|these|only|instead|extra|newer)\b{_ON}
        \b(?:context|passage|source|document|text|information)s?
    | \b(?:context|passage|result)s?\ (?:found|supplied|provided|retrieved|given)\ (?:by|to)\ (?:you|the\ \w*retriever)
    | {_BIDS}(?:never|always)\ (?:say|add|mention|cite|write|answer|refuse)\b
    | {_BIDS}(?:state|claim|confirm|assert|declare)\ that\b
    | <\s*/?\s*[a-z]+[^>]*> | \[/?(?:INST|SYS\w*)\] | <\| | !\[[^\]]*\]\(
    """,
    re.IGNORECASE | re.VERBOSE,
)
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_ASKS = re.compile(r"\?[\"”'’)\]]*$")
_ALSO_ASKS = re.compile(
    r"^(?:(?:then|now|and|please|but|or|after that|if [^,]*,|at least|just)[\s,:]+)*"
    r"(?:tell|name|list|give|quote|say|explain|show)\b",
    re.IGNORECASE,
)
_FEWEST_WORDS = 3


def without_instructions(question: str) -> str:
    """A question without the sentences that tell the assistant how to behave; as it is when there are none.

    A sentence that both instructs and asks keeps what it asks behind a colon, comma or "then". When nothing that asks
    is left: "" for what has no question mark, else the question as it is.
    """
    if not _INSTRUCTS.search(question):
        return question
    text = _IMAGE.sub(" ", question)
    sentences = [text[start:end] for start, end in sentences_of(text)]
    kept = [left for sentence in sentences if (left := _asking(sentence))]
    return " ".join(kept) or (question if "?" in question else "")


def _asking(sentence: str) -> str:
    """What a sentence asks, without what it instructs; "" when it only instructs or tells."""
    if not _INSTRUCTS.search(sentence):
        return sentence if _ASKS.search(sentence) or _ALSO_ASKS.search(sentence) else ""
    for joint in re.finditer(r"[:,;]\s+|\band\s+then\s+|\bthen\s+|>\s*", sentence):
        rest = sentence[joint.end() :]
        asks = _ASKS.search(rest) or _ALSO_ASKS.search(rest)
        if asks and len(rest.split()) >= _FEWEST_WORDS and not _INSTRUCTS.search(rest):
            return rest[0].upper() + rest[1:]
    return ""
