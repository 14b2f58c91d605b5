"""Two programs measured in turn: a worker that answers line by line, and the handle to it.

Each side is a process of its own, because each has an environment of its own. A worker holds
its list and the bytes of all pictures in memory, prints one line when it is ready, and then
answers each line of numbers of pictures with one line of JSON for each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.common import ONE_THREAD, ROOT, pin_to_one_core

Answer = Mapping[str, Any]


def serve(ready: Answer, answer: Callable[[bytes], Answer], pictures: Sequence[Path]) -> None:
    """The worker's side: until the input ends."""
    pinned = pin_to_one_core()
    uploads = [path.read_bytes() for path in pictures]
    _say({**ready, "pinned": pinned})
    for line in sys.stdin:
        answers = [answer(uploads[int(number)]) for number in line.split()]
        for one in answers:
            _say(one)


def _say(values: Answer) -> None:
    print(json.dumps(values), flush=True)


class Worker:
    """The measuring side: starts `python -m module ARGUMENTS` and asks it."""

    def __init__(self, python: str | Path, module: str, arguments: Sequence[str | Path]) -> None:
        """Waits until the worker is ready."""
        self._process = subprocess.Popen(
            [str(python), "-m", module, *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, **ONE_THREAD},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ready = self.read()

    def ask(self, pictures: Sequence[int]) -> list[dict[str, Any]]:
        """The worker's answers about some pictures, which it checks without a pause."""
        self.tell(" ".join(map(str, pictures)))
        return [self.read() for _ in pictures]

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
