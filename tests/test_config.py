"""Settings: where they come from, which are refused, and which of them shape an answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from rag.config import Settings
from rag.errors import ConfigError

DEFAULTS = {name: field.default for name, field in Settings.model_fields.items()}  # the numbers are tuned by eval/
OTHER = {
    "seeds": "papers",
    "index": "built",
    "cache": "models",
    "llm": "http://127.0.0.1:8080/v1",
    "llm_model": "qwen",
    "embedding": "all-MiniLM-L6-v2",
    "threads": "2",
    "passages": "17",
    "vector_weight": "0.125",
    "gate": "0.875",
    "prompt_tokens": "2222",
    "answer_tokens": "222",
    "host": "0.0.0.0",
    "port": "8000",
    "feedback": "notes.jsonl",
}
SHAPES_ANSWERS = {
    "llm",
    "llm_model",
    "embedding",
    "passages",
    "vector_weight",
    "gate",
    "prompt_tokens",
    "answer_tokens",
}

pytestmark = pytest.mark.usefixtures("clean_environment")


@pytest.fixture
def toml(clean_environment: Path) -> Path:
    """The rag.toml of the working folder, not there yet."""
    return clean_environment / "rag.toml"


# --- where a value comes from ----------------------------------------------------------------------------------------


def test_without_any_setting_the_defaults_hold() -> None:
    settings = Settings.load()
    assert settings.model_dump() == DEFAULTS
    assert (settings.seeds, settings.index, settings.cache) == (Path("seeds"), Path("index"), None)
    assert (settings.host, settings.port) == ("127.0.0.1", 7860)  # the page is for this machine alone
    assert (settings.llm, settings.threads) == ("", 0)


def test_there_are_few_settings_and_each_is_described() -> None:
    assert set(DEFAULTS) == set(OTHER)
    assert len(DEFAULTS) <= 15
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize("key", DEFAULTS)
def test_each_setting_can_be_set_in_the_environment(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv(f"RAG_{key.upper()}", OTHER[key])
    changed = {name: value for name, value in Settings.load().model_dump().items() if value != DEFAULTS[name]}
    assert {name: str(value) for name, value in changed.items()} == {key: OTHER[key]}


def test_rag_toml_in_the_working_folder_is_read(toml: Path) -> None:
    toml.write_text('seeds = "papers"\npassages = 17\nvector_weight = 0.25\nllm = "Modèle ½"\n', encoding="utf-8")
    settings = Settings.load()
    assert (settings.seeds, settings.passages, settings.vector_weight) == (Path("papers"), 17, 0.25)
    assert settings.llm == "Modèle ½"
    assert settings.gate == DEFAULTS["gate"]


def test_rag_toml_of_another_folder_is_not_read(toml: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml.write_text("passages = 17\n")
    monkeypatch.chdir(tmp_path)
    assert Settings.load().passages == DEFAULTS["passages"]


def test_an_argument_goes_before_the_environment_before_the_file_before_the_default(
    toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml.write_text("passages = 17\nthreads = 2\nport = 8000\n")
    monkeypatch.setenv("RAG_PASSAGES", "18")
    monkeypatch.setenv("RAG_THREADS", "3")
    settings = Settings(passages=19)
    assert (settings.passages, settings.threads, settings.port, settings.gate) == (19, 3, 8000, DEFAULTS["gate"])
    assert Settings.load().passages == 18


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings.load().passages = 17  # type: ignore[misc]


# --- what is refused, in one readable line ---------------------------------------------------------------------------


def test_an_unknown_key_in_rag_toml_is_refused(toml: Path) -> None:
    toml.write_text("pasages = 7\n")
    said = r"^Setting 'pasages' \(rag\.toml or RAG_PASAGES\): .*Known settings: .*passages, "
    with pytest.raises(ConfigError, match=said):
        Settings.load()


def test_a_table_in_rag_toml_is_refused(toml: Path) -> None:
    toml.write_text("[rag]\npassages = 17\n")
    with pytest.raises(ConfigError, match=r"^Setting 'rag' \(rag\.toml "):
        Settings.load()


@pytest.mark.parametrize("key", ["RAG_PASAGES", "RAG_", "RAG_PASSAGES_", "RAG_llm"])
def test_an_unknown_variable_is_refused(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv(key, "7")
    with pytest.raises(ConfigError, match=rf"^{key} is no setting\. Known: RAG_ANSWER_TOKENS, .*RAG_VECTOR_WEIGHT\.$"):
        Settings.load()


def test_variables_of_other_programs_are_none_of_its_business(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGE", "1")
    monkeypatch.setenv("MY_RAG_PASSAGES", "7")
    assert Settings.load().passages == DEFAULTS["passages"]


@pytest.mark.parametrize(
    ("key", "least", "most"),
    [
        ("threads", 0, 256),
        ("passages", 1, 20),
        ("vector_weight", 0, 1),
        ("gate", 0, 1),
        ("prompt_tokens", 200, 30_000),
        ("answer_tokens", 16, 2000),
        ("port", 1, 65_535),
    ],
)
def test_a_number_out_of_range_is_refused(monkeypatch: pytest.MonkeyPatch, key: str, least: int, most: int) -> None:
    for good in (least, most):
        monkeypatch.setenv(f"RAG_{key.upper()}", str(good))
        assert getattr(Settings.load(), key) == good
    for bad, said in ((least - 1, f"greater than or equal to {least}"), (most + 1, f"less than or equal to {most}")):
        monkeypatch.setenv(f"RAG_{key.upper()}", str(bad))
        with pytest.raises(ConfigError, match=rf"^Setting '{key}' \(rag\.toml or RAG_{key.upper()}\): .*{said}\. "):
            Settings.load()


@pytest.mark.parametrize(
    ("key", "value"),
    [("passages", "five"), ("passages", "5.5"), ("passages", ""), ("gate", "nan"), ("gate", "inf")],
)
def test_what_is_no_such_number_is_refused(monkeypatch: pytest.MonkeyPatch, key: str, value: str) -> None:
    monkeypatch.setenv(f"RAG_{key.upper()}", value)
    with pytest.raises(ConfigError, match=rf"^Setting '{key}' \(rag\.toml or RAG_{key.upper()}\): [^\n]*$"):
        Settings.load()


@pytest.mark.parametrize("content", [b"passages = = 7", b"passages", b"\xff\xfe", b"passages = 17\npassages = 8"])
def test_a_malformed_rag_toml_is_refused(toml: Path, content: bytes) -> None:
    toml.write_bytes(content)
    with pytest.raises(ConfigError, match=r"^rag\.toml cannot be read: [^\n]*\. Mend or remove it\.$"):
        Settings.load()


def test_a_wrong_type_in_rag_toml_is_refused(toml: Path) -> None:
    toml.write_text("llm = 3\n")
    with pytest.raises(ConfigError, match=r"^Setting 'llm' \(rag\.toml or RAG_LLM\): Input should be a valid string\."):
        Settings.load()


# --- the id ----------------------------------------------------------------------------------------------------------


def test_the_id_is_eight_hex_digits_and_the_same_every_time() -> None:
    assert re.fullmatch(r"[0-9a-f]{8}", Settings.load().id)
    assert Settings.load().id == Settings.load().id


@pytest.mark.parametrize("key", DEFAULTS)
def test_the_id_changes_with_what_shapes_answers_and_with_nothing_else(key: str) -> None:
    assert (Settings(**{key: OTHER[key]}).id != Settings().id) == (key in SHAPES_ANSWERS)
