"""An ONNX model is fed pictures as it wants them, and what is no such model is refused.

The models are made here byte by byte (they are protobuf messages, see `onnx.proto`), so that no
file has to be trusted: they average the colours of the picture they are shown.
"""

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hashguard.errors import HashguardError, MissingExtraError, ModelError
from hashguard.hashes import Pixels
from hashguard.robustness.distances import Scale, Table
from hashguard.robustness.system import Metric, Reason, RefusedError
from hashguard.robustness.systems import onnx, registry
from hashguard.robustness.systems.onnx import IMAGENET_MEAN, IMAGENET_STD, OnnxSystem

FLOAT, UINT8, FLOAT16 = 1, 2, 10  # element types
NCHW: tuple[int | str, ...] = (1, 3, 8, 8)
PLAIN: dict[str, Any] = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}


# --- protobuf, as much as a model needs ---------------------------------------------------


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def text(field: int, value: str | bytes) -> bytes:
    """A string or an inner message."""
    data = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(data)) + data


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def node(kind: str, given: str, made: str, **attributes: Sequence[int]) -> bytes:
    """A NodeProto; attributes are lists of numbers."""
    lists = b"".join(
        text(5, text(1, name) + b"".join(number(8, one) for one in ones) + number(20, 7))
        for name, ones in attributes.items()
    )
    return text(1, text(1, given) + text(2, made) + text(4, kind) + lists)


def value(field: int, name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    """A ValueInfoProto of a tensor; sides that are words are left open."""
    sides = b"".join(
        text(1, number(1, side) if isinstance(side, int) else text(2, side)) for side in shape
    )
    return text(field, text(1, name) + text(2, text(1, number(1, kind) + text(2, sides))))


def model(
    *nodes: bytes,
    shape: Sequence[int | str] = NCHW,
    kind: int = FLOAT,
    inputs: Sequence[str] = ("x",),
    made: Sequence[int | str] = ("n", "k"),
) -> bytes:
    """A ModelProto of nodes from "x" to "y"."""
    graph = (
        b"".join(nodes)
        + text(2, "colours")
        + b"".join(value(11, name, kind, shape) for name in inputs)
        + value(12, "y", kind, made)
    )
    return number(1, 8) + text(7, graph) + text(8, text(1, "") + number(2, 13))


AVERAGE = (node("GlobalAveragePool", "x", "p"), node("Flatten", "p", "y"))
FROM_NHWC = (node("Transpose", "x", "t", perm=(0, 3, 1, 2)), node("GlobalAveragePool", "t", "p"))
FLATTEN = node("Flatten", "p", "y")


def written(folder: Path, data: bytes, name: str = "colours.onnx") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def picture(*colours: tuple[int, int, int], size: tuple[int, int] = (40, 30)) -> bytes:
    """Stripes of these colours from left to right, as a PNG."""
    stripes = np.array(colours, dtype=np.uint8)[np.newaxis]
    return file_of(np.asarray(Image.fromarray(stripes).resize(size, Image.Resampling.NEAREST)))


def file_of(pixels: Pixels) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


# --- what goes in and comes out -----------------------------------------------------------


@pytest.mark.parametrize(
    ("nodes", "shape"),
    [
        (AVERAGE, (1, 3, 8, 8)),
        (AVERAGE, ("batch", 3, "height", "width")),
        (AVERAGE, ("batch", "channels", 8, 16)),
        ((*FROM_NHWC, FLATTEN), (1, 8, 16, 3)),
        ((*FROM_NHWC, FLATTEN), ("batch", "height", "width", 3)),
    ],
)
def test_the_vector_is_that_of_the_colours_whatever_the_layout(tmp_path, nodes, shape):
    """Red, green and blue arrive in this order, scaled to 0 to 1."""
    system = OnnxSystem(written(tmp_path, model(*nodes, shape=shape)), **PLAIN)
    assert (system.metric, system.width) == (Metric.COSINE, 3)
    rows = system.hash_query(picture((255, 51, 0)))
    assert rows.shape == (1, 3)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, [[1.0, 0.2, 0.0]], atol=1e-4)


def test_the_whole_picture_is_seen(tmp_path):
    """A long one is squashed, not cut: each of its four colours has its quarter."""
    system = OnnxSystem(written(tmp_path, model(*AVERAGE)), **PLAIN)
    stripes = picture((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), size=(800, 20))
    np.testing.assert_allclose(system.hash_query(stripes), [[0.5, 0.5, 0.5]], atol=0.01)


