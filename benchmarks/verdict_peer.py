"""The worker that asks threatexchange: CODES.npy PICTURE... as arguments, see serving.py.

Runs in the peer's environment and is set up as the peer's documentation does it: the signal
type hashes the bytes, its default index is built once and queried with the hash. With `-` for
CODES.npy there is no index and uploads are only hashed, as a process does that has one role.
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
    only_hash = arguments[0] == "-"
    codes = [] if only_hash else np.load(arguments[0], allow_pickle=False)
    entries = [(code.tobytes().hex(), row) for row, code in enumerate(codes)]
    loaded = perf_counter()
    index = None if only_hash else PdqSignal.get_index_cls().build(entries)
    ready = {
        "load_s": loaded - started,
        "build_s": perf_counter() - loaded,
        "versions": versions("threatexchange", "pdqhash", "numpy", "pillow", "faiss-cpu"),
    }

    def answer(upload: bytes) -> dict[str, Any]:
        before = perf_counter()
        signal = PdqSignal.hash_from_bytes(upload)
        hashed = perf_counter()
        matches = index.query(signal) if signal and index else []
        after = perf_counter()
        return {
            "total": after - before,
            "hash": hashed - before,
            "search": after - hashed,
            "matches": [[m.metadata, m.similarity_info.distance] for m in matches],
        }

    serve(ready, answer, [Path(argument).read_bytes() for argument in arguments[1:]])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
