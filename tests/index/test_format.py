"""The tables on disk, made again from docs/index-format.md with nothing but Python's integers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hashguard.arrays import ArrayFolder, open_arrays
from hashguard.index.build import PlannedIndex
from hashguard.index.multi_index import MultiIndex
from hashguard.index.pigeonhole import Layout
from hashguard.index.plan import LAYOUTS
from hashguard.index.snapshot import FORMAT, VERSION, save_index

GOLDEN = Path(__file__).parents[2] / "fixtures" / "index" / "version-1-multi"


def dealt(code: bytes) -> bytes:
    """Step 1 of the document."""
    if len(code) != 32:
        return code
    bits = f"{int.from_bytes(code):0256b}"
    out = ""
    for w in range(16):
        for c in range(16):
            reversed_c = int(f"{c:04b}"[::-1], 2)
            out += bits[16 * (w ^ reversed_c) + c]
    return int(out, 2).to_bytes(32)


def expected_tables(folder: ArrayFolder) -> list[list[list[tuple[int, int]]]]:
    """For each table, for each bucket: (entry, extra byte) in order; steps 2 to 4."""
    layout: Any = folder.facts["layout"]
    codes = [code.tobytes() for code in folder.arrays["codes"]]
    half_bits, bucket_bits = layout["chunk_bits"] // 2, layout["bucket_bits"]
    count, width = len(codes), half_bits // 8
    beside_bits = 2 * half_bits - bucket_bits
    r = max(len(f"{count - 1:b}"), 1)
    f = min(32 - r, beside_bits)
    more = min(layout["extra_bits"], beside_bits - f)
    tables: list[list[list[tuple[int, int]]]] = []
    for k in range(len(codes[0]) // width):
        buckets: list[list[tuple[int, int]]] = [[] for _ in range(2**bucket_bits)]
        for i, code in enumerate(map(dealt, codes)):
            half = int.from_bytes(code[k * width : (k + 1) * width], "little")
            other = int.from_bytes(code[(k ^ 1) * width : ((k ^ 1) + 1) * width], "little")
            beside = half >> bucket_bits | other << (half_bits - bucket_bits)
            entry = i | (beside & (2**f - 1)) << r
            buckets[half % 2**bucket_bits].append((entry, beside >> f & (2**more - 1)))
        tables.append(buckets)
    return tables


def check(path: Path) -> None:
    folder = open_arrays(path, kind=FORMAT, version=VERSION, verify=True)
    offsets, entries, extra = (folder.arrays[name] for name in ("offsets", "entries", "extra"))
    for table, buckets in enumerate(expected_tables(folder)):
        assert offsets[table].tolist() == np.cumsum([0, *map(len, buckets)]).tolist()
        assert entries[table].tolist() == [entry for bucket in buckets for entry, _ in bucket]
        if extra.shape[1]:
            assert extra[table].tolist() == [byte for bucket in buckets for _, byte in bucket]


def test_the_golden_tables_are_what_the_document_says():
    check(GOLDEN)


@pytest.mark.parametrize("layout", [*LAYOUTS, Layout(32, 8, 3), Layout(64, 8, 2)], ids=str)
@pytest.mark.parametrize("width", [8, 32])
@pytest.mark.parametrize("count", [1, 257])
def test_tables_are_what_the_document_says(layout, width, count, tmp_path):
    codes = np.random.default_rng(7).integers(0, 256, (count, width), dtype=np.uint8)
    multi = MultiIndex(codes, max_distance=3, layout=layout)
    save_index(PlannedIndex(codes, max_distance=3, multi=multi), tmp_path / "index")
    check(tmp_path / "index")
