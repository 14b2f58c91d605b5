"""Case files on lists: everything they say but their number, beside what others listed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashguard.case_file import CaseFile, Picture, PictureKind, withdrawal_digest
from hashguard.errors import MalformedListError
from hashguard.hashes import Algorithm, Hash
from hashguard.lists import HashList, Status
from hashguard.lists.cases import entries_of, still_matched
from hashguard.lists.importers import read_entries


def case_of(*numbers: int, code: str = "WXYZ-2345-6789-ABCD") -> CaseFile:
    pictures = tuple(
        Picture(Hash(Algorithm.PDQ, number.to_bytes(32)), 40 + number, kind)
        for number, kind in zip(numbers, [None, *PictureKind] * 3, strict=False)
    )
    return CaseFile("4UDZ-XVK2", withdrawal_digest(code), pictures)


def test_a_case_file_is_told_by_its_first_bytes_and_brings_everything_but_its_number() -> None:
    """Hash, quality, the chosen kind as tag; ids that lead back for who has the file."""
    case = case_of(1, 2, 3)
    got = read_entries(case.dumps(), source="a hotline")
    assert (got.kind, got.read, len(got.entries)) == ("case", 3, 3)
    assert [entry.id for entry in got.entries] == list(case.entry_ids())
    assert [entry.quality for entry in got.entries] == [41, 42, 43]
    assert [entry.tags for entry in got.entries] == [(), ("photo",), ("screenshot",)]
    assert {entry.source for entry in got.entries} == {"a hotline"}
    assert read_entries(case.dumps(), kind="case").entries[2].hash == case.pictures[2].hash
    assert not any("4UDZ" in repr(entry) for entry in got.entries)


def test_a_case_file_of_another_algorithm_or_of_junk_lists_nothing() -> None:
    """Counted as skipped or quarantined, as in every other file."""
    got = read_entries(case_of(1, 2).dumps(), algorithm=Algorithm.PHASH)
    assert (len(got.entries), got.skipped) == (0, 2)
    junk = read_entries(case_of(0, 1).dumps())
    assert (len(junk.entries), junk.quarantined) == (1, 1)


def test_pictures_of_a_case_are_added_beside_equal_hashes_but_never_twice() -> None:
    """Who else listed a hash may withdraw it; the person's own entry must not go with that."""
    case, other = case_of(1, 2), case_of(2, 3, code="2345-6789-ABCD-WXYZ")
    before = HashList.from_entries(
        read_entries(f"{1:064x}").entries, algorithm=Algorithm.PDQ
    ).adding(read_entries(case.dumps()).entries)
    assert len(before) == 3
    more = read_entries(other.dumps(), known=before)
    assert (len(more.entries), more.present, more.withdrawn) == (2, 0, 0)
    again = read_entries(case.dumps(), known=before, source="another")
    assert (len(again.entries), again.present, again.withdrawn) == (0, 2, 0)


@pytest.mark.parametrize("status", Status)
def test_whatever_became_of_a_picture_of_a_case_is_left_as_it_is(status: Status) -> None:
    """Adding the file again undoes no withdrawal; what is to be matched is present."""
    case = case_of(1)
    (entry,) = read_entries(case.dumps()).entries
    known = HashList.from_entries([replace(entry, status=status)], algorithm=Algorithm.PDQ)
    got = read_entries(case.dumps(), known=known)
    gone = status in (Status.WITHDRAWN, Status.DELETED)
    assert (len(got.entries), got.present, got.withdrawn) == (0, not gone, gone)
    assert got.read == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (case_of(1).dumps()[:-1], "line feed"),
        (b"\xef\xbb\xbf" + case_of(1).dumps(), "byte order mark"),
        (b'{\n  "case": "4UDZ-XVK2"\n}', "schema"),
        (case_of(1).dumps().replace(b'"kind":null', b'"name":"x"'), "picture 1: a picture has"),
    ],
)
def test_what_wants_to_be_a_case_file_is_held_to_its_format(data: bytes, reason: str) -> None:
    """Not read as JSON lines instead."""
    with pytest.raises(MalformedListError, match="not a case file") as caught:
        read_entries(data)
    assert reason in str(caught.value)


def test_a_case_file_is_no_other_kind() -> None:
    """And no other file is a case, whatever --kind says."""
    with pytest.raises(MalformedListError, match="unknown key"):
        read_entries(case_of(1).dumps(), kind="jsonl")
    with pytest.raises(MalformedListError, match="not a case file"):
        read_entries(f"{1:064x}", kind="case")


@given(st.sets(st.integers(1, 12), min_size=1), st.sets(st.integers(1, 12), min_size=1))
def test_withdrawing_one_case_leaves_what_the_other_listed(
    mine: set[int], theirs: set[int]
) -> None:
    """Whatever they share: my entries stop matching, every one of theirs goes on."""
    case, other = case_of(*mine), case_of(*theirs, code="2345-6789-ABCD-WXYZ")
    both = HashList.from_entries([], algorithm=Algorithm.PDQ)
    for one in (case, other):
        both = both.adding(read_entries(one.dumps(), known=both).entries)
    assert [entry.id for entry in entries_of(case, both)] == list(case.entry_ids())
    after = both.withdrawing([entry.id for entry in entries_of(case, both)])
    left = [after.entry(row) for row in after.active_rows.tolist()]
    assert [entry.id for entry in left] == list(other.entry_ids())
    assert still_matched(case, after) == len({*mine} & {*theirs})
    assert still_matched(case, both) == len(mine)


def test_a_list_without_active_entries_matches_nothing_of_a_case() -> None:
    """The empty list, too."""
    case = case_of(1, 2)
    empty = HashList.from_entries([], algorithm=Algorithm.PDQ)
    assert (entries_of(case, empty), still_matched(case, empty)) == ([], 0)
    listed = empty.adding(read_entries(case.dumps()).entries)
    assert still_matched(case, listed.withdrawing(case.entry_ids())) == 0
