"""An index as facts and arrays, and back: what a folder on disk holds of it.

No files here: see snapshot.py. docs/index-format.md describes the arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashguard.arrays import Fact
from hashguard.errors import IndexFileError
from hashguard.index.build import PlannedIndex
from hashguard.index.costs import Costs
from hashguard.index.multi_index import MultiIndex, Tables
from hashguard.index.pigeonhole import MAX_CODES, Layout

_LAYOUT = ("chunk_bits", "extra_bits", "bucket_bits")
_MAX_PROBES = 1_000_000


def index_arrays(index: PlannedIndex) -> tuple[dict[str, Fact], dict[str, NDArray[Any]]]:
    """The facts and arrays of an index; the arrays are the index's own, not copies."""
    facts: dict[str, Fact] = {
        "bits": index.codes.shape[1] * 8,
        "count": len(index),
        "layout": None,
        "max_distance": index.max_distance,
        "probes": index.probes,
    }
    arrays: dict[str, NDArray[Any]] = {"codes": index.codes}
    if index.multi:
        layout, tables = index.multi.layout, index.multi.tables
        facts["layout"] = {name: getattr(layout, name) for name in _LAYOUT}
        arrays |= {
            "offsets": tables.offsets,
            "entries": tables.entries,
            "extra": tables.extra,
        }
    return facts, arrays


def index_from_arrays(
    facts: Mapping[str, Fact], arrays: Mapping[str, NDArray[Any]], *, costs: Costs | None = None
) -> PlannedIndex:
    """The index of these facts and arrays, which are not copied and may be mapped from disk.

    Raises IndexFileError if they are not those of an index or do not belong together.
    """
    count, bits = _number(facts, "count", MAX_CODES), _number(facts, "bits", 4096)
    max_distance = _number(facts, "max_distance", bits)
    probes = max(_number(facts, "probes", _MAX_PROBES), 1)
    codes = _array(arrays, "codes", np.dtype(np.uint8), (count, bits // 8))
    multi = None
    if facts.get("layout") is not None:
        layout = _layout(facts["layout"])
        try:
            number = layout.tables(bits // 8)
        except ValueError as error:
            raise IndexFileError("altered: the layout of the index") from error
        extra = (number, count if layout.extra_bits else 0)
        tables = Tables(
            offsets=_array(arrays, "offsets", np.dtype("<u4"), (number, layout.buckets + 1)),
            entries=_array(arrays, "entries", np.dtype("<u4"), (number, count)),
            extra=_array(arrays, "extra", np.dtype(np.uint8), extra),
        )
        _check_offsets(tables.offsets, count)
        multi = MultiIndex(codes, max_distance=max_distance, layout=layout, tables=tables)
    return PlannedIndex(codes, max_distance=max_distance, probes=probes, costs=costs, multi=multi)


def _check_offsets(offsets: NDArray[np.uint32], count: int) -> None:
    """Every entry in one bucket of each table; a search then takes memory for none but those.

    A few milliseconds. What the entries say is looked at when they are met.
    """
    whole = (offsets[:, 0] == 0).all() and (offsets[:, -1] == count).all()
    if not whole or (offsets[:, 1:] < offsets[:, :-1]).any():
        raise IndexFileError("altered: offsets.npy does not ascend from 0 to the number of codes")


def _layout(found: Fact) -> Layout:
    if not isinstance(found, Mapping) or set(found) != set(_LAYOUT):
        raise IndexFileError("altered: the layout of the index")
    chunk, extra, bucket = (_number(found, name, 64) for name in _LAYOUT)
    try:
        return Layout(chunk_bits=chunk, extra_bits=extra, bucket_bits=bucket)
    except ValueError as error:
        raise IndexFileError("altered: the layout of the index") from error


def _number(facts: Mapping[str, Fact], name: str, most: int) -> int:
    value = facts.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise IndexFileError(f"altered: {name!r} among the facts of the index")
    return value


def _array(
    arrays: Mapping[str, NDArray[Any]], name: str, dtype: np.dtype[Any], shape: tuple[int, int]
) -> NDArray[Any]:
    found = arrays.get(name)
    if found is None or found.dtype != dtype or found.shape != shape:
        raise IndexFileError(f"altered: {name}.npy does not fit the facts of the index")
    return found
