"""Whether an index is still what a build would make: told by its manifest alone, in a moment.

Most runs of `rag index` find nothing to do; loading numpy, faiss and the index for it took half of their time.
"""

from __future__ import annotations

from rag.config import DIMENSIONS, Settings
from rag.corpus import fingerprint
from rag.errors import IndexFault
from rag.manifest import BuildResult, builds, read_manifest


def unchanged(settings: Settings) -> BuildResult | None:
    """What a build would tell that finds nothing to do; None where it may find something.

    Raises:
        CorpusError: there is no document.
    """
    state = fingerprint(settings.seeds)
    try:
        manifest = read_manifest(builds(settings.index)[-1])
    except (IndexError, IndexFault):
        return None
    made_of = manifest.fingerprint, manifest.model, manifest.dimension
    if made_of != (state, settings.embedding, DIMENSIONS[settings.embedding]):
        return None
    return BuildResult(False, len(manifest.documents), manifest.chunks, 0, tuple(manifest.problems))
