"""A GGUF file run in this process. The only module that loads llama_cpp."""

from __future__ import annotations

import ctypes
import hashlib
import os
import threading
from collections.abc import Generator as Pieces
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import numpy as np

from rag.activations import Activations, State
from rag.errors import ModelError
from rag.probe import probe_of
from rag.states import Buffer, ReadAhead, Remembered, Tokens, shared
from rag.types import Prompt
from rag.yes_no import NO, YES, share_of_yes

CONTEXT_TOKENS = 4096
_MOST_MEMORY = 150_000_000  # bytes of remembered states: about 30 passages with a question each
_MOST_AHEAD = 1_000_000_000  # bytes of files with the states of passages: about 200
_READ_ANEW = 8  # tokens; from 2 on, probabilities do not depend on what was read before
_WORTH_RECALLING = 24  # tokens; reading fewer takes less time than copying a state
_SAME_PASSAGE = 96  # tokens by which prompts about one passage are recognized: the instructions and its beginning
_DEFAULT_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)


class LlamaGenerator:
    """A GGUF file run by llama.cpp. One question at a time: calls from other threads wait.

    What two prompts have in common at their beginning is read once: the states of the last prompts are kept, so that a
    passage that was read for one question need not be read again for the next.
    """

    def __init__(
        self, path: Path, name: str, threads: int = 0, layer: int | None = None, ahead: Path | None = None
    ) -> None:
        """Load the file.

        Args:
            path: of the GGUF file.
            name: as `rag models` calls it; by it, its probe is found.
            threads: 0 means one per core.
            layer: whose `state` can be asked for; default: the one that its probe reads.
            ahead: folder for what `read_ahead` reads; default: it reads nothing.

        Raises:
            ModelError: llama.cpp cannot load it.
        """
        from llama_cpp import Llama

        self.name = name
        self.path = path
        threads = threads or os.cpu_count() or 1
        self._probe = probe_of(name)
        if layer is None and self._probe:
            layer = self._probe.layer
        self._activations = _activations(layer) if layer is not None else None
        try:
            with _weights_as_stored(), _calling_back(self._activations):
                self._llama = Llama(
                    str(path), n_ctx=CONTEXT_TOKENS, n_threads=threads, n_threads_batch=threads, seed=0, verbose=False
                )
        except (ValueError, OSError) as error:
            raise ModelError(
                f"{path} cannot be loaded ({error}). Run: rag models --fetch, or set RAG_LLM to another GGUF file"
            ) from error
        self._lock = threading.Lock()
        self._remembered = Remembered(_MOST_MEMORY)
        self._ahead = ReadAhead(ahead / _computed_by(path), _MOST_AHEAD) if ahead else None

    def stream(self, prompt: Prompt, max_tokens: int) -> Pieces[str]:
        """As `Generator.stream`."""
        tokens = self.tokens(prompt)
        with self._lock:
            self._recall(tokens)
            pieces = self._llama.create_completion(
                tokens, max_tokens=max_tokens, temperature=0.0, repeat_penalty=1.0, stream=True
            )
            for piece in pieces:
                yield piece["choices"][0]["text"]  # type: ignore[index]  # an iterator, as stream=True

    @property
    def probed(self) -> bool:
        """As `Generator.probed`."""
        return self._probe is not None and self._activations is not None

    def answerable(self, prompt: Prompt) -> float:
        """As `Generator.answerable`: from the state of a middle layer where the model has a probe."""
        if self._probe is None or self._activations is None:
            return self.yes_probability(prompt)
        return self._probe.probability(self.state(prompt))

    def state(self, prompt: Prompt) -> State:
        """What the watched layer holds at the last token of a prompt, shape (embedding size of the model,).

        Raises:
            ModelError: no layer is watched, or the model has no such layer.
        """
        tokens = self.tokens(prompt)
        if self._activations is not None:
            with self._lock, self._activations.watched(self._llama.n_embd()):
                self._read(tokens)
                self._remember(tokens)
                if self._activations.state is not None:
                    return self._activations.state
        raise ModelError(f"The states of {self.name} cannot be read. To fetch it anew: rag models --fetch")

    def yes_probability(self, prompt: Prompt) -> float:
        """As `Generator.yes_probability`: over the usual spellings of both words as the next token."""
        import llama_cpp

        tokens = self.tokens(prompt)
        with self._lock:
            self._read(tokens)
            self._remember(tokens)
            logits = llama_cpp.llama_get_logits_ith(self._llama.ctx, -1)
            yes, no = ([logits[token] for token in ids] for ids in self._yes_no)
        return share_of_yes(yes, no)

    def count_tokens(self, text: str) -> int:
        """As `Generator.count_tokens`."""
        return len(self._llama.tokenize(text.encode(), add_bos=False, special=False))

    def forget(self) -> None:
        """Know nothing of what was read before, as if just loaded; for those who measure. Files read ahead stay."""
        with self._lock:
            self._llama.n_tokens = 0
            self._remembered.clear()

    def read_ahead(self, prompt: Prompt) -> bool:
        """As `Generator.read_ahead`."""
        tokens = self.tokens(prompt)
        tokens = tokens[: -len(self._llama.tokenize(self._frame[-1].encode(), add_bos=False, special=True))]
        if self._ahead is None:
            return False
        if tokens not in self._ahead and not self._ahead.full:
            with self._lock:
                self._read(tokens)
                if state := self._state():
                    self._ahead.keep(tokens, state)
        return tokens in self._ahead

    def _read(self, tokens: Sequence[int]) -> None:
        """Read a prompt to its end, as much of it as is not known yet.

        Some tokens are always read anew: what the last one leaves is what is asked for, and a single token is
        multiplied by other code, which changes a probability of 0.892 to 0.897.
        """
        llama = self._llama
        self._recall(tokens)
        known = shared(llama.input_ids[: llama.n_tokens], np.array(tokens, dtype=np.intc))
        llama.n_tokens = max(0, min(known, len(tokens) - _READ_ANEW))
        llama.eval(tokens[llama.n_tokens :])

    def _recall(self, tokens: Sequence[int]) -> None:
        """Go back to the state that shares most with a prompt, where it spares much reading."""
        wanted, llama = np.array(tokens[:-1], dtype=np.intc), self._llama
        enough = shared(llama.input_ids[: llama.n_tokens], wanted) + _WORTH_RECALLING
        remembered, key = self._remembered.nearest(wanted)
        ahead, path = self._ahead.nearest(wanted) if self._ahead is not None else (0, None)
        enough_ahead = max(enough, remembered + _WORTH_RECALLING)
        if self._ahead is not None and path and ahead >= enough_ahead and (found := self._ahead.load(path)):
            self._restore(*found)
        elif remembered >= enough:
            self._restore(*self._remembered[key])

    def _restore(self, known: Tokens, state: Buffer) -> None:
        import llama_cpp

        llama, size = self._llama, len(state)
        if llama_cpp.llama_state_seq_set_data(llama.ctx, (ctypes.c_uint8 * size).from_buffer(state), size, 0):
            llama.input_ids[: len(known)] = known
            llama.n_tokens = len(known)
        else:  # nothing is known of the context now: all is read anew
            llama.n_tokens = 0

    def _state(self) -> bytearray:
        """The state of all that the model has read; empty where llama.cpp does not give it."""
        import llama_cpp

        size = llama_cpp.llama_state_seq_get_size(self._llama.ctx, 0)
        state = bytearray(size)
        array = (ctypes.c_uint8 * size).from_buffer(state)
        return state if llama_cpp.llama_state_seq_get_data(self._llama.ctx, array, size, 0) else bytearray()

    def _remember(self, tokens: Sequence[int]) -> None:
        """Keep the state of a prompt that was just read, in place of one of the same passage."""
        if state := self._state():
            self._remembered.keep(tuple(tokens[:_SAME_PASSAGE]), tokens, state)

    def tokens(self, prompt: Prompt) -> list[int]:
        """The prompt in the model's chat format.

        Only the format's own marks become control tokens: "<|im_end|>" in a document or question stays text.

        Raises:
            ModelError: it does not fit into the model's context.
        """
        frame = self._frame
        words = [prompt.system, prompt.user]
        tokens = self._llama.tokenize(frame[0].encode(), add_bos=False, special=True)
        for text, after in zip(words, frame[1:], strict=True):
            tokens += self._llama.tokenize(text.encode(), add_bos=False, special=False)
            tokens += self._llama.tokenize(after.encode(), add_bos=False, special=True)
        tokens += self._llama.tokenize(prompt.begin.encode(), add_bos=False, special=False)
        if len(tokens) >= CONTEXT_TOKENS:
            raise ModelError(
                f"The prompt has {len(tokens)} tokens, the model reads fewer than {CONTEXT_TOKENS}. "
                "Lower RAG_PROMPT_TOKENS"
            )
        return tokens

    @cached_property
    def _frame(self) -> list[str]:
        """The chat format around system and user text: three pieces."""
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        marks = {"system": "\N{SYMBOL FOR SHIFT OUT}", "user": "\N{SYMBOL FOR SHIFT IN}"}
        template = self._llama.metadata.get("tokenizer.chat_template", _DEFAULT_TEMPLATE)
        formatter = Jinja2ChatFormatter(
            template, self._written(self._llama.token_eos()), self._written(self._llama.token_bos())
        )
        text = formatter(messages=[{"role": role, "content": mark} for role, mark in marks.items()]).prompt  # type: ignore[misc]
        before, _, rest = text.partition(marks["system"])
        between, _, after = rest.partition(marks["user"])
        if not (between and after):
            raise ModelError(
                f"The chat format of {self.name} has no place for a system text; set RAG_LLM to another model"
            )
        return [before, between, after]

    def _written(self, token: int) -> str:
        return self._llama.detokenize([token], special=True).decode() if token >= 0 else ""

    @cached_property
    def _yes_no(self) -> tuple[list[int], list[int]]:
        def single(words: tuple[str, ...]) -> list[int]:
            encoded = (self._llama.tokenize(word.encode(), add_bos=False) for word in words)
            return [tokens[0] for tokens in encoded if len(tokens) == 1]

        return single(YES), single(NO)


