"""The NCMEC client: ranges to their ends, times in UTC, links that stay where they were asked."""

import base64
import os
import time
from datetime import UTC, datetime
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from hashguard.errors import ExchangeError, FetchError
from hashguard.exchange.credentials import NcmecLogin, Secret
from hashguard.exchange.ncmec import LARGE, Environment, Ncmec
from hashguard.exchange.ncmec_pages import (
    AFFIRMATIVE,
    NAMESPACE,
    NEGATIVE,
    Member,
    Reason,
    read_entries,
)
from hashguard.exchange.records import Opinion
from tests.bank.samples import a_hash
from tests.exchange.answers import FEEDBACK, XMLNS, answer, deleted, image
from tests.exchange.pages import hex_of
from tests.exchange.servers import Answer, Asked, one_by_one, site

LOGIN = NcmecLogin(Secret("user"), Secret("pass:word"))
HERE = "https://example.org/npo"


def seconds(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


def test_entries_are_read_by_their_members():
    """Only PDQ of images is taken; a video and an image without PDQ must not stay on a list."""
    video = image(5).replace("image>", "video>")
    page = read_entries(
        answer(image(1, more=FEEDBACK), deleted(2), image(3, hash_=""), videos=video),
        environment=HERE,
    )
    assert [(one.id, one.hash) for one in page.updates] == [
        ("42-image1", a_hash(1)),
        ("42-image2", None),
        ("42-image3", None),
        ("42-image5", None),
    ]
    first = page.updates[0]
    assert first.member == Member(42, "Example")
    assert first.modified == seconds("2017-10-20T15:35:21Z")
    assert first.feedback == (
        Opinion("NCMEC member 2", AFFIRMATIVE),
        Opinion("NCMEC member 3", AFFIRMATIVE),
        Opinion("NCMEC member 4", NEGATIVE),
    )
    entry = first.entry()
    assert entry is not None
    assert entry.tags == ("A1", AFFIRMATIVE, NEGATIVE)
    assert page.quarantined == 0


@pytest.mark.parametrize("hash_", ["0" * 64, "0" * 32, "x" * 64, hex_of(2)[:-1]])
def test_an_entry_with_a_junk_hash_is_counted_and_goes(hash_):
    page = read_entries(answer(image(1), image(2, hash_=hash_)), environment=HERE)
    assert (page.updates[1].hash, page.quarantined) == (None, 1)


def test_an_id_that_is_its_hash_is_refused():
    """Ids are in verdicts and logs."""
    evil = image(1).replace("image1", hex_of(1))
    page = read_entries(answer(evil), environment=HERE)
    assert (page.updates[0].hash, page.quarantined) == (None, 1)


@pytest.mark.parametrize(
    "broken",
    [
        image(1).replace("<id>image1</id>", ""),
        image(1).replace("image1", "im age"),
        image(1).replace('id="42"', ""),
        image(1).replace('id="42"', 'id="-1"'),
        image(1).replace('id="42"', 'id="4e2"'),
        "<image/>",
    ],
)
def test_an_entry_without_an_id_is_counted_and_the_rest_kept(broken):
    page = read_entries(answer(broken, image(2)), environment=HERE)
    assert [one.id for one in page.updates] == ["42-image2"]
    assert page.quarantined == 1


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.org/v2/entries?x=1",
        "//elsewhere.org/v2/entries?x=1",
        "@elsewhere.org/v2/entries?",
        ".elsewhere.org/v2/entries?x",
        "/v2/members",
        "/v2/entries/../../other?x=1",
        "/v2/entries?x=1#y",
        "/v2/entries?" + "x" * 3000,
        "/v2/entries?x=1 2",
    ],
)
def test_a_link_out_of_the_environment_is_refused(link):
    """The password would go along."""
    with pytest.raises(ExchangeError, match="environment"):
        read_entries(answer(image(1), following=link), environment=HERE)


def test_a_link_within_the_environment_is_taken_with_and_without_its_address():
    for before in ("", HERE):
        link = before + "/v2/entries?from=a&amp;start=2001&amp;size=1000&amp;max=3000"
        page = read_entries(answer(image(1), following=link), environment=HERE)
        assert page.following == "/v2/entries?from=a&start=2001&size=1000&max=3000"
        assert page.total == 1_001


def test_a_range_is_paged_to_its_end() -> None:
    pages = [
        answer(image(1), following="/v2/entries?start=2&amp;size=1&amp;max=2"),
        answer(image(2)),
    ]
    with (
        site(one_by_one(map(Answer, pages))) as there,
        Ncmec(LOGIN, base_url=there.url + "/npo") as ncmec,
    ):
        (found,) = ncmec.ranges(since=1_000, until=2_000)
    assert [one.id for one in found.updates] == ["42-image1", "42-image2"]
    first, second = there.asked
    assert first.query == {"from": "1970-01-01T00:16:40Z", "to": "1970-01-01T00:33:20Z"}
    assert (first.path, second.path) == ("/npo/v2/entries", "/npo/v2/entries")
    assert second.query == {"start": "2", "size": "1", "max": "2"}
    coded = base64.b64encode(b"user:pass:word").decode()
    assert first.headers["authorization"] == f"Basic {coded}"


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="time zones of POSIX")
def test_times_are_utc_wherever_the_client_is(monkeypatch):
    """Where the client of the field writes local time and calls it UTC."""
    monkeypatch.setitem(os.environ, "TZ", "Asia/Tokyo")
    time.tzset()
    try:
        test_a_range_is_paged_to_its_end()
    finally:
        monkeypatch.undo()
        time.tzset()


