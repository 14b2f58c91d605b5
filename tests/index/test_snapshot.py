"""An index on disk: what comes back is what was saved, or is refused."""

import contextlib
import shutil
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from hashguard.arrays import open_arrays, write_arrays
from hashguard.errors import IndexFileError
from hashguard.hashes import Codes
from hashguard.index.build import PlannedIndex
from hashguard.index.costs import Costs, Rates
from hashguard.index.multi_index import MultiIndex
from hashguard.index.pigeonhole import Layout
from hashguard.index.plan import LAYOUTS
from hashguard.index.snapshot import FORMAT, VERSION, open_index, save_index
from hashguard.index.stored import index_arrays, index_from_arrays

GOLDEN = Path(__file__).parents[2] / "fixtures" / "index"
NAMES = [field.name for field in fields(Rates) if field.name != "codes"]
DEAR = {name: float(name.startswith(("flat", "scan"))) for name in NAMES}
LOOKED_UP = Costs((Rates(codes=1, **DEAR),))  # what makes the multi-index look cheapest


def random_codes(count: int, seed: int, width: int = 32) -> Codes:
    return np.random.default_rng(seed).integers(0, 256, (count, width), dtype=np.uint8)


def planned(codes: Codes, layout: Layout | None = None, max_distance: int = 31) -> PlannedIndex:
    multi = MultiIndex(codes, max_distance=max_distance, layout=layout) if layout else None
    return PlannedIndex(codes, max_distance=max_distance, probes=3, costs=LOOKED_UP, multi=multi)


def answers(index: PlannedIndex, queries: Codes, radius: int) -> tuple[list[int], ...]:
    result = index.range_search(queries, radius)
    return result.lims.tolist(), result.rows.tolist(), result.distances.tolist()


