"""`hashguard serve`: keys are shown once, and the server is for those who have them."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from hashguard.errors import FetchError
from hashguard.exchange.credentials import StopNciiKeys, from_file
from hashguard.exchange.stopncii import StopNcii
from tests.bank.samples import a_bank
from tests.cli.background import serving
from tests.cli.conftest import Run


@pytest.fixture
def keys(run: Run, tmp_path: Path) -> Path:
    """The credentials of a platform, as the command printed them, in a private file."""
    ran = run("serve", "key", "example-platform", "--keys", tmp_path / "platforms.json")
    assert ran.status == 0, ran.err
    target = tmp_path / "credentials"
    target.touch(0o600)
    target.write_text(ran.out)
    return target


def test_what_key_prints_is_what_a_client_reads(keys: Path, tmp_path: Path) -> None:
    """Through a file of credentials, to a server that runs as a process and says nothing else."""
    a_bank(tmp_path)
    given = StopNciiKeys.of(from_file(keys))
    with (
        serving(tmp_path / "bank", "--keys", tmp_path / "platforms.json") as url,
        StopNcii(given, base_url=url) as ncii,
    ):
        (page,) = ncii.pages()
    assert page.records == ()


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*form))
    return folder / "certificate.pem", folder / "key.pem"


def test_over_tls_only_a_certificate_that_is_trusted_gets_keys(
    keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keys are in the request: it must not be made to whoever happens to be there."""
    a_bank(tmp_path)
    certificate, private_key = certified(tmp_path)
    pair = ("--certificate", certificate, "--private-key", private_key)
    given = StopNciiKeys.of(from_file(keys))
    with serving(tmp_path / "bank", "--keys", tmp_path / "platforms.json", *pair) as url:
        assert url.startswith("https://127.0.0.1:")
        with (
            StopNcii(given, base_url=url) as ncii,
            pytest.raises(FetchError, match="no certificate that we trust"),
        ):
            list(ncii.pages())
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with StopNcii(given, base_url=url) as ncii:
            assert [len(page.records) for page in ncii.pages()] == [0]


def test_the_file_of_platforms_does_not_hold_what_was_printed(keys: Path, tmp_path: Path) -> None:
    stored = (tmp_path / "platforms.json").read_text()
    values = [line.partition("=")[2] for line in keys.read_text().splitlines()[1:]]
    assert len(values) == 4
    assert not [value for value in values if value in stored]


def test_keys_may_be_for_some_endpoints_only(run: Run, tmp_path: Path) -> None:
    ran = run("serve", "key", "a", "--keys", tmp_path / "p", "--only", "fetch")
    assert [line.partition("=")[0] for line in ran.lines[1:]] == [
        "HASHGUARD_STOPNCII_SUBSCRIPTION_KEY",
        "HASHGUARD_STOPNCII_FETCH_KEY",
    ]


def test_keys_are_revoked_by_name(run: Run, keys: Path, tmp_path: Path) -> None:
    file = tmp_path / "platforms.json"
    assert keys.exists()
    ran = run("serve", "key", "example-platform", "--keys", file, "--revoke")
    assert ran.out == f"{file}: example-platform has no keys any more\n"
    again = run("serve", "key", "example-platform", "--keys", file, "--revoke")
    assert (again.status, again.err) == (
        4,
        f"hashguard: {file}: there is no platform of this name\n",
    )
    assert run("serve", "key", "a", "--keys", file, "--revoke", "--only", "fetch").status == 2


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", "::"])  # noqa: S104
def test_others_are_not_served_without_tls(run: Run, keys: Path, tmp_path: Path, host: str) -> None:
    """Whoever is between would read keys and hashes; the option that allows it says so."""
    assert keys.exists()
    words = ("serve", tmp_path / "bank", "--keys", tmp_path / "platforms.json")
    ran = run(*words, "--host", host)
    assert ran.status == 2
    assert "over plain http only this machine is served" in ran.err
    assert run(*words, "--certificate", "x").status == 2


def test_what_is_missing_is_told(run: Run, keys: Path, tmp_path: Path) -> None:
    """A bank, a file of keys, a certificate: by name, in one line."""
    platforms = tmp_path / "platforms.json"
    assert keys.exists()
    no_bank = run("serve", tmp_path / "bank", "--keys", platforms)
    assert (no_bank.status, len(no_bank.err.splitlines())) == (4, 1)
    a_bank(tmp_path)
    no_keys = run("serve", tmp_path / "bank", "--keys", tmp_path / "none")
    assert no_keys.err == f"hashguard: {tmp_path / 'none'}: No such file or directory\n"
    pair = ("--certificate", keys, "--private-key", keys)
    no_tls = run("serve", tmp_path / "bank", "--keys", platforms, *pair)
    assert no_tls.status == 4
    assert no_tls.err.startswith("hashguard: cannot serve at this address: ")
