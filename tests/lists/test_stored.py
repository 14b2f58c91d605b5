"""Entries as arrays: the same entries come back, nothing is read before it is asked for."""

from __future__ import annotations

import tempfile
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from hashguard.arrays import open_arrays, write_arrays
from hashguard.errors import IndexFileError
from hashguard.hashes import Algorithm
from hashguard.lists import Entries, Entry, HashList, Status
from hashguard.lists.entry import MAX_TIME
from hashguard.lists.stored import StoredEntries, StoredTexts, entries_arrays
from hashguard.lists.texts import Texts
from tests.lists.samples import made, pdq
from tests.lists.test_list_properties import lists

# Moved by these, the letters of a text keep its key: the sum of each with a power of the
# factor of `look_up_keys` is 0 modulo 2**64. Found by lattice reduction.
SAME_KEY = (
    (1, 0, 0, 3, -2, 0, -3, 0, -1, 3, 0, -2, 2, 0, 3, 1, 2, 1, 4, -2, 3, -3, 2, 0),
    (0, -2, 2, 0, -2, 3, 3, 2, -3, -3, -1, -3, -1, -3, -1, 0, 0, 3, -4, 0, -4, 2, 0, 0),
)


def stored(table: Entries) -> StoredEntries:
    facts, arrays = entries_arrays(table)
    return StoredEntries.of(table.algorithm, table.codes, facts, arrays)


def varied() -> Entries:
    """Six entries that use every column, the longest and the emptiest texts among them."""
    entries = [
        Entry("a", pdq(1)),
        Entry("b" * 128, pdq(1), 0, Status.WITHDRAWN, "é" * 100, ("x" * 64, "ž"), 0),
        Entry("c", pdq(2), 100, Status.RECEIVED, "Příklad", modified=MAX_TIME),
        Entry("d", pdq(3), 50, Status.DELETED, "é" * 100, ("x" * 64, "ž")),
        Entry("e", pdq(0)),
        Entry("~", pdq(255), tags=("one",)),
    ]
    return HashList.from_entries(entries, algorithm=Algorithm.PDQ).table


@settings(max_examples=60)
@given(lists())
def test_entries_come_back_from_a_folder_equal(one: HashList) -> None:
    """Whole, row by row and by id, mapped from disk; and what is made of them is the same."""
    table = one.table
    facts, arrays = entries_arrays(table)
    with tempfile.TemporaryDirectory() as there:
        folder = Path(there) / "a"
        write_arrays(folder, kind="x", version=1, facts=facts, arrays=arrays)
        found = open_arrays(folder, kind="x", version=1, verify=True)
        back = StoredEntries.of(table.algorithm, table.codes, found.facts, found.arrays)
        assert len(back) == len(table)
        assert [back.entry(row) for row in range(len(back))] == list(table)
        assert back.table == table
        assert table == back.table
        assert hash(back.table) == hash(table)
        assert back.rows_of(one.ids()) == {name: row for row, name in enumerate(one.ids())}
        again, more = entries_arrays(back.table)
        assert again == facts
        assert all(np.array_equal(more[name], arrays[name]) for name in arrays)
        assert back.table[::-1] == table[::-1]
        if len(table):
            assert back.table.joined(table[:1].renamed(["new one"])) == table.joined(
                table[:1].renamed(["new one"])
            )


def test_ids_are_found_and_others_are_not() -> None:
    """Each asked for once or more; no id that no list can have finds anything."""
    back = stored(made(50).table)
    assert back.rows_of(["id-7", "id-49", "id-7"]) == {"id-7": 7, "id-49": 49}
    assert back.rows_of(["id-50", "id-", "", "ID-7", "id-7\0", "é", "\ud800"]) == {}
    assert back.rows_of([]) == {}
    assert stored(made(0).table).rows_of(["id-0"]) == {}


def test_ids_that_share_a_key_are_told_apart() -> None:
    """Four real collisions, one of them not in the list, two of them asked for."""
    one, two = np.array(SAME_KEY)
    moves = (0 * one, one, two, one + two)
    ids = ["".join(map(chr, ord("m") + move)) for move in moves]
    assert len(set(ids)) == 4
    assert len(np.unique(Texts.of(ids).look_up_keys())) == 1
    entries = [Entry(name, pdq(1)) for name in ("a", *ids[:3], "b")]
    back = stored(HashList.from_entries(entries, algorithm=Algorithm.PDQ).table)
    assert back.rows_of([ids[2], ids[0], ids[3]]) == {ids[2]: 3, ids[0]: 1}


