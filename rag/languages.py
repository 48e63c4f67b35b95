"""Which language a question is in. The documents and their embeddings are English."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# Those that py3langid tells apart well and that members of the federation write in. What is rare here is not listed:
# a short English question must not be taken for it.
LANGUAGES = {
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "pt": "Portuguese",
    "de": "German",
    "it": "Italian",
    "nl": "Dutch",
    "tr": "Turkish",
    "id": "Indonesian",
    "ms": "Malay",
    "vi": "Vietnamese",
    "ja": "Japanese",
    "zh": "Chinese",
    "ko": "Korean",
    "th": "Thai",
    "km": "Khmer",
    "ar": "Arabic",
    "ru": "Russian",
    "hi": "Hindi",
    "bn": "Bengali",
    "ne": "Nepali",
    "si": "Sinhala",
    "my": "Burmese",
}
# Those that a language model of 1.5 billion parameters translates so badly that it answers other questions than were
# asked: of two Khmer dev questions it made a product's name and a telephone call.
UNREADABLE = frozenset({"km", "hi", "bn", "ne", "si", "my"})
# Said with an answer to a question in this language, as the answer keeps to the words of the documents.
IN_ENGLISH = {
    "es": "Los documentos están en inglés; la respuesta usa sus palabras.",
    "fr": "Les documents sont en anglais ; la réponse reprend leurs mots.",
    "pt": "Os documentos estão em inglês; a resposta usa as palavras deles.",
    "de": "Die Dokumente sind auf Englisch; die Antwort bleibt bei ihren Worten.",
    "it": "I documenti sono in inglese; la risposta usa le loro parole.",
    "nl": "De documenten zijn in het Engels; het antwoord gebruikt hun woorden.",
    "tr": "Belgeler İngilizcedir; yanıt onların sözcükleriyle verilir.",
    "id": "Dokumennya berbahasa Inggris; jawaban ini memakai kata-katanya.",
    "ms": "Dokumen adalah dalam bahasa Inggeris; jawapan ini menggunakan kata-katanya.",
    "vi": "Các tài liệu bằng tiếng Anh; câu trả lời dùng nguyên văn của tài liệu.",
    "ja": "文書は英語のため、回答は文書の言葉のままです。",
    "zh": "文件为英文，回答沿用文件原文。",
    "ko": "문서가 영어로 되어 있어 답변은 문서의 표현을 그대로 씁니다.",
    "th": "เอกสารเป็นภาษาอังกฤษ คำตอบจึงใช้ถ้อยคำของเอกสาร",
    "ar": "الوثائق بالإنجليزية، والإجابة بكلماتها.",
    "ru": "Документы на английском языке; ответ сохраняет их слова.",
}
_ALIKE = (frozenset({"id", "ms"}),)  # so alike that they halve the probability between them
_SURE = 0.7  # least probability at which a question counts as not English
_FEWEST_WORDS = 3  # below it names alone decide, and "Kuala Lumpur?" is no Malay


def language_of(question: str) -> str:
    """ISO 639-1 code of a question's language; "en" in doubt."""
    if len(question.split()) < _FEWEST_WORDS and question.isascii():
        return "en"
    ranked = _identifier().rank(question)
    best = str(ranked[0][0])
    family = next((alike for alike in _ALIKE if best in alike), frozenset({best}))
    return best if sum(probability for language, probability in ranked if language in family) >= _SURE else "en"


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier
