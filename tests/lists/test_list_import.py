"""Other people's files: what is tolerated, what is refused, what is counted."""

from __future__ import annotations

import json
import re

import pytest

from hashguard.errors import AlgorithmMismatchError, MalformedListError
from hashguard.hashes import Algorithm, Hash
from hashguard.lists import Entry, HashList, Status, importers
from hashguard.lists.exporters import json_lines, text_lines
from hashguard.lists.importers import Imported, Kind, read_entries

A, B, C = "f8" * 32, "1d" * 32, "0e" * 32
JUNK = "00" * 32
TX_HEADER = "signal_type,signal_str,collab,category,tags"


def hexes(got: Imported) -> list[str]:
    """The hashes found, in order."""
    return [entry.hash.hex for entry in got.entries]


def refusal(data: str | bytes, *, kind: Kind = "auto") -> str:
    """Why these bytes cannot be imported; the message must quote no hash."""
    with pytest.raises(MalformedListError) as caught:
        read_entries(data, kind=kind)
    message = str(caught.value)
    assert not re.search(r"[0-9a-fA-F]{16}", message)
    assert "SECRET" not in message
    return message


@pytest.mark.parametrize(
    "text",
    [
        f"pdq {A}\npdq {B}\n",
        f"pdq:{A}\npdq:{B}",
        f"{A}\n{B}",
        f"{A.upper()}\nPDQ {B.upper()}",
        f"\ufeff{A}\r\n{B}\r\n",
        f"  {A} \t\n\n\n   \n{B}   ",
        f"# a comment\n{A}  # and another\n#\n{B}",
        f"pdq\t{A}\npdq : {B}",
        f"\ufeff# comment\r\n\r\npdq {A}\r\npdq {B}",
    ],
)
def test_a_text_line_may_be_written_in_many_ways(text: str) -> None:
    """Two hashes, whatever the case, prefix, white space, mark, line endings and comments."""
    got = read_entries(text)
    assert hexes(got) == [A, B]
    assert [entry.id for entry in got.entries] == ["1", "2"]
    assert (got.kind, got.read) == ("text", 2)
    assert read_entries(text.encode(), kind="text") == got


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (A[:-1], "64 hex digits"),
        (A + "0", "64 hex digits"),
        (A[:-1] + "g", "not a hash"),
        (f"pdq {A} SECRET", "not a hash"),
        (f"pqd {A}", "unknown kind of hash"),
        (f"phash {A[:16]}", "a phash hash, but the list is of pdq hashes"),
        ("SECRET", "not a hash"),
        ("é", "not a hash"),
        (f"{A} {B}", "unknown kind of hash"),
        ("pdq", "not a hash"),
        ("pdq\x00", "NUL"),
    ],
)
def test_a_text_line_that_is_no_hash_is_refused(line: str, reason: str) -> None:
    """By its number, counting blank lines and comments, and without showing it."""
    message = refusal(f"# first\n\npdq {C}\n{line}\n", kind="text")
    assert message.startswith("line 4: ")
    assert reason in message


def test_other_signals_are_skipped_and_counted() -> None:
    """A file of `tx` may mix them; only names that tx knows are taken for signals."""
    got = read_entries(f"pdq {A}\nmd5 0cc175b9c0f1b6a831c399e269772661\nurl https://a.example/\n")
    assert (hexes(got), got.read, got.skipped) == ([A], 3, 2)


def test_junk_and_repeats_are_left_out_and_counted() -> None:
    """All zeros, all ones, and lines said twice; nothing else is lost."""
    got = read_entries("\n".join([A, JUNK, B, A, "ff" * 32, A.upper(), f"pdq {A}"]))
    assert hexes(got) == [A, B]
    assert (got.read, got.duplicates, got.quarantined) == (7, 3, 2)
    assert got.read == len(got.entries) + got.duplicates + got.quarantined


def test_an_id_is_a_number_that_nobody_has() -> None:
    """Counted on from the highest number given, wherever in the file it stands."""
    lines = [{"hash": A}, {"hash": B, "id": "7"}, {"hash": C}, {"hash": "11" * 32, "id": "x"}]
    got = read_entries("\n".join(map(json.dumps, lines)))
    assert [entry.id for entry in got.entries] == ["8", "7", "9", "x"]


