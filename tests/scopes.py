"""The five real documents, some of which are chosen for a question."""

from __future__ import annotations

from documents import ARTICLE, ASIA_PACIFIC, FEATURES, RESOLUTION, SOUTH_EAST_ASIA

from rag.index import Index

FILES = (SOUTH_EAST_ASIA, ASIA_PACIFIC, FEATURES, RESOLUTION, ARTICLE)
YOUTH = "Which youth quota do young unionists from South East Asia call for?"


def ids(index: Index, *files: str) -> frozenset[str]:
    """Ids of the documents of some files."""
    return frozenset(d.id for d in index.store.documents.values() if d.file in files)
