"""`hashguard exchange`: follow and answer exchanges, with keys and hashes out of sight."""

from pathlib import Path

import pytest

from hashguard import HashList
from hashguard.hashers.pdq import hash_pixels
from tests.bank.samples import NOW, a_hash
from tests.cli.conftest import PHOTOS, Run
from tests.exchange.answers import XMLNS, answer, image
from tests.exchange.banks import Served, served
from tests.exchange.pages import hex_of
from tests.exchange.servers import Answer, site


def keys_of(there: Served, tmp_path: Path) -> Path:
    """A file of credentials for a served bank."""
    file = tmp_path / "credentials"
    file.touch(0o600)
    lines = [f"HASHGUARD_STOPNCII_SUBSCRIPTION_KEY={there.issued.subscription}"]
    lines += [
        f"HASHGUARD_STOPNCII_{endpoint.name}_KEY={key}"
        for endpoint, key in there.issued.endpoints.items()
    ]
    file.write_text("\n".join(lines))
    return file


def test_a_list_follows_a_served_bank_to_a_withdrawal(run: Run, tmp_path: Path) -> None:
    """Fetch, match in a live folder, withdraw at the bank, fetch: the list has it no more."""
    target = tmp_path / "ncii.hgl"
    with served(tmp_path, count=3, per_case=1) as there:
        keys = keys_of(there, tmp_path)
        fetch = ("exchange", "fetch", "stopncii", "--into", target, "--keys", keys, "--url")
        ran = run(*fetch, there.url)
        assert ran.status == 0, ran.err
        assert ", 3 entries, 3 to match; 3 read of everything\n" in ran.out
        live = tmp_path / "ncii.live"
        assert run("index", "build", target, "-o", live).status == 0
        there.bank.withdraw(*there.codes[0], source="a hotline", now=NOW + 9)
        ran = run(*fetch, there.url, "--live", live)
    assert ran.status == 0, ran.err
    assert ", 2 entries, 2 to match" in ran.lines[0]
    assert "1 withdrawn" in ran.lines[1]
    assert a_hash(0).packed not in target.read_bytes()
    assert hex_of(1)[:9] not in (tmp_path / "ncii.hgl.state").read_text()


def test_feedback_reaches_the_bank_by_entry_and_by_picture(
    run: Run, tmp_path: Path, photographs
) -> None:
    cat = hash_pixels(photographs["cat.png"]).hash
    target = tmp_path / "ncii.hgl"
    with served(tmp_path, count=1) as there:
        keys = keys_of(there, tmp_path)
        there.bank.submit(hash_pixels(photographs["cat.png"]), source="hotline", now=NOW + 5)
        where = ("--keys", keys, "--url", there.url)
        run("exchange", "fetch", "stopncii", "--into", target, *where)
        tell = ("exchange", "feedback", "stopncii")
        by_entry = run(*tell, "Blocked", "--list", target, "--entry", "1", *where)
        assert by_entry.out == "stopncii was told: Blocked\n"
        by_picture = run(*tell, "NotBlocked", "--picture", PHOTOS / "cat.png", "--tag", "a", *where)
        assert by_picture.status == 0, by_picture.err
        records = {
            one.hash: one for one in there.bank.changes(since=0, after=None, limit=9).records
        }
    assert records[a_hash(0)].feedback[0].feedback.word == "Blocked"
    assert records[cat].feedback[0].tags == ("a",)


def test_ncmec_is_fetched_and_answered(run: Run, tmp_path: Path, monkeypatch) -> None:
    """By the environment, with the members named; and its reasons are listed when one is needed."""
    monkeypatch.setenv("HASHGUARD_NCMEC_USER", "u")
    monkeypatch.setenv("HASHGUARD_NCMEC_PASSWORD", "sesame")
    reasons = (
        f"<availableFeedbackReasons {XMLNS}>"
        '<reason guid="0123-ab" name="Viral"/></availableFeedbackReasons>'
    )

    def say(asked) -> Answer:
        if asked.path.endswith("/reasons"):
            return Answer(reasons.encode())
        return Answer(answer(image(1), image(2, member=7)) if asked.method == "GET" else b"")

    target = tmp_path / "ncmec.hgl"
    with site(say) as there:
        fetch = ("exchange", "fetch", "ncmec", "--into", target, "--url", there.url)
        ran = run(*fetch, "--member", "42")
        assert ran.status == 0, ran.err
        assert "1 of other kinds or members" in ran.out
        assert list(HashList.load(target).ids()) == ["42-image1"]
        tell = ("exchange", "feedback", "ncmec", "NotBlocked", "--entry", "42-image1")
        ran = run(*tell, "--url", there.url)
        assert (ran.status, ran.out) == (2, "0123-ab  Viral\n")
        assert run(*tell, "--url", there.url, "--reason", "0123-ab").status == 0
        assert run(*tell[:3], "Blocked", *tell[4:], "--url", there.url).status == 0
    assert there.asked[-1].path == "/v2/entries/42/image1/PDQ/feedback"


