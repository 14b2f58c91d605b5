"""The worker that asks hashguard: LIST.hgl PICTURE... as arguments, see serving.py."""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.common import versions
from benchmarks.serving import serve
from hashguard import HashList, Matcher, policies


def main(arguments: list[str]) -> int:
    """Load the list, then serve; gives the exit status."""
    started = perf_counter()
    hash_list = HashList.load(arguments[0])
    loaded = perf_counter()
    matcher = Matcher(hash_list, policy=policies.PDQ_STRICT)
    ready = {
        "load_s": loaded - started,
        "build_s": perf_counter() - loaded,
        "versions": versions("hashguard", "numpy", "pillow", "faiss-cpu"),
    }

    def answer(upload: bytes) -> dict[str, Any]:
        before = perf_counter()
        verdict = matcher.check(upload)
        total = perf_counter() - before
        return {
            "total": total,
            "decode": verdict.timings.decode,
            "hash": verdict.timings.hash,
            "search": verdict.timings.search,
            "matches": [[int(match.entry.id), match.distance] for match in verdict.matches],
        }

    serve(ready, answer, [Path(argument).read_bytes() for argument in arguments[1:]])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
