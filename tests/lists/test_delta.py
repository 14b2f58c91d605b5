"""The delta file: canonical, bounded, and refused whatever of it is altered."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashguard.errors import DeltaError, MalformedListError
from hashguard.hashes import Algorithm
from hashguard.lists import HashList, Status
from hashguard.lists import delta as module
from hashguard.lists.columns import columns_of
from hashguard.lists.delta import Delta, apply_to_list, merged
from hashguard.lists.sums import minus, plus, sum_of, sum_of_lines, sum_text, sum_value
from tests.lists.samples import between
from tests.live.samples import entry, listed

PDQ = Algorithm.PDQ


def versions(*numbers: range | list[int]) -> list[HashList]:
    return [listed(some, version=version) for version, some in enumerate(numbers, 7)]


def test_a_delta_makes_the_next_version():
    """Entries that came, went, and took the place of others; the sum says it is all of them."""
    old, new = versions(range(5), [1, 2, 3])
    new = new.adding([entry("id-0", 30), entry("new", 40)])
    delta = between(old, new)
    assert (list(delta.added.ids), delta.removed) == (["id-0", "new"], ("id-4",))
    after = apply_to_list(delta, old, sum_of(old.table))
    assert set(after.entries()) == set(new.entries())
    assert after.version == new.version
    assert delta.sum == sum_of(new.table)


def test_what_is_written_is_read_back_to_the_letter():
    for old, new in (versions(range(5), [1, 9]), versions([], [1]), versions([1], [])):
        data = between(old, new).dumps()
        assert Delta.loads(data).dumps() == data


def test_every_byte_matters():
    """Each byte changed in three ways, each length shorter, and one byte more."""
    data = between(*versions(range(3), [1, 5])).dumps()
    for place in range(len(data)):
        for flip in (0x01, 0x20, 0x80):
            changed = bytes([data[place] ^ flip])
            with pytest.raises(MalformedListError):
                Delta.loads(data[:place] + changed + data[place + 1 :])
        with pytest.raises(MalformedListError):
            Delta.loads(data[:place])
    with pytest.raises(MalformedListError):
        Delta.loads(data + b"\n")


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_raise_our_error_alone(junk, headed):
    with pytest.raises(MalformedListError):
        Delta.loads(b"hashguard-delta 1\n" * headed + junk)


def test_a_delta_fits_one_list_only():
    """Another version, another content of that version, another result: all refused."""
    old, new = versions(range(5), range(6))
    delta, total = between(old, new), sum_of(old.table)
    with pytest.raises(DeltaError, match="for version 7"):
        apply_to_list(delta, replace(old, version=6), total)
    other = listed(range(1, 6))
    with pytest.raises(DeltaError, match="another list"):
        apply_to_list(delta, other, sum_of(other.table))
    with pytest.raises(DeltaError, match="promises 7 entries"):
        apply_to_list(replace(delta, count=7), old, total)
    with pytest.raises(DeltaError, match="another list than it promises"):
        apply_to_list(replace(delta, sum=plus(delta.sum, 1)), old, total)


def test_deltas_merge_into_one():
    """What came and went again is not in it; what changed twice is there as it is last."""
    lists = versions(range(4), range(5), [0, 1, 2, 4, 8], [0, 1, 2, 9])
    lists[-1] = lists[-1].adding([entry("id-3", 50)])
    lists[-1] = replace(lists[-1], version=10)
    delta = merged([between(*pair) for pair in itertools.pairwise(lists)])
    assert set(apply_to_list(delta, lists[0], sum_of(lists[0].table)).entries()) == set(
        lists[-1].entries()
    )
    assert set(delta.added.ids) == {"id-9", "id-3"}


def test_a_gap_between_deltas_is_found():
    one, two, three, four = versions(range(3), range(4), range(5), range(6))
    with pytest.raises(DeltaError, match="for version 9 of the list, not 8"):
        merged([between(one, two), between(three, four)])
    with pytest.raises(DeltaError, match="another list"):
        merged([between(one, two), between(listed(range(9), version=8), three)])
    other = replace(between(two, three), origin="another")
    with pytest.raises(DeltaError, match="two different lists"):
        merged([between(one, two), other])
    with pytest.raises(ValueError, match="no delta"):
        merged([])


def test_changes_are_bounded(monkeypatch):
    """One beyond the bound is refused, in a file and when deltas are taken together."""
    monkeypatch.setattr(module, "MAX_CHANGES", 2)
    one, two, three, four = versions([], [1, 2], [1, 2, 3], [1, 2, 3, 4])
    between(one, two)
    with pytest.raises(ValueError, match="at most 2"):
        between(one, three)
    with pytest.raises(DeltaError, match="together"):
        merged([between(one, two), between(two, three)])
    assert len(merged([between(two, three), between(three, four)])) == 2


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("origin", " x", "origin"),
        ("base", 0, "whole numbers"),
        ("base", 8, "greater"),
        ("count", -1, "count"),
        ("version", True, "whole numbers"),
    ],
)
def test_what_a_delta_cannot_say(field, value, reason):
    with pytest.raises(ValueError, match=reason):
        replace(between(*versions([1], [2])), **{field: value})


def test_only_active_entries_and_each_id_once():
    """A well-formed file of one that breaks a rule is refused."""
    good = between(*versions([1], [2, 3]))
    bad = [
        replace(good, added=columns_of([entry("x", 1, Status.WITHDRAWN)], PDQ)),
        replace(good, removed=("id-2",)),
        replace(good, removed=("a", "a")),
        replace(good, removed=("a b",)),
        replace(good, removed=("",)),
    ]
    for one in bad:
        with pytest.raises(MalformedListError):
            Delta.loads(one.dumps())


def test_a_newer_format_is_told():
    data = between(*versions([1], [2])).dumps().replace(b"delta 1\n", b"delta 2\n", 1)
    with pytest.raises(MalformedListError, match="newer hashguard: format 2"):
        Delta.loads(data)


def test_sums_add_up():
    """In any order, in parts, forth and back; and by hand from the lines of the file."""
    whole = listed(range(20))
    some, others = whole.table[:7], whole.table[7:]
    assert sum_of(whole.table) == plus(sum_of(others), sum_of(some))
    assert minus(sum_of(whole.table), sum_of(some)) == sum_of(others)
    assert sum_of(whole.table) == sum_of_lines(whole.dumps().split(b"\n")[2:-1])
    assert sum_value(sum_text(sum_of(some))) == sum_of(some)
    for wrong in ("", "0" * 63, "A" * 64, None, 5):
        with pytest.raises(ValueError, match="64 lower-case"):
            sum_value(wrong)
