"""Turn what was measured into the tables of README.md, with targets met or missed.

    python -m benchmarks.score

Reads out/*.json; measures nothing. Replaces what stands between the two marker comments.
Exits 1 if a target is missed. A ratio is the median of the ratios of pairs measured one after
the other, with its quartiles: absolute times belong to one machine.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from benchmarks.common import Spread, read_result
from benchmarks.score_index import large_section, planner_section
from benchmarks.score_live import crash_section, live_section
from benchmarks.tables import Page, ms, slope, versions_text

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
SIZES = ("640 x 480", "1600 x 1200", "4000 x 3000")
FASTER = dict(zip(SIZES, (8, 8, 12), strict=True))  # times the peer, at least
OVER_DECODE = dict(zip(SIZES, (1.6, 1.3, 1.3), strict=True))  # times bare decode, at most
TWO_WORKERS = 1.7  # times one worker, at least
IMPORT_MS = 150.0  # of `import hashguard`, at most
GROWTH_MB = 16.0  # from upload 2,000 to the last, at most; the allocator moves by a few


class Report(Page):
    """One section for each benchmark."""

    def verdict(self) -> None:
        """Bytes to verdict, beside the peer."""
        result = read_result("verdict")
        if not self.section("Bytes to verdict, beside threatexchange", result) or result is None:
            return
        rows, parts, pictures = [], [], []
        bare = _bare_decode()
        for size in dict.fromkeys(r["size"] for r in result["records"]):
            records = [r for r in result["records"] if r["size"] == size]
            ratio = Spread.of([r["peer"]["total"] / r["ours"]["total"] for r in records])
            target = FASTER.get(size)
            ours, peer = (ms(r[side]["total"] for r in records) for side in ("ours", "peer"))
            met = self.judged(ratio.median >= target) if target else ""
            theirs = Spread.of([r["peer"]["total"] for r in records]).median
            most = f"{theirs / bare[size]:.1f}" if size in bare else ""
            apart = Spread.of([_apart(r) / r["ours"]["total"] for r in records])
            two = f"{ms(map(_apart, records))}: {apart.times()}"
            rows.append((size, ours, peer, ratio.times(), ratio.n, target or "", met, most, two))
            split = [ms(r["ours"][part] for r in records) for part in ("decode", "hash", "search")]
            split += [ms(r["peer"][part] for r in records) for part in ("hash", "search")]
            parts.append((size, *split))
            for name in dict.fromkeys(r["picture"] for r in records):
                mine = [r for r in records if r["picture"] == name]
                each = Spread.of([r["peer"]["total"] / r["ours"]["total"] for r in mine])
                bits = f"{mine[0]['bits_per_pixel']:.2f}"
                pictures.append((f"{name} {size}", bits, each.times(), each.n))
        first = ("size", "ours, ms", "peer, ms", "times faster", "pairs", "at least")
        self.table((*first, "", "bare decode", "peer with roles apart, ms: times faster"), rows)
        self.say(
            "*Bare decode*: how many times faster than the peer a program would be that did "
            "nothing but decode the luma of the JPEG with Pillow; nothing that reads all of the "
            "file with libjpeg can exceed it. (From the next table, so not in pairs.)"
        )
        self.say(
            "*Roles apart*: the peer hashes in a process without an index, as HMA's roles hasher "
            "and matcher do, and searches in the other; what passes between them is not counted. "
            "The same code is slower there, because the C library gives memory back to the system "
            "after every upload of a small process. The targets are judged without it."
        )
        self.say("Where the time goes, ms:")
        heads = ("size", "our decode", "our hash", "our search", "peer's hash with decode")
        self.table((*heads, "peer's search"), parts)
        self.say("Picture by picture:")
        self.table(("picture", "bits per pixel", "times faster", "pairs"), pictures)
        self.say(_agreement(result["records"]))
        peer_versions = versions_text(result["peer"]["versions"])
        self.say(
            f"List: {result['list_size']:,} hashes. Ours: load {result['ours']['load_s']:.1f} s, "
            f"index {result['ours']['build_s']:.1f} s; peer's index "
            f"{result['peer']['build_s']:.1f} s. Peer: {peer_versions}. "
            f"Pinned to one core: {'yes' if result['ours']['pinned'] else 'no'}."
        )

    def decode_hash(self) -> None:
        """Over the bare decode."""
        result = read_result("decode_hash")
        if not self.section("Decode and hash, over the bare decode", result) or result is None:
            return
        rows = []
        for size in dict.fromkeys(r["size"] for r in result["records"]):
            records = [r for r in result["records"] if r["size"] == size]
            decode = Spread.of([r["decode"] / r["bare"] for r in records])
            total = Spread.of([r["total"] / r["bare"] for r in records])
            target = OVER_DECODE.get(size)
            met = self.judged(total.median <= target) if target else ""
            bare = ms(r["bare"] for r in records)
            rows.append((size, bare, decode.times(), total.times(), total.n, target or "", met))
        heads = ("size", "bare decode, ms", "our decode", "our decode and hash", "pairs")
        self.table((*heads, "at most", ""), rows)

    def throughput(self) -> None:
        """Two workers."""
        result = read_result("throughput")
        if not self.section("Two workers against one", result) or result is None:
            return
        rows = []
        for r in result["records"]:
            ratio = Spread.of([a / b for a, b in zip(r["one"], r["two"], strict=True)])
            whole = r["name"] == "the mix"
            met = self.judged(ratio.median >= TWO_WORKERS) if whole else ""
            rate = r["uploads"] / Spread.of(r["two"]).median
            limit = Spread.of(r["ceiling"]).times()
            target = f"{TWO_WORKERS:g}" if whole else ""
            rows.append(
                (r["name"], f"{rate:.0f}", ratio.times(), limit, ratio.n, target or "", met)
            )
        heads = ("uploads", "a second with 2", "times one worker", "ceiling of the machine")
        self.table((*heads, "rounds", "at least", ""), rows)
        mix = ", ".join(f"{share:g} % {name}" for name, share in result["mix"].items())
        self.say(f"The mix: {mix}.")

    def memory(self) -> None:
        """Growth over many uploads."""
        result = read_result("memory")
        if not self.section("Memory over many uploads", result) or result is None:
            return
        samples: list[tuple[int, int]] = result["samples"]
        at = dict(samples)
        last = samples[-1][0]
        marks = [n for n in (100, 2000, 5000, 10_000, 20_000) if n in at]
        self.table(
            ("after uploads", *(f"{n:,}" for n in marks), "peak"),
            [("MB", *(f"{at[n] / 2**20:.0f}" for n in marks), f"{result['peak'] / 2**20:.0f}")],
        )
        warm = [(n, size) for n, size in samples if n >= min(2000, last // 2)]
        growth = (warm[-1][1] - warm[0][1]) / 2**20
        met = self.judged(growth <= GROWTH_MB)
        outcomes = ", ".join(f"{n} {name}" for name, n in sorted(result["outcomes"].items()))
        self.say(
            f"From upload {warm[0][0]:,} to {last:,}: {growth:+.1f} MB, trend "
            f"{slope(warm):+.2f} MB for 10,000 uploads (n = {len(warm)} samples); at most "
            f"{GROWTH_MB:g} MB: {met}. Outcomes: {outcomes}."
        )

    def import_time(self) -> None:
        """Fresh processes."""
        result = read_result("import_time")
        if not self.section("Import", result) or result is None:
            return
        rows = []
        for name, seconds in result["inside"].items():
            spread = Spread.of([1000 * s for s in seconds])
            first = name == "import hashguard"
            met = self.judged(spread.median <= IMPORT_MS) if first else ""
            target = f"{IMPORT_MS:g}" if first else ""
            rows.append((f"`{name}`", spread.times(), spread.n, target, met))
        self.table(("statement", "ms", "processes", "at most", ""), rows)

    def fuzz(self) -> None:
        """Mutated uploads."""
        result = read_result("fuzz")
        if not self.section("Mutated uploads", result) or result is None:
            return
        outcomes = ", ".join(f"{n} {name}" for name, n in sorted(result["outcomes"].items()))
        met = self.judged(not result["faults"])
        times = result["times"]
        ranks = {share: int((len(times) - 1) * share / 100) for share in (50, 99, 99.9)}
        tail = ", ".join(f"{s:g} % within {1000 * times[at]:.0f} ms" for s, at in ranks.items())
        self.say(
            f"{result['count']:,} mutants of seed {result['seed']}, policy {result['policy']}: "
            f"{outcomes}; faults {len(result['faults'])}: {met}. Processor time: {tail}, "
            f"slowest {times[-1]:.2f} s (at most 2 s)."
        )
        rows = [(one["index"], one["recipe"], f"{one['cpu']:.2f}") for one in result["slowest"]]
        self.table(("slowest mutants", "recipe", "s"), rows)


def _bare_decode() -> dict[str, float]:
    """Median seconds of Pillow's grey decode for each size; empty if not measured."""
    result = read_result("decode_hash") or {"records": []}
    times: dict[str, list[float]] = {}
    for r in result["records"]:
        times.setdefault(r["size"], []).append(r["bare"])
    return {size: Spread.of(seconds).median for size, seconds in times.items()}


