"""Key files: private, locked where a passphrase is given, refused where others may read them."""

from __future__ import annotations

import os

import pytest

from hashguard.errors import RepositoryError
from hashguard.publishing import new_key, read_keys, write_key

PASSPHRASE = " ".join(["correct", "horse", "battery"])


def test_a_key_is_found_again(tmp_path):
    """Below the folder given, too; private; and never twice under one name."""
    (tmp_path / "online").mkdir()
    key, other = new_key("timestamp"), new_key("ncii")
    path = write_key(tmp_path, key, passphrase=None)
    write_key(tmp_path / "online", other, passphrase=None)
    found = read_keys([tmp_path], passphrase=None)
    assert set(found.by_public) == {key.public, other.public}
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(RepositoryError, match="not overwritten"):
        write_key(tmp_path, new_key("timestamp"), passphrase=None)


def test_a_locked_key_needs_its_passphrase(tmp_path):
    key = new_key("root-1")
    path = write_key(tmp_path, key, passphrase=PASSPHRASE)
    assert b"ENCRYPTED" in path.read_bytes()
    assert read_keys([tmp_path], passphrase=None).locked == ("root-1",)
    assert set(read_keys([tmp_path], passphrase=PASSPHRASE).by_public) == {key.public}
    with pytest.raises(RepositoryError, match=r"root-1\.pem .* passphrase does not open it"):
        read_keys([tmp_path], passphrase=PASSPHRASE.upper())


def test_short_passphrases_are_refused(tmp_path):
    with pytest.raises(RepositoryError, match="at least 12"):
        write_key(tmp_path, new_key("a"), passphrase="x" * 11)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_may_read_is_refused(tmp_path, mode):
    path = write_key(tmp_path, new_key("a"), passphrase=None)
    path.chmod(mode)
    with pytest.raises(RepositoryError, match="by others than its owner"):
        read_keys([tmp_path], passphrase=None)


def test_what_is_no_key_is_our_error(tmp_path):
    path = write_key(tmp_path, new_key("a"), passphrase=None)
    good = path.read_bytes()
    for bad in (b"", good[:-40], b"x" * 5000, good.replace(b"PRIVATE", b"PUBLIC")):
        path.write_bytes(bad)
        with pytest.raises(RepositoryError, match=r"a\.pem cannot be used"):
            read_keys([tmp_path], passphrase=None)
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(RepositoryError, match="cannot be read"):
        read_keys([tmp_path], passphrase=None)
    with pytest.raises(RepositoryError, match="no such folder"):
        read_keys([tmp_path / "none"], passphrase=None)


def test_another_kind_of_key_is_refused(tmp_path):
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec

    data = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()
    )
    path = tmp_path / "a.pem"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(RepositoryError, match="not an Ed25519 key"):
        read_keys([tmp_path], passphrase=None)
