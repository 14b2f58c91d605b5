"""The list file: what loads, what is refused, and what the refusal says."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import runpy
from pathlib import Path

import pytest

from hashguard.errors import ListError, MalformedListError
from hashguard.hashes import Algorithm, Hash
from hashguard.lists import Entry, HashList, Status, columns, files, rows, wire
from tests.lists.samples import made, pdq

GOLDEN = Path(__file__).parents[2] / "fixtures" / "lists" / "version-1.hgl"
GOLDEN_SHA256 = "542e642f5cb8a90b6ed423578d4c2d730fb30bed45634af6c255b08edc9b1ef1"
DIGITS = "f8" * 32


def row(**changed: str) -> str:
    """An entry line; columns by name."""
    fields = {
        "hash": DIGITS,
        "quality": "100",
        "status": "active",
        "id": "1",
        "modified": "2025-01-31T09:00:00Z",
        "source": "s",
        "tags": "t",
    }
    return "\t".join((fields | changed).values())


def sealed(body: bytes, **changed: object) -> bytes:
    """A file whose digest fits whatever it holds, written without the code under test."""
    magic = b"hashguard-list 1\n"
    fields: dict[str, object] = {
        "algorithm": "pdq",
        "count": body.count(b"\n"),
        "digest": "0" * 64,
        "expires": None,
        "origin": "",
        "version": 1,
    }
    fields |= changed

    def header() -> bytes:
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode() + b"\n"

    if "digest" not in changed:
        fields["digest"] = hashlib.sha256(magic + header() + body).hexdigest()
    return magic + header() + body


def refusal(data: bytes) -> str:
    """Why these bytes do not load; the message must quote no hash."""
    with pytest.raises(MalformedListError) as caught:
        HashList.loads(data)
    message = str(caught.value)
    assert not re.search(r"[0-9a-f]{16}", message)
    return message


def test_the_golden_file_loads_for_ever() -> None:
    """Format 1 as released: the same bytes, the same entries, the same file again."""
    data = GOLDEN.read_bytes()
    assert hashlib.sha256(data).hexdigest() == GOLDEN_SHA256
    golden = HashList.load(GOLDEN)
    assert golden.dumps() == data
    assert (golden.origin, golden.version) == ('Golden "list" \\ zlatý', 2**53 - 1)
    assert golden.expires == 1_924_991_999
    assert [entry.status.value for entry in golden.entries()] == [
        *("active", "received", "withdrawn", "deleted", "active", "active")
    ]
    assert golden.active_rows.tolist() == [0, 4, 5]
    assert [entry.quality for entry in golden.entries()] == [100, 0, None, 49, 50, 7]
    assert [entry.modified for entry in golden.entries()] == [
        *(1_735_689_600, 0, None, 1_735_689_601, None, None)
    ]
    assert golden.entry(1).tags == ("žádost", "two words")
    assert golden.entry(3).source == "例え"
    assert golden.entry(5).hash.hex == "0" * 64


def test_the_golden_file_is_what_its_script_writes() -> None:
    """Whoever changes the writer changes the format, and learns of it here."""
    script = runpy.run_path(str(GOLDEN.with_name("make_version_1.py")))
    assert script["golden"]().dumps() == GOLDEN.read_bytes()


def test_a_file_written_by_hand_from_the_document_loads() -> None:
    """The digest is over the whole file with sixty-four zeros in its own place."""
    loaded = HashList.loads(sealed(f"{row()}\n".encode()))
    assert loaded.entry(0) == Entry(
        "1", Hash.from_hex(Algorithm.PDQ, DIGITS), 100, Status.ACTIVE, "s", ("t",), 1_738_314_000
    )


def test_an_empty_list_is_a_list() -> None:
    """No entries, no entry lines."""
    empty = HashList.from_entries([], algorithm=Algorithm.DHASH)
    assert HashList.loads(empty.dumps()) == empty
    assert len(empty) == 0
    assert empty.codes.shape == (0, 8)
    assert empty.removing([]).adding([]).version == 3


def test_any_altered_byte_is_refused() -> None:
    """Every position, every bit, and the bytes that mean something: our error, no other."""
    whole = made().dumps()
    for place, old in enumerate(whole):
        others = {old ^ (1 << bit) for bit in range(8)} | {0, 9, 10, 13, 32, 34, 48, 255}
        for new in others - {old}:
            altered = bytearray(whole)
            altered[place] = new
            refusal(bytes(altered))


def test_any_missing_or_extra_byte_is_refused() -> None:
    """Cut anywhere, shortened by one, lengthened by one."""
    whole = made().dumps()
    for place in range(len(whole)):
        refusal(whole[:place])
        refusal(whole[:place] + whole[place + 1 :])
        for extra in (b"\n", b"\r", b" ", b"\x00", b"a"):
            refusal(whole[:place] + extra + whole[place:])
    refusal(whole + b"\n")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (gzip.compress(b"x", mtime=0), "gzip"),
        (b"PK\x03\x04rest", "zip"),
        (b"<!doctype html><title>404</title>", "HTML"),
        (b'{"hash":"x"}', "hashguard list build"),
        (b"[1]", "hashguard list build"),
        (f"pdq {DIGITS}\n".encode(), "hashguard list build"),
        (DIGITS.encode(), "hashguard list build"),
        (b"\xef\xbb\xbfhashguard-list 1\n", "byte order mark"),
        ("hashguard-list 1\n".encode("utf-16"), "UTF-16"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\x89PNG\r\n", "PNG"),
        (b"SQLite format 3\x00", "SQLite"),
        (b"hello", "does not begin with"),
        (b"hashguard-list", "does not begin with"),
        (b"hashguard-list 1", "cut off"),
        (b"hashguard-list 1\r\n", "line endings were changed"),
        (b"hashguard-list one\n", "not a number"),
        (b"hashguard-list 01\n", "not a number"),
        (b"hashguard-list 2\n", "written by a newer hashguard: format 2, this one reads 1"),
        (b"hashguard-list " + b"9" * 5000 + b"\n", "cut off"),
    ],
)
def test_what_is_no_list_is_told_apart(data: bytes, reason: str) -> None:
    """The first line says what somebody handed over in place of a list."""
    message = refusal(data)
    assert reason in message
    assert message.startswith("line 1: ")


def test_changed_line_endings_are_named() -> None:
    """A transfer in text mode is the commonest damage, so it has its own message."""
    whole = made().dumps()
    assert "line endings were changed" in refusal(whole.replace(b"\n", b"\r\n"))
    assert "line 2: line endings" in refusal(whole.replace(b"}\n", b"}\r\n"))
    head, body = whole.split(b"}\n")
    # A body alone converted keeps its count: only the digest can tell.
    assert "altered" in refusal(head + b"}\n" + body.replace(b"\n", b"\r\n"))


def test_a_cut_file_is_named() -> None:
    """Half a list must not pass for a short one."""
    whole = made(20).dumps()
    assert "promises 20 entries, there are 19 whole lines" in refusal(whole[:-1])
    assert "promises 20 entries, there are 9 whole" in refusal(whole[: len(whole) // 2 + 60])


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"count": 2}, "promises 2 entries, there are 1"),
        ({"count": 0}, "there are more lines (1)"),
        ({"count": 2**24}, "cut off"),
        ({"count": 2**24 + 1}, "count must be a whole number"),
        ({"count": 10**18}, "count must be a whole number"),
        ({"count": -1}, "count must be a whole number"),
        ({"count": True}, "count must be a whole number"),
        ({"count": 1.0}, "count must be a whole number"),
        ({"count": "1"}, "count must be a whole number"),
        ({"version": 0}, "version must be a whole number"),
        ({"version": 2**53}, "version must be a whole number"),
        ({"version": None}, "version must be a whole number"),
        ({"algorithm": "md5"}, "unknown algorithm"),
        ({"algorithm": 5}, "algorithm must be a text"),
        ({"digest": "0" * 64}, "altered or damaged"),
        ({"digest": "A" * 64}, "lower-case hex"),
        ({"digest": None}, "digest must be a text"),
        ({"expires": "2025-02-29T00:00:00Z"}, "no such date"),
        ({"expires": "2025-01-01"}, "a time is written as"),
        ({"expires": "1969-12-31T23:59:59Z"}, "1970"),
        ({"expires": 5}, "expires must be a time or null"),
        ({"origin": "a\u200bb"}, "invisible"),
        ({"origin": "\ud800"}, "invisible"),
        ({"origin": "x" * 201}, "longer than 200 bytes"),
        ({"origin": "x" * 5000}, "line 2: cut off, or longer than 4096 bytes"),
        ({"origin": []}, "origin must be a text"),
        ({"extra": 1}, "the header has the keys"),
    ],
)
def test_a_lying_header_is_refused(changed: dict[str, object], reason: str) -> None:
    """Even if the digest fits: types, ranges and the count are checked on their own."""
    assert reason in refusal(sealed(f"{row()}\n".encode(), **changed))


@pytest.mark.parametrize(
    "header", [b"[" * 4000, b"{}", b"[]", b"nonsense", b"\xc3\xa9", b"1" * 4000]
)
def test_a_header_that_is_no_header_is_refused(header: bytes) -> None:
    """Deep nesting, huge numbers and non-ASCII included."""
    assert refusal(b"hashguard-list 1\n" + header + b"\n").startswith("line 2: the header")


def test_a_header_in_another_style_is_refused() -> None:
    """One list has one file: spaces or another order of keys make it a different one."""
    magic, header, rest = made().dumps().split(b"\n", 2)
    for other in (
        header.replace(b",", b", "),
        header.replace(b"\\u017d", "Ž".encode()),
        header.replace(b"\\u017d", b"\\u017D"),
        header[:-1] + b',"version":1}',
        json.dumps(dict(reversed(json.loads(header).items())), separators=(",", ":")).encode(),
    ):
        assert other != header
        assert "line 2" in refusal(b"\n".join([magic, other, rest]))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "7 columns"),
        (row() + "\t", "7 columns"),
        (row().replace("\t", " ", 1), "7 columns"),
        (row(hash=DIGITS.upper()), "0-9 and a-f"),
        (row(hash=DIGITS[:-1] + "g"), "0-9 and a-f"),
        (row(hash=DIGITS[:-2]), "64 hex digits"),
        (row(hash=DIGITS + "00"), "64 hex digits"),
        (row(hash=""), "64 hex digits"),
        (row(quality="101"), "from 0 to 100"),
        (row(quality="-1"), "from 0 to 100"),
        (row(quality="007"), "from 0 to 100"),
        (row(quality="00"), "from 0 to 100"),
        (row(quality="+1"), "from 0 to 100"),
        (row(quality="1000"), "from 0 to 100"),
        (row(quality=""), "from 0 to 100"),
        (row(quality=":"), "from 0 to 100"),
        (row(quality="/9"), "from 0 to 100"),
        (row(status=""), "received, active, withdrawn, deleted"),
        (row(status="Active"), "received, active, withdrawn, deleted"),
        (row(status="activ"), "received, active, withdrawn, deleted"),
        (row(status="withdrawns"), "received, active, withdrawn, deleted"),
        (row(id=""), "visible ASCII"),
        (row(id="a b"), "visible ASCII"),
        (row(id="é"), "visible ASCII"),
        (row(id="x" * 129), "longer than 128 bytes"),
        (row(id="x" + DIGITS.upper()), "contains the hash itself"),
        (row(modified=""), "modified is a time"),
        (row(modified="x"), "modified is a time"),
        (row(modified="2025-01-31 09:00:00Z"), "modified is a time"),
        (row(modified="2025-01-31T09:00:00z"), "modified is a time"),
        (row(modified="2025-00-31T09:00:00Z"), "modified is a time"),
        (row(modified="2025-13-31T09:00:00Z"), "modified is a time"),
        (row(modified="2025-02-29T09:00:00Z"), "modified is a time"),
        (row(modified="2100-02-29T09:00:00Z"), "modified is a time"),
        (row(modified="2025-04-31T09:00:00Z"), "modified is a time"),
        (row(modified="2025-01-00T09:00:00Z"), "modified is a time"),
        (row(modified="2025-01-31T24:00:00Z"), "modified is a time"),
        (row(modified="2025-01-31T09:60:00Z"), "modified is a time"),
        (row(modified="2025-01-31T09:00:60Z"), "modified is a time"),
        (row(modified="1969-12-31T23:59:59Z"), "modified is a time"),
        (row(modified="2025-01-31T09:0:000Z"), "modified is a time"),
        (row(modified="99999-01-31T09:00:00Z"), "longer than 20"),
        (row(source="x" * 201), "longer than 200 bytes"),
        (row(source=" x"), "begins or ends with a space"),
        (row(source="a\u202eb"), "direction-changing"),
        (row(source="a\u00a0b"), "invisible"),
        (row(source="a\x01b"), "control"),
        (row(source="a\x7fb"), "control"),
        (row(source="a\rb"), "control"),
        (row(tags="a,,b"), "empty"),
        (row(tags=","), "empty"),
        (row(tags="a,a"), "repeat"),
        (row(tags="a, b"), "space"),
        (row(tags="x" * 65), "longer than 64 bytes"),
        (row(tags=",".join(map(str, range(17)))), "more than 16"),
        (row(source="x" * 2000), "longer than 1536 bytes"),
    ],
)
def test_a_bad_line_is_refused_by_its_number(line: str, reason: str) -> None:
    """Digest and count fit, so only the check of the column itself can refuse."""
    good = [row(id=f"g{n}").encode() for n in range(3)]
    body = b"\n".join([good[0], good[1], line.encode(), good[2], b""])
    message = refusal(sealed(body))
    assert message.startswith("line 5: ")
    assert reason in message


@pytest.mark.parametrize(
    "line",
    [
        row(quality="0"),
        row(quality="-"),
        row(id="x" * 128),
        row(id="~"),
        row(id=DIGITS[:-1]),
        row(modified="-"),
        row(modified="1970-01-01T00:00:00Z"),
        row(modified="2024-02-29T23:59:59Z"),
        row(modified="2000-02-29T00:00:00Z"),
        row(modified="9999-12-31T23:59:59Z"),
        row(source=""),
        row(source="x" * 200),
        row(source="é" * 100),
        row(source="Ünï \U0001f600"),
        row(tags=""),
        row(tags="x" * 64),
        row(tags=",".join(str(n) + "x" * 62 for n in range(16))[: 16 * 65]),
        row(status="withdrawn"),
    ],
)
def test_the_longest_and_oddest_good_lines_load(line: str) -> None:
    """Each limit includes its end, and the file comes back byte by byte."""
    whole = sealed(f"{line}\n".encode())
    assert HashList.loads(whole).dumps() == whole


@pytest.mark.parametrize("column", ["source", "tags"])
def test_damaged_utf8_is_refused(column: str) -> None:
    """Latin-1 in place of UTF-8, an overlong form, a coded surrogate."""
    for raw in (b"caf\xe9", b"\xc0\xaf", b"\xed\xa0\x80", b"\xff"):
        body = row(**{column: "@"}).encode().replace(b"@", raw) + b"\n"
        assert f"line 3: the {column} is not UTF-8" in refusal(sealed(body))


def test_a_repeated_id_is_refused_by_line_and_name() -> None:
    """Also far apart, over more than one chunk of lines."""
    lines = [row(id=f"n{n}") for n in range(9000)]
    lines[8000] = row(id="n17")
    body = ("\n".join(lines) + "\n").encode()
    assert refusal(sealed(body)) == "line 8003: the id n17 is on an earlier line too"


def test_line_numbers_are_right_beyond_the_first_chunk() -> None:
    """The reader works on half a megabyte at a time; the count of lines goes on."""
    lines = [row(id=f"n{n}") for n in range(20_000)]
    lines[15_000] = row(id="n15000", quality="x")
    assert refusal(sealed(("\n".join(lines) + "\n").encode())).startswith("line 15003: ")


@pytest.mark.parametrize("chunk", [1536, 1537, 1600, 4096])
def test_where_chunks_end_does_not_matter(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of every length from short to longest, cut into chunks of several sizes."""
    entries = [
        Entry(
            "i" * (1 + n % 128) if n == 127 else f"{n}",
            pdq(n),
            n % 101,
            tuple(Status)[n % 4],
            "s" * n,
            tuple(f"{t}" + "t" * (n % 60) for t in range(n % 17)),
        )
        for n in range(200)
    ]
    whole = HashList.from_entries(entries, algorithm=Algorithm.PDQ).dumps()
    monkeypatch.setattr(rows, "_CHUNK_BYTES", chunk)
    assert list(HashList.loads(whole).entries()) == entries