def _apart(record: dict[str, Any]) -> float:
    """Seconds of the peer, hashing in one process and searching in another."""
    seconds: float = record["peer_hashing_alone"] + record["peer"]["search"]
    return seconds


def _agreement(records: list[dict[str, Any]]) -> str:
    """Whether both found the listed original of every picture."""
    missed, gaps, seen = 0, [], set()
    for r in records:
        key = (r["size"], r["picture"])
        if key in seen:
            continue
        seen.add(key)
        found = [dict(map(tuple, r[side]["matches"])) for side in ("ours", "peer")]
        if any(set(one) != {r["row"]} for one in found):
            missed += 1
            continue
        gaps.append(abs(found[0][r["row"]] - found[1][r["row"]]))
    return (
        f"Both found the listed original, and nothing else, for {len(gaps)} of {len(seen)} files; "
        f"their distances differ by at most {max(gaps, default=0)} bits (we hash the luma that "
        "the JPEG holds, the peer computes it from RGB)."
        + (f" **{missed} files were answered differently.**" if missed else "")
    )


def main() -> int:
    """Entry point; gives the exit status."""
    report = Report()
    report.verdict()
    report.decode_hash()
    report.throughput()
    report.memory()
    report.fuzz()
    report.import_time()
    large_section(report, read_result("large"))
    planner_section(report, read_result("planner"))
    live_section(report, read_result("live"))
    crash_section(report, read_result("crash"))
    measured = read_result("verdict") or read_result("import_time")
    where = f"Measured on: {versions_text(measured['machine'])}." if measured else ""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    body = "\n".join(("", where, "", *report.lines))
    README.write_text(f"{before}{BEGIN}\n{body.strip()}\n\n{END}{after}", encoding="utf-8")
    print(f"targets missed: {report.missed}")
    return int(report.missed > 0)


if __name__ == "__main__":
    sys.exit(main())
