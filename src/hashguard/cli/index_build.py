"""`hashguard index build`: a list in, a live folder out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.index_folders import opened, telling
from hashguard.cli.inputs import STDIN
from hashguard.cli.list_files import ListArgument, entries_text, load_list, refuse_hashes
from hashguard.cli.matching import PolicyName, tell_doubts
from hashguard.cli.status import CliError, UsageError
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.hashes import Algorithm
    from hashguard.index import Costs

EPILOG = """Examples:

  hashguard index build ncii.hgl -o ncii.live
  hashguard index build ncii.hgl -o ncii.live --policy PDQ_STRICT_ORIENTED
  hashguard index build ncii.hgl -o ncii.live --memory 500 --costs costs.json

PDQ_STRICT looks up 1 variant of an upload, within 31 bits;
PDQ_STRICT_ORIENTED 8 within 31 bits; PDQ_WIDE 16 within 47 bits;
PDQ_INLINE 2 within 47 bits; PDQ_STANDARD 8 and PDQ_DEEP 1270 within 63.
A folder serves every policy whose distance it reaches, and is fastest for as
many variants as it was built for."""

_MAX_PROBES = 10_000  # of one search; an animation is looked up in under 600


def build_command(
    list_path: ListArgument,
    *,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FOLDER", help="The live folder to make.")
    ],
    policy: Annotated[
        PolicyName,
        typer.Option(
            case_sensitive=False,
            metavar="NAME",
            help="What uploads will be matched under; sets the two below.",
        ),
    ] = PolicyName.PDQ_STRICT,
    max_distance: Annotated[
        int | None,
        typer.Option(metavar="BITS", help="How far searches reach."),
    ] = None,
    probes: Annotated[
        int | None,
        typer.Option(metavar="N", help="Variants of an upload that are looked up at once."),
    ] = None,
    memory: Annotated[
        int | None,
        typer.Option(metavar="MB", help="What the index may take; default: what is fastest."),
    ] = None,
    costs: Annotated[
        str, typer.Option(metavar="FILE", help="Of this machine, see hashguard index calibrate.")
    ] = "",
) -> int:
    """Make a live folder of a list, to be searched while it changes.

    Only active entries go in. The folder is private, for hashes are sensitive.
    """
    refuse_hashes([list_path, output])
    if output == STDIN:
        raise UsageError("a live folder is a private folder; name one with -o")
    for option, value, most in (("probes", probes, _MAX_PROBES), ("memory", memory, 2**40)):
        if value is not None and not 1 <= value <= most:
            raise UsageError(f"--{option}: must be 1 to {most}, not {value}")
    _refuse_taken(output)
    rates = _read_costs(costs) if costs else None
    terminal = Terminal()
    with terminal.progress("building", 2) as advance:
        hash_list = load_list(list_path)
        tell_doubts(list_path, hash_list, terminal)
        reach, at_once = settings(policy, max_distance, probes, hash_list.algorithm)
        advance()
        from hashguard.live import LiveIndex

        with telling(output):
            LiveIndex.create(
                output,
                hash_list,
                max_distance=reach,
                probes=at_once,
                memory=None if memory is None else memory * 1_000_000,
                costs=rates,
            )
        advance()
    _tell(output, len(hash_list), terminal)
    return 0


def _refuse_taken(output: str) -> None:
    """Before the list is read, which may take long."""
    if os.path.lexists(output):
        raise CliError(
            f"{shown(output)} is there already; bring it up to date with "
            "`hashguard index update`, or name another folder"
        )
    if not Path(output).absolute().parent.is_dir():
        raise CliError(f"cannot write {shown(output)}: the folder to put it in is not there")


def _read_costs(path: str) -> Costs:
    from hashguard.index import Costs
    from hashguard.index.costs import MAX_COSTS_BYTES

    try:
        with Path(path).open("rb") as file:
            raw = file.read(MAX_COSTS_BYTES + 1)
    except OSError as error:
        raise CliError(f"{shown(path)}: {error.strerror or 'it cannot be read'}") from error
    if len(raw) > MAX_COSTS_BYTES:
        raise CliError(f"{shown(path)}: too long for the costs of a search; calibrate again")
    with telling(path):
        return Costs.loads(raw.decode("utf-8", errors="replace"))


def settings(
    policy: PolicyName, max_distance: int | None, probes: int | None, algorithm: Algorithm
) -> tuple[int, int]:
    """Bits and probes: those given, else those of the policy."""
    from hashguard.policies import PRESETS

    preset = PRESETS[policy.value]
    if max_distance is None:
        if preset.algorithm is not algorithm:
            raise UsageError(
                f"--max-distance: say how many bits of {algorithm.bits} searches shall reach; "
                f"the policies are for {preset.algorithm.value}, the list holds {algorithm.value}"
            )
        max_distance = preset.max_distance
    if not 0 <= max_distance < algorithm.bits:
        raise UsageError(
            f"--max-distance: must be 0 to {algorithm.bits - 1} bits, not {max_distance}"
        )
    return max_distance, preset.probe_count if probes is None else probes


def _tell(output: str, listed: int, terminal: Terminal) -> None:
    with opened(output) as live:
        view = live.view()
        inactive = listed - len(view)
        left_out = f"; left out: {inactive} not active" if inactive else ""
        terminal.line(
            f"{shown(output)}: version {view.version}, {entries_text(len(view))}{left_out}; "
            "readable by its owner only"
        )
        # Its first line says what the next one does; those after the second, what was not chosen.
        chosen = str(view.base.index.explain()).splitlines()[1]
        terminal.line(f"{shown(output)}: exact up to {view.max_distance} bits; {chosen}")
