"""The worker of fuzz.py: checks ranges of mutants and says how each one went.

Reads lines `START STOP`; writes one line of JSON for each mutant, so that the first one without
a line is the one that ended the process.
"""

from __future__ import annotations

import json
import sys
from time import perf_counter, process_time
from typing import Any

from benchmarks.mutations import Base, Mutant, bases, mutant
from hashguard import Algorithm, Entry, HashList, Matcher, Outcome, Verdict, hasher_for, policies
from hashguard.decode import DecodeLimits, decode
from hashguard.errors import DecodeError


def make_matcher(found: list[Base], policy: str) -> Matcher:
    """A matcher whose list knows the photographs, so that what survives a mutation matches."""
    hasher = hasher_for(Algorithm.PDQ)
    entries = []
    for base in found:
        if not base.name.startswith("photo/"):
            continue
        try:
            frames = list(decode(base.data, DecodeLimits()).frames)
        except DecodeError:
            continue
        entries += [Entry(base.name, hasher.hash_pixels(frame.pixels).hash) for frame in frames[:1]]
    hash_list = HashList.from_entries(entries, algorithm=Algorithm.PDQ)
    return Matcher(hash_list, policy=policies.PRESETS[policy])


def fault(verdict: object) -> str:
    """What is wrong with the answer; "" if it is a verdict as promised."""
    if not isinstance(verdict, Verdict):
        return f"not a Verdict but {type(verdict).__name__}"
    if verdict.outcome is Outcome.UNDECIDED and not verdict.reason:
        return "UNDECIDED without a reason"
    if (verdict.outcome is Outcome.MATCH) is not bool(verdict.matches):
        return "outcome and matches disagree"
    for text in (verdict.reason or "", *verdict.notes):
        if len(text) > 300 or not (text.isascii() and text.isprintable()):
            return "a text of the verdict is not one short line"
    return ""


def report(matcher: Matcher, mutated: Mutant, index: int) -> dict[str, Any]:
    """Check one mutant."""
    wall, cpu = perf_counter(), process_time()
    try:
        verdict = matcher.check(mutated.data)
        outcome, wrong = verdict.outcome.value, fault(verdict)
    # This is the test: whatever comes out that is not a verdict is a finding to report.
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        outcome = "raised"
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        line = f"{where.tb_frame.f_code.co_name}:{where.tb_lineno}" if where else ""
        wrong = f"{type(error).__name__}: {str(error)[:200]} ({line})"
    return {
        "index": index,
        "recipe": mutated.recipe,
        "kind": mutated.kind,
        "outcome": outcome,
        "fault": wrong,
        "wall": perf_counter() - wall,
        "cpu": process_time() - cpu,
    }


def main(arguments: list[str]) -> int:
    """Arguments: SEED POLICY. Gives the exit status."""
    seed, policy = int(arguments[0]), arguments[1]
    found = bases()
    matcher = make_matcher(found, policy)
    print(json.dumps({"bases": len(found)}), flush=True)
    for line in sys.stdin:
        start, stop = map(int, line.split())
        for index in range(start, stop):
            print(json.dumps(report(matcher, mutant(found, seed, index), index)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
