"""Opening the index, which is built first if there is none. Loads no model, so that what needs none starts at once."""

from __future__ import annotations

from collections.abc import Callable

from rag.config import Settings
from rag.embedding import Embedder
from rag.index import Index, open_index
from rag.indexing import build_index
from rag.manifest import builds


def open_or_build(settings: Settings, embedder: Embedder, say: Callable[[str], None]) -> Index:
    """Open the index; build it if there is none, say so if it is older than the documents.

    Raises:
        RagError: as `open_index` and `build_index`.
    """
    if not builds(settings.index):
        say("There is no index yet: building it from the documents ...")
        for problem in build_index(settings, embedder).problems:
            say(problem)
    index = open_index(settings, embedder)
    if not index.is_current(settings.seeds):
        say("The documents have changed since the index was built. To take them in, run: rag index")
    return index
