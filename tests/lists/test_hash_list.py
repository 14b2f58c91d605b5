"""Entries, lists as values, and the advisory report."""

from __future__ import annotations

import sys
import tracemalloc
from typing import Any

import numpy as np
import pytest

from hashguard.errors import AlgorithmMismatchError, ListError
from hashguard.hashes import Algorithm, Hash
from hashguard.lists import Entry, HashList, Status, check_list
from hashguard.lists.report import is_junk
from hashguard.lists.texts import Texts


def pdq(number: int) -> Hash:
    """A made-up hash for each number, with 128 ones."""
    rng = np.random.default_rng(number)
    bits = rng.permutation(np.repeat(np.array([0, 1], dtype=np.uint8), 128))
    return Hash(Algorithm.PDQ, np.packbits(bits).tobytes())


def listed(*entries: Entry, **named: Any) -> HashList:
    """A PDQ list of these entries."""
    return HashList.from_entries(entries, algorithm=Algorithm.PDQ, **named)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"id": ""}, "id must be"),
        ({"id": "a\nb"}, "id must be"),
        ({"id": "ž"}, "id must be"),
        ({"id": "x" * 129}, "id is longer"),
        ({"id": "x-" + pdq(1).hex.upper()}, "contains the hash"),
        ({"quality": 101}, "quality must"),
        ({"quality": -1}, "quality must"),
        ({"quality": True}, "quality must"),
        ({"quality": 50.0}, "quality must"),
        ({"modified": -1}, "modified must"),
        ({"modified": 253_402_300_800}, "modified must"),
        ({"modified": 1.5}, "modified must"),
        ({"source": "a\tb"}, "source holds"),
        ({"source": "a\u2066b"}, "source holds"),
        ({"source": "é" * 101}, "source is longer"),
        ({"tags": ("",)}, "tags hold an empty one"),
        ({"tags": ("a,b",)}, "comma"),
        ({"tags": ("a", "a")}, "repeat"),
        ({"tags": ("a ",)}, "space"),
        ({"tags": tuple(map(str, range(17)))}, "more than 16"),
    ],
)
def test_an_entry_that_no_file_could_hold_is_refused(changed: dict[str, Any], reason: str) -> None:
    """The caller's mistake is caught where it is made, and not quoted."""
    whole: dict[str, Any] = {"id": "1", "hash": pdq(1)}
    with pytest.raises(ValueError, match=reason):
        Entry(**(whole | changed))


@pytest.mark.parametrize(
    "named",
    [
        {"version": 0},
        {"version": 2**53},
        {"version": True},
        {"expires": -1},
        {"expires": 253_402_300_800},
        {"origin": "a\u200db"},
        {"origin": "x" * 201},
    ],
)
def test_a_list_that_no_header_could_describe_is_refused(named: dict[str, Any]) -> None:
    """The same limits hold for lists that are made and lists that are read."""
    with pytest.raises(ValueError, match=next(iter(named))):
        listed(**named)


def test_only_active_entries_are_active_rows() -> None:
    """Received is not yet, withdrawn and deleted are no longer matched."""
    made = listed(*(Entry(str(n), pdq(n), status=tuple(Status)[n % 4]) for n in range(8)))
    assert made.active_rows.tolist() == [1, 5]
    assert made.active_rows.dtype == np.int64
    assert len(made) == len(made.codes) == 8


def test_arrays_of_a_list_cannot_be_written() -> None:
    """A frozen value whose arrays could be changed would be frozen in name only."""
    made = listed(*(Entry(str(n), pdq(n)) for n in range(4)))
    variants = [made, made.removing(["1"]), made.withdrawing(["1"]), made.adding([])]
    for one in [*variants, HashList.loads(made.dumps())]:
        table = one.table
        for array in (one.codes, one.active_rows, table.qualities, table.statuses, table.modified):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0


