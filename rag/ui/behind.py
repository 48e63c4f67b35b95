"""The functions behind the parts of the page, without Gradio: what is asked comes in, what is shown goes out.

The server remembers nothing of a conversation. Each question brings the earlier ones from the browser (`kept.py`), so
that no session can see another's, and a restart of the server loses none.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from rag import feedback, timeline
from rag.assistant import Assistant
from rag.errors import RagError
from rag.export import as_markdown
from rag.pandoc import as_docx
from rag.texts import Texts, texts_in
from rag.types import Answer
from rag.ui import documents as reading
from rag.ui import timeline as drawing
from rag.ui.ask import Desk, Shown, finished
from rag.ui.kept import MOST_TURNS, restored
from rag.understanding import MAX_CHARACTERS

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FOR_SCRIPT = {  # words that the script shows by itself: its name for them, and their key
    "title": "page.title",
    "lost": "page.lost",
    "back": "page.back",
    "unanswered": "page.unanswered",
    "source": "source.title",
    **{key: f"ask.{key}" for key in ("conversation", "copied", "searching", "stopped", "cut_off", "anew")},
}


class Page:
    """The functions behind the parts of the page. They hold the assistant and nothing of those who ask."""

    def __init__(self, assistant: Assistant, feedback_file: Path) -> None:
        """Thumbs and reasons go to `feedback_file`."""
        self.assistant = assistant
        self.store = assistant.index.store
        self.desk = Desk(assistant)
        self.items = timeline.items(self.store)
        self._feedback = feedback_file

    def reply(self, question: str, scope: list[str], asked: str, language: str) -> Iterator[Shown]:
        """What the conversation is to show for a question."""
        t = texts_in(language)
        if not question.strip():
            yield {"notice": t("ask.empty")}
            return
        loaded = _loaded(asked)
        sent = loaded if isinstance(loaded, dict) else {}
        before = restored(sent.get("turns"), self.store)
        for shown in self.desk.reply(question, _turn_id(sent.get("id")), before, scope, t):
            yield {"turns": [shown]}

    def conversation(self, kept: str, language: str) -> Shown:
        """The whole conversation drawn anew, in another language or after a reload."""
        t = texts_in(language)
        sent = _loaded(kept)
        turns = sent[-MOST_TURNS:] if isinstance(sent, list) else []
        shown = []
        for turn in turns:
            for answer in restored([turn], self.store):
                shown.append({**finished(answer, _turn_id(turn.get("turn")), self.assistant, t), "old": True})
        words = {name: t(key) for name, key in _FOR_SCRIPT.items()}
        return {"redraw": True, "turns": shown, "words": words, "language": language}

    def download(self, kind: str, kept: str, language: str) -> tuple[Shown, Shown]:
        """(the file, base64; a notice for the conversation if there is none)."""
        t, made = texts_in(language), dt.date.today()
        answers = restored(_loaded(kept), self.store)
        if not answers:
            return {}, {"notice": t("ask.nothing_to_keep")}
        markdown = as_markdown(answers, self.assistant.documents, t, made)
        name = f"{t('export.file')}-{made.isoformat()}.{kind}"
        try:
            data = markdown.encode() if kind == "md" else _as_word(markdown, language, t)
        except RagError as error:
            return {}, {"notice": str(error)}
        mime = "text/markdown" if kind == "md" else _WORD
        return {"name": name, "type": mime, "data": base64.b64encode(data).decode()}, {
            "notice": t("ask.saved", name=name)
        }

    def vote(self, sent: dict[str, Any], language: str) -> Shown:
        """Keep a thumb with its reasons in the local file."""
        t = texts_in(language)
        try:
            answer: Answer = restored([sent["turn"]], self.store)[0]
            opinion = feedback.Opinion(
                feedback.Verdict(sent["verdict"]),
                tuple(feedback.Reason(reason) for reason in sent["reasons"]),
                str(sent["comment"]),
            )
            earlier = [str(question)[:MAX_CHARACTERS] for question in sent["history"][-MOST_TURNS:]]
            index = self.assistant.index.manifest.fingerprint
            feedback.note(feedback.candidate(answer, opinion, earlier, self.assistant.documents, index), self._feedback)
        except RagError as error:
            return {"notice": str(error)}
        except (KeyError, IndexError, TypeError, ValueError):
            return {"notice": t("feedback.unreadable")}
        return {"notice": t("feedback.thanks"), "turn": _turn_id(sent["turn"].get("turn"))}

    def document(self, doc_id: str, language: str, query: str = "") -> str:
        """A document to read, with what is looked for marked; a line that says so if it is none."""
        t = texts_in(language)
        try:
            return reading.document_page(self.store, doc_id, t, query) if doc_id else ""
        except RagError as error:
            return f"<p class='note'>{escape(str(error))}</p>"

    def over_time(self, year: str, place: str, listing: str, language: str) -> tuple[str, str]:
        """(plot, table) of the news items of a year, place and listing; "" for all."""
        t = texts_in(language)
        chosen = timeline.selected(self.items, int(year) if year else None, place, listing)
        shares = timeline.shares(self.store)
        return drawing.plot(chosen, self.items, shares, t) + drawing.honesty(shares, t), drawing.table(
            chosen, self.items, t
        )


def _as_word(markdown: str, language: str, t: Texts) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        as_docx(markdown, path := Path(folder, "conversation.docx"), language, t("export.title"))
        return path.read_bytes()


def _loaded(sent: str) -> Any:  # noqa: ANN401  # whatever a browser sent
    """What a script of the page sent, or an empty dictionary."""
    try:
        return json.loads(sent) if sent else {}
    except (ValueError, RecursionError):
        return {}


def _turn_id(sent: object) -> str:
    """What the page calls a turn, which its script makes of the time; "" for anything else."""
    return sent if isinstance(sent, str) and re.fullmatch(r"[0-9a-z]{1,40}", sent) else ""
