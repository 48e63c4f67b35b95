"""llama.cpp on the same prompts without the product around it: what prefill and generation could be at best."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.llama import LlamaGenerator
from rag.types import Prompt


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second, for each prompt: reading all of it, and writing after it."""

    reading: tuple[float, ...]
    writing: tuple[float, ...]


def product_speed(generator: LlamaGenerator, prompts: Sequence[Prompt], written: int) -> Speed:
    """The product's generator, with nothing known of the prompts before."""
    reading, writing = [], []
    for prompt in prompts:
        generator.forget()
        tokens = len(generator.tokens(prompt))
        began = time.perf_counter()
        generator.state(prompt)
        read_s = time.perf_counter() - began
        pieces = 0
        first = last = 0.0
        for _ in generator.stream(prompt, written):
            last = time.perf_counter()
            first, pieces = first or last, pieces + 1
        reading.append(tokens / read_s)
        if pieces > 1:
            writing.append((pieces - 1) / (last - first))
    return Speed(tuple(reading), tuple(writing))


def raw_speed(path: Path, prompts: Sequence[Sequence[int]], written: int, threads: int) -> Speed:
    """llama.cpp as it comes, through llama-cpp-python's plain calls: weights laid out as it likes, likeliest token.

    Args:
        path: of the GGUF file.
        prompts: in tokens.
        written: how many tokens are written after each.
        threads: of llama.cpp.
    """
    from llama_cpp import Llama

    llama: Any = Llama(str(path), n_ctx=4096, n_threads=threads, n_threads_batch=threads, seed=0, verbose=False)
    try:
        pairs = [_raw(llama, tokens, written) for tokens in prompts]
    finally:
        llama.close()
    return Speed(tuple(reading for reading, _ in pairs), tuple(writing for _, writing in pairs))


def _raw(llama: Any, tokens: Sequence[int], written: int) -> tuple[float, float]:  # noqa: ANN401  # loaded late
    llama.reset()
    read_s = _timed(lambda: llama.eval(list(tokens)))
    token = llama.sample(temp=0.0)

    def write() -> None:
        nonlocal token
        for _ in range(written):
            llama.eval([token])
            token = llama.sample(temp=0.0)

    return len(tokens) / read_s, written / _timed(write)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
