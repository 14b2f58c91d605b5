"""From bytes to verdict, beside threatexchange: same files, same list, same run, one core.

    python -m benchmarks.verdict [--list-size N] [--rounds N] [--turns round|picture]

All workers live all the while and are asked in turn, so that whatever else the machine does
meets all: one round of all pictures of a size each (--turns round: a worker sees one upload
after another, as in service), or one picture each (--turns picture: it finds its caches taken
by the other program every time). Writes out/verdict.json; judges nothing.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from benchmarks.common import LIST_SIZE, OUT, list_name, write_result
from benchmarks.prepare import Picture, make_list, make_peer, peer_python
from benchmarks.serving import Worker

WARM_UP = 2  # rounds that are not counted


def _record(
    picture: Picture, ours: dict[str, Any], peer: dict[str, Any], hasher: dict[str, Any]
) -> dict[str, Any]:
    return {
        "size": picture.label,
        "picture": picture.name,
        "bits_per_pixel": 8 * picture.bytes / (picture.width * picture.height),
        "row": picture.row,
        "ours": ours,
        "peer": peer,
        "peer_hashing_alone": hasher["hash"],
    }


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--list-size", type=int, default=LIST_SIZE)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--turns", choices=("round", "picture"), default="round")
    options = parser.parse_args()
    pictures = make_list(options.list_size)
    make_peer()
    files = [OUT / picture.file for picture in pictures]
    base = OUT / list_name(options.list_size)
    records: list[dict[str, Any]] = []
    with (
        Worker(sys.executable, "benchmarks.verdict_ours", [f"{base}.hgl", *files]) as ours,
        Worker(peer_python(), "benchmarks.verdict_peer", [f"{base}.npy", *files]) as peer,
        Worker(peer_python(), "benchmarks.verdict_peer", ["-", *files]) as hasher,
    ):
        for label in dict.fromkeys(picture.label for picture in pictures):
            chosen = [n for n, picture in enumerate(pictures) if picture.label == label]
            for number in range(-WARM_UP, options.rounds):
                for turn in [chosen] if options.turns == "round" else [[n] for n in chosen]:
                    # Who goes first alternates, for the second finds other caches.
                    if number % 2:
                        theirs, mine = peer.ask(turn), ours.ask(turn)
                    else:
                        mine, theirs = ours.ask(turn), peer.ask(turn)
                    alone = hasher.ask(turn)
                    if number >= 0:
                        records += map(_record, [pictures[n] for n in turn], mine, theirs, alone)
            print(f"{label}: done", file=sys.stderr)
        write_result(
            "verdict",
            {
                "list_size": options.list_size,
                "turns": options.turns,
                "ours": ours.ready,
                "peer": peer.ready,
                "records": records,
            },
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