def test_a_row_that_is_not_there_is_the_callers_mistake() -> None:
    """Before the first and after the last."""
    back = stored(made(3).table)
    for row in (-1, 3, 2**40):
        with pytest.raises(IndexError, match="of 3 entries"):
            back.entry(row)


def test_stored_entries_print_without_hashes() -> None:
    """What a log shows of them by accident."""
    back = stored(varied())
    assert repr(back) == "<StoredEntries pdq: 6>"


def test_opening_looks_at_no_row() -> None:
    """Ten million rows that are no entries: refused when they are asked for, not before."""
    count = 10_000_000
    # Zero pages that nobody touches take no memory.
    arrays: dict[str, np.ndarray] = {
        "qualities": np.zeros(count, np.int16),
        "statuses": np.zeros(count, np.uint8),
        "modified": np.zeros(count, np.int64),
        "sources": np.zeros(count, np.uint32),
        "tags": np.zeros(count, np.uint32),
        "id_keys": np.zeros(count, np.uint64),
        "id_rows": np.zeros(count, np.uint32),
        "id_offsets": np.zeros(count + 1, np.uint32),
        "id_texts": np.zeros(0, np.uint8),
        "source_offsets": np.zeros(count, np.uint32),
        "source_texts": np.zeros(0, np.uint8),
        "tag_offsets": np.zeros(count, np.uint32),
        "tag_texts": np.zeros(0, np.uint8),
    }
    codes = np.zeros((count, 32), np.uint8)
    tracemalloc.start()
    back = StoredEntries.of(Algorithm.PDQ, codes, {"entries": count}, arrays)
    assert back.rows_of(["a"]) == {}
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**18
    with pytest.raises(IndexFileError, match=r"^altered: row 9999999 is not an entry"):
        back.entry(count - 1)


# Damage


