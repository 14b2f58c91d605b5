"""Folders of arrays that were spoilt: refused, and for the right reason."""

from __future__ import annotations

import json
import os

import pytest

from hashguard.arrays import MAX_MANIFEST_BYTES
from tests.arrays.samples import DIGEST, FACTS, KIND, refusal, reopen, reseal, reseal_array


@pytest.mark.parametrize("changes", [(0x01,), (0x80,), (0x20,)])
def test_each_damaged_byte_of_the_manifest_is_refused(good, changes):
    """By the digest if by nothing else, and without `verify`."""
    path = good / "manifest.json"
    whole = path.read_bytes()
    for at in range(len(whole)):
        for change in changes:
            path.write_bytes(whole[:at] + bytes([whole[at] ^ change]) + whole[at + 1 :])
            word = refusal(good).split(":")[0]
            assert word in {"foreign", "newer", "truncated", "altered"}
    path.write_bytes(whole)
    reopen(good)


@pytest.mark.parametrize("name", ["codes", "offsets", "empty"])
def test_each_damaged_byte_of_an_array_is_found_by_verifying(good, name):
    """Without, the header is still compared, and nothing but our own error comes out."""
    path = good / f"{name}.npy"
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x01]) + whole[at + 1 :])
        assert refusal(good, verify=True).startswith(f"altered: {name}.npy ")
        if at < 128:
            assert refusal(good).startswith(f"altered: {name}.npy ")
        else:
            reopen(good, verify=False)


def test_a_cut_manifest_is_truncated_at_every_length(good):
    """An empty one too: some file systems leave that after a power cut."""
    path = good / "manifest.json"
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert refusal(good).startswith("truncated: manifest.json ")


@pytest.mark.parametrize("length", [0, 1, 127, 128, 129, 128 + 95])
def test_a_cut_array_is_truncated(good, length):
    os.truncate(good / "codes.npy", length)
    assert refusal(good).startswith("truncated: codes.npy ")


@pytest.mark.parametrize("name", ["codes.npy", "empty.npy", "manifest.json"])
def test_bytes_too_many_are_refused(good, name):
    with (good / name).open("ab") as file:
        file.write(b"\n")
    assert refusal(good).startswith(f"altered: {name} ")


def test_what_is_not_there_is_told_apart(good, tmp_path):
    """No folder, a file in its place, a folder of ours without a part, a folder of others."""
    (good / "offsets.npy").unlink()
    assert refusal(good).startswith("torn: offsets.npy is not there")
    (good / "manifest.json").unlink()
    assert refusal(good).startswith("torn: manifest.json is not there")
    (tmp_path / "other").mkdir()
    assert refusal(tmp_path / "other").startswith("foreign: the folder holds no manifest.json")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("none", "link", "none/none"):
        assert refusal(tmp_path / name).startswith("missing: ")
    assert refusal(good / "codes.npy").startswith("foreign: this is a file")
    assert refusal(good / "codes.npy" / "below").startswith("foreign: this is a file")
    assert refusal(tmp_path / ("x" * 300)).startswith("unreadable: ")


@pytest.mark.parametrize("name", ["manifest.json", "codes.npy"])
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_only_regular_files_are_opened(good, tmp_path, name, kind):
    """A link could lead to a file that is none of ours, a pipe would never end."""
    path = good / name
    (tmp_path / "moved").write_bytes(path.read_bytes())
    path.unlink()
    if kind == "link":
        path.symlink_to(tmp_path / "moved")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    assert refusal(good).startswith(f"altered: {name} is not a regular file")


def test_a_link_to_the_folder_is_followed(good, tmp_path):
    (tmp_path / "link").symlink_to(good)
    assert reopen(tmp_path / "link").facts == FACTS


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b'{\n  "manifest_version": 3,\n  "name": "x"\n}\n', "foreign"),
        (b'{"format":1}\n', "foreign"),
        (b'{"format":"a b"}\n', "foreign"),
        (b"[]\n", "foreign"),
        (b"null", "foreign"),
        (b"\xff\xfe{\x00}\x00", "foreign"),
        (b"[" * MAX_MANIFEST_BYTES, "foreign"),
        (b" " * 10**6, "foreign"),
        (b'{"arrays":{' + b"}\n" * 40_000, "altered"),
        (b'{"arrays":{}}}\n', "altered"),
        (b'{"arrays":{"x":' + b'{"x":' * 9000 + b"1" + b"}" * 9002 + b"\n", "altered"),
        (b'{"arrays":{"x":' + b"9" * 5000 + b"}}\n", "altered"),
        (b'{"arrays":{"x":NaN},"format":"example-arrays","version":1}\n', "altered"),
        (b'{"arrays":{},"format":"example-arrays","version":1}\n', "altered"),
        (b'{"arrays":{},"format":"example-arrays","version":1.0}\n', "altered"),
        (b'{"arrays":{},"format":"example-arrays","version":true}\n', "altered"),
        (b'{"arrays":{},"format":"example-arrays","version":0}\n', "altered"),
        (b'{"arrays":{},"format":"example-arrays"}\n', "altered"),
        (b'{"whole":"new","format":"example-arrays","version":2}\n', "newer"),
    ],
)
def test_what_is_no_manifest_is_told_apart(good, text, word):
    """Other programs keep a manifest.json too; deep nesting and long numbers do no harm."""
    (good / "manifest.json").write_bytes(text)
    assert refusal(good).startswith(f"{word}: ")


