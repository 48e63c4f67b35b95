"""One benchmark after another, in an order that disturbs none: processes first, then questions, llama.cpp last."""

from __future__ import annotations

import os
from collections.abc import Callable

from eval import bench, raw
from eval.bench import Figure
from eval.errors import EvalError
from eval.fitting import QUESTIONS
from eval.machine import peak_memory
from eval.questions import load_questions
from eval.run import Choice
from rag.assistant import Assistant
from rag.config import Settings
from rag.embedding import open_embedder
from rag.llama import LlamaGenerator
from rag.llm import open_generator
from rag.opening import open_or_build

Step = Callable[[str, int, int], None]


def measured(settings: Settings, repeat: int, limit: int, step: Step) -> tuple[list[Figure], dict[str, object]]:
    """All figures, and what else a reader has to know.

    Args:
        settings: as for any run; the language model must be a file.
        repeat: how often each thing is measured.
        limit: how many dev questions are asked.
        step: is told what is done, how much of it, and of how much.

    Raises:
        RagError: something is missing; the message names the command that helps.
    """
    generator, embedder = open_generator(settings), open_embedder(settings)
    if not isinstance(generator, LlamaGenerator):
        raise EvalError("The language model is a server. To measure one in this process, unset RAG_LLM.")
    figures = list(bench.commands(repeat))
    step("Starting", 1, 2)
    figures.append(bench.page(repeat))
    step("Starting", 2, 2)
    figures.append(bench.indexing(settings, embedder, repeat))
    assistant = Assistant(settings, open_or_build(settings, embedder, lambda line: None), embedder, generator)
    assistant.warm_up()
    passages = len(assistant.index)
    read = 0
    for read in assistant.read_ahead():
        step("Reading ahead", read, passages)
    questions = Choice("dev", limit=limit).of(load_questions(QUESTIONS))
    figures += bench.asking(assistant, questions, repeat, lambda done, total: step("Asking", done, total))
    peak = peak_memory()
    prompts = bench.prompts_of(assistant, [q for q in questions if q.lang == "en"], generator.count_tokens)
    tokens = [generator.tokens(prompt) for prompt in prompts]
    path, name, threads = generator.path, generator.name, settings.threads or os.cpu_count() or 1
    del assistant, generator  # two models at once would be slower
    ours = raw.product_speed(LlamaGenerator(path, name, threads), prompts, bench.WRITTEN)  # nothing is read ahead
    alone = raw.raw_speed(path, tokens, bench.WRITTEN, threads)
    for whose, speed in (("product", ours), ("llama.cpp alone", alone)):
        figures.append(Figure(f"reading, {whose}", "tokens/s", speed.reading))
        figures.append(Figure(f"writing, {whose}", "tokens/s", speed.writing))
    return figures, {"passages_read_ahead": read, "questions": len(questions), "peak_bytes": peak}
