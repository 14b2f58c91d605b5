"""The log: what is torn is as if it had never been, what is altered is refused."""

from __future__ import annotations

import hashlib
from itertools import product
from pathlib import Path

import pytest

from hashguard.errors import IndexFileError
from hashguard.lists import Status
from hashguard.lists.columns import columns_of
from hashguard.lists.row_writer import write_rows
from hashguard.live import Changes, LiveIndex
from hashguard.live.log import Batch, encode
from tests.live.samples import content, entry, hash_of, listed, made

CHANGES = (
    Changes(add=[entry("x", 10), entry("y", 11)], withdraw=["id-0"]),
    Changes(version=20),
    Changes(withdraw=["x"]),
    Changes(add=[entry("z", 12)]),
)
STATES = (
    {"id-0": 0, "id-1": 1},
    {"id-1": 1, "x": 10, "y": 11},
    {"id-1": 1, "x": 10, "y": 11},
    {"id-1": 1, "y": 11},
    {"id-1": 1, "y": 11, "z": 12},
)


@pytest.fixture
def folder(tmp_path):
    """A folder of two entries and the four changes."""
    made(tmp_path, 2)
    with LiveIndex.open(tmp_path / "live") as live:
        for change in CHANGES:
            live.apply(change)
    return tmp_path / "live"


def log_of(folder: Path) -> Path:
    return folder / "log-000001"


def ends(data: bytes) -> list[int]:
    """Where the first line and each batch end."""
    at = data.index(b"\n") + 1
    found = [at]
    while at < len(data):
        stop = data.index(b"\n", at) + 1
        at = stop + int(data[at:stop].split(b'"bytes":')[1].split(b",")[0])
        found.append(at)
    return found


def refusal(folder: Path) -> str:
    """The first word of the error, or the content if there is none."""
    try:
        with LiveIndex.open(folder, follow=False) as live:
            return repr(content(live.view(), range(30)))
    except IndexFileError as error:
        return str(error).split(":")[0]


def test_the_log_is_what_the_document_says(folder):
    """Written once more by hand, from docs/index-format.md alone."""
    digest = listed_digest(folder)
    expected = f"hashguard-log 1 {digest}\n".encode()
    bodies = [
        (b"".join(write_rows(columns_of(c.add, hash_of(0).algorithm))), tuple(c.withdraw))
        for c in CHANGES
    ]
    for number, (rows, ids) in enumerate(bodies, 1):
        body = rows + b"".join(one.encode() + b"\n" for one in ids)
        version = (8, 20, 21, 22)[number - 1]
        header = (
            f'{{"added":{len(CHANGES[number - 1].add)},"bytes":{len(body)},"digest":"%s",'
            f'"number":{number},"version":{version},"withdrawn":{len(ids)}}}\n'
        )
        sealed = digest + header % ("0" * 64)
        digest = hashlib.sha256(sealed.encode() + body).hexdigest()
        expected += (header % digest).encode() + body
    assert log_of(folder).read_bytes() == expected


def listed_digest(folder: Path) -> str:
    """That of the base's manifest."""
    text = (folder / "base-000001" / "manifest.json").read_text()
    return text.split('"digest":"')[-1][:64]


def test_a_log_cut_off_anywhere_holds_the_batches_before(folder):
    """Each length: what was not written to its end was never acknowledged."""
    whole = log_of(folder).read_bytes()
    stops = ends(whole)
    assert stops[-1] == len(whole)
    for length in range(len(whole)):
        log_of(folder).write_bytes(whole[:length])
        if length < stops[0]:
            assert refusal(folder) == "truncated"
        else:
            count = sum(stop <= length for stop in stops[1:])
            assert refusal(folder) == repr(STATES[count]), length