def test_a_withdrawn_entry_stops_matching_at_once() -> None:
    """By id or by hash; a hash stands for every entry that has it. The old list is unchanged."""
    made = listed(
        Entry("a", pdq(1)), Entry("b", pdq(2)), Entry("c", pdq(1)), Entry("d", pdq(3), modified=5)
    )
    assert made.withdrawing(["b"]).active_rows.tolist() == [0, 2, 3]
    by_hash = made.withdrawing([pdq(1), "d"], modified=99)
    assert by_hash.active_rows.tolist() == [1]
    assert [entry.modified for entry in by_hash.entries()] == [99, None, 99, 99]
    assert by_hash.version == 2
    assert made.active_rows.tolist() == [0, 1, 2, 3]
    assert [entry.id for entry in made.removing([pdq(1)]).entries()] == ["b", "d"]
    assert made.withdrawing("b") == made.withdrawing(["b"])


@pytest.mark.parametrize("method", ["withdrawing", "removing"])
def test_what_is_not_there_cannot_go(method: str) -> None:
    """The error names the id, or counts the hash without showing it."""
    made = listed(Entry("a", pdq(1)))
    change = getattr(made, method)
    with pytest.raises(ListError, match="no entry has the id 'zz'"):
        change(["a", "zz"])
    with pytest.raises(ListError, match="no entry has the id 'ž'"):
        change(["ž"])
    with pytest.raises(ListError, match="no entry has hash number 2") as caught:
        change([pdq(1), pdq(2), pdq(3)])
    assert pdq(2).hex not in str(caught.value)
    with pytest.raises(AlgorithmMismatchError):
        change([Hash(Algorithm.PHASH, bytes(8))])


def test_an_id_stands_for_one_entry() -> None:
    """Given twice, or there already: refused by name, whether columns or plain entries."""
    one, other = Entry("a", pdq(1)), Entry("a", pdq(2))
    with pytest.raises(ListError, match="the id 'a' is in the list already"):
        listed(one, other)
    with pytest.raises(ListError, match="the id 'a' is in the list already"):
        listed(one).adding([other])
    with pytest.raises(ListError, match="the id 'a' is in the list already"):
        listed(one).adding(listed(other).table)


def test_algorithms_do_not_mix() -> None:
    """One list, one algorithm."""
    strange = Entry("a", Hash(Algorithm.PHASH, bytes(8)))
    with pytest.raises(AlgorithmMismatchError):
        listed(strange)
    with pytest.raises(AlgorithmMismatchError):
        listed().adding(HashList.from_entries([strange], algorithm=Algorithm.PHASH).table)
    with pytest.raises(AlgorithmMismatchError):
        listed().rows_of(strange.hash)


def test_lists_differ_if_any_part_differs() -> None:
    """Equality is by value and over every column."""
    entry = Entry("a", pdq(1), 5, Status.ACTIVE, "s", ("t",), 7)
    base = listed(entry)
    assert base == listed(entry)
    others = [
        listed(entry, version=2),
        listed(entry, origin="o"),
        listed(entry, expires=1),
        listed(Entry("b", pdq(1), 5, Status.ACTIVE, "s", ("t",), 7)),
        listed(Entry("a", pdq(2), 5, Status.ACTIVE, "s", ("t",), 7)),
        listed(Entry("a", pdq(1), None, Status.ACTIVE, "s", ("t",), 7)),
        listed(Entry("a", pdq(1), 5, Status.RECEIVED, "s", ("t",), 7)),
        listed(Entry("a", pdq(1), 5, Status.ACTIVE, "", ("t",), 7)),
        listed(Entry("a", pdq(1), 5, Status.ACTIVE, "s", (), 7)),
        listed(Entry("a", pdq(1), 5, Status.ACTIVE, "s", ("t",), 8)),
        listed(),
    ]
    assert all(base != other for other in others)
    assert base != base.table


def test_entries_are_found_by_row_id_and_hash() -> None:
    """Rows count from 0; beyond the end is an IndexError."""
    made = listed(Entry("a", pdq(1)), Entry("b", pdq(2)), Entry("c", pdq(1)))
    assert made.entry(2).id == "c"
    assert made.rows_of("b").tolist() == [1]
    assert made.rows_of("zz").tolist() == []
    assert made.rows_of(pdq(1)).tolist() == [0, 2]
    assert [entry.id for entry in made.table[1:]] == ["b", "c"]
    for row in (3, -4):
        with pytest.raises(IndexError):
            made.entry(row)


