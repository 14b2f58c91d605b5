"""A new live folder of a hash list, and the costs that a folder may hold.

docs/index-format.md, "Live folder", says what is in one.
"""

from __future__ import annotations

from pathlib import Path

from hashguard.errors import IndexFileError
from hashguard.files import fault_of, new_folder, open_plain, replace_file, unreadable
from hashguard.index import Costs
from hashguard.index.costs import MAX_COSTS_BYTES
from hashguard.lists import HashList
from hashguard.live.base import About, write_base
from hashguard.live.current import Current, replace_current
from hashguard.live.log import first_line
from hashguard.live.log_file import create_log

COSTS = "costs.json"


def create_folder(
    folder: Path,
    hash_list: HashList,
    *,
    max_distance: int,
    probes: int,
    memory: int | None,
    costs: Costs | None,
) -> None:
    """Write a folder of the active entries, whole or not at all. See `LiveIndex.create`."""
    current = Current.numbered(1)
    table, active = hash_list.table, hash_list.active_rows
    if len(active) < len(table):
        table = table.taking(active)
    about = About(hash_list.algorithm, hash_list.origin, hash_list.version, 0, memory)
    with new_folder(folder) as made:
        digest = write_base(
            made / current.base,
            table,
            about,
            max_distance=max_distance,
            probes=probes,
            costs=costs,
        )
        create_log(made / current.log, [first_line(digest)])
        if costs is not None:
            _write_costs(made, costs)
        replace_current(made, current)


def read_costs(folder: Path) -> Costs | None:
    """Those that `hashguard index calibrate` left in a folder, if any. Raises IndexFileError."""
    try:
        with open_plain(folder / COSTS) as file:
            raw = file.read(MAX_COSTS_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(error, COSTS) from error
    if len(raw) > MAX_COSTS_BYTES:
        raise IndexFileError(f"altered: {COSTS} has more than {MAX_COSTS_BYTES} bytes")
    return Costs.loads(raw.decode("ascii", errors="replace"))


def _write_costs(folder: Path, costs: Costs) -> None:
    try:
        replace_file(folder / COSTS, costs.dumps().encode("ascii"))
    except OSError as error:
        raise fault_of(error, COSTS) from error
