"""Turn what was measured into the tables of README.md, with targets met or missed.

    python -m benchmarks.score

Reads out/*.json; measures nothing. Replaces what stands between the two marker comments.
Exits 1 if a target is missed. A ratio is the median of the ratios of pairs measured one after
the other, with its quartiles: absolute times belong to one machine.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import Spread, read_result

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
SIZES = ("640 x 480", "1600 x 1200", "4000 x 3000")
FASTER = dict(zip(SIZES, (8.0, 8.0, 12.0), strict=True))  # times the peer, at least
OVER_DECODE = dict(zip(SIZES, (1.6, 1.3, 1.3), strict=True))  # times bare decode, at most
TWO_WORKERS = 1.7  # times one worker, at least
IMPORT_MS = 150.0  # of `import hashguard`, at most
GROWTH_MB = 16.0  # from upload 2,000 to the last, at most; the allocator moves by a few


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A table in Markdown; the first column to the left, the others to the right."""
    lines = ["| " + " | ".join(heads) + " |"]
    lines.append("|" + "---|" + "---:|" * (len(heads) - 1))
    return [*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows), ""]


def _ms(seconds: Iterable[float]) -> str:
    return f"{Spread.of([1000 * s for s in seconds]).median:.2f}"


class Report:
    """Lines of Markdown, and whether every target was met."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.missed = 0

    def say(self, text: str) -> None:
        """A paragraph."""
        self.lines += [text, ""]

    def judged(self, met: bool) -> str:
        """One word for a target, counted."""
        self.missed += not met
        return "met" if met else "**missed**"

    def section(self, title: str, result: dict[str, Any] | None) -> bool:
        """Begin a section; False if there is nothing to put into it."""
        self.say(f"### {title}")
        if result is None:
            self.say("Not measured yet.")
        return result is not None

    def verdict(self) -> None:
        """Bytes to verdict, beside the peer."""
        result = read_result("verdict")
        if not self.section("Bytes to verdict, beside threatexchange", result) or result is None:
            return
        rows, parts, pictures = [], [], []
        for size in SIZES:
            records = [r for r in result["records"] if r["size"] == size]
            ratio = Spread.of([r["peer"]["total"] / r["ours"]["total"] for r in records])
            target = FASTER[size]
            ours, peer = (_ms(r[side]["total"] for r in records) for side in ("ours", "peer"))
            met = self.judged(ratio.median >= target)
            rows.append((size, ours, peer, ratio.times(), ratio.n, f"{target:g}", met))
            split = [_ms(r["ours"][part] for r in records) for part in ("decode", "hash", "search")]
            split += [_ms(r["peer"][part] for r in records) for part in ("hash", "search")]
            parts.append((size, *split))
            for name in dict.fromkeys(r["picture"] for r in records):
                mine = [r for r in records if r["picture"] == name]
                each = Spread.of([r["peer"]["total"] / r["ours"]["total"] for r in mine])
                bits = f"{mine[0]['bits_per_pixel']:.2f}"
                pictures.append((f"{name} {size}", bits, each.times(), each.n))
        self.lines += table(
            ("size", "ours, ms", "peer, ms", "times faster", "pairs", "at least", ""), rows
        )
        self.say("Where the time goes, ms:")
        heads = ("size", "our decode", "our hash", "our search", "peer's decode and hash")
        self.lines += table((*heads, "peer's search"), parts)
        self.say("Picture by picture:")
        self.lines += table(("picture", "bits per pixel", "times faster", "pairs"), pictures)
        self.say(_agreement(result["records"]))
        self.say(
            f"List: {result['list_size']:,} hashes. Ours: load {result['ours']['load_s']:.1f} s, "
            f"index {result['ours']['build_s']:.1f} s; peer's index "
            f"{result['peer']['build_s']:.1f} s. Peer: {_versions(result['peer']['versions'])}. "
            f"Pinned to one core: {'yes' if result['ours']['pinned'] else 'no'}."
        )

    def decode_hash(self) -> None:
        """Over the bare decode."""
        result = read_result("decode_hash")
        if not self.section("Decode and hash, over the bare decode", result) or result is None:
            return
        rows = []
        for size in SIZES:
            records = [r for r in result["records"] if r["size"] == size]
            decode = Spread.of([r["decode"] / r["bare"] for r in records])
            total = Spread.of([r["total"] / r["bare"] for r in records])
            target = OVER_DECODE[size]
            met = self.judged(total.median <= target)
            bare = _ms(r["bare"] for r in records)
            rows.append((size, bare, decode.times(), total.times(), total.n, f"{target:g}", met))
        heads = ("size", "bare decode, ms", "our decode", "our decode and hash", "pairs")
        self.lines += table((*heads, "at most", ""), rows)

    def search(self) -> None:
        """Flat against multi-index."""
        result = read_result("search")
        if not self.section("Search: every code, or only the likely ones", result):
            return
        rows = []
        for r in (result or {})["records"]:
            flat, multi = Spread.of(r["flat"]), Spread.of(r["multi"])
            quicker = "multi-index" if multi.median < flat.median else "flat"
            ratio = Spread.of([f / m for f, m in zip(r["flat"], r["multi"], strict=True)])
            where = f"{r['kind']}, {r['codes']:,}"
            times = f"{1e3 * flat.median:.3f}", f"{1e3 * multi.median:.3f}"
            rows.append((where, r["radius"], r["queries"], *times, ratio.times(), ratio.n, quicker))
        heads = ("codes", "radius, bits", "queries", "flat, ms", "multi-index, ms")
        self.lines += table((*heads, "flat / multi-index", "n", "quicker"), rows)

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
            rows.append((r["name"], f"{rate:.0f}", ratio.times(), limit, ratio.n, target, met))
        heads = ("uploads", "a second with 2", "times one worker", "ceiling of the machine")
        self.lines += table((*heads, "rounds", "at least", ""), rows)
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
        self.lines += table(
            ("after uploads", *(f"{n:,}" for n in marks), "peak"),
            [("MB", *(f"{at[n] / 2**20:.0f}" for n in marks), f"{result['peak'] / 2**20:.0f}")],
        )
        warm = [(n, size) for n, size in samples if n >= min(2000, last // 2)]
        growth = (warm[-1][1] - warm[0][1]) / 2**20
        met = self.judged(growth <= GROWTH_MB)
        outcomes = ", ".join(f"{n} {name}" for name, n in sorted(result["outcomes"].items()))
        self.say(
            f"From upload {warm[0][0]:,} to {last:,}: {growth:+.1f} MB, trend "
            f"{_slope(warm):+.2f} MB for 10,000 uploads (n = {len(warm)} samples); at most "
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
        self.lines += table(("statement", "ms", "processes", "at most", ""), rows)

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
            f"{outcomes}; faults: {len(result['faults'])}: {met}. Processor time: {tail}, "
            f"slowest {times[-1]:.2f} s (at most 2 s)."
        )
        rows = [(one["index"], one["recipe"], f"{one['cpu']:.2f}") for one in result["slowest"]]
        self.lines += table(("slowest mutants", "recipe", "s"), rows)


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


def _slope(samples: Sequence[tuple[int, int]]) -> float:
    """MB for 10,000 uploads, least squares."""
    middle = sum(n for n, _ in samples) / len(samples)
    spread = sum((n - middle) ** 2 for n, _ in samples)
    tilt = sum((n - middle) * size for n, size in samples)
    return tilt / spread * 10_000 / 2**20 if spread else 0.0


def _versions(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in found.items())


def main() -> int:
    """Entry point; gives the exit status."""
    report = Report()
    report.verdict()
    report.decode_hash()
    report.throughput()
    report.memory()
    report.fuzz()
    report.import_time()
    report.search()
    measured = read_result("verdict") or read_result("import_time")
    where = f"Measured on: {_versions(measured['machine'])}." if measured else ""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    body = "\n".join(("", where, "", *report.lines))
    README.write_text(f"{before}{BEGIN}\n{body.strip()}\n\n{END}{after}", encoding="utf-8")
    print(f"targets missed: {report.missed}")
    return int(report.missed > 0)


if __name__ == "__main__":
    sys.exit(main())