def test_the_next_change_takes_the_place_of_what_is_torn(folder):
    whole = log_of(folder).read_bytes()
    stops = ends(whole)
    last = whole[stops[-2] :]
    sparse = whole[: stops[-2]] + last[:100] + bytes(5000)
    for torn in (whole[:-1], whole[: stops[-2] + 20], sparse, whole[: stops[-2]] + bytes(700)):
        log_of(folder).write_bytes(torn)
        with LiveIndex.open(folder) as live:
            assert content(live.view()) == STATES[3]
            assert live.apply(CHANGES[3]).version == 22
        assert log_of(folder).read_bytes() == whole


@pytest.mark.parametrize("value", ["next", "high", "zero", "line feed"])
def test_each_byte_of_a_log_that_is_altered_is_refused(folder, value):
    """No other exception, and no batch that was acknowledged is taken for torn."""
    whole = log_of(folder).read_bytes()
    for at, byte in enumerate(whole):
        other = {"next": byte ^ 1, "high": byte ^ 0x80, "zero": 0, "line feed": 10}[value]
        if other != byte:
            log_of(folder).write_bytes(whole[:at] + bytes([other]) + whole[at + 1 :])
            assert refusal(folder) in ("altered", "foreign", "newer"), at


def test_each_figure_of_a_header_that_is_altered_is_refused(folder):
    """A longer last batch must not look as if it had been torn."""
    whole = log_of(folder).read_bytes()
    start = ends(whole)[-2]
    stop = whole.index(b"\n", start)
    for at, digit in product(range(start, stop), b"0123456789"):
        if bytes([whole[at]]).isdigit() and whole[at] != digit:
            log_of(folder).write_bytes(whole[:at] + bytes([digit]) + whole[at + 1 :])
            assert refusal(folder) == "altered", at


def test_batches_are_chained(folder, tmp_path):
    """None can be dropped, repeated, moved, or taken from the log of another base."""
    whole = log_of(folder).read_bytes()
    stops = ends(whole)
    head, *batches = [whole[a:b] for a, b in zip([0, *stops], stops, strict=False)]
    a, b, c, d = batches
    for other in ([b, c, d], [a, c, d], [a, a, b], [a, b, d, c], [a, b, c, d, d], [a, b, c, d, a]):
        log_of(folder).write_bytes(head + b"".join(other))
        assert refusal(folder) == "altered"
    LiveIndex.create(tmp_path / "other", listed(range(3)), max_distance=31)
    foreign_head = log_of(tmp_path / "other").read_bytes()
    for log in (foreign_head, foreign_head + a):
        log_of(folder).write_bytes(log)
        assert refusal(folder) == "altered"


def test_a_sector_that_never_reached_the_disk_is_torn_only_in_the_last_batch(tmp_path):
    """After a power cut, a later part of what was being written may be there without an earlier.

    Not so in a batch with another after it: that was acknowledged, so this is damage.
    """
    folder = made(tmp_path, 1)
    with LiveIndex.open(folder) as live:
        live.add([entry(f"x-{n}", n) for n in range(10, 30)])
    whole = log_of(folder).read_bytes()
    assert len(whole) > 2048
    holed = whole[:1024] + bytes(512) + whole[1536:]
    for torn in (holed, whole[:1024] + bytes(len(whole) - 1024)):
        log_of(folder).write_bytes(torn)
        assert refusal(folder) == repr({"id-0": 0})
    log_of(folder).write_bytes(whole)
    with LiveIndex.open(folder) as live:
        live.add([entry("y", 5)])
    later = log_of(folder).read_bytes()
    log_of(folder).write_bytes(holed + later[len(whole) :])
    assert refusal(folder) == "altered"


LINE = next(iter(write_rows(columns_of([entry("x", 5)], hash_of(0).algorithm))))


