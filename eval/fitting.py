"""The verbs that fit what the product decides by: the probe, the gate, the intents. In this order, each in minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.console import out, progress, say, tell
from eval.errors import EvalError
from rag.assistant import Assistant
from rag.config import Settings
from rag.embedding import open_embedder
from rag.opening import open_or_build

QUESTIONS = Path(__file__).parent / "questions.jsonl"
PRACTICE = Path(__file__).parent / "practice.jsonl"  # to try rules and fit on; no figure comes from them
Questions = Annotated[Path, typer.Option("--questions", help="Questions in the format of eval/questions.jsonl.")]


def gate(questions: Questions = QUESTIONS) -> None:
    """Fit the gate on the dev questions anew: writes rag/gate.json and eval/gate.svg. Minutes."""
    from eval import gate as fitting
    from eval.questions import load_questions
    from eval.run import Choice
    from rag.gate import FILE

    assistant = Assistant.open(Settings.load(), say)
    with progress() as step:
        asked = Choice("dev").of(load_questions(questions))
        samples = fitting.collect(assistant, asked, lambda done, total: step("Drafting", done, total))
    found = fitting.fit(samples)
    fitting.show(found, samples, out)
    fitting.write(found, samples)
    tell(f"{FILE} and {fitting.PICTURE} are written.")


def probe(questions: Questions = PRACTICE) -> None:
    """Fit the probe anew on eval/answerability and the practice questions: writes rag/probes. A quarter of an hour."""
    from eval import probe as fitting
    from eval.answerability import load_cases
    from eval.questions import load_questions
    from rag.llama import LlamaGenerator
    from rag.models import LocalModel, default_name, models_dir, resolve

    settings = Settings.load()
    model = resolve(settings.llm or default_name(), models_dir(settings.cache))
    if not isinstance(model, LocalModel):
        raise EvalError("A server does not show the states of its model: RAG_LLM must name a GGUF file.")
    generator = LlamaGenerator(model.path, model.name, settings.threads, layer=fitting.LAYER)
    embedder = open_embedder(settings)
    assistant = Assistant(settings, open_or_build(settings, embedder, say), embedder, generator)
    with progress() as step:
        cases = load_cases()
        samples = fitting.of_cases(cases, generator, embedder, lambda done, total: step("Reading cases", done, total))
    with progress() as step:
        asked = load_questions(questions)
        samples += fitting.of_questions(
            asked, assistant, generator, lambda done, total: step("Reading passages", done, total)
        )
    found = fitting.fit(samples)
    fitting.show(found, samples, out)
    tell(f"{fitting.write(found, samples, model.name)} is written. Fit the gate to it: python -m eval gate")


def intents() -> None:
    """Fit anew how a question's intent is told: writes rag/understanding/intents for the embedding model in use."""
    from eval import intents as fitting

    embedder = open_embedder(Settings.load())
    examples = fitting.load()
    found = fitting.fit(examples, embedder.embed_passages([example.question for example in examples]))
    fitting.show(found, examples, out)
    tell(f"{fitting.write(found, embedder)} is written.")
