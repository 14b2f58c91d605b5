"""Two programs measured in turn: a worker that answers line by line, and the handle to it.

Each side is a process of its own, because each has an environment of its own. A worker holds
its list and all questions (the bytes of pictures, say) in memory, prints one line when it is
ready, and then answers each line of numbers of questions with one line of JSON for each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from benchmarks.common import ONE_THREAD, ROOT, one_thread, pin_to_one_core

Answer = Mapping[str, Any]
Question = TypeVar("Question")


def serve(
    ready: Answer, answer: Callable[[Question], Answer], questions: Sequence[Question]
) -> None:
    """The worker's side: until the input ends."""
    pinned = one_thread() and pin_to_one_core()
    _say({**ready, "pinned": pinned})
    for line in sys.stdin:
        answers = [answer(questions[int(number)]) for number in line.split()]
        for one in answers:
            _say(one)


def _say(values: Answer) -> None:
    print(json.dumps(values), flush=True)


class Worker:
    """The measuring side: starts `python -m module ARGUMENTS` and asks it."""

    def __init__(
        self,
        python: str | Path,
        module: str,
        arguments: Sequence[object],
        *,
        threads: Mapping[str, str] = ONE_THREAD,
    ) -> None:
        """Waits until the worker is ready. threads: empty for as many as its libraries like."""
        others = {name: value for name, value in os.environ.items() if name not in ONE_THREAD}
        self._process = subprocess.Popen(
            [str(python), "-m", module, *map(str, arguments)],
            cwd=ROOT,
            env={**others, **threads},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ready = self.read()

    def ask(self, questions: Sequence[int]) -> list[dict[str, Any]]:
        """The worker's answers to some questions, which it goes through without a pause."""
        self.tell(" ".join(map(str, questions)))
        return [self.read() for _ in questions]

    def tell(self, line: str) -> None:
        """One line for the worker."""
        if self._process.stdin is None:
            raise RuntimeError("the worker has no input")
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def read(self) -> dict[str, Any]:
        """The worker's next answer; waits for it."""
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(f"the worker ended with status {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(timeout=60)
        if self._process.stdout:
            self._process.stdout.close()