@pytest.mark.parametrize("layout", [None, *LAYOUTS, Layout(32, 8, 5)], ids=str)
@pytest.mark.parametrize("count", [0, 1, 2, 64, 1024, 3000])
def test_an_opened_index_answers_as_the_saved_one(layout, count, tmp_path):
    """Empty, one row, and 2^k equal rows among others; mapped, and read-only."""
    codes = random_codes(max(count, 1), 1)[:count]
    codes[: count // 2] = codes[:1]
    index = planned(codes, layout)
    queries = np.concatenate([codes[:3], random_codes(2, 2)])
    save_index(index, tmp_path / "index")
    for verify in (False, True):
        opened = open_index(tmp_path / "index", verify=verify, costs=LOOKED_UP)
        assert (len(opened), opened.max_distance, opened.probes) == (count, 31, 3)
        assert opened.nbytes == index.nbytes
        assert not opened.codes.flags.writeable
        for radius in (0, 30, 31):
            assert answers(opened, queries, radius) == answers(index, queries, radius)


def test_hashes_of_64_bits_are_saved_too(tmp_path):
    codes = random_codes(500, 3, width=8)
    index = planned(codes, Layout(64, 8), max_distance=9)
    save_index(index, tmp_path / "index")
    assert answers(open_index(tmp_path / "index"), codes[:9], 9) == answers(index, codes[:9], 9)


def test_an_index_is_private_and_never_written_over(tmp_path):
    save_index(planned(random_codes(5, 1)), tmp_path / "index")
    assert (tmp_path / "index").stat().st_mode & 0o777 == 0o700
    assert {p.stat().st_mode & 0o777 for p in (tmp_path / "index").iterdir()} == {0o600}
    with pytest.raises(IndexFileError, match=r"^cannot write: "):
        save_index(planned(random_codes(5, 1)), tmp_path / "index")


@pytest.fixture
def whole():
    return index_arrays(planned(random_codes(300, 4), Layout(32, 8, 6)))


@pytest.mark.parametrize(
    "changes",
    [
        {"bits": 64},
        {"bits": 0},
        {"bits": -256},
        {"bits": True},
        {"bits": None},
        {"count": 299},
        {"count": 2**31},
        {"count": "300"},
        {"max_distance": 257},
        {"max_distance": -1},
        {"probes": -1},
        {"layout": {}},
        {"layout": []},
        {"layout": {"chunk_bits": 31, "extra_bits": 8, "bucket_bits": 6}},
        {"layout": {"chunk_bits": 64, "extra_bits": 8, "bucket_bits": 6}},
        {"layout": {"chunk_bits": 32, "extra_bits": 0, "bucket_bits": 6}},
        {"layout": {"chunk_bits": 32, "extra_bits": 8, "bucket_bits": 7}},
        {"layout": {"chunk_bits": 32, "extra_bits": 8, "bucket_bits": None}},
    ],
    ids=str,
)
def test_facts_that_do_not_fit_the_arrays_are_refused(changes, whole):
    facts, arrays = whole
    with pytest.raises(IndexFileError, match=r"^altered: "):
        index_from_arrays({**facts, **changes}, arrays)


@pytest.mark.parametrize("name", ["codes", "offsets", "entries", "extra"])
def test_arrays_that_do_not_fit_the_facts_are_refused(name, whole):
    facts, arrays = whole
    index_from_arrays(facts, arrays)
    for wrong in (arrays[name][1:], arrays[name].astype(np.int64), arrays[name].ravel()):
        with pytest.raises(IndexFileError, match=f"^altered: {name}.npy"):
            index_from_arrays(facts, {**arrays, name: wrong})
    with pytest.raises(IndexFileError, match=f"^altered: {name}.npy"):
        index_from_arrays(facts, {key: value for key, value in arrays.items() if key != name})


@pytest.mark.parametrize("value", [0, 1, 2**31, 2**32 - 1])
def test_rows_altered_under_their_digest_find_what_is_there_or_raise_our_error(value, whole):
    """Opened without verification, wrong rows must not bring the process down."""
    facts, arrays = whole
    codes = arrays["codes"]
    broken = arrays["entries"].copy()
    broken[:, 1::2] = value
    index = index_from_arrays(facts, {**arrays, "entries": broken}, costs=LOOKED_UP)
    with contextlib.suppress(IndexFileError):
        assert (index.range_search(codes[:5], 31).rows < len(codes)).all()


@pytest.mark.parametrize(
    ("place", "value"), [(0, 1), (-1, 299), (-1, 301), (5, 2**32 - 1), (5, 0), (64, 2**31)]
)
def test_offsets_altered_under_their_digest_are_refused(place, value, whole):
    """A bucket of four thousand million entries must not be met by a search."""
    facts, arrays = whole
    broken = arrays["offsets"].copy()
    broken[3, place] = value
    with pytest.raises(IndexFileError, match=r"^altered: offsets.npy"):
        index_from_arrays(facts, {**arrays, "offsets": broken})


def test_an_index_is_no_other_folder_of_arrays(tmp_path):
    arrays = {"codes": random_codes(3, 1)}
    for kind, version, fault in (("other", 1, "foreign"), (FORMAT, VERSION + 1, "newer")):
        write_arrays(tmp_path / kind, kind=kind, version=version, facts={}, arrays=arrays)
        with pytest.raises(IndexFileError, match=f"^{fault}: "):
            open_index(tmp_path / kind)
    write_arrays(tmp_path / "bare", kind=FORMAT, version=VERSION, facts={}, arrays=arrays)
    with pytest.raises(IndexFileError, match=r"^altered: "):
        open_index(tmp_path / "bare")


@pytest.mark.parametrize("name", ["version-1-flat", "version-1-multi"])
def test_a_golden_index_loads_for_ever(name, tmp_path):
    """Its answers are pinned in the folder beside it, which other programs can read as well."""
    opened = open_index(GOLDEN / name, verify=True)
    expected = open_arrays(GOLDEN / f"{name}-answers", kind="hashguard-answers", version=1)
    result = opened.range_search(expected.arrays["queries"], opened.max_distance)
    assert np.array_equal(result.lims, expected.arrays["lims"])
    assert np.array_equal(result.rows, expected.arrays["rows"])
    assert np.array_equal(result.distances, expected.arrays["distances"])
    # And what is written today is what was written then, byte for byte.
    multi = opened.multi
    layout = multi.layout if multi else None
    again = planned(np.array(opened.codes), layout, opened.max_distance)
    save_index(again, tmp_path / "again")
    for path in sorted((GOLDEN / name).iterdir()):
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name
    shutil.rmtree(tmp_path / "again")
