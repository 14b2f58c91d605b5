"""Hostile files, pages and requests by number; `benchmarks/fuzz_sharing.py` is the long run."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from dataclasses import replace

import pytest

from benchmarks.fuzz_sharing import Tally, checked, run
from benchmarks.sharing_doors import FaultError, asked, one_record
from hashguard.errors import MalformedCaseError
from hashguard.exchange.stopncii_pages import Page, read_page

MUTANTS = 600


def test_hostile_data_yields_our_errors_alone_and_good_records_stay():
    """At every door; of a page with one bad record the others are kept and that one counted."""
    tallies = run(range(MUTANTS), 7)
    assert [fault for tally in tallies.values() for fault in tally.faults] == []
    assert sum(tally.outcomes.total() for tally in tallies.values()) == MUTANTS
    pages = tallies["StopNCII page, one record"].outcomes
    assert pages["kept"]
    assert pages["quarantined"]


def test_the_fuzzer_sees_other_errors_and_warnings():
    """A check that cannot fail checks nothing."""

    def careless(_rng: random.Random) -> str:
        nothing: dict[str, str] = {}
        return nothing["missing"]

    def noisy(_rng: random.Random) -> str:
        warnings.warn("odd", UserWarning, stacklevel=1)
        return "read"

    for door, name in ((careless, "KeyError"), (noisy, "UserWarning")):
        tally = Tally()
        checked(door, 7, 0, tally, most=1.0)
        assert [name in fault for fault in tally.faults] == [True]


def test_the_fuzzer_sees_a_message_that_is_no_line():
    def verbose(data: bytes) -> None:
        raise MalformedCaseError(data.decode())

    assert asked(verbose, b"one line") == "MalformedCaseError"
    with pytest.raises(FaultError, match="one short line"):
        asked(verbose, b"two\nlines")


def test_the_fuzzer_sees_lost_records_and_uncounted_ones():
    """Readers that lose a good record, or say nothing of the bad one."""

    def losing(body: bytes) -> Page:
        page = read_page(body)
        return replace(page, records=page.records[1:]) if page.quarantined else page

    def silent(body: bytes) -> Page:
        return replace(read_page(body), quarantined=0, other=0)

    def all_of(read: Callable[[bytes], Page]) -> list[str]:
        return [one_record(read, random.Random(index)) for index in range(100)]

    assert len(all_of(read_page)) == 100
    for read, words in ((losing, "good record"), (silent, "not counted")):
        with pytest.raises(FaultError, match=words):
            all_of(read)
