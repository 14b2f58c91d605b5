"""The worker that asks an index of threatexchange, see serving.py.

    python -m benchmarks.large_peer CLASS CODES.npy QUESTIONS.npy...

Runs in the peer's environment and is set up as the peer's documentation does it: `build` with
hashes in hexadecimal, then `query` with one. CLASS is `default`, what `PdqSignal.get_index_cls()`
gives, or the name of another of its PDQ indexes. Linux only.
"""

from __future__ import annotations

import io
import sys
from time import perf_counter
from typing import Any

import numpy as np
from threatexchange.signal_type.pdq.pdq_index import PDQFlatIndex
from threatexchange.signal_type.pdq.pdq_index2 import PDQIndex2
from threatexchange.signal_type.pdq.signal import PdqSignal

from benchmarks.common import (
    EQUAL,
    forget_peak,
    kept,
    one_thread,
    pin_to_one_core,
    resident,
    versions,
)
from benchmarks.serving import serve

CLASSES: dict[str, Any] = {  # (its own annotations know no `build`)
    "default": PdqSignal.get_index_cls(),
    "PDQFlatIndex": PDQFlatIndex,
    "PDQIndex2": PDQIndex2,
}


def _found_when_read_back(made: Any) -> int:
    """Of EQUAL equal hashes, those an index finds that was written and read by its own means."""
    text = "5a" * 32
    file = io.BytesIO()
    made.build([(text, row) for row in range(EQUAL)]).serialize(file)
    file.seek(0)
    return len(made.deserialize(file).query(text))


def main(arguments: list[str]) -> int:
    """Build the index, then serve; gives the exit status."""
    if one_thread():
        pin_to_one_core()
    made = CLASSES[arguments[0]]
    questions = [one.tobytes().hex() for file in arguments[2:] for one in np.load(file)]
    made.build([(questions[0], 0)]).query(questions[0])
    before = kept()
    forget_peak()
    codes = np.load(arguments[1], allow_pickle=False)
    entries = [(code.tobytes().hex(), row) for row, code in enumerate(codes)]
    del codes
    started = perf_counter()
    index = made.build(entries)
    build = perf_counter() - started
    del entries
    peak = resident()[1]
    ready = {
        "build_s": [build],
        "resident": kept() - before,
        "peak": peak - before,
        "class": made.__name__,
        "read_back": _found_when_read_back(made),
        "versions": versions("threatexchange", "numpy", "faiss-cpu"),
    }

    def answer(question: str) -> dict[str, Any]:
        started = perf_counter()
        matches = index.query(question)
        seconds = perf_counter() - started
        found = sorted((0, int(m.similarity_info.distance), m.metadata) for m in matches)
        return {"seconds": seconds, "found": found}

    serve(ready, answer, questions)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
