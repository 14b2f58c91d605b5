"""The feed: what it can say, and that nothing else is read."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashguard.errors import MalformedListError
from hashguard.hashes import Algorithm
from hashguard.lists.feed import Feed, bank_fault

GOOD = Feed(
    bank="ncii",
    origin="Žlutý",
    algorithm=Algorithm.PDQ,
    list_version=12,
    sum=5,
    count=9,
    expires=None,
    published=1_700_000_000,
    full=8,
    deltas=(7, 8, 10),
)


def test_what_is_written_is_read_back():
    for feed in (GOOD, replace(GOOD, expires=9), replace(GOOD, full=12, deltas=())):
        assert Feed.loads(feed.dumps()) == feed


def test_a_chain_leads_from_each_base_to_the_newest():
    assert GOOD.steps_from(8) == [(8, 10), (10, 12)]
    assert GOOD.steps_from(12) == []
    assert GOOD.steps_from(9) is None
    assert GOOD.targets() == [
        "ncii/full-8.hgl",
        "ncii/delta-7-8.hgd",
        "ncii/delta-8-10.hgd",
        "ncii/delta-10-12.hgd",
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bank", "NCII"),
        ("bank", "root"),
        ("bank", "../x"),
        ("origin", "a\nb"),
        ("list_version", 0),
        ("count", 2**24 + 1),
        ("expires", -1),
        ("published", True),
        ("full", 9),
        ("deltas", (8, 7)),
        ("deltas", (8, 12)),
        ("deltas", tuple(range(1, 2000))),
    ],
)
def test_what_a_feed_cannot_say(field, value):
    with pytest.raises(ValueError, match=r"."):
        replace(GOOD, **{field: value})


def test_every_byte_of_the_form_matters():
    """Bytes that change what is said are for signatures to find; the form is ours to check."""
    data = GOOD.dumps()
    for length in range(len(data)):
        with pytest.raises(MalformedListError):
            Feed.loads(data[:length])
    for place in range(len(data)):
        for flip in (0x01, 0x20, 0x80):
            changed = data[:place] + bytes([data[place] ^ flip]) + data[place + 1 :]
            with contextlib.suppress(MalformedListError):
                assert Feed.loads(changed).dumps() == changed


@pytest.mark.parametrize("field", sorted(json.loads(GOOD.dumps())))
@pytest.mark.parametrize("value", [None, True, -1, 1.0, "", [], {}, [None], "x" * 70_000])
def test_wrong_values_are_our_error(field, value):
    fields = {**json.loads(GOOD.dumps()), field: value}
    if (field, value) in (("expires", None), ("deltas", []), ("origin", "")):
        return
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    with pytest.raises(MalformedListError):
        Feed.loads(text.encode() + b"\n")


@given(st.binary(max_size=100))
def test_any_bytes_raise_our_error_alone(junk):
    with pytest.raises(MalformedListError):
        Feed.loads(junk)


def test_hostile_json_is_our_error():
    for data in (b"[" * 60_000, b'{"a":NaN}', b"{}", b"null", b'{"schema":"hashguard-feed"}'):
        with pytest.raises(MalformedListError):
            Feed.loads(data)
    newer = GOOD.dumps().replace(b'"version":1}', b'"version":2}')
    with pytest.raises(MalformedListError, match="newer hashguard: version 2"):
        Feed.loads(newer)


def test_names_of_banks():
    assert not bank_fault("a-hotline-2")
    for name in ("", "-a", "a/b", "a.b", "ä", "a" * 41, "snapshot"):
        assert bank_fault(name)