def test_ranges_shrink_where_there_is_much_and_grow_where_there_is_little():
    """Whatever their lengths, they follow each other without a gap and end where they should."""
    full_until = 50_000

    def say(asked: Asked) -> Answer:
        start, end = (seconds(asked.query[name]) for name in ("from", "to"))
        much = min(end, full_until) - start  # an entry a second
        if much <= LARGE:
            return Answer(answer(image(1)))
        return Answer(answer(image(1), following=f"/v2/entries?start=1&amp;size=1&amp;max={much}"))

    with site(say) as there, Ncmec(LOGIN, base_url=there.url) as ncmec:
        found = [(one.start, one.end) for one in ncmec.ranges(since=0, until=400_000)]
    assert found[0][0] == 0
    assert found[-1][1] == 400_000
    assert all(one[1] == other[0] for one, other in pairwise(found))
    lengths = [end - start for start, end in found]
    assert lengths[0] < LARGE
    assert max(lengths) > lengths[0]
    assert len(there.asked) < 60


def test_a_range_that_breaks_off_does_not_count():
    """Its first page was fetched; entries are in no order, so nothing of it may."""
    pages = [
        Answer(answer(image(1))),
        Answer(answer(image(2), following="/v2/entries?start=2&amp;max=2")),
        Answer(status=400),
    ]
    whole = iter(pages)
    got = []
    with site(lambda _: next(whole)) as there, Ncmec(LOGIN, base_url=there.url) as ncmec:
        got += list(ncmec.ranges(since=0, until=10))
        with pytest.raises(FetchError):
            got += list(ncmec.ranges(since=10, until=20))
    assert [one.end for one in got] == [10]


def test_pages_in_a_circle_end():
    again = answer(image(1), following="/v2/entries?start=1&amp;max=1")
    with (
        site(lambda _: Answer(again)) as there,
        Ncmec(LOGIN, base_url=there.url) as ncmec,
        pytest.raises(ExchangeError, match="circle"),
    ):
        list(ncmec.ranges(since=0, until=10))
    assert len(there.asked) == 2


def test_status_members_and_reasons_are_read():
    answers = {
        "/v2/status": f"<status {XMLNS}><ipAddress>127.0.0.1</ipAddress><username>u</username>"
        '<member id="1">Sir Tester</member></status>',
        "/v2/members": f'<members {XMLNS}><member id="1">A</member><member id="2"/></members>',
        "/v2/feedback/PDQ/reasons": f"<availableFeedbackReasons {XMLNS}>"
        '<reason guid="01234567-abcd" name="Viral" type="Sha1"/></availableFeedbackReasons>',
    }
    with (
        site(lambda asked: Answer(answers[asked.path].encode())) as there,
        Ncmec(LOGIN, base_url=there.url) as ncmec,
    ):
        assert ncmec.status() == Member(1, "Sir Tester")
        assert ncmec.members() == (Member(1, "A"), Member(2, ""))
        assert ncmec.reasons() == (Reason("01234567-abcd", "Viral"),)


def test_feedback_is_put_as_documented():
    with site(lambda _: Answer(status=200)) as there, Ncmec(LOGIN, base_url=there.url) as ncmec:
        ncmec.give_feedback("42-image1", reason=None)
        ncmec.give_feedback("42-image1", reason="01234567-abcd")
        for entry_id in ("42", "-x", "a-b", "42-../members", "42-a b"):
            with pytest.raises(ValueError, match="MEMBER-ENTRY"):
                ncmec.give_feedback(entry_id, reason=None)
        with pytest.raises(ValueError, match="guid"):
            ncmec.give_feedback("42-image1", reason="<x/>")
    affirmed, denied = there.asked
    assert (affirmed.method, affirmed.path) == ("PUT", "/v2/entries/42/image1/PDQ/feedback")
    assert affirmed.headers["content-type"] == "application/xml; charset=utf-8"
    name = "{" + NAMESPACE + "}"
    (said,) = ElementTree.fromstring(affirmed.body)  # noqa: S314 (our own text)
    assert said.tag == name + "affirmative"
    (said,) = ElementTree.fromstring(denied.body)  # noqa: S314
    assert [one.text for one in said.iter(name + "guid")] == ["01234567-abcd"]


@pytest.mark.parametrize("body", [b"", b"<a/>", b"<status/>", b"{}", b"<queryResult>"])
def test_what_is_no_answer_is_our_error(body):
    with site(lambda _: Answer(body)) as there, Ncmec(LOGIN, base_url=there.url) as ncmec:
        for ask in (ncmec.status, ncmec.reasons, lambda: list(ncmec.ranges(since=0, until=9))):
            with pytest.raises(ExchangeError):
                ask()


def test_every_environment_is_an_address_that_may_be_asked():
    for one in Environment:
        assert one.value.startswith("https://")
        Ncmec(LOGIN, base_url=one.value).close()
