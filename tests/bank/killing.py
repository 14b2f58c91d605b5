"""Processes that fill one bank and are killed while they do: `python -m tests.bank.killing`.

kill FOLDER ROUNDS SEED    one writer at a time, killed at any moment; 0 if all is well
turns FOLDER WRITERS N     so many writers at once, each with N cases; 0 if all is well

A writer says each case that it has handed in, withdrawn or deleted, once the bank has answered.
What was said must be true of the bank that is found afterwards.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Never

from hashguard.bank import Bank
from hashguard.hashes import Hash
from hashguard.lists import Status
from tests.bank.samples import DESK, NOW, a_case, a_hash, all_changes
from tests.killing import Say, killed_after

_LONGEST = 0.25  # seconds that a writer lives after its first answer


def write(folder: Path, first: int, cases: int, say: Say) -> None:
    """Hand in cases of two pictures; withdraw every third one, delete every seventh for good."""
    with Bank.open(folder) as bank:
        for number in range(first, first + cases):
            case, code = a_case(number, _hashes(number))
            bank.intake(case, source=DESK, now=NOW)
            say(f"in {number}")
            if number % 3 == 0:
                bank.withdraw(case.case, code, source="web", now=NOW)
                say(f"withdrawn {number}")
            elif number % 7 == 0:
                bank.delete(case.case, at_once=True, source=DESK, now=NOW)
                say(f"deleted {number}")


def check(folder: Path, said: list[str]) -> None:
    """Raise AssertionError unless the bank knows all that was said, and nothing by halves."""
    newest: dict[int, str] = {}
    for line in said:
        word, digits = line.split()
        newest[int(digits)] = word
    with Bank.open(folder) as bank:
        bank.verify_audit()
        known = all_changes(bank, limit=10_000)
        for number, word in newest.items():
            statuses = {
                known[hash_].status if hash_ in known else Status.DELETED
                for hash_ in _hashes(number)
            }
            assert len(statuses) == 1, f"case {number} is there by half"
            # One step further than was said may have been taken: the answer was on its way.
            wanted = {
                "in": set(Status) - {Status.RECEIVED},
                "withdrawn": {Status.WITHDRAWN},
                "deleted": {Status.DELETED},
            }
            assert statuses <= wanted[word], f"case {number} is {statuses}, but was {word}"


def kill(folder: Path, rounds: int, seed: int) -> int:
    """Rounds of a writer that is killed; how many answers it gave, all of them kept."""
    rng = random.Random(seed)
    said: list[str] = []
    for turn in range(rounds):
        said += killed_after(rng.uniform(0, _LONGEST), partial(write, folder, 1000 * turn, 1000))
        if turn % 10 == 9 or turn == rounds - 1:
            check(folder, said)
    return len(said)


def turns(folder: Path, writers: int, cases: int) -> None:
    """Writers at once; nobody is turned away, and nothing is lost."""
    reader, writer = os.pipe()
    pids = [
        _forked(partial(write, folder, 1000 * one, cases, partial(_say, writer)))
        for one in range(writers)
    ]
    os.close(writer)
    with os.fdopen(reader) as heard:
        said = heard.read().splitlines()
    assert [os.waitpid(pid, 0)[1] for pid in pids] == [0] * writers
    assert sum(line.startswith("in ") for line in said) == writers * cases
    check(folder, said)


def _hashes(number: int) -> list[Hash]:
    return [a_hash(2 * number), a_hash(2 * number + 1)]


def _say(handle: int, text: str) -> None:
    os.write(handle, f"{text}\n".encode())


def _forked(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        _end_after(work)
    return pid


def _end_after(work: Callable[[], None]) -> Never:
    try:
        work()
    except BaseException as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    way, folder_, *numbers = sys.argv[1:]
    if way == "turns":
        turns(Path(folder_), *map(int, numbers))
    else:
        count = kill(Path(folder_), *map(int, numbers))
        sys.stdout.write(f"{numbers[0]} rounds, {count} answers, all of them kept\n")
