"""The listener of told.py hears a leak wherever one is planted; and what a terminal may say."""

from __future__ import annotations

import contextlib
import http.client
import logging
import warnings
from pathlib import Path

import pytest

from hashguard import Algorithm, HashList, Matcher, policies
from hashguard.errors import BankError, InvalidHashError
from tests.bank.samples import a_case, a_hash
from tests.cli.conftest import process
from tests.sync.server import served
from tests.told import Told, leaks_in

CASE, CODE = a_case(1)
PLANTED = {
    "a hash": a_hash(1).hex,
    "a code": CODE,
    "a case number": CASE.case,
    "the name of a picture": "me at the beach.JPG",
    "the path of pictures": "/srv/hashguard/fixtures/photos/cat",
}


@pytest.fixture
def told(request) -> Told:
    """The one that listens to this very session."""
    plugin = request.config.pluginmanager.get_plugin("told")
    assert isinstance(plugin, Told)
    return plugin


@pytest.mark.parametrize("kind", PLANTED)
def test_a_leak_in_an_error_a_log_line_or_a_traceback_is_heard(told, kind):
    """Also of an error that is caught at once, and of the cause of one that is logged."""
    leak, log = PLANTED[kind], logging.getLogger("hashguard.planted")
    for error in (BankError, InvalidHashError):
        assert leak in str(error(f"about {leak}"))
        with pytest.raises(pytest.fail.Exception, match=f"{error.__name__} tells {kind}"):
            told.check()
        told.check()
    log.debug("about %s", leak)
    with pytest.raises(pytest.fail.Exception, match=f"hashguard.planted tells {kind}"):
        told.check()
    try:
        raise OSError(f"about {leak}")
    except OSError:
        log.exception("trouble")
    with pytest.raises(pytest.fail.Exception, match=f"hashguard.planted tells {kind}"):
        told.check()


def test_a_leak_in_an_address_is_heard_where_it_arrives(told, tmp_path):
    with served(tmp_path) as site:
        host = site.url.removeprefix("http://")
        with contextlib.closing(http.client.HTTPConnection(host, timeout=20)) as connection:
            connection.request("GET", f"/entries?hash={a_hash(1).hex}")
            connection.getresponse().read()
        with pytest.raises(pytest.fail.Exception, match="a request tells a hash"):
            told.check()


def test_a_leak_in_a_warning_is_heard(told):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn(f"about {a_hash(1).hex}", UserWarning, stacklevel=1)
    told.pytest_warning_recorded(caught[0])
    with pytest.raises(pytest.fail.Exception, match="a warning tells a hash"):
        told.check()


def test_what_is_no_leak():
    """Digests of lists in the names of published files, keys, examples, and what is shorter."""
    for text in (
        f"GET /targets/ncii/{'0a' * 32}.full-7.hgl",
        f"keyid {'0a' * 32}",
        "a case number such as 4UDZ-XVK2, a code like XXXX-XXXX-XXXX-XXXX",
        f"version 7, digest {'0a' * 16}",
        "JPEG and PNG; a png file; 2 of 3 pictures",
    ):
        assert leaks_in(text) == []
    assert leaks_in(f"{a_hash(1).hex.upper()} of x.png") == ["a hash", "the name of a picture"]


def test_a_terminal_names_the_file_its_user_named_and_the_library_does_not(tmp_path: Path):
    """The same broken picture: told apart on the command line, without a name in the verdict."""
    broken = tmp_path / "upload of somebody.jpg"
    broken.write_bytes(b"\xff\xd8\xff no picture")
    HashList.from_entries([], algorithm=Algorithm.PDQ).save(tmp_path / "list.hgl")
    ran = process("match", broken, "--list", tmp_path / "list.hgl")
    assert broken.name in ran.out + ran.err
    matcher = Matcher(HashList.load(tmp_path / "list.hgl"), policy=policies.PDQ_STRICT)
    verdict = matcher.check(broken.read_bytes())
    assert verdict.reason
    assert leaks_in(verdict.reason) == []
    assert broken.name not in verdict.reason
