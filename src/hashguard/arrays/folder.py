"""Folders of arrays on disk: written whole or not at all, mapped when opened."""

from __future__ import annotations

import hashlib
import mmap
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from hashguard.arrays.manifest import (
    HEADER_BYTES,
    MANIFEST,
    MAX_MANIFEST_BYTES,
    REMEDY,
    Fact,
    Spec,
    altered,
    parse,
    sealed,
)
from hashguard.errors import IndexFileError
from hashguard.files import fault_of, new_folder, open_plain, unreadable

_PIECE_BYTES = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class ArrayFolder:
    """An opened folder. The arrays are read-only and live in the page cache, not in the heap.

    digest: of the manifest, which holds those of all arrays; it names the content.
    """

    kind: str
    version: int
    facts: Mapping[str, Fact]
    arrays: Mapping[str, NDArray[Any]]
    digest: str


def write_arrays(
    folder: Path,
    *,
    kind: str,
    version: int,
    facts: Mapping[str, Fact],
    arrays: Mapping[str, NDArray[Any]],
) -> str:
    """Write a new folder, private and durable, or nothing at all; the digest of its manifest.

    arrays: of DTYPES, one to three dimensions; stored in C order, whatever their own.
    Raises IndexFileError (disk full, read-only, cannot write; also if there is something of
    that name), ValueError for what the format cannot say.
    """
    # 1. Everything the caller handed over, before the first byte: the manifest with no
    #    digests in it is as long as the one with them.
    specs = {name: Spec.of(values) for name, values in arrays.items()}
    sealed(kind, version, facts, specs)
    # 2. Arrays and manifest, and only then its name.
    with new_folder(folder) as made:
        for name, values in arrays.items():
            digest = _write_file(made / f"{name}.npy", _pieces(specs[name], values))
            specs[name] = replace(specs[name], digest=digest)
        digest, manifest = sealed(kind, version, facts, specs)
        _write_file(made / MANIFEST, [manifest])
    return digest


def open_arrays(folder: Path, *, kind: str, version: int, verify: bool = False) -> ArrayFolder:
    """The arrays of a folder, mapped: milliseconds and no memory, however long they are.

    version: the newest that the caller reads. verify: also read every byte and compare
    digests. Raises IndexFileError, whose first word says what is wrong.
    """
    # 1.-7. The manifest alone.
    manifest = parse(_read_manifest(folder), kind=kind, version=version)
    # 8.-11. Each file: presence, length, header, digest.
    arrays = {
        name: _mapped(folder / f"{name}.npy", spec, verify)
        for name, spec in manifest.arrays.items()
    }
    return ArrayFolder(
        kind=kind,
        version=manifest.version,
        facts=MappingProxyType(manifest.facts),
        arrays=MappingProxyType(arrays),
        digest=manifest.digest,
    )


def _pieces(spec: Spec, values: NDArray[Any]) -> Iterator[bytes | memoryview]:
    """A file. Only what is not in C order is copied, some rows at a time."""
    yield spec.header()
    rows = max(1, _PIECE_BYTES * len(values) // max(1, values.nbytes))
    for start in range(0, len(values), rows):
        flat = np.ascontiguousarray(values[start : start + rows]).reshape(-1).view(np.uint8)
        for at in range(0, len(flat), _PIECE_BYTES):
            yield flat[at : at + _PIECE_BYTES].data


def _write_file(path: Path, pieces: Iterable[bytes | memoryview]) -> str:
    """Write a private file and sync it; its digest. Raises IndexFileError."""
    digest = hashlib.sha256()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise fault_of(error, path.name) from error
    return digest.hexdigest()


def _read_manifest(folder: Path) -> bytes:
    """The first MAX_MANIFEST_BYTES + 1 bytes. Raises IndexFileError if there are none."""
    try:
        with open_plain(folder / MANIFEST) as file:
            return file.read(MAX_MANIFEST_BYTES + 1)
    except FileNotFoundError as error:
        raise _no_manifest(folder) from error
    except NotADirectoryError as error:
        raise IndexFileError("foreign: this is a file, not a folder of arrays") from error
    except OSError as error:
        raise unreadable(error, MANIFEST) from error


def _no_manifest(folder: Path) -> IndexFileError:
    try:
        # A folder of somebody else's may hold millions of files.
        names = [name for name in islice(_names(folder), 1000) if name.endswith(".npy")]
    except FileNotFoundError:
        return IndexFileError("missing: there is no such folder")
    except OSError as error:
        return unreadable(error, "the folder")
    if names:
        return IndexFileError(f"torn: {MANIFEST} is not there; {REMEDY}")
    return IndexFileError(f"foreign: the folder holds no {MANIFEST}")


def _names(folder: Path) -> Iterator[str]:
    with os.scandir(folder) as found:
        for entry in found:
            yield entry.name


def _mapped(path: Path, spec: Spec, verify: bool) -> NDArray[Any]:
    """One array, its file checked."""
    try:
        # 8. Presence.
        with open_plain(path) as file:
            # 9. Length.
            length = os.fstat(file.fileno()).st_size
            if length < spec.file_bytes:
                raise IndexFileError(f"truncated: {path.name} is cut off; {REMEDY}")
            if length > spec.file_bytes:
                raise altered("is longer than the manifest says", path.name)
            # 10. Header.
            if file.read(HEADER_BYTES) != spec.header():
                raise altered("does not begin as the manifest says", path.name)
            # 11. Digest, read and not mapped: a bad sector under a map kills the process.
            if verify and _file_digest(file, spec) != spec.digest:
                raise altered("does not fit its digest", path.name)
            mapped = mmap.mmap(file.fileno(), spec.file_bytes, access=mmap.ACCESS_READ)
    except FileNotFoundError as error:
        raise IndexFileError(f"torn: {path.name} is not there; {REMEDY}") from error
    except OSError as error:
        raise unreadable(error, path.name) from error
    return np.frombuffer(mapped, dtype=spec.dtype, offset=HEADER_BYTES).reshape(spec.shape)


def _file_digest(file: BinaryIO, spec: Spec) -> str:
    """The digest of a file whose header was read and is right."""
    digest = hashlib.sha256(spec.header())
    while piece := file.read(_PIECE_BYTES):
        digest.update(piece)
    return digest.hexdigest()
