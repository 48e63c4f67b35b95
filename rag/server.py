"""A model behind an OpenAI-compatible server: llama-server, Ollama, vLLM, LM Studio."""

from __future__ import annotations

import json
import math
from collections.abc import Generator as Pieces
from typing import Any

import httpx

from rag.errors import ModelError
from rag.types import Prompt
from rag.yes_no import NO, YES, share_of_yes

_TIMEOUT_S = 120
_BYTES_A_TOKEN = 3  # a server does not count for us; English has four, so this errs on the safe side


class ServerGenerator:
    """Speaks to one model of a server through its chat completions."""

    probed = False  # a server shows nothing of its model's inside

    def __init__(self, url: str, model: str) -> None:
        """`url` ends before `/chat/completions`, as in http://127.0.0.1:8080/v1."""
        self.name = model
        self._url = url.rstrip("/")
        self._client = httpx.Client(timeout=_TIMEOUT_S, trust_env=False)

    def stream(self, prompt: Prompt, max_tokens: int) -> Pieces[str]:
        """As `Generator.stream`.

        Raises:
            ModelError: the server cannot be reached or answers with an error.
        """
        body = {**self._body(prompt), "max_tokens": max_tokens, "stream": True}
        try:
            with self._client.stream("POST", f"{self._url}/chat/completions", json=body) as response:
                self._check(response)
                for line in response.iter_lines():
                    data = line.removeprefix("data:").strip()
                    if line.startswith("data:") and data != "[DONE]":
                        yield self._words(json.loads(data))
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._fault(error) from error

    def answerable(self, prompt: Prompt) -> float:
        """As `Generator.answerable`: what the model says."""
        return self.yes_probability(prompt)

    def read_ahead(self, prompt: Prompt) -> bool:
        """As `Generator.read_ahead`: what a server keeps is its own affair."""
        return False

    def yes_probability(self, prompt: Prompt) -> float:
        """As `Generator.yes_probability`, from the server's log probabilities of the next token.

        Raises:
            ModelError: the server cannot be reached, answers with an error or sends no log probabilities.
        """
        body = {**self._body(prompt), "max_tokens": 1, "logprobs": True, "top_logprobs": 20}
        try:
            response = self._client.post(f"{self._url}/chat/completions", json=body)
            self._check(response)
            likely = response.json()["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
            yes, no = ([float(entry["logprob"]) for entry in likely if entry["token"] in words] for words in (YES, NO))
        except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError) as error:
            raise self._fault(error) from error
        return share_of_yes(yes, no)

    def count_tokens(self, text: str) -> int:
        """As `Generator.count_tokens`, but an estimate that is rather too high."""
        return math.ceil(len(text.encode()) / _BYTES_A_TOKEN)

    def _body(self, prompt: Prompt) -> dict[str, Any]:
        messages = [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}]
        if prompt.begin:  # most servers let the model go on from a last message of its own
            messages.append({"role": "assistant", "content": prompt.begin})
        return {"model": self.name, "messages": messages, "temperature": 0, "seed": 0}

    def _words(self, event: dict[str, Any]) -> str:
        """What one event of a stream adds to the answer; some events only report usage."""
        if event.get("error"):
            raise ModelError(f"The server {self._url} stopped: {_one_line(str(event['error']))}. See RAG_LLM")
        choices = event.get("choices", [])
        return choices[0]["delta"].get("content") or "" if len(choices) else ""

    def _check(self, response: httpx.Response) -> None:
        if response.is_error:
            response.read()
            raise ModelError(
                f"The server {self._url} answered {response.status_code}: {_one_line(response.text)}. "
                "See RAG_LLM and RAG_LLM_MODEL"
            )

    def _fault(self, error: Exception) -> ModelError:
        return ModelError(
            f"The server {self._url} gave no usable answer ({type(error).__name__}: {_one_line(str(error))}). "
            "Is it running? See RAG_LLM"
        )


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]