def test_width_and_height_are_not_exchanged(tmp_path):
    """A model of 2 rows and 4 columns that hands out its pixels: red on the left."""
    data = model(node("Flatten", "x", "y"), shape=(1, 3, 2, 4))
    system = OnnxSystem(written(tmp_path, data), **PLAIN)
    (row,) = system.hash_query(picture((255, 0, 0), (0, 0, 0), size=(400, 20)))
    red, green, blue = row.reshape(3, 2, 4)
    assert (red[:, 0] == 1).all()
    assert (red[:, 3] == 0).all()
    assert not green.any()
    assert not blue.any()


@pytest.mark.parametrize(("size", "expected"), [(None, 224), (32, 32)])
def test_a_side_that_is_left_open_is_224_pixels_unless_said(tmp_path, size, expected):
    data = model(node("Flatten", "x", "y"), shape=(1, 3, "h", "w"))
    system = OnnxSystem(written(tmp_path, data), size=size)
    assert system.width == 3 * expected**2
    assert f"{expected} x {expected} pixels" in system.about


def test_scaling_is_that_of_imagenet_unless_said(tmp_path):
    system = OnnxSystem(written(tmp_path, model(*AVERAGE)))
    expected = (np.array([1.0, 0.2, 0.0]) - IMAGENET_MEAN) / IMAGENET_STD
    np.testing.assert_allclose(
        system.hash_query(picture((255, 51, 0))), expected[None], rtol=1e-5, atol=1e-5
    )


def test_half_precision_is_fed_and_read(tmp_path):
    system = OnnxSystem(written(tmp_path, model(*AVERAGE, kind=FLOAT16)), **PLAIN)
    rows = system.hash_query(picture((255, 51, 0)))
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, [[1.0, 0.2, 0.0]], atol=1e-3)


def test_what_it_says_of_distances_is_what_the_harness_computes(tmp_path):
    """In thousandths; a black picture is a vector of zeros, at right angles to everything."""
    system = OnnxSystem(written(tmp_path, model(*AVERAGE)), **PLAIN)
    colours = [(255, 0, 0), (128, 0, 0), (0, 255, 0), (255, 255, 0), (0, 0, 0), (250, 5, 9)]
    references = [system.hash_reference(picture(one)) for one in colours]
    table = Table(references, Scale(system.metric, system.width))
    query = system.hash_query(picture((255, 0, 0)))
    steps = table.steps(query)
    assert steps[:5].tolist() == [0, 0, 1000, 293, 1000]
    np.testing.assert_allclose(system.compare(query, references), steps / 1000, atol=0.00051)
    assert system.compare(query, []).shape == (0,)


def test_real_photographs_are_told_apart_and_copies_found(tmp_path, photo_paths):
    """By 8 x 8 pixels in colour: no great model, but enough to see that pictures arrive."""
    system = OnnxSystem(written(tmp_path, model(node("Flatten", "x", "y"))))
    names = ("cat.png", "coffee.png", "rocket.jpg", "mountains.jpg")
    references = [system.hash_reference(photo_paths[name].read_bytes()) for name in names]
    with Image.open(photo_paths["coffee.png"]) as image:
        copy = file_of(np.asarray(image.convert("RGB").resize((200, 133))))
    distances = system.compare(system.hash_query(copy), references)
    assert distances.argmin() == 1
    assert distances[1] < 0.02
    assert np.delete(distances, 1).min() > system.max_distances[0]


@pytest.mark.parametrize("data", [b"", b"junk" * 99, picture((1, 2, 3))[:60]])
def test_what_is_no_picture_is_refused(tmp_path, data):
    system = OnnxSystem(written(tmp_path, model(*AVERAGE)))
    for verb in (system.hash_query, system.hash_reference):
        with pytest.raises(RefusedError) as caught:
            verb(data)
        assert caught.value.reason is Reason.UNDECODABLE


# --- which model --------------------------------------------------------------------------


def test_a_model_is_named_on_the_command_line_by_its_path(tmp_path):
    """Results of another model of the same name are not those of this one: the digest says it."""
    path = written(tmp_path, model(*AVERAGE))
    system = registry.make(f"onnx:{path}")
    assert isinstance(system, OnnxSystem)
    assert system.name == "onnx colours"
    path.write_bytes(model(*AVERAGE, shape=(1, 3, 9, 9)))
    assert registry.make(f"onnx:{path}").about != system.about
    assert str(tmp_path) not in system.about
    assert "onnxruntime" in registry.versions([system])


