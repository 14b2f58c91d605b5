"""`hashguard list`: lists change whole or not at all, stay private, and hide their hashes."""

import csv
import io
import json
import stat
from pathlib import Path

import pytest

from hashguard import HashList, Status
from tests.cli.conftest import PHOTOS, Run

FIRST, SECOND, THIRD = ("f" * 16 + digit * 48 for digit in "123")


def test_build_reads_many_files_and_numbers_entries_through(run: Run, tmp_path: Path) -> None:
    """Text and CSV in one list; what a later file repeats is listed once."""
    (tmp_path / "a.txt").write_text(f"{FIRST}\npdq {SECOND}\n")
    (tmp_path / "b.csv").write_text(f"hash,quality\n{SECOND},80\n{THIRD},90\n")
    target = tmp_path / "l.hgl"
    ran = run(
        "list", "build", tmp_path / "a.txt", tmp_path / "b.csv", "-o", target, "--source", "x"
    )
    assert ran.out == f"{target}: version 1, 3 entries; left out: 1 listed already\n"
    listed = HashList.load(target)
    assert list(listed.ids()) == ["1", "2", "3"]
    assert {entry.source for entry in listed.entries()} == {"x"}


def test_a_list_file_is_private(listed: Path) -> None:
    """0600, whatever the umask."""
    assert stat.S_IMODE(listed.stat().st_mode) == 0o600


def test_build_overwrites_only_when_told(run: Run, listed: Path, tmp_path: Path) -> None:
    """A list is not lost to a slip."""
    before = listed.read_bytes()
    (tmp_path / "h").write_text(FIRST)
    assert run("list", "build", tmp_path / "h", "-o", listed).status == 4
    assert listed.read_bytes() == before
    assert run("list", "build", tmp_path / "h", "-o", listed, "--force").status == 0
    assert len(HashList.load(listed)) == 1


def test_build_writes_nothing_when_there_is_nothing_to_list(run: Run, tmp_path: Path) -> None:
    """An empty list would call every upload clean."""
    (tmp_path / "h").write_text(f"# nothing\n{'0' * 64}\n")
    ran = run("list", "build", tmp_path / "h", "-o", tmp_path / "l.hgl")
    assert ran.status == 4
    assert "left out: 1 all zeros" in ran.err
    assert not (tmp_path / "l.hgl").exists()


def test_errors_name_file_and_line_but_not_the_hash(run: Run, tmp_path: Path) -> None:
    """One line on standard error, for all commands that read hashes."""
    (tmp_path / "h").write_text(f"{FIRST}\n{SECOND[:-1]}\n")
    ran = run("list", "build", tmp_path / "h", "-o", tmp_path / "l.hgl")
    assert ran.status == 4
    assert ran.err.startswith(f"hashguard: {tmp_path / 'h'}: line 2: ")
    assert SECOND[:20] not in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ("build", f"pdq:{FIRST}", "-o", "x.hgl"),
        ("build", "h", "-o", FIRST),
        ("add", "{list}", FIRST),
        ("remove", "{list}", FIRST.upper()),
        ("show", FIRST),
    ],
)
def test_a_hash_among_the_arguments_is_refused_and_not_repeated(
    run: Run, listed: Path, words: tuple[str, ...]
) -> None:
    """Arguments are seen by every user of a machine, and errors by whoever reads the log."""
    ran = run("list", *[word.replace("{list}", str(listed)) for word in words])
    assert ran.status == 2
    assert "a hash was given as an argument" in ran.err
    assert FIRST not in ran.err.lower()


def test_add_grows_the_version_by_one_and_says_what_was_new(
    run: Run, listed: Path, tmp_path: Path
) -> None:
    """However many files; with nothing new the list stays as it is."""
    (tmp_path / "a").write_text(FIRST)
    (tmp_path / "b").write_text(f"{SECOND}\n{FIRST}\n")
    ran = run("list", "add", listed, tmp_path / "a", tmp_path / "b")
    assert ran.out == f"{listed}: version 2, 4 entries, 2 of them new; left out: 1 listed already\n"
    before = listed.read_bytes()
    assert "unchanged, nothing new to add" in run("list", "add", listed, tmp_path / "a").out
    assert listed.read_bytes() == before


def test_remove_and_withdraw_by_id_and_by_hash(run: Run, listed: Path, tmp_path: Path) -> None:
    """Withdrawn entries stay, with the time, and are not matched."""
    assert run("list", "remove", listed, "1", "--withdraw").status == 0
    first, second = HashList.load(listed).entries()
    assert (first.status, second.status) == (Status.WITHDRAWN, Status.ACTIVE)
    assert first.modified is not None
    assert run("match", PHOTOS / "cat.png", "--list", listed).status == 0
    (tmp_path / "h").write_text(second.hash.hex)
    assert run("list", "remove", listed, "--hashes", tmp_path / "h").status == 0
    assert list(HashList.load(listed).ids()) == ["1"]
    assert HashList.load(listed).version == 3


