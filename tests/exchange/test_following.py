"""A list that follows: withdrawals leave at once, ids stay, and no page order loses anything."""

import json

import pytest

from hashguard.errors import ExchangeError, FetchError
from hashguard.exchange.credentials import NcmecLogin, Secret, StopNciiKeys
from hashguard.exchange.fetching import Fetched, fetch_ncmec, fetch_stopncii
from hashguard.exchange.following import STALE, State, new_list
from hashguard.exchange.ncmec import Ncmec
from hashguard.exchange.stopncii import StopNcii
from hashguard.lists import Entry, HashList, Status
from tests.bank.samples import a_hash
from tests.exchange.answers import answer, deleted, image
from tests.exchange.pages import page, record
from tests.exchange.servers import Answer, Asked, one_by_one, site

KEYS = StopNciiKeys(Secret("s"), fetch=Secret("f"))
LOGIN = NcmecLogin(Secret("u"), Secret("p"))
NOW = 1_800_000_000


class Kept:
    """A list and its state, as files would hold them."""

    def __init__(self) -> None:
        self.hash_list = new_list("there")
        self.state: State | None = None
        self.asked: list[Asked] = []

    def save(self, hash_list: HashList, state: State) -> None:
        self.hash_list, self.state = hash_list, State.loads(state.dumps())

    def stopncii(self, *pages: bytes, now: int = NOW) -> Fetched:
        with (
            site(one_by_one(map(Answer, pages))) as there,
            StopNcii(KEYS, base_url=there.url) as client,
        ):
            fetched = fetch_stopncii(client, self.hash_list, self.state, now=now, save=self.save)
        self.asked = there.asked
        return fetched

    def ncmec(self, *answers: Answer, now: int = NOW, members: tuple[int, ...] = ()) -> Fetched:
        with site(one_by_one(answers)) as there, Ncmec(LOGIN, base_url=there.url) as client:
            fetched = fetch_ncmec(
                client, self.hash_list, self.state, members=members, now=now, save=self.save
            )
        self.asked = there.asked
        return fetched

    def ids(self) -> dict[str, str]:
        return {one.hash.hex[:6]: one.id for one in self.hash_list.entries()}


def short(number: int) -> str:
    return a_hash(number).hex[:6]


def test_a_first_fetch_takes_everything_and_the_next_what_changed():
    kept = Kept()
    kept.stopncii(page(record(1), record(2), nextSetTimestamp=1_700))
    assert kept.asked[0].query["startTimestamp"] == "10"
    kept.stopncii(page(record(3), nextSetTimestamp=1_800))
    assert kept.asked[0].query["startTimestamp"] == "1700"
    assert kept.ids() == {short(1): "1", short(2): "2", short(3): "3"}
    assert kept.state == State("there", 1_800, NOW, 3)


@pytest.mark.parametrize("word", ["Withdrawn", "Deleted"])
def test_what_was_withdrawn_leaves_the_list_without_a_trace(word):
    """Not even as a tombstone: the hash is of no use to a platform any more."""
    kept = Kept()
    kept.stopncii(page(record(1), record(2)))
    kept.stopncii(page(record(1, hashStatus=word)))
    assert kept.ids() == {short(2): "2"}
    assert a_hash(1).packed not in kept.hash_list.dumps()


def test_a_withdrawal_takes_every_row_of_its_hash():
    """Somebody added it to the list once more, by hand."""
    kept = Kept()
    kept.stopncii(page(record(1), record(2)))
    kept.hash_list = kept.hash_list.adding([Entry(id="mine", hash=a_hash(1))])
    kept.stopncii(page(record(1, hashStatus="Withdrawn")))
    assert kept.ids() == {short(2): "2"}


def test_an_id_never_stands_for_two_hashes():
    """Also where the one with the highest number left: verdicts of yesterday name it."""
    kept = Kept()
    kept.stopncii(page(record(1), record(2)))
    kept.stopncii(page(record(2, hashStatus="Deleted")))
    kept.stopncii(page(record(3)))
    assert kept.ids() == {short(1): "1", short(3): "3"}


def test_an_id_stays_from_one_batch_of_a_first_fetch_to_the_next(monkeypatch):
    """A hash that comes on two pages, with the batch between them applied already."""
    monkeypatch.setattr("hashguard.exchange.fetching._AT_ONCE", 1)
    kept = Kept()
    more = {"nextPageToken": "x", "hasMoreRecords": True}
    kept.stopncii(page(record(1), **more), page(record(2), record(1, hashStatus="Received")))
    assert kept.ids() == {short(1): "1", short(2): "2"}


def test_an_exchange_without_end_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr("hashguard.exchange.following.MAX_ENTRIES", 2)
    kept = Kept()
    with pytest.raises(ExchangeError, match="more than 2 hashes"):
        kept.stopncii(page(*[record(n) for n in range(3)]))
    assert not len(kept.hash_list)


