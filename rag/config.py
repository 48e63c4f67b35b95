"""Every setting of the product, in one flat record.

A value comes from, first wins: a `RAG_...` environment variable, `rag.toml` in the working folder, the default.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rag.errors import ConfigError

# Settings that decide what an answer says; where files lie and which port is used do not.
_IDENTITY = ("llm", "llm_model", "embedding", "passages", "vector_weight", "gate", "prompt_tokens", "answer_tokens")


class Settings(BaseSettings):
    """All settings; unknown keys in `rag.toml` are refused. Read with `Settings.load()` for readable errors."""

    model_config = SettingsConfigDict(env_prefix="RAG_", toml_file="rag.toml", extra="forbid", frozen=True)

    seeds: Path = Field(Path("seeds"), description="folder of the documents and catalog.toml")
    index: Path = Field(Path("index"), description="folder of the built index")
    cache: Path | None = Field(None, description="folder for language models; default: the system's cache folder")
    llm: str = Field("", description="a GGUF file, a name from `rag models`, or the URL of an OpenAI-compatible server")
    llm_model: str = Field("", description="the model's name on that server")
    embedding: Literal["all-mpnet-base-v2", "all-MiniLM-L6-v2"] = Field(
        "all-mpnet-base-v2", description="embedding model; the second is five times as fast and finds less"
    )
    threads: int = Field(0, ge=0, le=256, description="threads of the language model; 0: one per core")
    passages: int = Field(
        8, ge=1, le=20, description="passages that are shown; the language model reads the first of them"
    )
    vector_weight: float = Field(0.65, ge=0, le=1, description="share of meaning against shared words in the ranking")
    gate: float = Field(0.65, ge=0, le=1, description="least probability at which a draft is taken for the answer")
    prompt_tokens: int = Field(1500, ge=200, le=30_000, description="most tokens of a prompt")
    answer_tokens: int = Field(160, ge=16, le=2000, description="most tokens of an answer")
    host: str = Field("127.0.0.1", description="address that the page is served on")
    port: int = Field(7860, ge=1, le=65_535, description="first port to try")
    feedback: Path = Field(
        Path("eval/candidates.jsonl"), description="file that thumbs and reasons are kept in; nothing is sent"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then `rag.toml`."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @classmethod
    def load(cls) -> Settings:
        """Read the settings.

        Raises:
            ConfigError: a key is unknown or a value does not fit; names the first one and where it may come from.
        """
        known = {f"RAG_{key.upper()}" for key in cls.model_fields}
        if unknown := sorted(key for key in os.environ if key.startswith("RAG_") and key not in known):
            raise ConfigError(f"{unknown[0]} is no setting. Known: {', '.join(sorted(known))}.")
        try:
            return cls()
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"]) or "settings"
            raise ConfigError(
                f"Setting {key!r} (rag.toml or RAG_{key.upper()}): {first['msg']}. "
                f"Known settings: {', '.join(cls.model_fields)}."
            ) from error
        except ValueError as error:  # rag.toml is not TOML
            raise ConfigError(f"rag.toml cannot be read: {error}. Mend or remove it.") from error

    @property
    def id(self) -> str:
        """Eight hex digits that change when a setting that shapes answers changes."""
        values = {key: getattr(self, key) for key in _IDENTITY}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:8]


def cache_dir(cache: Path | None) -> Path:
    """The folder for what can be made or fetched again: `cache`, or else the user's cache folder; it need not exist."""
    return cache or user_cache_path("solidarity-desk", appauthor=False)