def use(codes: np.ndarray, facts: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Everything that can be asked; IndexFileError is the one error that may come of it."""
    asked: list[Callable[[StoredEntries], object]] = [
        lambda back: back.rows_of(["a", "b" * 128, "c", "none", "~"]),
        lambda back: list(back.table),
        lambda back: back.table.taking(np.arange(len(back))[::-1]),
        lambda back: back.table.joined(varied().renamed("uvwxyz")),
        lambda back: list(back.table.ids),
    ]
    asked += [partial(StoredEntries.entry, row=row) for row in range(len(codes))]
    for ask in asked:
        try:
            ask(StoredEntries.of(Algorithm.PDQ, codes, facts, arrays))
        except IndexFileError as error:
            assert str(error).startswith("altered: ")  # noqa: PT017


NAMES = sorted(entries_arrays(varied())[1])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("change", [0x01, 0x80, 0xFF])
def test_no_damaged_byte_brings_another_error(name: str, change: int) -> None:
    """What a digest would have found, had anybody asked for it, is met later: as our error."""
    table = varied()
    facts, arrays = entries_arrays(table)
    whole = arrays[name]
    for at in range(whole.nbytes):
        spoilt = whole.copy()
        spoilt.view(np.uint8)[at] ^= change
        use(table.codes, facts, {**arrays, name: spoilt})


@pytest.mark.parametrize("name", NAMES)
def test_arrays_that_do_not_fit_together_are_refused_at_once(name: str) -> None:
    """One is missing, longer, shorter, of another type or shape."""
    table = varied()
    facts, arrays = entries_arrays(table)
    good = arrays.pop(name)
    others = {
        "longer": np.concatenate([good, good[-1:]]),
        "shorter": good[:-1],
        "wider": good.astype(np.float64),
        "signed": good.view(f"i{good.itemsize}" if good.dtype.kind == "u" else f"u{good.itemsize}"),
        "deeper": good[:, None],
        "none": good[:0],
        "scalar": good[0].reshape(()),
        "swapped": good.astype(good.dtype.newbyteorder(">")),
    }
    if name in {"source_offsets", "tag_offsets"}:
        del others["longer"]  # an empty text more, which no row names
    if good.itemsize == 1:
        del others["swapped"]  # there is nothing to swap
    with pytest.raises(IndexFileError, match="altered: "):
        StoredEntries.of(Algorithm.PDQ, table.codes, facts, arrays)
    for other in others.values():
        with pytest.raises(IndexFileError, match="altered: "):
            StoredEntries.of(Algorithm.PDQ, table.codes, facts, {**arrays, name: other})


def test_codes_of_another_list_are_refused() -> None:
    """Too few, too narrow, of another type; and facts that count otherwise."""
    table = varied()
    facts, arrays = entries_arrays(table)
    wrong_codes: list[tuple[Algorithm, Any]] = [
        (Algorithm.PDQ, table.codes[:-1]),
        (Algorithm.PDQ, table.codes[:, :8]),
        (Algorithm.PDQ, table.codes.astype(np.int16)),
        (Algorithm.PHASH, table.codes),
    ]
    for algorithm, codes in wrong_codes:
        with pytest.raises(IndexFileError, match="altered: "):
            StoredEntries.of(algorithm, codes, facts, arrays)
    wrong_facts: list[dict[str, Any]] = [{}, {"entries": 5}, {"entries": "6"}]
    for wrong in wrong_facts:
        with pytest.raises(IndexFileError, match="altered: "):
            StoredEntries.of(Algorithm.PDQ, table.codes, wrong, arrays)


@pytest.mark.parametrize(
    ("name", "place", "value", "reason"),
    [
        ("statuses", 2, 4, "statuses holds a number"),
        ("qualities", 2, -2, "qualities holds a number"),
        ("qualities", 2, 101, "qualities holds a number"),
        ("modified", 2, -2, "modified holds a number"),
        ("modified", 2, MAX_TIME + 1, "modified holds a number"),
        ("sources", 2, 3, "sources holds a number"),
        ("tags", 2, 3, "tags holds a number"),
        ("id_texts", 0, 0x20, "id_texts holds a number"),
        ("id_texts", 0, 0x7F, "id_texts holds a number"),
        ("id_offsets", 1, 129, "id_offsets does not ascend"),
        ("id_offsets", 1, 2**32 - 1, "id_offsets does not ascend"),
        ("id_offsets", 3, 129, "id_offsets does not ascend"),
        ("id_offsets", 2, 130, "id_offsets does not ascend"),
        ("id_offsets", 1, 0, "id_offsets does not ascend"),
        ("source_offsets", 1, 1, "one of the sources is cut at the wrong place"),
        ("source_offsets", 1, 2**32 - 1, "one of the sources is cut at the wrong place"),
        ("source_texts", 0, 0xFF, "one of the sources is cut at the wrong place"),
        ("source_texts", -1, 0x20, "one of the sources begins or ends with a space"),
        ("tag_texts", 0, ord(","), "one of the tags hold an empty one"),
    ],
)
def test_a_table_taken_whole_is_checked(name: str, place: int, value: int, reason: str) -> None:
    """Compaction makes a new folder of a table: damage must not be sealed with a new digest."""
    table = varied()
    facts, arrays = entries_arrays(table)
    spoilt = arrays[name].copy()
    spoilt[place] = value
    back = StoredEntries.of(Algorithm.PDQ, table.codes, facts, {**arrays, name: spoilt})
    with pytest.raises(IndexFileError, match=f"^altered: {reason}"):
        _ = back.table


def test_damage_in_one_row_leaves_the_others() -> None:
    """A matcher goes on with the entries that can be read."""
    table = varied()
    facts, arrays = entries_arrays(table)
    arrays["statuses"] = np.array([9, *arrays["statuses"][1:]], np.uint8)
    back = StoredEntries.of(Algorithm.PDQ, table.codes, facts, arrays)
    with pytest.raises(IndexFileError, match="row 0 is not an entry"):
        back.entry(0)
    assert back.entry(1) == table[1]


def test_stored_texts_are_a_sequence() -> None:
    """As the tuple they stand for, with an error for a place that is not there."""
    texts = ("", "a", "Žlutý", "\U0001f600")
    back = StoredTexts.of(texts)
    assert (len(back), tuple(back), back[-1], back[1:3]) == (4, texts, texts[-1], list(texts[1:3]))
    assert "a" in back
    assert StoredTexts.of(()).offsets.tolist() == [0]
    with pytest.raises(IndexError):
        back[4]


def test_taking_rows_makes_the_same_texts_in_pieces() -> None:
    """Beyond the rows that are taken at once, in any order and more than once."""
    texts = Texts.of(str(n) * (n % 3) for n in range(40_000))
    rows = np.random.default_rng(0).integers(0, 40_000, 50_000)
    assert list(texts.taking(rows)) == [texts[row] for row in rows.tolist()]
    assert list(texts.taking(rows[:0])) == []


def test_a_view_of_a_file_equals_the_bytes_it_shows() -> None:
    """In both directions, with one hash."""
    plain = Texts.of(["a", "bc"])
    view = Texts(np.frombuffer(plain.blob, np.uint8).data, plain.offsets)
    assert plain == view
    assert view == plain
    assert hash(plain) == hash(view)
    assert view != Texts.of(["ab", "c"])
    assert list(view.joined(plain)) == ["a", "bc", "a", "bc"]
