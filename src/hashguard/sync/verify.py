"""What the keys we trust have signed, and nothing else. The door to The Update Framework.

The client of python-tuf refuses rollback, freeze, mix and match, wrong keys and wrong bytes;
here it is given our source, and what it refuses is told in our words. It uses the clock of
this machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hashguard.errors import (
    ExpiredError,
    FetchError,
    MissingExtraError,
    RollbackError,
    VerificationError,
)
from hashguard.files import fault_of
from hashguard.sync.source import NotThereError, Source

try:
    from tuf.api import exceptions
    from tuf.api.metadata import Metadata, Targets, Timestamp
    from tuf.ngclient import FetcherInterface, Updater
except ImportError as _error:
    raise MissingExtraError(
        "signed lists need the extra: pip install 'hashguard[sync]'"
    ) from _error

METADATA = "metadata"
TARGETS = "targets"


@dataclass(frozen=True, slots=True)
class Fresh:
    """What the publisher says now. banks: their names. until: unix seconds it holds for."""

    banks: tuple[str, ...]
    until: int


class Verifier:
    """One look at a publisher: `refresh`, then `target`. Make a new one for the next look."""

    def __init__(self, folder: Path, *, source: Source, root: bytes) -> None:
        """folder: private and ours alone; remembers what was verified before.

        root: the metadata file that is trusted from the start, got by a way that is trusted.
        Raises VerificationError if it is none.
        """
        self._folder = folder
        self._source = source
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            _sweep(folder)
        except OSError as error:
            raise fault_of(error, "what was verified") from error
        with _telling():
            self._updater = Updater(
                str(folder), f"{METADATA}/", fetcher=_Fetcher(source), bootstrap=root
            )

    def refresh(self) -> Fresh:
        """Fetch and verify the metadata. Raises ListError, FetchError, IndexFileError."""
        with _telling():
            self._updater.refresh()
            # Both were verified just now, or the client would have raised.
            timestamp = Metadata[Timestamp].from_file(str(self._folder / "timestamp.json")).signed
            targets = Metadata[Targets].from_file(str(self._folder / "targets.json")).signed
        roles = targets.delegations.roles if targets.delegations else None
        return Fresh(tuple(roles or ()), int(timestamp.expires.timestamp()))

    def target(self, path: str, limit: int) -> bytes | None:
        """The content of a target, None if the publisher names none of that path.

        limit: bytes that such a target may have. Raises as `refresh`.
        """
        with _telling():
            about = self._updater.get_targetinfo(path)
            if about is None:
                return None
            if about.length > limit:
                raise VerificationError(f"a target may have {limit} bytes, not {about.length}")
            folder, _, name = path.rpartition("/")
            digest = about.hashes.get("sha256", "")
            data = self._source.read(f"{TARGETS}/{folder}/{digest}.{name}", about.length)
            about.verify_length_and_hashes(data)
        return data


class _Fetcher(FetcherInterface):
    """Our source as the client of TUF asks it."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def download_bytes(self, url: str, max_length: int) -> bytes:
        """Not through the base class, which would not say how much is allowed."""
        try:
            return self._source.read(url, max_length)
        except NotThereError as error:
            raise exceptions.DownloadHTTPError(str(error), 404) from error

    def _fetch(self, url: str) -> Iterator[bytes]:
        raise NotImplementedError(f"{url} is fetched by download_bytes")


@contextmanager
def _telling() -> Iterator[None]:
    """What the client of TUF raises, as ours. Its words are kept where they name roles alone."""
    try:
        yield
    except exceptions.ExpiredMetadataError as error:
        raise ExpiredError(
            f"{error}: the publisher is silent, or someone holds back what is newer"
        ) from error
    except exceptions.BadVersionNumberError as error:
        raise RollbackError(f"older than what was verified before: {error}") from error
    except exceptions.UnsignedMetadataError as error:
        raise VerificationError(f"not signed by the keys that are trusted: {error}") from error
    except exceptions.RepositoryError as error:
        raise VerificationError("what was fetched is not what was signed") from error
    except exceptions.DownloadError as error:
        raise FetchError(str(error)) from error
    except OSError as error:
        raise fault_of(error, "what was verified") from error


def _sweep(folder: Path) -> None:
    """Remove what a client that was killed left half-written."""
    for path in folder.glob("tmp*"):
        path.unlink(missing_ok=True)
