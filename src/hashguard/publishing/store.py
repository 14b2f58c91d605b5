"""The published folder on the disk: metadata/ and targets/, written file by file, durably.

Every file is written under a name that nothing points to yet, but for timestamp.json, which
comes last; so whatever moment a process ends at, what is published is whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hashguard.errors import BusyError, IndexFileError, MalformedListError, RepositoryError
from hashguard.files import fault_of, open_plain, replace_file, sync_folder
from hashguard.lists.files import read_bounded
from hashguard.lists.wire import MAX_LIST_BYTES
from hashguard.live.locks import try_lock

METADATA = "metadata"
TARGETS = "targets"
LOCK = ".lock"
MAX_METADATA_BYTES = 4_000_000  # less than clients of TUF read of the longest kind
_METADATA_FILE = re.compile(r"[1-9][0-9]*\.[a-z0-9-]+\.json", re.ASCII)
_TARGET_FILE = re.compile(r"[0-9a-f]{64}\.[a-z0-9.-]+", re.ASCII)


class Store:
    """A published folder. Raises RepositoryError for what cannot be read or written."""

    def __init__(self, folder: Path) -> None:
        """folder: may still be empty."""
        self._folder = folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder. Raises BusyError if another process does."""
        if not self._folder.is_dir():
            raise RepositoryError("there is no such folder; make one with `hashguard publish init`")
        try:
            with try_lock(self._folder / LOCK) as alone:
                if not alone:
                    raise BusyError("another process is publishing here; nothing was changed")
                yield
        except IndexFileError as error:
            raise RepositoryError(str(error)) from error

    def metadata(self, name: str) -> bytes | None:
        """A metadata file, None if it is not there."""
        return self._read(self._folder / METADATA / name, MAX_METADATA_BYTES)

    def target(self, path: str, digest: str) -> bytes:
        """The content of a target with this SHA-256 digest."""
        data = self._read(self._place(path, digest), MAX_LIST_BYTES)
        if data is None or hashlib.sha256(data).hexdigest() != digest:
            raise RepositoryError("a published file is not there or damaged; restore the folder")
        return data

    def write_targets(self, targets: Iterable[tuple[str, bytes]]) -> None:
        """Put targets where clients of TUF look for them: their digest goes before their name."""
        for path, data in targets:
            self._write(self._place(path, hashlib.sha256(data).hexdigest()), data)

    def write_metadata(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Put metadata files there, in this order."""
        for name, data in files:
            self._write(self._folder / METADATA / name, data)

    def prune(self, metadata: set[str], targets: dict[str, str]) -> None:
        """Remove what is not among these names, and paths with digests.

        Files of other kinds are left alone. What cannot be removed is tried again next time.
        """
        kept = {self._place(path, digest) for path, digest in targets.items()}
        for path in self._files():
            folder = path.parent
            named = path.name in metadata if folder.name == METADATA else path in kept
            shape = _METADATA_FILE if folder.name == METADATA else _TARGET_FILE
            unfinished = path.name.startswith(".") and path.name != LOCK
            if unfinished or (shape.fullmatch(path.name) and not named):
                with contextlib.suppress(OSError):
                    path.unlink()

    def _files(self) -> list[Path]:
        """Ours, but for the lock: in metadata/ and in the folders of the banks."""
        found = [*(self._folder / METADATA).glob("*"), *(self._folder / TARGETS).glob("*/*")]
        return [path for path in found if path.is_file() and not path.is_symlink()]

    def _place(self, path: str, digest: str) -> Path:
        bank, _, name = path.partition("/")
        return self._folder / TARGETS / bank / f"{digest}.{name}"

    def _read(self, path: Path, limit: int) -> bytes | None:
        try:
            with open_plain(path) as file:
                return read_bounded(file, limit)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, IndexFileError, MalformedListError) as error:
            raise RepositoryError("a published file cannot be read") from error

    def _write(self, path: Path, data: bytes) -> None:
        # Whoever may look into the folder may read its files; nobody else, for hashes are in them.
        try:
            rights = self._folder.stat().st_mode & 0o7777
            for folder in reversed(path.relative_to(self._folder).parents[:-1]):
                made = self._folder / folder
                if not made.is_dir():
                    made.mkdir(mode=0o700)
                    made.chmod(rights)
                    sync_folder(made.parent)
            replace_file(path, data, mode=0o600 | (rights & 0o044))
        except OSError as error:
            raise RepositoryError(str(fault_of(error, "the published folder"))) from error