NO_MODELS = {
    "empty": b"",
    "junk": b"not a model at all",
    "a picture": picture((1, 2, 3)),
    "cut": model(*AVERAGE)[:-20],
    "unknown node": model(node("NoSuchThing", "x", "y")),
    "nothing joined": model(node("Flatten", "z", "y")),
    "two inputs": model(*AVERAGE, inputs=("x", "z")),
    "flat input": model(node("Flatten", "x", "y"), shape=(1, 10)),
    "one channel": model(*AVERAGE, shape=(1, 1, 8, 8)),
    "batches of four": model(*AVERAGE, shape=(4, 3, 8, 8)),
    "bytes": model(node("Flatten", "x", "y"), kind=UINT8),
    "too large": model(*AVERAGE, shape=(1, 3, 8, 10_000)),
    "no finite numbers": model(
        node("GlobalAveragePool", "x", "p"), node("Flatten", "p", "q"), node("Log", "q", "y")
    ),
}


@pytest.mark.parametrize("name", NO_MODELS)
def test_what_cannot_be_used_is_the_users_mistake_and_said_so(tmp_path, capfd, name):
    """One error, which is a ValueError too; onnxruntime's own words stay away from the terminal."""
    path = written(tmp_path, NO_MODELS[name])
    with pytest.raises(ModelError, match="model") as caught:
        # Of a speckled picture less than its mean the logarithm is no number.
        OnnxSystem(path, mean=(2.0, 2.0, 2.0), std=(1.0, 1.0, 1.0))
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, HashguardError)
    assert str(tmp_path) not in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("place", ["weights.bin", "../weights.bin", "{folder}/weights.bin"])
def test_weights_in_a_second_file_are_refused(tmp_path, monkeypatch, place):
    """The digest that results are kept under would not cover them, wherever they lie."""
    folder = tmp_path / "inner"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for there in (folder, tmp_path):
        (there / "weights.bin").write_bytes(np.ones(3, np.float32).tobytes())
    said = (("location", place.format(folder=folder)), ("offset", "0"), ("length", "12"))
    # A TensorProto of three floats, which says where they are.
    tensor = number(1, 3) + number(2, FLOAT) + text(8, "w")
    outside = tensor + number(14, 1)
    outside += b"".join(text(13, text(1, key) + text(2, word)) for key, word in said)
    product = text(1, text(1, "p") + text(1, "w") + text(2, "y") + text(4, "Mul"))
    averages = (node("GlobalAveragePool", "x", "a"), node("Flatten", "a", "p"))
    path = written(folder, model(*averages, product, text(5, outside)))
    with pytest.raises(ModelError, match="weights in a second file"):
        OnnxSystem(path)
    inside = tensor + text(9, np.array([1, 2, 4], np.float32).tobytes())
    system = OnnxSystem(written(folder, model(*averages, product, text(5, inside))), **PLAIN)
    np.testing.assert_allclose(system.hash_query(picture((255, 255, 255))), [[1, 2, 4]], rtol=1e-4)


def test_every_byte_of_a_model_may_be_wrong(tmp_path):
    """Either it is a model all the same, or our own error."""
    whole = model(*AVERAGE)
    for at in range(len(whole)):
        broken = bytearray(whole)
        broken[at] ^= 0xFF
        path = written(tmp_path, bytes(broken))
        try:
            system = OnnxSystem(path)
        except ModelError:
            continue
        assert system.width >= 1


def test_a_file_that_is_not_there_or_too_long_is_refused(tmp_path, monkeypatch):
    with pytest.raises(ModelError, match="cannot be read"):
        OnnxSystem(tmp_path / "none.onnx")
    with pytest.raises(ModelError, match="cannot be read"):
        OnnxSystem(tmp_path)
    data = model(*AVERAGE)
    path = written(tmp_path, data)
    monkeypatch.setattr(onnx, "MAX_MODEL_BYTES", len(data))
    assert OnnxSystem(path).width == 3
    monkeypatch.setattr(onnx, "MAX_MODEL_BYTES", len(data) - 1)
    with pytest.raises(ModelError, match=f"{len(data)} bytes; at most {len(data) - 1}"):
        OnnxSystem(path)


def test_without_onnxruntime_the_message_names_the_extra(tmp_path, monkeypatch):
    path = written(tmp_path, model(*AVERAGE))
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"hashguard\[onnx\]"):
        registry.make(f"onnx:{path}")
