"""`hashguard case check`: whether a case file is whole, and what is odd about it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hashguard.cli.case_files import CaseArgument, load_case, pictures_text
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.case_file import CaseFile

EPILOG = """Example:

  hashguard case check codes-4UDZ-XVK2.json

Exit status: 0 if the file is whole, whatever is odd about it; 4 if it is not.
A file that somebody wrote by hand may be whole, too: nothing in it proves who
made it, and a digit of a hash that became another digit is not found."""


def check_command(case_path: CaseArgument) -> int:
    """Check a case file: is it whole, and is anything odd about it."""
    case = load_case(case_path)
    from hashguard.case_file import VERSION

    name = shown(case_path)
    terminal = Terminal()
    terminal.line(f"{name}: whole; version {VERSION}, {pictures_text(len(case.pictures))}")
    for advice in _advice(case, Path(case_path)):
        terminal.line(f"{name}: advice: {advice}")
    return 0


def _advice(case: CaseFile, path: Path) -> Iterator[str]:
    from hashguard.lists.report import is_junk
    from hashguard.policies import PDQ_MIN_QUALITY

    low = sum(one.quality < PDQ_MIN_QUALITY for one in case.pictures)
    if low:
        yield f"{pictures_text(low)} with little detail; services may find exact copies only"
    junk = sum(is_junk(one.hash.packed) for one in case.pictures)
    if junk:
        yield f"{pictures_text(junk)} that any plain picture would match; no list takes them"
    # Elsewhere than under POSIX the mode says nothing of who may read a file.
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield "others who use this computer may read it; keep it where only its owner can"