def test_ids_far_beyond_counting_do_not_push_ours() -> None:
    """An id of a hundred nines has no successor that fits."""
    lines = [{"hash": A, "id": "9" * 100}, {"hash": B}, {"hash": C, "id": "9" * 15}]
    got = read_entries("\n".join(map(json.dumps, lines)))
    assert [entry.id for entry in got.entries] == ["9" * 100, "1" + "0" * 15, "9" * 15]


def test_what_a_list_holds_is_not_added_again() -> None:
    """Importing a file twice changes nothing; a withdrawn hash may be listed anew."""
    first = read_entries(f"{A}\n{B}\n{C}")
    held = HashList.from_entries(first.entries, algorithm=Algorithm.PDQ).withdrawing(["3"])
    again = read_entries(f"{A}\n{B}\n{C}\n{'11' * 32}", known=held)
    assert hexes(again) == [C, "11" * 32]
    assert [entry.id for entry in again.entries] == ["4", "5"]
    assert again.present == 2
    assert len(held.adding(again.entries)) == 5
    exported = "\n".join(json_lines(held))
    assert read_entries(exported, known=held).present == 3
    with pytest.raises(AlgorithmMismatchError):
        read_entries(A[:16], algorithm=Algorithm.PHASH, known=held)


def test_json_lines_fill_every_column() -> None:
    """Our own keys; numbers as ids and unix seconds are taken as well."""
    line = {
        "hash": f"pdq:{A}",
        "quality": 87,
        "id": 12,
        "status": "withdrawn",
        "source": "Příklad",
        "tags": ["a", "b c", "a"],
        "modified": "2025-01-31T09:00:00Z",
    }
    got = read_entries(json.dumps(line) + "\n" + json.dumps({"hash": B, "modified": 5}))
    digest = Hash.from_hex(Algorithm.PDQ, A)
    assert list(got.entries) == [
        Entry("12", digest, 87, Status.WITHDRAWN, "Příklad", ("a", "b c"), 1_738_314_000),
        Entry("13", Hash.from_hex(Algorithm.PDQ, B), modified=5),
    ]


def test_what_hash_prints_about_a_picture_is_not_kept() -> None:
    """The name of a person's file must not travel in a list."""
    line = {
        "hash": f"pdq:{A}",
        "quality": 87,
        "file": "SECRET.jpg",
        "frame": 0,
        "orientation": "mirrored",
        "ties": 0,
        "notes": ["SECRET"],
        "format": "JPEG",
        "width": 1,
        "height": 2,
    }
    failed = {"file": "SECRET.txt", "hash": None, "error": "not a picture"}
    got = read_entries(json.dumps(line) + "\n" + json.dumps(failed))
    assert (got.read, got.skipped) == (2, 1)
    assert b"SECRET" not in HashList.from_entries(got.entries, algorithm=Algorithm.PDQ).dumps()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f'{{"hash":"{A}","colour":1}}', "unknown key 'colour'"),
        (f'{{"hash":"{A}","{B}":1}}', "unknown key that cannot be shown here"),
        (f'{{"hash":"{A}","hash":"{B}"}}', "has a key twice"),
        ('{"quality":5}', "the hash must be a text"),
        ('{"hash":5}', "the hash must be a text"),
        ('{"hash":null}', "the hash must be a text"),
        (f'{{"hash":"phash:{A[:16]}"}}', "a phash hash"),
        (f'{{"hash":"{A}","quality":"5"}}', "quality must be"),
        (f'{{"hash":"{A}","quality":NaN}}', "not a JSON object"),
        (f'{{"hash":"{A}","quality":1e2}}', "quality must be"),
        (f'{{"hash":"{A}","quality":true}}', "quality must be"),
        (f'{{"hash":"{A}","quality":{"9" * 5000}}}', "not a JSON object"),
        (f'{{"hash":"{A}","id":""}}', "the id must be"),
        (f'{{"hash":"{A}","id":"{A}"}}', "contains the hash itself"),
        (f'{{"hash":"{A}","id":[]}}', "the id must be a text"),
        (f'{{"hash":"{A}","status":"gone"}}', "the status is one of"),
        (f'{{"hash":"{A}","source":"a\\u0000b"}}', "the source holds"),
        (f'{{"hash":"{A}","source":"\\ud800"}}', "the source holds"),
        (f'{{"hash":"{A}","tags":"a"}}', "tags must be a list"),
        (f'{{"hash":"{A}","tags":[1]}}', "tags must be a list"),
        (f'{{"hash":"{A}","modified":"today"}}', "a time is written as"),
        (f'{{"hash":"{A}","modified":1.5}}', "modified must be"),
        ('{"hash":', "not a JSON object on one line"),
        ("[" * 5000, "not a JSON object on one line"),
        ("[]", "not a JSON object on one line"),
        ("5", "not a JSON object on one line"),
    ],
)
def test_a_json_line_that_is_wrong_is_refused(line: str, reason: str) -> None:
    """Types are not guessed and unknown keys not dropped: a misspelt one would be lost."""
    message = refusal(f'{{"hash":"{C}"}}\n\n{line}\n', kind="jsonl")
    assert message.startswith("line 3: ")
    assert reason in message


