"""Folders of arrays: what is written comes back, and what the format cannot say is refused."""

from __future__ import annotations

import hashlib
import io
import re
import tempfile
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from hashguard.arrays import DTYPES, MAX_MANIFEST_BYTES, open_arrays, write_arrays
from tests.arrays.samples import DIGEST, FACTS, KIND, reopen, reseal_array, write

PAGE = Path(__file__).parents[2] / "docs" / "index-format.md"


def test_what_is_written_comes_back_mapped_and_read_only(tmp_path):
    """Values, types, shapes and facts; nobody can write to the arrays, or make them writeable."""
    codes = np.arange(96, dtype=np.uint8).reshape(3, 32)
    digest = write(tmp_path / "a", codes=codes, empty=np.zeros((0, 4), np.int64))
    for verify in (False, True):
        found = reopen(tmp_path / "a", verify=verify)
        assert (found.kind, found.version, found.digest) == (KIND, 1, digest)
        assert found.facts == FACTS
        assert set(found.arrays) == {"codes", "empty"}
        assert np.array_equal(found.arrays["codes"], codes)
        assert found.arrays["empty"].shape == (0, 4)
        assert found.arrays["empty"].dtype == np.int64
        for values in found.arrays.values():
            assert type(values) is np.ndarray
            with pytest.raises(ValueError, match="WRITEABLE"):
                values.flags.writeable = True


@settings(max_examples=60)
@given(
    values=st.sampled_from(DTYPES).flatmap(
        lambda dtype: arrays_of.arrays(
            dtype, arrays_of.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=6)
        )
    ),
    order=st.sampled_from(["C", "F", "reversed", "strided"]),
)
def test_every_type_shape_and_order_comes_back(values, order):
    """Zero lengths and arrays that are not in C order included."""
    laid = {
        "C": values,
        "F": np.asfortranarray(values),
        "reversed": values[::-1],
        "strided": values[..., ::2],
    }[order]
    with tempfile.TemporaryDirectory() as there:
        write(Path(there) / "a", values=laid)
        found = reopen(Path(there) / "a").arrays["values"]
        assert found.dtype == laid.dtype
        assert found.shape == laid.shape
        assert np.array_equal(found, laid)
        assert found.flags.c_contiguous


def test_the_bytes_are_those_of_the_document(tmp_path):
    """Header and manifest to the byte, and NumPy reads the files: formats outlive code."""
    values = np.array([[1], [515]], dtype=np.uint16)
    write_arrays(tmp_path / "a", kind=KIND, version=1, facts={"n": 2}, arrays={"two": values})
    header = b"\x93NUMPY\x01\x00\x76\x00{'descr': '<u2', 'fortran_order': False, 'shape': (2, 1), }"
    file = header.ljust(127) + b"\n" + b"\x01\x00\x03\x02"
    assert (tmp_path / "a" / "two.npy").read_bytes() == file
    judge = np.load(io.BytesIO(file), allow_pickle=False)
    assert judge.dtype == values.dtype
    assert np.array_equal(judge, values)
    text = (
        '{"arrays":{"two":{"bytes":132,"digest":"' + hashlib.sha256(file).hexdigest() + '",'
        '"dtype":"<u2","shape":[2,1]}},"digest":"%s","facts":{"n":2},'
        '"format":"example-arrays","version":1}\n'
    )
    digest = hashlib.sha256((text % DIGEST).encode()).hexdigest()
    assert (tmp_path / "a" / "manifest.json").read_text("ascii") == text % digest


def test_the_document_shows_the_digests_of_its_example(tmp_path):
    """Ninety-six bytes that count up, as in docs/index-format.md."""
    codes = np.arange(96, dtype=np.uint8).reshape(3, 32)
    write_arrays(
        tmp_path / "a",
        kind="hashguard-index",
        version=1,
        facts={"count": 3},
        arrays={"codes": codes},
    )
    text = (tmp_path / "a" / "manifest.json").read_text("ascii")
    shown = re.sub(r"([0-9a-f]{4})[0-9a-f]{56}([0-9a-f]{4})", r"\1…\2", text)
    assert shown in PAGE.read_text("utf-8")


def test_the_same_content_has_the_same_digest_in_any_order(tmp_path):
    """Of arrays and of facts, so the digest names the content."""
    one, two = np.zeros(1, np.uint8), np.ones(2, np.uint8)
    facts = dict(reversed(FACTS.items()))
    arrays = {"two": two, "one": one}
    digest = write_arrays(tmp_path / "b", kind=KIND, version=1, facts=facts, arrays=arrays)
    assert write(tmp_path / "a", one=one, two=two) == digest


