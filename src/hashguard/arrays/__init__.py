"""Folders of arrays: `.npy` files and a manifest, written whole, mapped when opened.

The format is described in docs/index-format.md. The digests tell damage and hand edits from
what was written; they do not tell who wrote it: a folder is as trusted as whoever may write
to its disk. Nothing here unpickles. No file is ever changed in place, and none must be: cut
off while it is mapped, it kills the processes that read it.
"""

from __future__ import annotations

from hashguard.arrays.folder import ArrayFolder, open_arrays, write_arrays
from hashguard.arrays.manifest import DTYPES, MANIFEST, MAX_MANIFEST_BYTES, Fact

__all__ = [
    "DTYPES",
    "MANIFEST",
    "MAX_MANIFEST_BYTES",
    "ArrayFolder",
    "Fact",
    "open_arrays",
    "write_arrays",
]
