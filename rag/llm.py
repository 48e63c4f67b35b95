"""What the product may ask of a language model, and which model that is."""

from __future__ import annotations

from collections.abc import Generator as Pieces
from typing import Protocol

from rag.config import Settings, cache_dir
from rag.errors import ConfigError
from rag.llama import LlamaGenerator
from rag.models import ServerModel, default_name, models_dir, resolve
from rag.server import ServerGenerator
from rag.types import Prompt


class Generator(Protocol):
    """A language model."""

    @property
    def name(self) -> str:
        """What answers and reports call it."""

    def stream(self, prompt: Prompt, max_tokens: int) -> Pieces[str]:
        """Pieces of the most likely continuation, as they are written. Closing the generator stops the model."""

    @property
    def probed(self) -> bool:
        """Whether `answerable` is read from the model's inside, which is worth more than what it says."""

    def answerable(self, prompt: Prompt) -> float:
        """Probability in [0, 1] that the passages of a gate prompt state the answer."""

    def read_ahead(self, prompt: Prompt) -> bool:
        """Read a passage (`Prompts.passages`) that no question was asked about yet, so that one is answered sooner.

        Returns:
            Whether it is read and kept now; False where there is no room, so that others need not be tried.
        """

    def yes_probability(self, prompt: Prompt) -> float:
        """Probability in [0, 1] that the model goes on with "yes" rather than "no"."""

    def count_tokens(self, text: str) -> int:
        """Length of a text in tokens."""


def open_generator(settings: Settings) -> Generator:
    """Load the model that the settings name.

    Raises:
        ModelError: it is missing, damaged or unknown; says what to run.
        ConfigError: a server is set without the name of its model.
    """
    model = resolve(settings.llm or default_name(), models_dir(settings.cache))
    if isinstance(model, ServerModel):
        if not settings.llm_model:
            raise ConfigError(f"RAG_LLM is the server {model.url}; say which of its models to use: RAG_LLM_MODEL=...")
        return ServerGenerator(model.url, settings.llm_model)
    return LlamaGenerator(model.path, model.name, settings.threads, ahead=cache_dir(settings.cache) / "passages")