def test_one_id_for_two_entries_is_refused() -> None:
    """The same line twice is a repeat; the same id for something else is a mistake."""
    line = json.dumps({"hash": A, "id": "x"})
    assert read_entries(f"{line}\n{line}").duplicates == 1
    other = json.dumps({"hash": B, "id": "x"})
    assert refusal(f"{line}\n{other}") == "line 2: the id x stands for another entry too"


def test_csv_with_our_columns() -> None:
    """In any order, quoted where needed, with the extra columns of `hashguard hash --csv`."""
    text = (
        "id,HASH,quality,tags,source,status,modified,file,width\r\n"
        f'x,pdq:{A},90,"a, b",Příklad,received,2025-01-31T09:00:00Z,"SECRET, 1.jpg",640\r\n'
        f"\r\n,{B},,,,,,SECRET,\r\n"
        f",{C},-,,,,-,,\r\n"
    )
    got = read_entries(text)
    assert got.kind == "csv"
    assert list(got.entries) == [
        Entry(
            "x",
            Hash.from_hex(Algorithm.PDQ, A),
            90,
            Status.RECEIVED,
            "Příklad",
            ("a", "b"),
            1_738_314_000,
        ),
        Entry("1", Hash.from_hex(Algorithm.PDQ, B)),
        Entry("2", Hash.from_hex(Algorithm.PDQ, C)),
    ]


def test_csv_of_the_reference_tool_has_no_header_and_unquoted_names() -> None:
    """`hash,quality,filename`: quotes and commas in a name mean nothing, and it is dropped."""
    got = read_entries(f'{A},100,my "SECRET, picture.jpg\n{B},0,b.jpg\n{C},\n{JUNK},0,plain.png\n')
    assert [(entry.hash.hex, entry.quality) for entry in got.entries] == [
        *((A, 100), (B, 0), (C, None))
    ]
    assert (got.kind, got.quarantined) == ("csv", 1)
    assert "quality" in refusal(f"{A},100,a\n{B},high,SECRET\n")


