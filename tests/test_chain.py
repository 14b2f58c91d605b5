"""The whole way with real parts: a person's device, an organisation, a platform, and back.

Every step is a command as people type it; the platform's follower and the bank's server are
processes of their own, and what is published goes over loopback http.
"""

import io
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from hashguard import Matcher, Outcome, policies
from tests.cli.background import running, serving, until
from tests.cli.conftest import PHOTOS, Run, run
from tests.sync.server import served

__all__ = ["run"]  # a fixture

NAMES = ("cat.png", "coffee.png", "camera.png")
INTERVAL = 1.0  # seconds between two looks of the follower


@dataclass(frozen=True)
class Person:
    """Somebody with one picture: their case file and what they wrote down."""

    picture: Path
    file: Path
    number: str
    code: Path


@dataclass(frozen=True)
class Organisation:
    """A bank and its published folder."""

    bank: Path
    public: Path
    keys: Path

    def publish(self, run: Run) -> None:
        ran = run("bank", "publish", self.bank, self.public, "--keys", self.keys / "online")
        assert (ran.status, ran.err) == (0, "")


def person(folder: Path, name: str, run: Run) -> Person:
    """A case made on their own device; the code is shown once."""
    file = folder / f"{name}.json"
    ran = run("case", "new", PHOTOS / name, "-o", file)
    assert ran.status == 0, ran.err
    shown = [word for line in ran.lines for word in line.split()]
    code = folder / f"{name}.code"
    code.write_text(next(word for word in shown if len(word) == 19 and word.count("-") == 3))
    number = next(word for word in shown if len(word) == 9 and word.count("-") == 1)
    return Person(PHOTOS / name, file, number, code)


@pytest.fixture
def organisation(tmp_path: Path, run: Run) -> Organisation:
    made = Organisation(tmp_path / "bank", tmp_path / "public", tmp_path / "keys")
    assert run("bank", "init", made.bank, "--cases", "automatic").status == 0
    secret = tmp_path / "passphrase"
    secret.write_text(secrets.token_hex(8))
    words = ("--keys", made.keys, "--bank", "ncii", "--passphrase-file", secret)
    assert run("publish", "init", made.public, *words).status == 0
    return made


@pytest.fixture
def people(tmp_path: Path, organisation: Organisation, run: Run) -> list[Person]:
    """Three, whose files the organisation took in."""
    made = [person(tmp_path, name, run) for name in NAMES]
    ran = run("bank", "intake", organisation.bank, *(one.file for one in made))
    assert ran.status == 0, ran.err
    organisation.publish(run)
    return made


@pytest.fixture
def followed(tmp_path: Path, organisation: Organisation, people: list[Person]) -> Iterator[Path]:
    """The live folder of a platform that looks every second."""
    assert people
    root, into = tmp_path / "root.json", tmp_path / "live"
    root.write_bytes((organisation.public / "metadata" / "1.root.json").read_bytes())
    with served(organisation.public) as site:
        often = ("--every", str(INTERVAL), "--policy", "PDQ_STANDARD")
        with running("sync", "--from", site.url, "--root", root, "--into", into, *often) as sync:
            assert sync.stdout is not None
            assert "3 entries" in sync.stdout.readline()
            yield into


def edited(picture: Path) -> bytes:
    """The picture as somebody uploads it again: mirrored, in a black frame, as a bad JPEG."""
    with Image.open(picture) as image:
        shown = ImageOps.mirror(image.convert("RGB"))
    out = io.BytesIO()
    ImageOps.expand(shown, border=shown.width // 10).save(out, "JPEG", quality=60)
    return out.getvalue()


def answer(folder: Path, organisation: Organisation, who: Person, run: Run) -> None:
    """The platform tells the bank what became of a picture, by the interface of StopNCII."""
    platforms, keys = folder / "platforms.json", folder / "credentials"
    keys.touch(0o600)
    keys.write_text(run("serve", "key", "example-platform", "--keys", platforms).out)
    with serving("bank", organisation.bank, "--keys", platforms) as url:
        words = ("stopncii", "Blocked", "--picture", who.picture, "--url", url, "--keys", keys)
        ran = run("exchange", "feedback", *words)
        assert (ran.status, ran.err) == (0, "")
    shown = run("bank", "show", organisation.bank, who.number)
    assert "example-platform Blocked" in shown.out


def passes(matcher: Matcher, upload: bytes) -> bool:
    """Whether the platform lets an upload through."""
    return matcher.check(upload).outcome is Outcome.NO_MATCH


def test_from_a_case_to_every_platform_and_back(
    tmp_path: Path, organisation: Organisation, people: list[Person], followed: Path, run: Run
) -> None:
    """Found though it was edited; answered; withdrawn, and no longer found within the interval.

    The time runs from the withdrawal until the platform's matcher lets the picture pass. Of three
    withdrawals the fastest counts: a busy machine only ever adds to it.
    """
    matcher = Matcher.follow(followed, policy=policies.PDQ_STANDARD)
    uploads = [edited(one.picture) for one in people]
    for upload in uploads:
        verdict = matcher.check(upload)
        assert verdict.outcome is Outcome.MATCH
        assert verdict.matches[0].probe.endswith("removed, mirrored")
        assert verdict.list_origin == "ncii"

    answer(tmp_path, organisation, people[0], run)

    took = []
    for who, upload in zip(people, uploads, strict=True):
        started = time.monotonic()
        words = (organisation.bank, who.number, "--code-file", who.code)
        assert run("bank", "withdraw", *words).status == 0
        organisation.publish(run)
        until(partial(passes, matcher, upload))
        took.append(time.monotonic() - started)
    assert min(took) < INTERVAL + 1
    sheet = tmp_path / "sheet.html"
    assert run("bank", "receipt", organisation.bank, people[0].number, "-o", sheet).status == 0
    assert "example-platform" in sheet.read_text(encoding="utf-8")