def _computed_by(path: Path) -> str:
    """What a state depends on besides its tokens, as a name: the file and llama.cpp."""
    import llama_cpp

    stat = path.stat()
    made_of = f"{path.name}\0{stat.st_size}\0{stat.st_mtime_ns}\0{llama_cpp.__version__}\0{CONTEXT_TOKENS}"
    return hashlib.sha256(made_of.encode()).hexdigest()[:16]


@contextmanager
def _weights_as_stored() -> Iterator[None]:
    """Load without llama.cpp's repacking of weights, which Llama() does not let one choose.

    Repacked, a prompt is read at 76 tokens a second instead of 120 and 0.6 GB more memory is held; only writing gains,
    22 instead of 18 tokens a second (2 cores with AVX-512, llama-cpp-python 0.3.36). Our prompts are long, our answers
    short.
    """
    from llama_cpp import llama_cpp

    default = llama_cpp.llama_model_default_params

    def as_stored() -> object:
        parameters = default()
        parameters.use_extra_bufts = False
        return parameters

    llama_cpp.llama_model_default_params = as_stored
    try:
        yield
    finally:
        llama_cpp.llama_model_default_params = default


def _activations(layer: int) -> Activations | None:
    """What watches a layer; None where ggml's library is built in such a way that it cannot be called."""
    from llama_cpp import _ggml
    from llama_cpp._ctypes_extensions import load_shared_library

    try:
        return Activations(load_shared_library("ggml-base", _ggml.libggml_base_path), layer)
    except (OSError, AttributeError, FileNotFoundError):
        return None


@contextmanager
def _calling_back(activations: Activations | None) -> Iterator[None]:
    """Make contexts that call back, which Llama() does not let one choose."""
    from llama_cpp import llama_cpp

    default = llama_cpp.llama_context_default_params

    def watched() -> object:
        parameters = default()
        if activations is not None:
            parameters.cb_eval = ctypes.cast(activations.callback, llama_cpp.ggml_backend_sched_eval_callback)
        return parameters

    llama_cpp.llama_context_default_params = watched
    try:
        yield
    finally:
        llama_cpp.llama_context_default_params = default