def test_a_dataset_of_tx_keeps_its_labels() -> None:
    """Other signals and what is marked harmless are counted; a quoted line break is one field."""
    rows = [
        TX_HEADER,
        f"pdq,{A},Feed A,INVESTIGATION_SEED,one two",
        "video_md5,0cc175b9c0f1b6a831c399e269772661,Feed A,POSITIVE_CLASS,",
        f"pdq,{B},Feed B,NEGATIVE_CLASS,",
        'raw_text,"SECRET\nmessage, with ""quotes""",Feed A,DISPUTED,',
        f"pdq,{C},,DISPUTED,",
        "",
    ]
    got = read_entries("\r\n".join(rows), source="ours")
    assert [(entry.hash.hex, entry.source, entry.tags) for entry in got.entries] == [
        (A, "Feed A", ("one", "two", "investigation_seed")),
        (C, "ours", ("disputed",)),
    ]
    assert (got.read, got.skipped) == (5, 3)
    assert all(entry.status is Status.ACTIVE for entry in got.entries)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (f"hash,colour\n{A},red", 1, "unknown column 'colour'"),
        (f"quality,id\n5,{A}", 1, "no column `hash`"),
        (f"hash,hash\n{A},{B}", 1, "a column twice"),
        (f"{TX_HEADER},colour\npdq,{A},,,,", 1, "unknown column 'colour'"),
        (f"hash,id\n{A},a\n{B}", 3, "1 fields, but the header line has 2"),
        (f"hash,id\n{A},a\n{B},b,SECRET", 3, "3 fields, but the header line has 2"),
        (f'hash,id\n{A},"a\n', 2, "not CSV"),
        (f'hash,id\n{A},"a"b\n', 2, "not CSV"),
        (f"hash,quality\n{A},101", 2, "quality must be"),
        (f"hash,quality\n{A},9.5", 2, "quality must be"),
        (f"hash,status\n{A},gone", 2, "the status is one of"),
        (f"hash,modified\n{A},yesterday", 2, "a time is written as"),
        (f'hash,tags\n{A},"a,,b"', 2, "the tags hold an empty one"),
        ("hash,id\n,a", 2, "not a hash"),
        (f"{TX_HEADER}\npdq,{A},f,MAYBE,", 2, "the category"),
        (f"{TX_HEADER}\npdq,SECRET,f,DISPUTED,", 2, "not a hash"),
    ],
)
def test_csv_that_is_wrong_is_refused(text: str, line: int, reason: str) -> None:
    """By line, and a column that nobody knows by name."""
    message = refusal(text, kind="csv")
    assert message.startswith(f"line {line}: ")
    assert reason in message


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"hashguard-list 1\n", "a hash list already"),
        (b"\x1f\x8b\x08", "gzip"),
        (f"{A}\n".encode("utf-16"), "UTF-16"),
        (b"\xef\xbb\xbf  <html>", "HTML"),
        (b"pdq \xff\n", "not UTF-8"),
    ],
)
def test_what_is_no_text_is_told(data: bytes, reason: str) -> None:
    """Before a line of it is taken for a hash."""
    assert reason in refusal(data)


def test_nothing_in_nothing_out() -> None:
    """An empty file, or one of comments, is no error; the caller sees the count."""
    for text in ("", "\ufeff", "\n\n", "# nothing\n"):
        got = read_entries(text)
        assert (len(got.entries), got.read) == (0, 0)


def test_bounds_hold_to_the_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes, line length and entries: at the limit read, one beyond refused."""
    text = f"{A}\n{B}\n"
    monkeypatch.setattr(importers, "MAX_IMPORT_BYTES", len(text))
    monkeypatch.setattr(importers, "MAX_IMPORT_LINE_BYTES", 64)
    monkeypatch.setattr(importers, "MAX_ENTRIES", 2)
    assert len(read_entries(text).entries) == 2
    assert len(read_entries(f"{A}\n{B}").entries) == 2
    assert refusal(f"{text} ") == f"the file has more than {len(text)} bytes"
    assert refusal(f"\n{A} \n") == "line 2: longer than 64 bytes"
    assert refusal(f"{A} ") == "line 1: longer than 64 bytes"
    monkeypatch.setattr(importers, "MAX_ENTRIES", 1)
    assert refusal(text) == "line 2: a list holds at most 1 entries"


def test_other_algorithms_import_as_well() -> None:
    """Sixty-four bits are sixteen digits."""
    got = read_entries("phash:00ff00ff00ff00ff\n", algorithm=Algorithm.PHASH, source="here")
    assert [str(entry.hash) for entry in got.entries] == ["phash:00ff00ff00ff00ff"]
    assert got.entries[0].source == "here"


def test_text_export_is_for_readers_that_know_no_status() -> None:
    """Only what is active leaves, as `tx` reads it, and comes back as the same hashes."""
    made = HashList.from_entries(
        [
            Entry("1", Hash.from_hex(Algorithm.PDQ, A)),
            Entry("2", Hash.from_hex(Algorithm.PDQ, B), status=Status.WITHDRAWN),
        ],
        algorithm=Algorithm.PDQ,
    )
    assert list(text_lines(made)) == [f"pdq {A}"]
    assert hexes(read_entries("\n".join(text_lines(made)))) == [A]
