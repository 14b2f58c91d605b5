"""`hashguard exchange feedback`: tell an exchange what became of a hash, by entry or picture."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.exchange_options import (
    EnvironmentOption,
    ExchangeArgument,
    ExchangeName,
    KeysOption,
    UrlOption,
    ncmec_client,
    stopncii_client,
)
from hashguard.cli.inputs import read_picture
from hashguard.cli.list_files import load_list, refuse_hashes
from hashguard.cli.status import CliError, UsageError
from hashguard.cli.terminal import Terminal
from hashguard.errors import DecodeError
from hashguard.printable import shown
from hashguard.sources import Source

if TYPE_CHECKING:
    from hashguard.hashes import Hash

EPILOG = """Examples:

  hashguard exchange feedback stopncii Blocked --list stopncii.hgl --entry 17
  hashguard exchange feedback stopncii NotBlocked --picture up.jpg --tag art
  hashguard exchange feedback ncmec Blocked --entry 42-image1
  hashguard exchange feedback ncmec NotBlocked --entry 42-image1 --reason GUID

A match names its entry. Of a picture only the hash is sent. NCMEC wants a
reason for NotBlocked; without one its reasons are listed."""


class Word(enum.Enum):
    """What a platform can say."""

    BLOCKED = "Blocked"
    NOT_BLOCKED = "NotBlocked"
    PENDING_REVIEW = "PendingReview"
    QUALITY_UNKNOWN = "QualityUnknown"


def feedback_command(
    exchange: ExchangeArgument,
    word: Annotated[
        Word,
        typer.Argument(
            metavar="WORD", help="Blocked, NotBlocked, PendingReview or QualityUnknown."
        ),
    ],
    *,
    list_path: Annotated[
        str, typer.Option("--list", metavar="LIST", help="stopncii: the list with the entry.")
    ] = "",
    entry: Annotated[str, typer.Option(metavar="ENTRY", help="By its id.")] = "",
    picture: Annotated[
        str, typer.Option(metavar="FILE", help="stopncii: by a picture that has this hash.")
    ] = "",
    tag: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="stopncii: labels to add.")
    ] = None,
    reason: Annotated[str, typer.Option(metavar="GUID", help="ncmec: why a hash is wrong.")] = "",
    keys: KeysOption = "",
    url: UrlOption = "",
    environment: EnvironmentOption = "",
) -> int:
    """Tell an exchange what became of a hash that it shared."""
    refuse_hashes([entry, picture, list_path, *(tag or ())])
    if exchange is ExchangeName.STOPNCII:
        if reason:
            raise UsageError("--reason is for ncmec; StopNCII takes tags")
        if bool(picture) == bool(entry and list_path):
            raise UsageError("name a picture with --picture, or an entry with --list and --entry")
        hash_ = _hash_of_picture(picture) if picture else _hash_of_entry(list_path, entry)
        _stopncii(hash_, word, tuple(tag or ()), keys, url)
    else:
        if not entry or picture or tag:
            raise UsageError("NCMEC takes feedback by --entry, without tags")
        if word not in (Word.BLOCKED, Word.NOT_BLOCKED):
            raise UsageError("NCMEC takes Blocked and NotBlocked")
        with ncmec_client(keys, url, environment) as client:
            if word is Word.NOT_BLOCKED and not reason:
                for one in client.reasons():
                    Terminal().line(f"{one.guid}  {shown(one.name)}")
                raise UsageError("--reason: name one of these, by its number")
            try:
                client.give_feedback(entry, reason=reason or None)
            except ValueError as error:
                raise UsageError(str(error)) from error
    Terminal().line(f"{exchange.value} was told: {word.value}")
    return 0


def _stopncii(hash_: Hash, word: Word, tags: tuple[str, ...], keys: str, url: str) -> None:
    from hashguard.exchange.stopncii import Statement
    from hashguard.lists.entry import tags_fault

    if fault := tags_fault(tags):
        raise UsageError(f"--tag: the tags {fault}")
    with stopncii_client(keys, url) as client:
        client.give_feedback([Statement(hash_, word.value, tags)])


def _hash_of_entry(list_path: str, entry: str) -> Hash:
    hash_list = load_list(list_path)
    rows = hash_list.rows_of(entry)
    if not len(rows):
        raise CliError(f"{shown(list_path)}: no entry has this id")
    return hash_list.entry(int(rows[0])).hash


def _hash_of_picture(name: str) -> Hash:
    from hashguard.decode import DecodeLimits, decode
    from hashguard.hashers.pdq import hash_pixels
    from hashguard.policies import PDQ_MIN_QUALITY

    limits = DecodeLimits()
    data = read_picture(Source(name), limits.bytes)
    if not isinstance(data, bytes):
        reason = getattr(data, "reason", "it is no picture")
        raise CliError(f"{shown(name)}: {reason}")
    try:
        hashed = hash_pixels(next(decode(data, limits).frames).pixels)
    except DecodeError as error:
        raise CliError(f"{shown(name)}: {error}") from error
    if (hashed.quality or 0) < PDQ_MIN_QUALITY:
        raise CliError(f"{shown(name)}: shows too little detail to be told apart from others")
    return hashed.hash