def test_a_list_prints_without_hashes() -> None:
    """What a log shows of a list by accident."""
    made = listed(Entry("a", pdq(1)))
    assert repr(made) == "<HashList pdq version 1: 1 entries, 1 active>"
    assert pdq(1).hex not in repr(made.table) + repr(made.entry(0))


def test_texts_that_share_a_key_are_still_told_apart() -> None:
    """Keys only suggest; were all keys equal, repeats and look-ups would still be right."""

    class OneKey(Texts):
        def look_up_keys(self) -> Any:
            return np.zeros(len(self), dtype=np.uint64)

    plain = Texts.of(["a", "b", "ab", "ba", "c", "b"])
    for texts in (plain, OneKey(plain.blob, plain.offsets)):
        assert texts.first_repeat() == 5
        assert texts.find(["b", "ba", "x"]) == {"b": 1, "ba": 3}
    assert Texts.of([]).first_repeat() is None
    assert Texts.of(["a", "b"]).first_repeat() is None


def test_a_list_stays_small() -> None:
    """Under 250 bytes an entry, with ids of 36 bytes and a source of its own for each."""
    count = 20_000
    hashes = np.random.default_rng(0).integers(0, 256, (count, 32), dtype=np.uint8)
    data = listed(
        *(
            Entry(f"{n:036d}", Hash(Algorithm.PDQ, hashes[n].tobytes()), 80, source=f"case {n:07d}")
            for n in range(count)
        )
    ).dumps()
    tracemalloc.start()
    loaded = HashList.loads(data)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(loaded) == count
    assert held < 250 * count
    assert peak < 900 * count + 40 * 2**20
    assert sys.getsizeof(loaded) < 200


def test_the_report_counts_what_is_odd() -> None:
    """Each oddity once, built by hand, with the limits met and missed by one."""
    many = Hash(Algorithm.PDQ, b"\xff" * 20 + bytes(12))  # 160 ones: just usual
    more = Hash(Algorithm.PDQ, b"\xff" * 20 + b"\x80" + bytes(11))  # 161
    few = Hash(Algorithm.PDQ, b"\xff" * 12 + bytes(20))  # 96: just usual
    fewer = Hash(Algorithm.PDQ, b"\xff" * 11 + b"\x7f" + bytes(20))  # 95
    made = listed(
        Entry("1", pdq(1), 50),
        Entry("2", pdq(1), 49, Status.WITHDRAWN),
        Entry("3", pdq(1), 0, Status.RECEIVED),
        Entry("4", pdq(2)),
        Entry("5", pdq(2), 100, Status.DELETED),
        Entry("6", many, 100),
        Entry("7", more, 100),
        Entry("8", few, 100),
        Entry("9", fewer, 100),
        Entry("10", Hash(Algorithm.PDQ, bytes(32)), 100),
        Entry("11", Hash(Algorithm.PDQ, b"\xff" * 32), 100),
        expires=1000,
    )
    report = check_list(made, now=1000)
    assert report.entries == 11
    assert [report.by_status[status] for status in Status] == [1, 8, 1, 1]
    assert (report.shared_hashes, report.sharing_entries) == (2, 5)
    assert report.unusual_weight == 2
    assert (report.low_quality, report.unknown_quality) == (2, 1)
    assert report.junk == 2
    assert report.expired
    assert not check_list(made, now=999).expired
    assert not check_list(listed(), now=2**40).expired


def test_junk_is_all_bits_equal() -> None:
    """One bit off is a hash like any other."""
    assert is_junk(bytes(32))
    assert is_junk(b"\xff" * 8)
    assert not is_junk(bytes(31) + b"\x01")
    assert not is_junk(b"\xfe" + b"\xff" * 31)
    assert not is_junk(b"\xf8" * 32)
