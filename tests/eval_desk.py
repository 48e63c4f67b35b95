"""A small collection with questions about it, and the evaluated assistant over it with stand-ins for both models."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from fakes import HashEmbedder, ScriptedGenerator

from eval.questions import Question, load_questions
from eval.run import ask_all, start_run
from eval.runs import Run
from rag.assistant import Assistant
from rag.config import Settings
from rag.index import open_index
from rag.indexing import build_index
from rag.types import Prompt

DIMENSION = 1024  # so many that hardly two words share a place

CONGRESS = "The youth congress met in Manila in March 2023."
QUOTA = "Young unionists ask for a quota of thirty per cent in every committee."
STRIKE = "Garment workers in Dhaka went on strike for nine days."
TEXT = f"{CONGRESS}\n\n{QUOTA}\n\n{STRIKE}\n"

# right, right, rightly refused; then one each that can go wrong in its own way
QUESTIONS = (
    {"id": "city", "question": "Where did the youth congress meet?", "nuggets": [["Manila"]], "gold": [[CONGRESS]]},
    {
        "id": "quota",
        "kind": "number",
        "question": "What quota do young unionists ask for?",
        "nuggets": [["thirty per cent", "30%"]],
        "gold": [["Young unionists"]],
    },
    {"id": "mars", "kind": "absent", "question": "Who leads the union on Mars?", "answerable": False},
    {
        "id": "strike",
        "split": "test",
        "question": "How long was the strike, and where?",
        "nuggets": [["nine days"], ["Dhaka"]],
        "gold": [["Garment workers"]],
    },
    {
        "id": "venus",
        "split": "test",
        "kind": "absent",
        "question": "Which workers went on strike on Venus?",
        "answerable": False,
    },
)
# Answers in the passages' own words, but for the third, which the gate refuses.
REPLIES = (CONGRESS, QUOTA, "Nobody leads it.", "Garment workers went on strike for nine days.", STRIKE)
GATE = (0.9, 0.8, 0.1, 0.7, 0.6)  # so that the last one is answered, though it cannot be


def entry(**values: object) -> dict[str, object]:
    """A line of a questions.jsonl."""
    plain = {"split": "dev", "kind": "fact", "lang": "en", "history": [], "answerable": True, "nuggets": [], "gold": []}
    return {**plain, **values}


def write_questions(path: Path, entries: object = QUESTIONS) -> Path:
    """A questions.jsonl."""
    path.write_text("".join(json.dumps(entry(**e)) + "\n" for e in entries), encoding="utf-8")
    return path


def questions(folder: Path, entries: object = QUESTIONS) -> tuple[Question, ...]:
    """The questions as they are read from a file."""
    return load_questions(write_questions(folder / "questions.jsonl", entries))


class ByQuestion(ScriptedGenerator):
    """Gives the next reply and probability to each new question, however many passages are read for it.

    A draft is judged as its passages were. A reply that is an error is raised.
    """

    def __init__(self, *replies: str | BaseException) -> None:
        super().__init__(*replies)  # type: ignore[arg-type]
        self._said: dict[str, str] = {}
        self._sure: dict[str, float] = {}

    def stream(self, prompt: Prompt, max_tokens: int) -> Generator[str, None, None]:
        question = _question(prompt)
        if question in self._said:
            self.replies.appendleft(self._said[question])
        if self.replies and isinstance(self.replies[0], BaseException):
            raise self.replies.popleft()
        if self.replies:
            self._said[question] = self.replies[0]
        return super().stream(prompt, max_tokens)

    def yes_probability(self, prompt: Prompt) -> float:
        question = _question(prompt)
        if question in self._sure:
            self.probabilities.appendleft(self._sure[question])
            self.verified = self._sure[question]
            sure = super().yes_probability(prompt)
            if prompt in self.verify_prompts:
                self.probabilities.popleft()
            return sure
        sure = super().yes_probability(prompt)
        if question:
            self._sure[question] = sure
        return sure


def _question(prompt: Prompt) -> str:
    return next(iter(re.findall(r"^Question: (.*)$", prompt.user, re.MULTILINE)), "")


def scripted(*replies: str | BaseException, gate: tuple[float, ...] = ()) -> ScriptedGenerator:
    """A language model that warms up, then gives these replies and probabilities."""
    generator = ByQuestion(*replies)
    if gate:
        generator.probabilities.extend((0.5, *gate))  # the first is for the warm-up
    return generator


@contextmanager
def desk(folder: Path, generator: ScriptedGenerator, text: str = TEXT, **settings: object) -> Iterator[Assistant]:
    """The assistant over one document, and its language model as the evaluation sees it."""
    seeds = folder / "desk-seeds"
    seeds.mkdir(exist_ok=True)
    (seeds / "report.txt").write_text(text, encoding="utf-8")
    own = Settings(**{"seeds": seeds, "index": folder / "desk-index", "gate": 0.5, **settings})
    embedder = HashEmbedder(dimension=DIMENSION)
    build_index(own, embedder)
    index = open_index(own, embedder)
    with closing(index.store):
        yield Assistant(own, index, embedder, generator)


def begin(assistant: Assistant, asked: tuple[Question, ...], parent: Path) -> Run:
    """A new run."""
    source = {"name": "questions.jsonl", "part": "", "command": "python -m eval run"}
    return start_run(assistant, "hash", asked, source, parent)


def whole_run(folder: Path, entries: object = QUESTIONS, replies: tuple[str, ...] = REPLIES, text: str = TEXT) -> Run:
    """A run of which every question was asked."""
    with desk(folder, scripted(*replies, gate=GATE), text) as assistant:
        return ask_all(begin(assistant, questions(folder, entries), folder / "runs"), assistant)
