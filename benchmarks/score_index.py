"""What the benchmarks of the index found, as sections of the page. Judges; measures nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.common import Spread
from benchmarks.tables import Page

PLOT = Path(__file__).parent / "search.svg"
ONE_FASTER = {1_000_000: 1.7, 10_000_000: 8.0}  # times FAISS flat, at least, by codes
EIGHT_FASTER = {10_000_000: 8.0}
WIDE_FASTER = 3.0  # with the extra `fast`
PEER_SLOWER = {300_000: 20.0}  # times ours
BUILD_S = {1_000_000: 1.0, 10_000_000: 30.0}  # at most
BYTES = {1_000_000: 110, 10_000_000: 150}  # a hash, codes included, at most
WITHIN = 1.3  # times the fastest way, what the planner takes

FLAT, MULTIHASH = "faiss-flat", "faiss-multihash"
ASKED = {"one": "some near", "new copy": "new copies"}
NAMES = {
    "hashguard": "ours",
    "hashguard-8": "ours, for 8 probes",
    "hashguard-64": "ours, for 64 probes at 63 bits",
    FLAT: "FAISS flat",
    MULTIHASH: "FAISS MultiHash",
}
KINDS = {
    "strangers": "Random codes, asked random codes (most uploads match nothing)",
    "copies": "Random codes, three of four probes near a listed one",
    "real": "Hashes of photographs, three of four probes near a listed one",
}

Record = Mapping[str, Any]


def large_section(page: Page, result: dict[str, Any] | None) -> None:
    """Ours beside FAISS and threatexchange in lists of all sizes."""
    if not page.section("Search in large lists", result) or result is None:
        return
    if PLOT.exists():
        page.say(f"![One search against the size of the list]({PLOT.name})")
    records = result["records"]
    page.say("One code within 31 bits, one thread; times faster than FAISS in the same turn:")
    _beside(page, [r for r in records if r["figure"] in ASKED], "hashguard", ONE_FASTER)
    page.say("The eight orientations of an upload within 31 bits:")
    _beside(page, [r for r in records if r["figure"] == "eight"], "hashguard-8", EIGHT_FASTER)
    _wide(page, [r for r in records if r["figure"] == "sixty-four"])
    _peers(page, records, result["builds"])
    _builds(page, result["builds"])
    _recall(page, result)


def _listed(record: Record) -> str:
    return f"{record['codes']:,} {record['kind']}"


def _ms(seconds: Sequence[float]) -> str:
    return f"{1000 * median(seconds):.3f}"


def _ratio(record: Record, slower: str, faster: str) -> Spread:
    """How many times longer one took than the other, question by question."""
    pairs = zip(record["times"][slower], record["times"][faster], strict=True)
    return Spread.of([slow / fast for slow, fast in pairs])


def _target(page: Page, targets: Mapping[int, float], codes: int, value: float) -> tuple[str, str]:
    """The least that is wanted of such a list, and whether it is met; both empty if nothing is."""
    if codes not in targets:
        return "", ""
    return f"{targets[codes]:g}", page.judged(value >= targets[codes])


def _beside(page: Page, records: Iterable[Record], ours: str, targets: Mapping[int, float]) -> None:
    rows = []
    for r in records:
        flat, multi = _ratio(r, FLAT, ours), _ratio(r, MULTIHASH, ours)
        name = _listed(r)
        if r["figure"] in ASKED:
            name += f", {ASKED[r['figure']]}"
        rows.append(
            (
                name,
                *(_ms(r["times"][system]) for system in (ours, FLAT)),
                flat.times(),
                flat.n,
                *_target(page, targets, r["codes"], flat.median),
                _ms(r["times"][MULTIHASH]),
                multi.times(),
            )
        )
    heads = ("codes", "ours, ms", "FAISS flat, ms", "times faster", "pairs", "at least", "")
    page.table((*heads, "FAISS MultiHash, ms", "times faster"), rows)


def _wide(page: Page, records: Sequence[Record]) -> None:
    page.say("64 codes within 63 bits, all in one call, one thread; *without*: no extra `fast`:")
    rows = []
    for r in records:
        fast, slow = (_ratio(r, FLAT, ours) for ours in ("hashguard-64", "hashguard-flat"))
        met = page.judged(fast.median >= WIDE_FASTER)
        times = [_ms(r["times"][system]) for system in ("hashguard-64", "hashguard-flat", FLAT)]
        rows.append((_listed(r), *times, fast.times(), fast.n, WIDE_FASTER, met, slow.times()))
    heads = ("codes", "ours, ms", "without, ms", "FAISS flat, ms", "times faster", "pairs")
    page.table((*heads, "at least", "", "times faster without"), rows)


def _peers(page: Page, records: Iterable[Record], builds: Iterable[Record]) -> None:
    classes = {one["system"]: one["class"] for one in builds if "class" in one}
    version = next((one["versions"]["threatexchange"] for one in builds if "class" in one), "")
    page.say(
        f"The indexes of threatexchange {version}, asked in hexadecimal one by one, as ours is "
        "here. `PDQIndex` is what `PdqSignal.get_index_cls()` gives; `PDQFlatIndex` looks up to "
        "52 bits; `PDQIndex2` is to replace the first. *Own*: as many threads as it likes, on any "
        "core."
    )
    rows = []
    for r in records:
        for system in (system for system in r["times"] if system in classes):
            name, _, free = system.partition(", ")
            ratio = _ratio(r, system, "hashguard-text")
            judged = r["kind"] == "random" and not free
            target = _target(page, PEER_SLOWER if judged else {}, r["codes"], ratio.median)
            theirs, ours = (_ms(r["times"][one]) for one in (system, "hashguard-text"))
            listed = f"{_listed(r)}, {ASKED[r['figure']]}"
            threads = "own" if free else "1"
            told = (ratio.times(), ratio.n, *target)
            rows.append((listed, classes[name], threads, theirs, ours, *told))
    heads = ("codes", "index", "threads", "theirs, ms", "ours, ms", "times slower", "pairs")
    page.table((*heads, "at least", ""), rows)


def _builds(page: Page, builds: Iterable[Record]) -> None:
    page.say(
        "Building, and bytes a hash, codes included: *counted* are the arrays of the index, "
        "*resident* is by how much the process has grown when all that is free was given back, "
        "*peak* at most while it was built. Libraries are loaded before. Up to a million, ours and "
        "FAISS are built five times, and the median counts."
    )
    builds = list(builds)
    shown = sorted({one["codes"] for one in builds})[-3:]  # small ones are built in no time
    rows = []
    for one in builds:
        codes, name = one["codes"], NAMES.get(one["system"], one.get("class"))
        if name is None or "free" in one["system"] or codes not in shown:
            continue
        seconds, resident = median(one["build_s"]), one["resident"] / codes
        counted = "" if one.get("bytes") is None else f"{one['bytes'] / codes:.0f}"
        built, space = ("", ""), ("", "")
        if one["system"] in ("hashguard", "hashguard-8") and codes in BUILD_S:
            built = (f"{BUILD_S[codes]:g}", page.judged(seconds <= BUILD_S[codes]))
            space = (f"{BYTES[codes]:g}", page.judged(resident <= BYTES[codes]))
        told = (f"{seconds:.2f}", *built, counted, f"{resident:.0f}", *space)
        rows.append((_listed(one), name, *told, f"{one['peak'] / codes:.0f}"))
    heads = ("codes", "index", "build, s", "at most", "", "counted", "resident", "at most", "")
    page.table((*heads, "peak"), rows)


def _recall(page: Page, result: Record) -> None:
    builds = [one for one in result["builds"] if "class" in one]
    classes = {one["system"]: one["class"] for one in builds}
    read_back = {one["class"]: one["read_back"] for one in builds}
    read_back["ours"] = result["read_back"]
    asked, matches, missed, wrong = (Counter[str]() for _ in range(4))
    for r in result["records"]:
        for system, times in r["times"].items():
            ours = system.startswith("hashguard")
            name = "ours" if ours else NAMES.get(system) or classes[system]
            asked[name] += len(times)
            matches[name] += r["matches"]
            missed[name] += r["missed"][system]
            wrong[name] += r["wrong"][system]
    page.say(
        "What was found, against FAISS flat. *Read back*: of "
        f"{result['equal']:,} equal hashes, those found by an index that was written and read by "
        "its own means."
    )
    rows = []
    for name in (name for name in asked if name != NAMES[FLAT]):
        share = f"{missed[name]:,} ({missed[name] / max(matches[name], 1):.2%})"
        told = (f"{asked[name]:,}", f"{matches[name]:,}", share, wrong[name])
        rows.append((name, *told, read_back.get(name, "")))
    page.table(("index", "searches", "matches", "missed", "wrong", "read back"), rows)


def planner_section(page: Page, result: dict[str, Any] | None) -> None:
    """What the planner takes, against the fastest way."""
    if not page.section("What the planner takes", result) or result is None:
        return
    records = result["records"]
    rounds = max(len(times) for times in records[0]["times"].values())
    page.say(
        "The way taken with the costs that were measured in the same run, and how many times as "
        f"long it took as the fastest of all ways (median of {rounds} rounds). `32+8` is a "
        "multi-index of chunks of 32 bits with 8 extra bits beside each entry."
    )
    for kind in dict.fromkeys(r["kind"] for r in records):
        page.say(f"{KINDS[kind]}:")
        _grid(page, [r for r in records if r["kind"] == kind])
    measured = [taken_ratio(r, r["taken"]) for r in records]
    shipped = [taken_ratio(r, r["taken_by_default"]) for r in records]
    page.say(
        f"Of {len(records)} cells, {sum(one <= WITHIN for one in measured)} are within {WITHIN:g} "
        f"times of the fastest, the worst {max(measured):.2f}: "
        f"{page.judged(max(measured) <= WITHIN)}. With the costs that are shipped, which are those "
        f"of another machine: {sum(one <= WITHIN for one in shipped)}, the worst "
        f"{max(shipped):.2f}. Calibrating took {result['calibration_s']:.0f} s."
    )
    page.say("The worst cells, with either costs; ms, and in brackets what was expected:")
    worst = sorted(
        zip(records, measured, shipped, strict=True), key=lambda one: -max(one[1], one[2])
    )
    rows = []
    for r, ratio, default in worst[:10]:
        cell = f"{r['codes']:,} {r['kind']}, {r['radius']} bits, {r['probes']} at once"
        times = sorted((median(seconds), name) for name, seconds in r["times"].items())
        told = ", ".join(
            f"{name} {1000 * seconds:.3f} ({1000 * r['expected'][name]:.3f})"
            for seconds, name in times[:4]
        )
        by_default = f"{r['taken_by_default']} {default:.2f}"
        rows.append((cell, f"{r['taken']} {ratio:.2f}", by_default, told))
    page.table(("cell", "taken", "with shipped costs", "fastest ways"), rows)


def _grid(page: Page, records: Sequence[Record]) -> None:
    probes = list(dict.fromkeys(r["probes"] for r in records))
    cells = {(r["codes"], r["radius"], r["probes"]): _cell(r) for r in records}
    rows = [
        (f"{codes:,}", radius, *(cells[codes, radius, number] for number in probes))
        for codes, radius in dict.fromkeys((r["codes"], r["radius"]) for r in records)
    ]
    page.table(("codes", "bits", *(f"{number} at once" for number in probes)), rows)


def _cell(record: Record) -> str:
    ratio = taken_ratio(record, record["taken"])
    told = f"{record['taken']} {ratio:.2f}"
    return told if ratio <= WITHIN else f"**{told}**"


def taken_ratio(record: Record, taken: str) -> float:
    """How many times as long a way took as the one with the smallest median; at least 1."""
    times: Mapping[str, list[float]] = record["times"]
    fastest = min(times, key=lambda name: median(times[name]))
    if taken in times:
        pairs = zip(times[taken], times[fastest], strict=True)
        return max(median(one / best for one, best in pairs), 1.0)
    # Given up after one search, or not tried at all because it was hopeless.
    slow: float = record["slow"].get(taken, float("inf"))
    return slow / median(times[fastest])
