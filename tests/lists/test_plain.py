"""Reading plain hashes at once gives what reading them one by one gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashguard.errors import MalformedListError
from hashguard.hashes import Algorithm
from hashguard.lists import HashList
from hashguard.lists.importers import _read_records, read_entries
from hashguard.lists.plain import read_plain
from hashguard.lists.records import Defaults

digits = st.sampled_from(["0" * 64, "f" * 64, "F" * 64, "0f" * 32, "1c" * 32, "1C" * 32, "a9" * 32])
lines = st.builds(
    lambda name, code, end: name + code + end,
    st.sampled_from(["", "pdq ", "pdq:"]),
    digits,
    st.sampled_from(["", "\r"]),
)
files = st.builds(
    lambda some, end: ("\n".join(some) + end).encode(),
    st.lists(lines, min_size=1, max_size=12),
    st.sampled_from(["", "\n"]),
)


@given(files, st.sampled_from(["", "example.org"]))
def test_at_once_and_one_by_one_agree(raw, source):
    defaults = Defaults(Algorithm.PDQ, source)
    slow = _read_records(raw, "text", defaults, None)
    assert read_entries(raw, kind="text", source=source) == slow
    plain = read_plain(raw, algorithm=Algorithm.PDQ, source=source, most=12)
    # Nothing to keep is the one plain file that is left to the slow way.
    assert (plain is None) is (len(slow.entries) == 0)


@pytest.mark.parametrize(
    "odd",
    [
        "# a comment",
        "",
        "x",
        "pdq  " + "0f" * 32,
        "md5 " + "0" * 32,
        "0f" * 32 + " # quality 80",
        " " + "0f" * 32,
        "\ufeff" + "0f" * 32,
        "0f" * 31,
        "0f" * 33,
        "\u0663" * 64,
    ],
)
def test_a_file_with_any_other_line_is_read_one_by_one(odd):
    raw = f"{'1c' * 32}\n{odd}\n{'a9' * 32}\n".encode()
    assert read_plain(raw, algorithm=Algorithm.PDQ, source="", most=3) is None


def test_a_source_that_no_entry_can_carry_is_refused_either_way():
    with pytest.raises(MalformedListError, match="line 1"):
        read_entries("0f" * 32, kind="text", source="a\tb")


def test_a_list_of_plain_hashes_survives_its_file():
    read = read_entries("\n".join(f"{n:064x}" for n in range(1, 3000)), source="example.org")
    made = HashList.from_entries(read.entries, algorithm=Algorithm.PDQ)
    assert HashList.loads(made.dumps()) == made
    assert made.entry(2998).id == "2999"
