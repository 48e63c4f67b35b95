"""A run over a SQuAD file: its paragraphs in a temporary index, asked like any other questions."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from eval.errors import EvalError
from eval.outside import temporary_index
from eval.run import resume_run, start_run
from eval.runs import Run
from eval.squad import as_questions, read_squad, sample
from rag.assistant import Assistant
from rag.config import Settings
from rag.embedding import Embedder
from rag.llm import Generator


@dataclass(frozen=True, slots=True)
class Draw:
    """Which questions of which file are asked, and over what."""

    file: Path  # SQuAD v1.1 or v2
    limit: int = 0  # 0: all
    seed: int = 0
    drop_gold: bool = False  # ask what can be answered, over all paragraphs but those that are needed

    @property
    def part(self) -> str:
        """In words for the reader of a report; "" when nothing is special."""
        words = [f"{self.limit} drawn with seed {self.seed}" if self.limit else ""]
        return ", ".join(filter(None, [*words, "needed paragraphs removed" if self.drop_gold else ""]))

    @property
    def command(self) -> str:
        """What to type for the same draw."""
        options = ["--limit", str(self.limit), "--seed", str(self.seed)] if self.limit else []
        return shlex.join(
            ["python", "-m", "eval", "squad", str(self.file), *options, *["--drop-gold"] * self.drop_gold]
        )


@contextmanager
def squad_run(
    draw: Draw,
    settings: Settings,
    open_models: Callable[[], tuple[Embedder, Generator]],
    parent: Path,
    resume: Path | None = None,
    step: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Iterator[tuple[Run, Assistant]]:
    """Make a run over a file, and whom to ask with its ear; the index vanishes at the end, the run stays.

    Args:
        draw: which questions.
        settings: of the product; where its own documents and index lie does not matter.
        open_models: for passages and questions, and for answers; not called when there is nothing to be asked.
        parent: the folder of all runs.
        resume: the folder of a run with the same arguments that was cut short.
        step: told what is being done, how much of it is done, and of how much.

    Raises:
        EvalError: the file is not SQuAD, or nothing is left to be asked or to be searched.
        RagError: the index cannot be built.
    """
    squad = read_squad(draw.file)
    asked = sample([one for one in squad.asked if one.answers or not draw.drop_gold], draw.limit, draw.seed)
    if not asked:
        raise EvalError(
            f"{draw.file}: every question is impossible, so no paragraph can be removed. Leave out --drop-gold"
        )
    texts = squad.without(frozenset(one.paragraph for one in asked)) if draw.drop_gold else squad.texts
    embedder, generator = open_models()
    with temporary_index(settings, texts, embedder, step) as collection:
        assistant = Assistant(collection.settings, collection.index, embedder, generator)
        if resume is None:
            questions = as_questions(asked, texts, collection.chunks)
            source = {"name": draw.file.name, "part": draw.part, "command": draw.command}
            begun = start_run(assistant, embedder.name, questions, source, parent)
        else:
            begun = resume_run(resume, assistant.config_id)
        yield begun, assistant
