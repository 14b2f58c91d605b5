"""`hashguard serve BANK`: a bank behind the interface of StopNCII, for platforms with keys."""

from __future__ import annotations

import secrets
import time
from typing import Annotated

import typer

from hashguard.cli.serve_key import KeysOption, telling_keys
from hashguard.cli.status import CliError, UsageError
from hashguard.cli.terminal import complain
from hashguard.errors import BankError
from hashguard.printable import shown

EPILOG = """Examples:

  hashguard serve key example-platform --keys platforms.json
  hashguard serve bank/ --keys platforms.json

Platforms follow the bank with any client of StopNCII, by its address and
their keys: hashguard exchange fetch stopncii, threatexchange, HMA. It ends
with Ctrl-C. Beyond this machine it wants --certificate and --private-key."""


def bank_command(
    bank: Annotated[
        str, typer.Argument(metavar="BANK", help="A bank, made by hashguard bank init.")
    ],
    *,
    keys: KeysOption,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen; by default this machine only.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="PORT", min=0, max=65535)] = 8600,
    certificate: Annotated[
        str, typer.Option(metavar="FILE", help="The certificate and its chain, PEM.")
    ] = "",
    private_key: Annotated[
        str, typer.Option(metavar="FILE", help="The private key of the certificate, PEM.")
    ] = "",
    dangerous_plain_http: Annotated[
        bool,
        typer.Option(
            "--dangerous-plain-http",
            metavar="",
            help="Let others in without TLS: whoever is in between reads keys and hashes.",
        ),
    ] = False,
) -> int:
    """Serve a bank to platforms, by the interface of StopNCII."""
    from hashguard.bank import Bank
    from hashguard.exchange.addresses import is_loopback
    from hashguard.exchange.app import create_app
    from hashguard.exchange.platforms import KeyFile
    from hashguard.exchange.rates import Rates
    from hashguard.exchange.serving import config_of, run

    if bool(certificate) != bool(private_key):
        raise UsageError("--certificate and --private-key go together")
    if not certificate and not is_loopback(host) and not dangerous_plain_http:
        raise UsageError(
            "over plain http only this machine is served; give --certificate and --private-key, "
            "or put a server with TLS in front and listen on 127.0.0.1"
        )
    file = KeyFile(keys)
    with telling_keys(keys):
        file.platforms()
    try:
        opened = Bank.open(bank)
    except BankError as error:
        raise CliError(f"{shown(bank)}: {error}") from error
    with opened:
        app = create_app(
            opened, keys=file, secret=secrets.token_bytes(32), now=time.time, rates=Rates()
        )
        config = config_of(
            app,
            host=host,
            port=port,
            certificate=certificate or None,
            private_key=private_key or None,
        )
        try:
            run(config, tell=lambda url: complain(f"serving at {url}; Ctrl-C ends it"))
        except OSError as error:
            # ssl.SSLError, for a certificate that is none, is an OSError, too.
            reason = error.strerror or "the certificate and its key cannot be used"
            raise CliError(f"cannot serve at this address: {reason}") from error
    return 0
