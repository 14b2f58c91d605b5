"""An embedding model of the user's own, as an ONNX file: one vector a picture, cosine distance.

The model is trusted as a program would be that one runs. Its weights must be in the file itself.
Pictures are opened by Pillow, turned to RGB, squashed to the model's input size, so that nothing is
cut off, and scaled. The one door to onnxruntime, which is the extra `onnx`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashguard.errors import MissingExtraError, ModelError
from hashguard.hashes import Pixels
from hashguard.robustness.system import Metric, Rows
from hashguard.robustness.systems.shared import LastReferences, pillow_converted

MAX_MODEL_BYTES = 2**31 - 1  # an ONNX file is one protobuf message, which cannot be longer
DEFAULT_SIZE = 224  # pixels; where the model leaves its input size open, most were trained at it
MAX_SIZE = 4096  # pixels; more is a mistake, and would not fit into memory

IMAGENET_MEAN = (0.485, 0.456, 0.406)  # of red, green, blue from 0 to 1
IMAGENET_STD = (0.229, 0.224, 0.225)
"""The scaling that nearly all published models of pictures are trained with."""

_TYPES: dict[str, type[np.floating[Any]]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
}


class OnnxSystem:
    """An embedding model. Its first output, flattened, is the vector."""

    metric = Metric.COSINE
    libraries = ("onnxruntime", "pillow")
    max_distances: tuple[float, ...] = (0.25, 0.1, 0.5)
    source = (
        "chosen here: each model has its own scale of distances; "
        "compare it at a fixed rate of false matches"
    )

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        size: int | None = None,
        mean: tuple[float, float, float] = IMAGENET_MEAN,
        std: tuple[float, float, float] = IMAGENET_STD,
    ) -> None:
        """size: pixels a side, where the model leaves it open; mean, std: of RGB from 0 to 1.

        Raises MissingExtraError without onnxruntime, ModelError for a file that cannot be used.
        """
        # 1. The file, within bounds, and a session of it.
        data = _model_bytes(Path(path))
        self._session = _session(data)
        # 2. What goes in; then a picture, to see what comes out.
        self._input = _input_of(self._session, size or DEFAULT_SIZE)
        self._mean = np.array(mean, dtype=np.float32)
        self._std = np.array(std, dtype=np.float32)
        self.width = self._tried()
        # 3. The digest, because results of another model must not pass for those of this one.
        digest = hashlib.sha256(data).hexdigest()
        self.name = f"onnx {Path(path).stem}"
        self.about = (
            f"embedding model {Path(path).name} (SHA-256 {digest}), {self.width} numbers, run by "
            f"onnxruntime {version('onnxruntime')} on RGB squashed to {self._input.width} x "
            f"{self._input.height} pixels, mean {mean}, std {std}"
        )
        self._references = LastReferences(_directions)

    def hash_reference(self, data: bytes) -> Rows:
        """(1, width) float32. Raises RefusedError."""
        size = self._input.width, self._input.height
        pixels = pillow_converted(data, "RGB").resize(size)
        return self._vector(np.asarray(pixels))[np.newaxis]

    def hash_query(self, data: bytes) -> Rows:
        """As of a reference."""
        return self.hash_reference(data)

    def compare(self, query: Rows, references: Sequence[Rows]) -> NDArray[np.float64]:
        """(references,) 1 - cosine, in single precision."""
        mine = _directions(query)
        listed = self._references.of(references)
        return np.array([1.0 - (mine @ one.T).max() for one in listed], dtype=np.float64)

    def _vector(self, pixels: Pixels) -> NDArray[np.float32]:
        scaled = (pixels.astype(np.float32) / 255 - self._mean) / self._std
        tensor = scaled if self._input.channels_last else scaled.transpose(2, 0, 1)
        fed = np.ascontiguousarray(tensor[np.newaxis], dtype=self._input.dtype)
        output = self._session.run(None, {self._input.name: fed})[0]
        return np.asarray(output, dtype=np.float32).ravel()

    def _tried(self) -> int:
        """The length of the vector. Raises ModelError."""
        shape = self._input.height, self._input.width, 3
        speckled = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        try:
            vector = self._vector(speckled)
        except Exception as error:
            # onnxruntime raises its own kinds, and numpy others for an output that is no numbers.
            raise ModelError(f"the model cannot be run ({type(error).__name__})") from error
        if not len(vector) or not np.isfinite(vector).all():
            raise ModelError("the model makes no vector of finite numbers of a picture")
        return len(vector)


@dataclass(frozen=True, slots=True)
class _Input:
    """What a model takes: its name, type and layout; width, height: pixels."""

    name: str
    dtype: type[np.floating[Any]]
    width: int
    height: int
    channels_last: bool


def _model_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # The size is asked of the open file: that of the path may be another by now.
            size = os.fstat(file.fileno()).st_size
            if size > MAX_MODEL_BYTES:
                raise ModelError(f"the model has {size} bytes; at most {MAX_MODEL_BYTES} are read")
            return file.read(MAX_MODEL_BYTES)
    except OSError as error:
        raise ModelError(f"the model cannot be read ({type(error).__name__})") from error


def _session(data: bytes) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtraError(
            "an embedding model needs onnxruntime: pip install 'hashguard[onnx]'"
        ) from error
    options = onnxruntime.SessionOptions()
    # Processes are what shares the cores.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # its own words would tear the progress bar; errors are raised
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # It raises a class of its own for each thing that can be wrong with a file.
        raise ModelError(
            f"this is no ONNX model that onnxruntime can load ({type(error).__name__}); "
            "one with weights in a second file cannot be used"
        ) from error


def _input_of(session: Any, open_size: int) -> _Input:
    """Where a picture goes in. Raises ModelError unless there is just one place, for pictures."""
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise ModelError(f"the model has {len(inputs)} inputs; it must have one, for a picture")
    (only,) = inputs
    # A side that is left open is a name, or None.
    shape = [side if isinstance(side, int) and side > 0 else None for side in only.shape]
    if len(shape) != 4 or shape[0] not in (1, None) or only.type not in _TYPES:
        raise ModelError(
            f"the model takes {only.type} of shape {only.shape}; "
            "it must take pictures as floats, one at a time: (1, 3, height, width)"
        )
    channels_last = shape[3] == 3 and shape[1] != 3
    height, width = shape[1:3] if channels_last else shape[2:]
    if not channels_last and shape[1] not in (3, None):
        raise ModelError(f"the model takes {shape[1]} channels; a picture has 3")
    size = height or open_size, width or open_size
    if max(size) > MAX_SIZE:
        raise ModelError(f"the model takes {size} pixels; at most {MAX_SIZE} a side are used")
    return _Input(only.name, _TYPES[only.type], size[1], size[0], channels_last)


def _directions(rows: Rows) -> NDArray[np.float32]:
    """The rows at length 1; zeros stay zeros, at right angles to everything."""
    lengths = np.sqrt(np.square(rows.astype(np.float32)).sum(axis=1, keepdims=True))
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)