def test_a_line_without_end_is_refused_in_the_first_chunk() -> None:
    """A count of one and megabytes without a line feed do not become one long line."""
    assert "longer than 1536 bytes" in refusal(sealed(b"a" * 2_000_000 + b"\n"))


def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One byte over the bound, in memory and on disk; exactly the bound loads."""
    whole = made().dumps()
    path = tmp_path / "a.hgl"
    path.write_bytes(whole)
    for limit, fits in ((len(whole), True), (len(whole) - 1, False)):
        monkeypatch.setattr(wire, "MAX_LIST_BYTES", limit)
        monkeypatch.setattr(files, "MAX_LIST_BYTES", limit)
        if fits:
            assert HashList.load(path) == HashList.loads(whole)
            continue
        with pytest.raises(MalformedListError, match="more than"):
            HashList.load(path)
        assert "more than" in refusal(whole)


def test_a_list_too_long_to_load_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """What dumps, loads."""
    long = made(100)
    monkeypatch.setattr(wire, "MAX_LIST_BYTES", 8000)
    with pytest.raises(ListError, match="split it"):
        long.dumps()


def test_more_entries_than_a_list_may_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit, and one beyond."""
    monkeypatch.setattr(columns, "MAX_ENTRIES", 3)
    assert len(made(3)) == 3
    with pytest.raises(ValueError, match="at most 3 entries"):
        made(4)
