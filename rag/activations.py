"""What one layer of a language model holds for the last token that it reads, by way of llama.cpp's callback.

llama.cpp gives no function for this; it calls back for every step of a computation, by the step's name, and lets one
read the result of those that one wants.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

State = npt.NDArray[np.float32]

_Callback = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_bool, ctypes.c_void_p)


class Activations:
    """The output of one layer for the last token of what was computed last.

    `callback` is given to llama.cpp when a context is made. It costs nothing worth measuring while nothing is watched.
    """

    def __init__(self, library: ctypes.CDLL, layer: int) -> None:
        """Watch a layer.

        Args:
            library: ggml's base library, which llama.cpp runs on.
            layer: counted from 0.
        """
        self._name = b"l_out-%d" % layer
        self._library = library
        library.ggml_get_name.restype = ctypes.c_char_p
        library.ggml_get_name.argtypes = [ctypes.c_void_p]
        library.ggml_nbytes.restype = ctypes.c_size_t
        library.ggml_nbytes.argtypes = [ctypes.c_void_p]
        library.ggml_backend_tensor_get.restype = None
        library.ggml_backend_tensor_get.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t]
        self._width = 0  # values of a state; 0 while nothing is watched
        self._state: State | None = None
        self.callback = _Callback(self._called)  # must live as long as the context

    @contextmanager
    def watched(self, width: int) -> Iterator[None]:
        """Watch while something is computed; `state` gives what was seen. `width`: the model's embedding size."""
        self._width, self._state = width, None
        try:
            yield
        finally:
            self._width = 0

    @property
    def state(self) -> State | None:
        """What was seen, shape (width,); None when the layer was never computed: the model has no such layer."""
        return self._state

    def _called(self, step: int, asked: bool, _data: int) -> bool:
        """Whether a step's result is wanted, when asked; else read it, and go on."""
        wanted = bool(self._width) and self._library.ggml_get_name(step) == self._name
        if wanted and not asked:
            last = self._width * np.dtype(np.float32).itemsize  # bytes of the last row, which is the last token's
            state = np.empty(self._width, dtype=np.float32)
            whole = self._library.ggml_nbytes(step)
            self._library.ggml_backend_tensor_get(step, state.ctypes.data, whole - last, last)
            self._state = state
        return wanted or not asked
