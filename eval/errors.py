"""The errors of the evaluation that a user may see."""

from rag.errors import RagError


class EvalError(RagError):
    """Questions, a run or a data set cannot be used as what they are said to be; the message says where."""