@pytest.mark.parametrize(
    "words",
    [
        ("feedback", "stopncii", "Blocked", "--list", "l", "--entry", hex_of(1)),
        ("feedback", "stopncii", "Blocked", "--picture", f"pdq:{hex_of(1)}"),
        ("fetch", "stopncii", "--into", hex_of(1)),
    ],
)
def test_a_hash_is_no_argument(run: Run, words: tuple[str, ...]) -> None:
    ran = run("exchange", *words)
    assert (ran.status, hex_of(1) in ran.err) == (2, False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fetch", "stopncii", "--into", "l", "--member", "1"), "--member"),
        (("fetch", "stopncii", "--into", "l", "--url", "http://example.org"), "https only"),
        (("fetch", "ncmec", "--into", "l", "--environment", "x"), "one of industry"),
        (("fetch", "ncmec", "--into", "l"), "one of industry"),
        (("fetch", "elsewhere", "--into", "l"), "elsewhere"),
        (("feedback", "stopncii", "Blocked"), "--picture"),
        (("feedback", "stopncii", "Blocked", "--list", "l"), "--entry"),
        (("feedback", "stopncii", "Loved", "--picture", "x"), "Loved"),
        (("feedback", "ncmec", "Blocked"), "--entry"),
        (("feedback", "ncmec", "PendingReview", "--entry", "1-a"), "NotBlocked"),
    ],
)
def test_wrong_usage_is_told(
    run: Run, tmp_path: Path, monkeypatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("STOPNCII_SUBSCRIPTION_KEY", "STOPNCII_FETCH_KEY", "NCMEC_USER", "NCMEC_PASSWORD"):
        monkeypatch.setenv(f"HASHGUARD_{name}", "sesame")
    ran = run("exchange", *words)
    assert ran.status == 2, ran.err
    assert said in ran.err


def test_missing_keys_and_open_files_are_told(run: Run, tmp_path: Path, monkeypatch) -> None:
    """By name; and no key is quoted."""
    monkeypatch.delenv("HASHGUARD_STOPNCII_SUBSCRIPTION_KEY", raising=False)
    target = tmp_path / "l.hgl"
    ran = run("exchange", "fetch", "stopncii", "--into", target)
    assert (ran.status, "SUBSCRIPTION_KEY is missing" in ran.err) == (4, True)
    (tmp_path / "keys").write_text("HASHGUARD_STOPNCII_SUBSCRIPTION_KEY=sesame")
    (tmp_path / "keys").chmod(0o644)
    ran = run("exchange", "fetch", "stopncii", "--into", target, "--keys", tmp_path / "keys")
    assert (ran.status, "chmod 600" in ran.err, "sesame" in ran.err) == (4, True, False)


def test_a_list_of_another_origin_is_not_followed_into(
    run: Run, listed: Path, tmp_path: Path
) -> None:
    """Its entries would be dropped, for the exchange does not have them."""
    before = listed.read_bytes()
    with served(tmp_path) as there:
        where = ("--keys", keys_of(there, tmp_path), "--url", there.url)
        ran = run("exchange", "fetch", "stopncii", "--into", listed, *where)
    assert ran.status == 4
    assert "is a list of tests, not one that follows 127.0.0.1" in ran.err
    assert listed.read_bytes() == before


def test_an_empty_exchange_is_told_and_a_broken_state_stops(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "l.hgl"
    with served(tmp_path) as there:
        where = ("--keys", keys_of(there, tmp_path), "--url", there.url)
        ran = run("exchange", "fetch", "stopncii", "--into", target, *where)
        assert (ran.status, "no entry to match" in ran.err) == (0, True)
        (tmp_path / "l.hgl.state").write_text("{}")
        ran = run("exchange", "fetch", "stopncii", "--into", target, *where)
    assert (ran.status, "remove the state" in ran.err) == (4, True)
