"""Laws of lists that hold for all inputs."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashguard.errors import ListError, MalformedListError
from hashguard.hashes import Algorithm, Hash
from hashguard.lists import Entry, HashList, Status
from hashguard.lists.entry import MAX_TIME, text_fault, time_seconds, time_text
from hashguard.lists.exporters import json_lines
from hashguard.lists.importers import read_entries
from hashguard.lists.report import is_junk
from hashguard.lists.row_writer import write_rows

IDS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=20)
TEXTS = st.text(max_size=30).filter(lambda text: not text_fault(text, max_bytes=64))
TAGS = st.lists(TEXTS.filter(lambda tag: tag != "" and "," not in tag), max_size=4, unique=True)
TIMES = st.integers(0, MAX_TIME)


@st.composite
def lists(draw: st.DrawFn) -> HashList:
    """Lists of up to eight entries that use every column."""
    algorithm = draw(st.sampled_from(Algorithm))
    size = algorithm.code_bytes
    entries = [
        Entry(
            id=one,
            hash=Hash(algorithm, draw(st.binary(min_size=size, max_size=size))),
            quality=draw(st.none() | st.integers(0, 100)),
            status=draw(st.sampled_from(Status)),
            source=draw(TEXTS),
            tags=tuple(draw(TAGS)),
            modified=draw(st.none() | TIMES),
        )
        for one in draw(st.lists(IDS, max_size=8, unique=True))
    ]
    return HashList.from_entries(
        entries,
        algorithm=algorithm,
        origin=draw(TEXTS),
        version=draw(st.integers(1, 2**53 - 2)),
        expires=draw(st.none() | TIMES),
    )


@given(lists())
def test_a_list_comes_back_from_its_file_equal(made: HashList) -> None:
    """loads(dumps(x)) == x, in every part, and the file of that is the same file."""
    back = HashList.loads(made.dumps())
    assert back == made
    assert hash(back) == hash(made)
    assert list(back.entries()) == list(made.entries())
    assert back.active_rows.tolist() == made.active_rows.tolist()
    assert back.dumps() == made.dumps()


def line_of(entry: Entry) -> str:
    """The slow and readable twin of row_writer.py, after docs/hash-list.md."""
    quality = "-" if entry.quality is None else str(entry.quality)
    modified = "-" if entry.modified is None else time_text(entry.modified)
    columns = (entry.hash.hex, quality, entry.status.value, entry.id, modified)
    return "\t".join((*columns, entry.source, ",".join(entry.tags))) + "\n"


@given(lists())
def test_lines_are_those_of_the_twin(made: HashList) -> None:
    """Whatever is in the columns."""
    assert b"".join(write_rows(made.table)).decode() == "".join(map(line_of, made.entries()))


def test_times_are_those_of_the_twin() -> None:
    """A day in every month of every year there is, and the last second of each."""
    starts = np.arange(0, MAX_TIME - 86_400, 27 * 86_400, dtype=np.int64)
    times = np.concatenate([starts, starts // 86_400 * 86_400 + 86_399, [MAX_TIME]])
    table = HashList.from_entries(
        [
            Entry(str(number), Hash(Algorithm.PDQ, bytes(32)), modified=one)
            for number, one in enumerate(times.tolist())
        ],
        algorithm=Algorithm.PDQ,
    ).table
    written = b"".join(write_rows(table)).decode().splitlines()
    assert [line.split("\t")[4] for line in written] == [time_text(one) for one in times.tolist()]


@given(lists(), st.data())
def test_whatever_loads_is_canonical(made: HashList, data: st.DataObject) -> None:
    """Bytes cut, doubled or replaced anywhere: refused, or the one file of what was loaded."""
    whole = made.dumps()
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, min(len(whole), start + 80)))
    altered = whole[:start] + data.draw(st.binary(max_size=8)) + whole[stop:]
    try:
        loaded = HashList.loads(altered)
    except MalformedListError:
        return
    assert altered == whole
    assert loaded == made


@settings(max_examples=300)
@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_raise_anything_but_a_list_error(noise: bytes, magic: bool) -> None:
    """Noise is refused, with and without the magic line before it."""
    for read in (HashList.loads, read_entries):
        with contextlib.suppress(ListError):
            read(b"hashguard-list 1\n" * magic + noise)


@given(lists())
def test_json_lines_bring_every_entry_back(made: HashList) -> None:
    """Export and import are inverse, but for junk, which import leaves out."""
    lines = "\n".join(json_lines(made))
    got = read_entries(lines, kind="jsonl", algorithm=made.algorithm)
    kept = [entry for entry in made.entries() if not is_junk(entry.hash.packed)]
    assert list(got.entries) == kept
    assert got.read == len(made)
    assert got.quarantined == len(made) - len(kept)


@given(lists(), st.data())
def test_removing_and_withdrawing_agree_with_the_plain_way(
    made: HashList, data: st.DataObject
) -> None:
    """Columns changed in bulk hold what a Python list of entries would hold."""
    gone = data.draw(st.sets(st.sampled_from(list(made.ids())))) if len(made) else set()
    removed = made.removing(gone)
    plain = [entry for entry in made.entries() if entry.id not in gone]
    rebuilt = HashList.from_entries(
        plain,
        algorithm=made.algorithm,
        origin=made.origin,
        version=made.version + 1,
        expires=made.expires,
    )
    assert removed == rebuilt
    withdrawn = made.withdrawing(gone)
    assert withdrawn.version == made.version + 1
    for before, after in zip(made.entries(), withdrawn.entries(), strict=True):
        assert after.status is (Status.WITHDRAWN if before.id in gone else before.status)
    assert np.array_equal(withdrawn.codes, made.codes)


@settings(max_examples=40)
@given(lists(), lists())
def test_adding_is_concatenation(left: HashList, right: HashList) -> None:
    """A list plus entries equals the list made of all of them, or names the id in the way."""
    more = [
        Entry(
            entry.id,
            Hash(left.algorithm, (entry.hash.packed * 4)[: left.algorithm.code_bytes]),
            entry.quality,
            entry.status,
            entry.source,
            entry.tags,
            entry.modified,
        )
        for entry in right.entries()
        if (entry.hash.packed * 4)[: left.algorithm.code_bytes].hex() not in entry.id.lower()
    ]
    shared = {entry.id for entry in more} & set(left.ids())
    if shared:
        with pytest.raises(ListError) as caught:
            left.adding(more)
        assert any(repr(one) in str(caught.value) for one in shared)
        return
    joined = left.adding(more)
    assert list(joined.entries()) == [*left.entries(), *more]
    assert HashList.loads(joined.dumps()) == joined


@given(TIMES)
def test_times_come_back(seconds: int) -> None:
    """From 1970 to 9999, written and read by the plain functions."""
    assert time_seconds(time_text(seconds)) == seconds
