"""The errors that a user may see: each message says what happened, where, and the command that helps."""


class RagError(Exception):
    """Base of all expected errors; `str(error)` is one line, fit to be shown to a user."""


class ConfigError(RagError):
    """A setting is unknown, out of range or contradicts another."""


class CorpusError(RagError):
    """A document or the catalog cannot be read as what it is said to be."""


class ModelError(RagError):
    """A model is missing, damaged, or cannot be fetched or run."""


class IndexFault(RagError):
    """The index is missing, damaged, or was built for other settings."""