@pytest.mark.parametrize(
    ("added", "withdrawn", "body"),
    [
        (1, 0, b"\n"),
        (1, 0, b"\t\t\t\n"),
        (1, 0, LINE[:-1]),
        (1, 0, LINE + LINE),
        (2, 0, LINE),
        (2, 0, LINE + LINE),
        (1, 0, LINE.replace(b"active", Status.WITHDRAWN.value.encode())),
        (1, 0, LINE.replace(b"\tx\t", b"\t\xff\t")),
        (1, 0, b"f" + LINE),
        (0, 1, LINE[:40]),
        (0, 1, b"\n"),
        (0, 1, b"a b\n"),
        (0, 1, b"x" * 129 + b"\n"),
        (0, 1, b"\xc3\xa9\n"),
        (0, 2, b"a\n"),
        (0, 0, b"\n"),
        (1, 1, b"a\n" + LINE),
    ],
)
def test_a_forged_batch_is_refused(tmp_path, added, withdrawn, body):
    """Whoever can write there can compute digests; a well-made lie must not crash a reader."""
    folder = made(tmp_path, 2)
    data, _ = encode(Batch(1, 8, added, withdrawn, body), listed_digest(folder))
    with log_of(folder).open("ab") as file:
        file.write(data)
    assert refusal(folder) == "altered"


@pytest.mark.parametrize(
    "header",
    [
        b'{"added":1000001,"bytes":5,"digest":"%s","number":1,"version":8,"withdrawn":0}\n',
        b'{"added":1,"bytes":999999999999,"digest":"%s","number":1,"version":8,"withdrawn":0}\n',
        b'{"added":1,"bytes":5,"digest":"%s","number":2,"version":8,"withdrawn":0}\n',
        b'{"added":1,"bytes":5,"digest":"%s","number":1,"version":6,"withdrawn":0}\n',
        b'{"added":1,"bytes":5,"digest":"%s","number":1,"version":9007199254740992,"withdrawn":0}\n',
        b'{"added":01,"bytes":5,"digest":"%s","number":1,"version":8,"withdrawn":0}\n',
        b'{"added": 1,"bytes":5,"digest":"%s","number":1,"version":8,"withdrawn":0}\n',
        b'{"bytes":5,"added":1,"digest":"%s","number":1,"version":8,"withdrawn":0}\n',
        b"x" * 600,
        b"[" * 600,
    ],
)
def test_a_header_out_of_bounds_or_order_is_refused(tmp_path, header):
    """Before any memory is taken for what it says."""
    folder = made(tmp_path, 2)
    with log_of(folder).open("ab") as file:
        file.write(header.replace(b"%s", b"0" * 64))
    assert refusal(folder) == "altered"


def test_an_empty_foreign_or_newer_log_is_told_apart(folder):
    whole = log_of(folder).read_bytes()
    for data, word in (
        (b"", "truncated"),
        (b"hello\n", "foreign"),
        (b"\x89PNG\r\n" * 100, "foreign"),
        (bytes(100), "foreign"),
        (whole.replace(b"log 1", b"log 2"), "newer"),
        (whole.replace(b"log 1", b"log 01"), "altered"),
    ):
        log_of(folder).write_bytes(data)
        assert refusal(folder) == word
    log_of(folder).unlink()
    assert refusal(folder) == "torn"
    log_of(folder).symlink_to("lock")
    assert refusal(folder) == "altered"
    log_of(folder).unlink()
    log_of(folder).mkdir()
    assert refusal(folder) == "altered"


def test_a_batch_that_was_taken_back_is_forgotten(tmp_path):
    """Read before it was acknowledged, and never acknowledged; another of its length follows."""
    folder = made(tmp_path, 1)
    with LiveIndex.open(folder, follow=False) as live, LiveIndex.open(folder, follow=False) as hers:
        size = log_of(folder).stat().st_size
        live.add([entry("x", 5)])
        assert content(hers.refresh()) == {"id-0": 0, "x": 5}
        with log_of(folder).open("rb+") as file:
            file.truncate(size)
        live.add([entry("y", 6)])
        assert content(live.view()) == {"id-0": 0, "y": 6}
        assert content(hers.refresh()) == {"id-0": 0, "y": 6}
        with log_of(folder).open("rb+") as file:
            file.truncate(size)
        assert content(hers.refresh()) == {"id-0": 0}
