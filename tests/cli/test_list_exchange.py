"""`hashguard list import | export`: from and to the files of exchanges and threatexchange."""

import json
import stat
from pathlib import Path

from hashguard import HashList
from tests.bank.samples import a_hash
from tests.cli.conftest import Run, process
from tests.exchange.answers import answer, deleted, image
from tests.exchange.pages import hex_of, page, record


def test_import_tells_formats_apart_and_what_was_left_out(run: Run, tmp_path: Path) -> None:
    """The pages of one exchange in one list; the list is private."""
    more = {"nextPageToken": "x", "hasMoreRecords": True}
    (tmp_path / "1.json").write_bytes(page(record(1), record(2), **more))
    gone, junk = record(2, hashStatus="Deleted"), record(3, hashValue="0" * 32)
    (tmp_path / "2.json").write_bytes(page(gone, junk, record(4, signalType="URL"), record(5)))
    target = tmp_path / "l.hgl"
    ran = run("list", "import", tmp_path / "1.json", tmp_path / "2.json", "-o", target)
    assert ran.out == (
        f"{target}: version 1, 2 entries; left out: 1 withdrawn, deleted or without a PDQ hash, "
        "1 with a hash that is none, 1 of other kinds\n"
    )
    assert [one.hash for one in HashList.load(target).entries()] == [a_hash(1), a_hash(5)]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert run("list", "import", tmp_path / "1.json", "-o", target).status == 4


def test_import_of_ncmec_keeps_the_ids_of_its_entries(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(answer(image(1), image(2), deleted(2)))
    target = tmp_path / "l.hgl"
    ran = run("list", "import", tmp_path / "a.xml", "-o", target, "--origin", "ncmec")
    assert ran.status == 0, ran.err
    assert list(HashList.load(target).ids()) == ["42-image1"]


def test_import_takes_what_tx_prints_through_a_pipe(tmp_path: Path) -> None:
    text = f"pdq {hex_of(1)}\nvideo_md5 {'a' * 32}\npdq {hex_of(2)}\n"
    ran = process("list", "import", "-", "-o", "l.hgl", stdin=text.encode(), cwd=tmp_path)
    assert ran.out == "l.hgl: version 1, 2 entries; left out: 1 of other kinds, or not hashed\n"


def test_import_refuses_mixtures_nothing_and_what_it_cannot_read(run: Run, tmp_path: Path) -> None:
    """One line each; no list is written, and nothing of the files is quoted."""
    (tmp_path / "s.json").write_bytes(page(record(1)))
    (tmp_path / "n.xml").write_bytes(answer(image(1)))
    (tmp_path / "gone.json").write_bytes(page(record(1, hashStatus="Withdrawn")))
    (tmp_path / "bad.json").write_bytes(page(record(1), hasMoreRecords=5))
    target = tmp_path / "l.hgl"
    for status, names in (
        (2, ["s.json", "n.xml"]),
        (4, ["gone.json"]),
        (4, ["bad.json"]),
        (4, ["none"]),
    ):
        ran = run("list", "import", *[tmp_path / name for name in names], "-o", target)
        assert (ran.status, len(ran.err.splitlines())) == (status, 1)
        assert hex_of(1)[:10] not in ran.err
    assert not target.exists()


def test_export_writes_private_files_that_import_reads(run: Run, tmp_path: Path) -> None:
    """Each format, there and back, with the entries that match."""
    (tmp_path / "s.json").write_bytes(page(record(1), record(2)))
    source = tmp_path / "l.hgl"
    run("list", "import", tmp_path / "s.json", "-o", source)
    run("list", "remove", source, "2", "--withdraw")
    for name, more in (("tx", ()), ("tx-csv", ()), ("stopncii", ()), ("ncmec", ("--member", "7"))):
        file = tmp_path / name
        ran = run("list", "export", source, "--format", name, "-o", file, *more)
        assert (ran.status, ran.out, ran.err) == (0, "", "")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        back = tmp_path / f"{name}.hgl"
        assert run("list", "import", file, "-o", back).status == 0
        assert [one.hash for one in HashList.load(back).entries()] == [a_hash(1)]
        assert run("list", "export", source, "--format", name, "-o", file, *more).status == 4


def test_export_prints_where_no_file_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_bytes(page(record(1)))
    run("list", "import", tmp_path / "s.json", "-o", tmp_path / "l.hgl")
    assert run("list", "export", tmp_path / "l.hgl", "--format", "tx").out == f"pdq {hex_of(1)}\n"
    said = json.loads(run("list", "export", tmp_path / "l.hgl", "--format", "stopncii").out)
    assert said["count"] == 1
    ran = run("list", "export", tmp_path / "l.hgl", "--format", "ncmec")
    assert ran.status == 2
    assert "--member" in ran.err


def test_only_pdq_is_exchanged(run: Run, tmp_path: Path) -> None:
    (tmp_path / "h").write_text("0123456789abcdef\n")
    target = tmp_path / "l.hgl"
    run("list", "build", tmp_path / "h", "-o", target, "--algorithm", "phash")
    assert "only PDQ" in run("list", "export", target, "--format", "tx").err
