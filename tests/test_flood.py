"""An entry that suddenly matches far more often than it used to is set aside, and not forgotten."""

import json
import sys
import threading
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashguard.flood import HISTORY_WINDOWS, SLICES, FloodGuard, FloodRule

HOUR = 3600
RULE = FloodRule(window=HOUR, at_least=100, times=5)
START = 1_800_000_000 - 1_800_000_000 % HOUR


def steadily(guard: FloodGuard, per_window: int, windows: int, *, start: float = START) -> float:
    """So many matches of "case" per window, evenly; when the last window ends."""
    for n in range(per_window * windows):
        guard.record("case", start + n * HOUR / per_window)
    return start + windows * HOUR


def burst(guard: FloodGuard, matches: int, at: float) -> int:
    """After how many matches at one moment "case" is quarantined; 0 if it is not."""
    for n in range(matches):
        if guard.record("case", at):
            return n + 1
    return 0


@pytest.mark.parametrize(("matches", "caught"), [(99, 0), (100, 100), (101, 100)])
def test_a_new_entry_is_set_aside_at_the_number_of_the_rule(matches, caught):
    guard = FloodGuard(RULE)
    assert burst(guard, matches, START) == caught
    assert guard.is_quarantined("case") is bool(caught)
    assert guard.quarantined() == ({"case": START} if caught else {})


def test_matches_spread_over_a_whole_window_are_a_flood_as_well():
    """The last at the very end of it, and the first just after a slice has begun or will end."""
    for offset in (0.0, 0.1, HOUR / SLICES - 0.1):
        guard = FloodGuard(RULE)
        times = [START + offset + n * HOUR / 99 for n in range(100)]
        assert [guard.record("case", time) for time in times] == [False] * 99 + [True]


@pytest.mark.parametrize(("slices", "counts"), [(SLICES, True), (SLICES + 1, False)])
def test_what_is_older_than_a_window_and_a_slice_no_longer_counts(slices, counts):
    guard = FloodGuard(RULE)
    burst(guard, 99, START)
    assert guard.record("case", START + slices * HOUR / SLICES) is counts


def test_a_steady_entry_is_not_set_aside_however_often_it_matches():
    """It grew by less than five times in a window: 80, then 350, then 1,000 an hour for a day."""
    guard = FloodGuard(RULE)
    end = steadily(guard, 80, 3)
    end = steadily(guard, 350, 10, start=end)
    steadily(guard, 1000, 24, start=end)
    assert not guard.is_quarantined("case")


@pytest.mark.parametrize("usual", [24, 80])
def test_a_popular_entry_is_set_aside_at_so_many_times_its_history(usual):
    """24 an hour, 3 a slice, for 30 hours: 120 are five times that, 24 of which were there before.

    80 an hour: 400 are, so that 100, the number of the rule, is no flood of what matches often.
    """
    guard = FloodGuard(RULE)
    end = steadily(guard, usual, 30)
    assert burst(guard, 1000, end) == 5 * usual - usual


def test_history_fades():
    """Popular a year ago, forgotten since: 100 matches are news again. Not so after an hour."""
    for pause, is_flood in ((HOUR, False), (365 * 24 * HOUR, True)):
        guard = FloodGuard(RULE)
        end = steadily(guard, 80, HISTORY_WINDOWS)
        assert bool(burst(guard, 101, end + pause)) is is_flood


