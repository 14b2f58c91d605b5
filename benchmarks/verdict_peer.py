"""The worker that asks threatexchange: CODES.npy PICTURE... as arguments, see serving.py.

Runs in the peer's environment and is set up as the peer's documentation does it: the signal
type hashes the bytes, its default index is built once and queried with the hash.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from threatexchange.signal_type.pdq.signal import PdqSignal

from benchmarks.common import versions
from benchmarks.serving import serve


def main(arguments: list[str]) -> int:
    """Build the index, then serve; gives the exit status."""
    started = perf_counter()
    codes = np.load(arguments[0], allow_pickle=False)
    entries = [(code.tobytes().hex(), row) for row, code in enumerate(codes)]
    loaded = perf_counter()
    index = PdqSignal.get_index_cls().build(entries)
    ready = {
        "load_s": loaded - started,
        "build_s": perf_counter() - loaded,
        "versions": versions("threatexchange", "pdqhash", "numpy", "pillow", "faiss-cpu"),
    }

    def answer(upload: bytes) -> dict[str, Any]:
        before = perf_counter()
        signal = PdqSignal.hash_from_bytes(upload)
        hashed = perf_counter()
        matches = index.query(signal) if signal else []
        after = perf_counter()
        return {
            "total": after - before,
            "hash": hashed - before,
            "search": after - hashed,
            "matches": [[m.metadata, m.similarity_info.distance] for m in matches],
        }

    serve(ready, answer, [Path(argument) for argument in arguments[1:]])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