def test_another_spelling_of_the_same_manifest_is_refused(good):
    """One content has one manifest; a key given twice is another spelling too."""
    path = good / "manifest.json"
    text = path.read_text("ascii")
    for other in (
        text.replace(",", ", "),
        text.replace("\\u017d", "\\u017D"),
        text.replace('"version":1', '"version":1,"version":1'),
        text.replace('"n":3', '"n":3.0'),
        json.dumps(json.loads(text), sort_keys=False) + "\n",
        text.replace("\n", "\r\n"),
    ):
        assert other != text
        path.write_text(other, "ascii", newline="")
        assert refusal(good).startswith("altered: ")


def test_another_kind_and_a_newer_version_are_told(good):
    reseal(good, format="other-arrays")
    assert refusal(good) == "foreign: the folder holds other-arrays; expected example-arrays"
    reseal(good, format=KIND, version=2, arrays=...)
    assert refusal(good) == "newer: written by a newer hashguard: version 2, this one reads 1"


@pytest.mark.parametrize(
    "changed",
    [
        {"facts": {"a": 1.5}},
        {"facts": {"a": 2**53}},
        {"facts": {"a": "\ud800"}},
        {"facts": {"a": [[[[[[[[1]]]]]]]]}},
        {"facts": []},
        {"facts": ...},
        {"arrays": []},
        {"arrays": {"codes": 1}},
        {"arrays": {"codes": {}}},
        {"arrays": {"../codes": {"bytes": 129, "digest": DIGEST, "dtype": "|u1", "shape": [1]}}},
        {"arrays": {"Codes": {"bytes": 129, "digest": DIGEST, "dtype": "|u1", "shape": [1]}}},
        {"extra": 1},
    ],
)
def test_a_manifest_that_lies_under_a_digest_that_fits_is_refused(good, changed):
    """Anyone can compute the digest: types and ranges are checked on their own."""
    reseal(good, **changed)
    assert refusal(good).startswith("altered: manifest.json ")


@pytest.mark.parametrize(
    "changed",
    [
        {"bytes": 223},
        {"bytes": 224.0},
        {"bytes": "224"},
        {"digest": "A" * 64},
        {"digest": 5},
        {"dtype": "O"},
        {"dtype": "|O8"},
        {"dtype": ">u4"},
        {"dtype": "<f8"},
        {"dtype": ["<u4"]},
        {"dtype": "u1"},
        {"shape": [3, -32], "bytes": 128 - 96},
        {"shape": [-3, -32]},
        {"shape": [3.0, 32]},
        {"shape": [True, 96]},
        {"shape": 96},
        {"shape": []},
        {"shape": [3, 32, 1, 1]},
        {"shape": [2**40 + 1], "bytes": 128 + 2**40 + 1},
        {"shape": [0, 2**40, 2**40], "bytes": 128},
        {"shape": [10**30, 0], "bytes": 128},
        {"shape": [3, 33]},
        {"extra": 1},
        {"bytes": None},
    ],
)
def test_an_array_described_wrongly_is_refused(good, changed):
    """Sizes below zero, beyond the limit, that overflow where there is nothing, or do not fit."""
    reseal_array(good, **changed)
    assert refusal(good).startswith("altered: manifest.json ")


@pytest.mark.parametrize(
    "changed", [{"shape": [32, 3]}, {"shape": [96]}, {"dtype": "|i1"}, {"dtype": "|b1"}]
)
def test_a_header_that_says_otherwise_than_the_manifest_is_refused(good, changed):
    """The length is the same; only the header can tell."""
    reseal_array(good, **changed)
    assert refusal(good).startswith("altered: codes.npy does not begin")
