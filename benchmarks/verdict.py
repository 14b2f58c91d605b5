"""From bytes to verdict, beside threatexchange: same files, same list, same run, one core.

    python -m benchmarks.verdict [--list-size N] [--rounds N]

Both workers live all the while and are asked in turn, for every picture in every round, so
that whatever else the machine does meets both. Writes out/verdict.json; judges nothing.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from benchmarks.common import LIST_SIZE, OUT, list_name, write_result
from benchmarks.prepare import SIZES, Picture, make_list, make_peer, peer_python
from benchmarks.serving import Worker

WARM_UP = 2  # rounds that are not counted


def _record(picture: Picture, ours: dict[str, Any], peer: dict[str, Any]) -> dict[str, Any]:
    return {
        "size": f"{picture.width} x {picture.height}",
        "picture": picture.name,
        "bits_per_pixel": 8 * picture.bytes / (picture.width * picture.height),
        "row": picture.row,
        "ours": ours,
        "peer": peer,
    }


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--list-size", type=int, default=LIST_SIZE)
    parser.add_argument("--rounds", type=int, default=25)
    options = parser.parse_args()
    pictures = make_list(options.list_size)
    make_peer()
    files = [OUT / picture.file for picture in pictures]
    base = OUT / list_name(options.list_size)
    records: list[dict[str, Any]] = []
    with (
        Worker(sys.executable, "benchmarks.verdict_ours", [f"{base}.hgl", *files]) as ours,
        Worker(peer_python(), "benchmarks.verdict_peer", [f"{base}.npy", *files]) as peer,
    ):
        for size in SIZES:
            chosen = [n for n, p in enumerate(pictures) if (p.width, p.height) == size]
            for number in range(-WARM_UP, options.rounds):
                for index in chosen:
                    # Who goes first alternates, for the second finds other caches.
                    if (number + index) % 2:
                        theirs, mine = peer.ask(index), ours.ask(index)
                    else:
                        mine, theirs = ours.ask(index), peer.ask(index)
                    if number >= 0:
                        records.append(_record(pictures[index], mine, theirs))
            print(f"{size[0]} x {size[1]}: done", file=sys.stderr)
        write_result(
            "verdict",
            {
                "list_size": options.list_size,
                "ours": ours.ready,
                "peer": peer.ready,
                "records": records,
            },
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