def test_the_last_page_about_a_hash_counts():
    kept = Kept()
    more = {"nextPageToken": "x", "hasMoreRecords": True}
    kept.stopncii(page(record(1), **more), page(record(1, hashStatus="Withdrawn")))
    assert not len(kept.hash_list)


def test_a_checkpoint_is_the_highest_of_all_pages_and_not_in_the_future():
    """A later page may say less; one that says the year 9999 would end all fetching."""
    kept = Kept()
    more = {"nextPageToken": "x", "hasMoreRecords": True}
    kept.stopncii(
        page(record(1), nextSetTimestamp=1_625_175_071, **more),
        page(record(2), nextSetTimestamp=1_625_167_824),
    )
    assert kept.state is not None
    assert kept.state.since == 1_625_175_071
    kept.stopncii(page(record(3), nextSetTimestamp=253_402_300_799))
    assert kept.state.since == NOW


def test_what_did_not_change_makes_no_new_version():
    """The records of the last second come again each time."""
    kept = Kept()
    kept.stopncii(page(record(1)))
    version = kept.hash_list.version
    fetched = kept.stopncii(page(record(1)))
    assert (fetched.hash_list.version, fetched.everything) == (version, False)
    kept.stopncii(page(record(1, hashStatus="Received")))
    assert kept.hash_list.version == version + 1
    assert kept.hash_list.entry(0).status is Status.RECEIVED


def test_a_stale_list_is_fetched_anew_and_keeps_its_ids():
    """After 30 days a withdrawal may have been forgotten: what does not come again is gone."""
    kept = Kept()
    kept.stopncii(page(record(1), record(2), record(3)))
    fetched = kept.stopncii(page(record(3), record(4), record(1)), now=NOW + STALE)
    assert not fetched.everything
    fetched = kept.stopncii(page(record(3), record(4), record(5)), now=NOW + 2 * STALE + 1)
    assert fetched.everything
    assert kept.asked[0].query["startTimestamp"] == "10"
    assert kept.ids() == {short(3): "3", short(4): "4", short(5): "5"}


def test_a_fetch_that_breaks_off_leaves_list_and_state_as_they_were():
    kept = Kept()
    kept.stopncii(page(record(1)))
    before = (kept.hash_list, kept.state)
    more = {"nextPageToken": "x", "hasMoreRecords": True}
    with pytest.raises(ExchangeError):
        kept.stopncii(page(record(2), **more), b"{}")
    assert (kept.hash_list, kept.state) == before


def test_ncmec_is_followed_by_the_ids_of_its_entries():
    kept = Kept()
    kept.ncmec(Answer(answer(image(1), image(2), image(3, member=7))))
    assert kept.ids() == {short(1): "42-image1", short(2): "42-image2", short(3): "7-image3"}
    kept.ncmec(Answer(answer(deleted(1), image(2, hash_="0" * 64))), now=NOW + 60)
    assert kept.ids() == {short(3): "7-image3"}
    assert kept.asked[0].query["from"] == "2027-01-15T07:59:55Z"


def test_only_the_members_that_were_named_are_taken():
    """And everything is fetched anew when others are named."""
    kept = Kept()
    both = Answer(answer(image(1), image(2, member=7)))
    fetched = kept.ncmec(both, members=(7,))
    assert (kept.ids(), fetched.other) == ({short(2): "7-image2"}, 1)
    fetched = kept.ncmec(both, members=(42,), now=NOW + 60)
    assert (kept.ids(), fetched.everything) == ({short(1): "42-image1"}, True)


def test_a_first_fetch_of_ncmec_goes_on_after_the_last_whole_range():
    """The second range breaks off: the first is kept, and is not asked for again."""
    large = answer(image(9), following="/v2/entries?start=1&amp;size=1&amp;max=90000")
    kept = Kept()
    with pytest.raises(FetchError):
        kept.ncmec(Answer(large), Answer(answer(image(1))), Answer(status=400))
    assert kept.ids() == {short(1): "42-image1"}
    assert kept.state is not None
    since = kept.state.since
    assert 0 < since < NOW - 5
    kept.ncmec(Answer(answer(image(2))))
    assert kept.state.since == NOW - 5
    assert len(kept.hash_list) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"schema": "x"},
        {"version": 2},
        {"since": -1},
        {"since": True},
        {"fetched": "1"},
        {"number": None},
        {"members": 5},
        {"members": [-1]},
        {"origin": 5},
    ],
)
def test_a_state_that_cannot_be_read_is_our_error(changed):
    whole = json.loads(State("there", 1, 2, 3, (4,)).dumps())
    with pytest.raises(ExchangeError):
        State.loads(json.dumps(whole | changed).encode())
    for data in (b"", b"[]", b"\xff", b"{" * 9999):
        with pytest.raises(ExchangeError):
            State.loads(data)