def test_fading_at_once_is_fading_slice_by_slice():
    """A pause of 40 windows, with nothing, or looked at through matches of another entry."""
    at_once, stepwise = FloodGuard(RULE), FloodGuard(RULE)
    for guard in (at_once, stepwise):
        steadily(guard, 16, 3)
    later = START + 43 * HOUR
    entry = stepwise._entries["case"]
    for number in range(entry.latest, int(later // RULE.slice_seconds) + 1):
        entry.move_to(number)
    at_once._entries["case"].move_to(int(later // RULE.slice_seconds))
    assert at_once._entries["case"].mean == pytest.approx(entry.mean, rel=1e-9)
    assert at_once._entries["case"].slices == entry.slices


def test_quarantine_lasts_until_somebody_ends_it():
    guard = FloodGuard(RULE)
    burst(guard, 100, START)
    assert guard.record("case", START + 1000 * HOUR)
    assert guard.release("case")
    assert not guard.is_quarantined("case")
    assert not guard.release("case")


def test_what_was_released_is_not_back_at_once():
    """Somebody looked: as many matches are from now on usual, five times as many are not."""
    guard = FloodGuard(RULE)
    burst(guard, 200, START)
    for _ in range(100):
        guard.record("case", START)
    guard.release("case")
    assert burst(guard, 300, START + 1) == 0
    assert burst(guard, 1000, START + 2) > 0


def test_entries_do_not_count_for_each_other():
    guard = FloodGuard(RULE)
    for n in range(1000):
        assert not guard.record(f"case-{n % 11}", START + n)


def test_a_late_thread_counts_in_the_newest_slice():
    guard = FloodGuard(RULE)
    burst(guard, 50, START + HOUR)
    assert burst(guard, 50, START + HOUR / 2) == 50


def test_a_clock_that_was_wrong_does_no_lasting_harm():
    """A year ahead for one match, then right: the counts of the wrong year are gone."""
    guard = FloodGuard(RULE)
    burst(guard, 99, START + 365 * 24 * HOUR)
    assert burst(guard, 99, START) == 0
    assert burst(guard, 50, START + 2 * HOUR) == 0


@pytest.mark.parametrize("now", [-1, float("nan"), float("inf"), 2.0**60])
def test_what_is_no_time_is_refused(now):
    with pytest.raises(ValueError, match="seconds"):
        FloodGuard(RULE).record("case", now)


@pytest.mark.parametrize("entry_id", ["", "a b", "ä", "x" * 129, "a\n"])
def test_what_is_no_id_is_refused_and_not_quoted(entry_id):
    guard = FloodGuard(RULE)
    with pytest.raises(ValueError, match="visible ASCII") as caught:
        guard.record(entry_id, START)
    assert not entry_id or entry_id not in str(caught.value)
    assert FloodGuard.loads(guard.dumps(), rule=RULE).quarantined() == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"window": 7},
        {"window": 367 * 86_400},
        {"at_least": 1},
        {"times": 1.9},
        {"times": float("nan")},
        {"times": float("inf")},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match="not"):
        FloodRule(**{"window": HOUR, "at_least": 100, "times": 5.0, **wrong})


@pytest.mark.parametrize("tracked", [0, 1_000_001])
def test_how_many_are_tracked_is_bounded(tracked):
    with pytest.raises(ValueError, match="track"):
        FloodGuard(RULE, tracked=tracked)


def test_the_entry_that_matched_longest_ago_is_forgotten():
    guard = FloodGuard(FloodRule(window=HOUR, at_least=3, times=2), tracked=2)
    for entry_id in ("a", "a", "b", "b", "a-again", "b"):
        guard.record(entry_id, START)
    assert set(guard.quarantined()) == {"b"}
    assert not guard.record("a", START)  # its two matches are forgotten


def test_quarantined_entries_are_not_forgotten_by_matches_of_others():
    guard = FloodGuard(FloodRule(window=HOUR, at_least=3, times=2), tracked=2)
    burst(guard, 3, START)
    for n in range(100):
        guard.record(f"other-{n}", START)
    assert guard.is_quarantined("case")
    assert guard.record("case", START)


def test_quarantine_is_bounded_too():
    guard = FloodGuard(FloodRule(window=HOUR, at_least=2, times=2), tracked=3)
    for n in range(10):
        guard.record(f"case-{n}", START)
        guard.record(f"case-{n}", START)
    assert list(guard.quarantined()) == ["case-7", "case-8", "case-9"]


def test_a_million_entries_take_the_memory_of_those_that_are_tracked():
    """Each matches once; 20,000 are tracked, half a kilobyte each."""
    tracemalloc.start()
    try:
        guard = FloodGuard(RULE, tracked=20_000)
        for n in range(50_000):  # what is traced takes ten times as long
            guard.record(f"case-{n}", START)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20_000 * 600
    for n in range(50_000, 1_000_000):
        guard.record(f"case-{n}", START)
    assert len(guard._entries) == 20_000


def test_threads_lose_no_match():
    """Four threads, 2,500 matches each, switched as often as Python can; exactly at the rule."""
    guard = FloodGuard(FloodRule(window=HOUR, at_least=10_000, times=2))
    answers: list[bool] = []

    def record() -> None:
        answers.extend([guard.record("case", START) for _ in range(2500)])

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=record) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert sum(answers) == 1
    assert guard.is_quarantined("case")


def test_a_restart_does_not_forget():
    """Guard and copy go on alike, whatever comes."""
    guard = FloodGuard(RULE)
    end = steadily(guard, 20, 12)
    for _ in range(100):
        guard.record("meme", end)
    copy = FloodGuard.loads(guard.dumps(), rule=RULE)
    assert copy.dumps() == guard.dumps()
    assert copy.quarantined() == guard.quarantined() == {"meme": int(end)}
    for second in range(0, 3 * HOUR, 30):
        assert copy.record("case", end + second) == guard.record("case", end + second)
    assert copy.dumps() == guard.dumps()


def test_a_smaller_guard_keeps_what_matched_last():
    guard = FloodGuard(RULE)
    for n in range(5):
        guard.record(f"case-{n}", START)
    copy = FloodGuard.loads(guard.dumps(), rule=RULE, tracked=2)
    assert list(copy._entries) == ["case-3", "case-4"]


@pytest.mark.parametrize("window", [HOUR // 4, 24 * HOUR])
def test_under_another_window_history_stays(window):
    """20 an hour are 5 a quarter and 480 a day: five times that is a flood, and less is none."""
    guard = FloodGuard(RULE)
    end = steadily(guard, 20, 40)
    burst(guard, 100, end)
    rule = FloodRule(window=window, at_least=2, times=5)
    copy = FloodGuard.loads(guard.dumps(), rule=rule)
    assert copy.is_quarantined("case")
    copy.release("case")
    again = FloodGuard.loads(guard.dumps(), rule=rule)
    usual = again._entries["case"].usual
    assert usual == pytest.approx(20 * window / HOUR, rel=0.05)


def state(**changes: object) -> bytes:
    guard = FloodGuard(RULE)
    burst(guard, 100, START)
    return json.dumps({**json.loads(guard.dumps()), **changes}).encode()


COUNTS = [0] * (SLICES + 1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"[" * 100_000,
        b'{"schema":NaN}',
        state(schema="hashguard-flood/2"),
        state(more=1),
        state(window=0),
        state(window=True),
        state(window="3600"),
        state(entries={}),
        state(entries=[[]]),
        state(entries=[["a b", 1, COUNTS, 0.0, 0]]),
        state(entries=[["a", -1, COUNTS, 0.0, 0]]),
        state(entries=[["a", 1.0, COUNTS, 0.0, 0]]),
        state(entries=[["a", 1, COUNTS[1:], 0.0, 0]]),
        state(entries=[["a", 1, [*COUNTS[1:], -1], 0.0, 0]]),
        state(entries=[["a", 1, [*COUNTS[1:], 2**60], 0.0, 0]]),
        state(entries=[["a", 1, COUNTS, -0.5, 0]]),
        state(entries=[["a", 1, COUNTS, 10**400, 0]]),
        state(entries=[["a", 1, COUNTS, True, 0]]),
        state(entries=[["a", 1, COUNTS, 0.0, 10_000]]),
        state(entries=[["a", 1, COUNTS, 0.0, 0], ["a", 1, COUNTS, 0.0, 0]]),
        state(quarantined=[["a"]]),
        state(quarantined=[["a", -1]]),
        state(quarantined=[["a", 1], ["a", 1]]),
        state(quarantined=5),
    ],
)
def test_a_state_that_is_none_is_refused_with_a_reason(data):
    with pytest.raises(ValueError, match="this is no state of a flood guard: "):
        FloodGuard.loads(data, rule=RULE)


def test_every_byte_of_a_state_may_break():
    data = state()
    for at in range(len(data)):
        try:
            FloodGuard.loads(data[:at] + bytes([data[at] ^ 0x15]) + data[at + 1 :], rule=RULE)
        except ValueError as error:
            assert "case" not in str(error)  # noqa: PT017 - many errors, or none


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 1e6)), max_size=300))
def test_any_order_of_any_times_keeps_counts_and_means_in_bounds(matches):
    """Clocks jump both ways: no count is negative, and none is more than was recorded."""
    guard = FloodGuard(FloodRule(window=80, at_least=20, times=2))
    for entry_id, now in matches:
        guard.record(entry_id, now)
    for entry in guard._entries.values():
        assert all(0 <= count <= len(matches) for count in entry.counts)
        assert 0 <= entry.mean <= len(matches)
    assert FloodGuard.loads(guard.dumps(), rule=guard.rule).dumps() == guard.dumps()