def test_no_arrays_and_no_facts_are_a_folder_too(tmp_path):
    write_arrays(tmp_path / "a", kind=KIND, version=1, facts={}, arrays={})
    found = reopen(tmp_path / "a")
    assert (found.facts, found.arrays) == ({}, {})


def test_an_older_version_opens_and_is_told(good):
    """A reader of version 2 decides itself what to make of version 1."""
    assert open_arrays(good, kind=KIND, version=2).version == 1


def test_files_that_are_none_of_ours_are_left_alone(good):
    (good / "notes.txt").write_text("x")
    assert set(reopen(good).arrays) == {"codes", "offsets", "empty"}


def test_opening_costs_nothing_however_long_the_arrays_are(tmp_path):
    """Eight sparse gigabytes, written by nobody: only a map of them is made."""
    folder, rows = tmp_path / "a", 2**28
    write(folder, codes=np.zeros((1, 32), np.uint8))
    size = 128 + rows * 32
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({rows}, 32), }}"
    header = b"\x93NUMPY\x01\x00\x76\x00" + text.encode().ljust(117) + b"\n"
    with (folder / "codes.npy").open("r+b") as file:
        file.write(header)
        file.truncate(size)
    reseal_array(folder, shape=[rows, 32], bytes=size)
    tracemalloc.start()
    codes = reopen(folder, verify=False).arrays["codes"]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert codes.shape == (rows, 32)
    assert not codes[-1].any()
    assert peak < 2**20


@pytest.mark.parametrize("order", ["C", "F"])
def test_no_second_copy_is_made_by_writing_or_verifying(tmp_path, order):
    """32 MiB go through in pieces, also when they must be put in order."""
    values = np.zeros((2**20, 32), np.uint8, order=order)
    tracemalloc.start()
    write(tmp_path / "a", values=values)
    reopen(tmp_path / "a", verify=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * 2**20


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"kind": "Example"}, "a kind is"),
        ({"kind": ""}, "a kind is"),
        ({"kind": "x" * 41}, "a kind is"),
        ({"version": 0}, "a version is"),
        ({"version": True}, "a version is"),
        ({"facts": {"a": 1.0}}, "facts are"),
        ({"facts": {"a": (1, 2)}}, "facts are"),
        ({"facts": {"a": b"x"}}, "facts are"),
        ({"facts": {"a": 2**53}}, "facts are"),
        ({"facts": {"a": "\ud800"}}, "facts are"),
        ({"facts": {"a": {1: 2}}}, "facts are"),
        ({"facts": {"a": np.int64(1)}}, "facts are"),
        ({"facts": {"a": [[[[[[[[1]]]]]]]]}}, "facts are"),
        ({"facts": {"a": "x" * MAX_MANIFEST_BYTES}}, "state fewer facts"),
        ({"arrays": {"A": np.zeros(1, np.uint8)}}, "the name of an array"),
        ({"arrays": {"": np.zeros(1, np.uint8)}}, "the name of an array"),
        ({"arrays": {"../a": np.zeros(1, np.uint8)}}, "the name of an array"),
        ({"arrays": {"a\n": np.zeros(1, np.uint8)}}, "the name of an array"),
        ({"arrays": {"x" * 33: np.zeros(1, np.uint8)}}, "the name of an array"),
        ({"arrays": {"a": np.zeros(1, np.float64)}}, "the type of an array"),
        ({"arrays": {"a": np.zeros(1, object)}}, "the type of an array"),
        ({"arrays": {"a": np.zeros(1, "S4")}}, "the type of an array"),
        ({"arrays": {"a": np.zeros(1, ">u4")}}, "the type of an array"),
        ({"arrays": {"a": np.zeros(1, [("x", "<u4")])}}, "the type of an array"),
        ({"arrays": {"a": np.zeros((), np.uint8)}}, "one to 3 dimensions"),
        ({"arrays": {"a": np.zeros((1, 1, 1, 1), np.uint8)}}, "one to 3 dimensions"),
    ],
)
def test_what_the_format_cannot_say_is_the_callers_mistake(tmp_path, changed, reason):
    """Told before anything is written."""
    asked = {"kind": KIND, "version": 1, "facts": {}, "arrays": {}, **changed}
    with pytest.raises(ValueError, match=reason):
        write_arrays(tmp_path / "a", **asked)
    assert not list(tmp_path.iterdir())


def test_facts_that_hold_themselves_are_refused(tmp_path):
    """No end of nesting is followed."""
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ValueError, match="8 deep"):
        write_arrays(tmp_path / "a", kind=KIND, version=1, facts={"a": endless}, arrays={})