def test_remove_is_all_or_nothing(run: Run, listed: Path, tmp_path: Path) -> None:
    """One entry that is not there, and the list stays as it was."""
    before = listed.read_bytes()
    assert run("list", "remove", listed, "1", "99").status == 4
    (tmp_path / "h").write_text(FIRST)
    assert run("list", "remove", listed, "1", "--hashes", tmp_path / "h").status == 4
    assert run("list", "remove", listed).status == 2
    assert listed.read_bytes() == before


@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_what_show_prints_builds_the_same_list(
    run: Run, listed: Path, tmp_path: Path, form: str
) -> None:
    """Statuses, times, qualities and ids included."""
    run("list", "remove", listed, "2", "--withdraw")
    (tmp_path / "all").write_text(run("list", "show", listed, form).out)
    assert run("list", "build", tmp_path / "all", "-o", tmp_path / "again.hgl").status == 0
    again, before = HashList.load(tmp_path / "again.hgl"), HashList.load(listed)
    assert list(again.entries()) == list(before.entries())


def test_csv_of_show_is_csv(run: Run, listed: Path) -> None:
    """With the columns that the importer knows."""
    rows = list(csv.DictReader(io.StringIO(run("list", "show", listed, "--csv").out)))
    assert [row["id"] for row in rows] == ["1", "2"]


def test_show_hides_hashes_unless_they_are_asked_for(run: Run, listed: Path) -> None:
    """A look at a list may happen over someone's shoulder."""
    some = HashList.load(listed).entry(0).hash.hex
    plain = run("list", "show", listed)
    assert some not in plain.out
    assert "entries    2, of which 2 are matched" in plain.lines
    assert f"pdq {some}" in run("list", "show", listed, "--text").lines


def test_show_stops_after_a_screenful(run: Run, tmp_path: Path) -> None:
    """20 entries, and how many more there are."""
    (tmp_path / "h").write_text("".join(f"{number:064x}\n" for number in range(1, 22)))
    run("list", "build", tmp_path / "h", "-o", tmp_path / "l.hgl")
    ran = run("list", "show", tmp_path / "l.hgl")
    assert ran.lines[-2].startswith("20 ")
    assert ran.lines[-1] == "and 1 entry more; --json prints all of them, with their hashes"


def test_check_tells_a_whole_file_and_advises(run: Run, tmp_path: Path) -> None:
    """Oddities are advice; the status is about the file."""
    (tmp_path / "h").write_text(f"{FIRST}\n{'1' * 64}\n")
    run("list", "build", tmp_path / "h", "-o", tmp_path / "l.hgl")
    ran = run("list", "check", tmp_path / "l.hgl")
    assert ran.status == 0
    assert ran.lines[0].endswith(": whole; pdq, version 1, 2 entries, 2 of them matched")
    assert any("of unknown quality" in line for line in ran.lines)
    assert any("far more or fewer ones" in line for line in ran.lines)
    counts = json.loads(run("list", "check", tmp_path / "l.hgl", "--json").out)
    assert counts["whole"] is True
    assert counts["unknown_quality"] == 2


def test_check_finds_every_flipped_byte(run: Run, listed: Path) -> None:
    """Status 4 and one line; with --json also one object."""
    good = listed.read_bytes()
    for place in range(0, len(good), 17):
        listed.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        ran = run("list", "check", listed)
        assert (ran.status, ran.out) == (4, "")
        assert ran.err.count("\n") == 1
    told = json.loads(run("list", "check", listed, "--json").out)
    assert told["whole"] is False


@pytest.mark.parametrize("option", ["--origin", "--source"])
def test_names_that_no_list_can_carry_are_wrong_usage(
    run: Run, tmp_path: Path, option: str
) -> None:
    """The fault of the caller, not of a line of the file."""
    (tmp_path / "h").write_text(FIRST)
    ran = run("list", "build", tmp_path / "h", "-o", tmp_path / "l.hgl", option, "a\u202eb")
    assert ran.status == 2
    assert ran.err.startswith(f"hashguard: {option}: ")


def test_a_list_that_cannot_be_written_is_told(run: Run, tmp_path: Path) -> None:
    """And the folder that is missing is not made."""
    (tmp_path / "h").write_text(FIRST)
    target = tmp_path / "none" / "l.hgl"
    ran = run("list", "build", tmp_path / "h", "-o", target)
    assert ran.status == 4
    assert ran.err == f"hashguard: cannot write {target}: No such file or directory\n"
    assert run("list", "build", tmp_path / "h", "-o", tmp_path, "--force").status == 4
    assert run("list", "build", tmp_path / "h", "-o", "-").status == 2
