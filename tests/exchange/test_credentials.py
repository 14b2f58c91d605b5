"""Keys come from private files or the environment, and come out nowhere."""

import copy
import os
import pickle

import pytest

from hashguard.errors import CredentialsError
from hashguard.exchange.credentials import (
    NcmecLogin,
    Secret,
    StopNciiKeys,
    from_environment,
    from_file,
)

LINES = """# keys of the platform
HASHGUARD_STOPNCII_SUBSCRIPTION_KEY = sub=scription

HASHGUARD_STOPNCII_FETCH_KEY=fetch
"""


@pytest.fixture
def keys(tmp_path):
    path = tmp_path / "keys"
    path.write_text(LINES)
    path.chmod(0o600)
    return path


def test_file_and_environment_hold_the_same_names(keys):
    given = StopNciiKeys.of(from_file(keys))
    assert given.subscription.reveal() == "sub=scription"
    assert given.fetch is not None
    assert given.fetch.reveal() == "fetch"
    assert given.submit is None
    variables = {"HASHGUARD_NCMEC_USER": "u", "HASHGUARD_NCMEC_PASSWORD": "p:q", "HOME": "x y"}
    assert NcmecLogin.of(from_environment(variables)).password.reveal() == "p:q"


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(keys, mode):
    keys.chmod(mode)
    with pytest.raises(CredentialsError, match="chmod 600"):
        from_file(keys)


@pytest.mark.parametrize(
    "text",
    ["nothing", "=x", "lower=x", "A=", "A=two words", "A=x\nA=y", "A=\x01", "A=" + "x" * 513],
)
def test_what_is_no_key_is_told_by_its_line_and_not_quoted(keys, text):
    keys.write_text(text + "secret" * ("=" in text and len(text) < 9))
    with pytest.raises(CredentialsError) as caught:
        from_file(keys) if text != "A=" else Secret("")
    assert "secret" not in str(caught.value)
    assert "two" not in str(caught.value)


def test_a_file_of_keys_is_small_and_regular(keys, tmp_path):
    keys.write_text("#" * 20_000)
    with pytest.raises(CredentialsError, match="at most"):
        from_file(keys)
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(CredentialsError, match="regular"):
        from_file(tmp_path / "pipe")


def test_a_missing_key_is_told_by_its_name():
    with pytest.raises(CredentialsError, match="HASHGUARD_STOPNCII_SUBSCRIPTION_KEY"):
        StopNciiKeys.of({})
    with pytest.raises(CredentialsError, match="no colon"):
        NcmecLogin(Secret("a:b"), Secret("c"))


def test_a_secret_is_not_printed_pickled_or_copied():
    secret = Secret("sesame")
    assert "sesame" not in f"{secret} {secret!r} {[secret]} {StopNciiKeys(secret)}"
    for write in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            write(secret)


def test_a_line_break_cannot_end_a_header():
    with pytest.raises(CredentialsError):
        Secret("x\r\nHost: elsewhere")
