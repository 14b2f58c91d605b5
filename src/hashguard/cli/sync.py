"""`hashguard sync`: a live folder that says what a publisher says, again and again."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.index_build import settings
from hashguard.cli.list_files import entries_text
from hashguard.cli.matching import PolicyName
from hashguard.cli.publish_folders import secret_in, until_text
from hashguard.cli.status import CliError, Status, UsageError
from hashguard.cli.terminal import Terminal
from hashguard.errors import HashguardError
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.sync import Credentials, Source, Subscription, Update

EPILOG = """Examples:

  hashguard sync --from https://example.org/ncii --root root.json --into ncii
  hashguard sync --from /mnt/ncii --root root.json --into ncii --every 60
  hashguard sync --status ncii --max-age 3600

Matcher.follow("ncii", ...) and hashguard match --list ncii use what came.
A token for a closed list is read from HASHGUARD_TOKEN or --token-file."""

TOKEN = "HASHGUARD_TOKEN"  # noqa: S105 - the name of a variable
_LEAST_PAUSE = 0.2  # seconds
_MAX_ROOT_BYTES = 512_000


def sync_command(
    *,
    from_: Annotated[
        str, typer.Option("--from", metavar="URL", help="What is published: an address or folder.")
    ] = "",
    root: Annotated[
        str, typer.Option(metavar="FILE", help="The root.json the publisher gave you.")
    ] = "",
    into: Annotated[str, typer.Option(metavar="FOLDER", help="The live folder.")] = "",
    every: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Look again and again.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", metavar="", help="Look once (default).")] = False,
    bank: Annotated[
        str, typer.Option(metavar="NAME", help="Which bank; default the only one.")
    ] = "",
    policy: Annotated[
        PolicyName,
        typer.Option(case_sensitive=False, metavar="NAME", help="What uploads are matched under."),
    ] = PolicyName.PDQ_STRICT,
    token_file: Annotated[
        str, typer.Option(metavar="FILE", help="Holds the token of a closed list.")
    ] = "",
    client_cert: Annotated[
        str, typer.Option(metavar="FILE", help="Client certificate and key, PEM.")
    ] = "",
    ca: Annotated[
        str, typer.Option(metavar="FILE", help="Trust these certificates, not the system's.")
    ] = "",
    dangerously_plain_http: Annotated[
        bool,
        typer.Option("--dangerously-plain-http", metavar="", help="Fetch hashes in the clear."),
    ] = False,
    status: Annotated[
        str, typer.Option(metavar="FOLDER", help="Only say how old the list of a folder is.")
    ] = "",
    max_age: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="With --status: what is too old.")
    ] = None,
) -> int:
    """Follow a published list into a live folder.

    Only what is signed by the keys of root.json is used, and nothing older than before.
    """
    if status:
        return _tell_status(status, max_age)
    if not (from_ and root and into):
        raise UsageError("say --from, --root and --into, or --status FOLDER")
    if once and every is not None:
        raise UsageError("either --once or --every")
    if every is not None and not _LEAST_PAUSE <= every <= 86_400:
        raise UsageError(f"--every: must be {_LEAST_PAUSE} to 86400 seconds, not {every}")
    from hashguard.hashes import Algorithm
    from hashguard.sync import Credentials, Subscription
    from hashguard.sync.subscription import Reach

    try:
        credentials = Credentials(
            token=secret_in(token_file) if token_file else os.environ.get(TOKEN) or None,
            certificate=Path(client_cert) if client_cert else None,
            authority=Path(ca) if ca else None,
        )
        source = _source(from_, credentials, plain=dangerously_plain_http)
    except ValueError as error:
        raise UsageError(f"--from: {error}") from error
    max_distance, probes = settings(policy, None, None, Algorithm.PDQ)
    with Subscription.open(
        into,
        source=source,
        root=_root_bytes(root),
        bank=bank or None,
        reach=Reach(max_distance, probes),
    ) as subscription:
        if every is None:
            return _look(subscription, into)
        return _Loop(subscription, into).run(every)


class _Loop:
    """Looks until it is told to end, and says what changed since the last look."""

    def __init__(self, subscription: Subscription, into: str) -> None:
        self._subscription = subscription
        self._into = into
        self._end = threading.Event()
        self._trouble: str | None = None
        self._version = 0

    def run(self, every: float) -> int:
        # SIGTERM is how a supervisor ends a service; the look under way is finished first.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda *_: self._end.set())
        rng, terminal = random.SystemRandom(), Terminal()
        while not self._end.is_set():
            started = time.monotonic()
            self._once(terminal)
            # Never later than said, and not all followers at one moment.
            pause = every * rng.uniform(0.9, 1.0) - (time.monotonic() - started)
            self._end.wait(max(_LEAST_PAUSE, pause))
        return Status.FINE if self._trouble is None else Status.ERROR

    def _once(self, terminal: Terminal) -> None:
        try:
            update = self._subscription.update(now=int(time.time()))
        except HashguardError as error:
            if str(error) != self._trouble:
                terminal.complain(_trouble_text(self._into, error))
            self._trouble = str(error)
            return
        if self._trouble is not None or update.version != self._version:
            terminal.line(_update_text(self._into, update))
        self._trouble, self._version = None, update.version


def _look(subscription: Subscription, into: str) -> int:
    try:
        update = subscription.update(now=int(time.time()))
    except HashguardError as error:
        raise CliError(_trouble_text(into, error)) from error
    Terminal().line(_update_text(into, update))
    return 0


def _source(place: str, credentials: Credentials, *, plain: bool) -> Source:
    from hashguard.sync import FolderSource, HttpSource, Retrying

    if "://" not in place:
        if not Path(place).is_dir():
            raise CliError(f"{shown(place)}: no such folder; an address begins with https://")
        return FolderSource(Path(place))
    source = HttpSource(place, credentials=credentials, dangerously_plain=plain)
    return Retrying(source, rng=random.SystemRandom(), sleep=time.sleep)


def _root_bytes(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            data = file.read(_MAX_ROOT_BYTES + 1)
    except OSError as error:
        raise CliError(f"{shown(path)}: {error.strerror or 'it cannot be read'}") from error
    if len(data) > _MAX_ROOT_BYTES:
        raise CliError(f"{shown(path)}: too long for a root.json")
    return data


def _update_text(into: str, update: Update) -> str:
    changes = ""
    if update.added or update.withdrawn:
        changes = f": {update.added} added, {update.withdrawn} withdrawn"
    return (
        f"{shown(into)}: version {update.version}, {entries_text(update.entries)}{changes}; "
        f"{until_text(update.until)}"
    )


def _trouble_text(into: str, error: HashguardError) -> str:
    """What is wrong, and what is matched meanwhile."""
    from hashguard.sync import health

    try:
        found = health(into, now=time.time())
    except HashguardError:
        return f"{shown(into)}: {error}"
    if found.age is None:
        return f"{shown(into)}: {error}; there is no list yet"
    return (
        f"{shown(into)}: {error}; version {found.version} goes on being matched, "
        f"verified {found.age} s ago"
    )


def _tell_status(folder: str, max_age: float | None) -> int:
    """The age in seconds on standard output, alarms on standard error."""
    from hashguard.sync import health

    found = health(folder, now=time.time(), max_age=max_age)
    terminal = Terminal()
    terminal.line("never" if found.age is None else str(found.age))
    for alarm in found.alarms:
        terminal.complain(f"{shown(folder)}: {alarm}")
    return Status.ERROR if found.alarms else Status.FINE
