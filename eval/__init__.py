"""Scores of the assistant on question/answer pairs: `python -m eval --help`. No figure without its interval."""
