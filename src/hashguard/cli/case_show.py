"""`hashguard case show`: what a case file says, without its hashes."""

from __future__ import annotations

from hashguard.cli.case_files import CaseArgument, load_case
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

EPILOG = """Example:

  hashguard case show codes-4UDZ-XVK2.json

The hashes are not shown, for somebody may look over your shoulder."""


def show_command(case_path: CaseArgument) -> int:
    """Show what is in a case file."""
    case = load_case(case_path)
    from hashguard.cli.case_pictures import weakness

    terminal = Terminal()
    terminal.line(f"file         {shown(case_path)}")
    terminal.line(f"case number  {case.case}")
    terminal.line(f"pictures     {len(case.pictures)}")
    terminal.line()
    terminal.line("picture  kind           quality")
    for number, one in enumerate(case.pictures, start=1):
        kind = "-" if one.kind is None else one.kind.value
        line = f"{number:<7}  {kind:<13}  {one.quality:>3}  {weakness(one.quality)}"
        terminal.line(line.rstrip())
    return 0
