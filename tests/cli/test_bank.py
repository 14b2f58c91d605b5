"""`hashguard bank`: what an organisation does all day, without a hash or a code on the screen."""

import json
import stat
from pathlib import Path

import pytest

from hashguard.bank import Bank, Feedback
from tests.bank.samples import NOW, a_bank, a_case, a_hash, flipped
from tests.cli.conftest import Run, process


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """Accepts by itself."""
    return a_bank(tmp_path)


@pytest.fixture
def case(tmp_path: Path) -> tuple[Path, str, Path]:
    """A case file, its number, and a file with the withdrawal code."""
    made, code = a_case(1, [a_hash(1), a_hash(2)])
    path, code_file = tmp_path / made.file_name, tmp_path / "code"
    made.save(path)
    code_file.write_text(code + "\n")
    return path, made.case, code_file


def test_init_asks_a_person_before_anything_becomes_active(run: Run, tmp_path: Path) -> None:
    """Nothing else is safe to choose for somebody; and nothing is overwritten."""
    ran = run("bank", "init", tmp_path / "b")
    assert ran.status == 0
    assert ran.lines[1].split() == ["cases", "by-hand"]
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o700
    again = run("bank", "init", tmp_path / "b")
    assert (again.status, again.out) == (4, "")
    assert "something of that name" in again.err


@pytest.mark.parametrize(
    ("option", "value"), [("--least-quality", "101"), ("--attempts", "0"), ("--cases", "maybe")]
)
def test_settings_out_of_range_are_wrong_usage(
    run: Run, tmp_path: Path, option: str, value: str
) -> None:
    ran = run("bank", "init", tmp_path / "b", option, value)
    assert ran.status == 2
    assert option in ran.err
    assert not (tmp_path / "b").exists()


def test_settings_are_shown_and_changed(run: Run, bank: Path) -> None:
    """Those that are not named stay."""
    before = run("bank", "settings", bank).lines
    after = run("bank", "settings", bank, "--least-quality", "70", "--cases", "by-hand").lines
    assert [line for line in after if line not in before] == [
        "cases              by-hand",
        "least-quality      70",
    ]
    assert run("bank", "settings", bank).lines == after


def test_intake_says_of_each_file_what_became_of_it(run: Run, bank: Path, tmp_path: Path) -> None:
    """One that cannot be read, one that conflicts, one of which nothing is left; status 4."""
    names = []
    for number, quality in ((1, 90), (2, 10)):
        made, _ = a_case(number, quality=quality)
        made.save(tmp_path / f"{number}.json")
        names.append(tmp_path / f"{number}.json")
    first, second = a_case(1)[0], a_case(9)[0]
    type(first)(first.case, second.withdrawal, second.pictures).save(tmp_path / "3.json")
    (tmp_path / "4.json").write_text("{}\n")
    ran = run("bank", "intake", bank, *names, tmp_path / "3.json", tmp_path / "4.json")
    assert ran.status == 4
    assert ran.lines == [
        f"{tmp_path}/1.json: active, 1 picture",
        "4 cases: 1 active, 3 not taken",
    ]
    told = ran.err.splitlines()
    assert "no picture is left; picture 1 is left out: its quality 10 is below 50" in told[0]
    assert "stands for another case" in told[1]
    assert "not a case file" in told[2]


def test_the_queue_says_why_and_review_decides(run: Run, bank: Path, tmp_path: Path) -> None:
    """Near a harmless picture; left out in review; another one refused."""
    harmless = tmp_path / "harmless.txt"
    harmless.write_text(flipped(a_hash(1), 5).hex)
    run("list", "build", harmless, "-o", tmp_path / "harmless.hgl")
    ran = run(
        "bank", "settings", bank, "--harmless", tmp_path / "harmless.hgl", "--cases", "by-hand"
    )
    assert "harmless pictures from" in ran.out
    numbers = []
    for number, hashes in ((1, [a_hash(1), a_hash(2)]), (2, [a_hash(3)])):
        made, _ = a_case(number, hashes)
        made.save(tmp_path / f"{number}.json")
        numbers.append(made.case)
        ran = run("bank", "intake", bank, tmp_path / f"{number}.json")
        assert "waiting for review" in ran.out
    ran = run("bank", "queue", bank)
    assert ran.lines[1] == "    picture 1: 5 bits from harmless entry 1"
    assert ran.lines[-1] == "2 cases waiting"
    assert [
        one["number"] for one in json.loads(run("bank", "queue", bank, "--json").out)
    ] == numbers
    assert run("bank", "accept", bank, numbers[0], "--without", "7").status == 2
    ran = run("bank", "accept", bank, numbers[0], "--without", "1")
    assert ran.out == "accepted: 1 picture active\n"
    assert run("bank", "accept", bank, numbers[0]).status == 4
    ran = run("bank", "refuse", bank, numbers[1], "--reason", "a film poster")
    assert ran.out == "refused; 1 hash erased\n"
    assert "refused   a film poster" in run("bank", "show", bank, numbers[1]).lines
    assert run("bank", "refuse", bank, "ZZZZ-ZZZZ", "--reason", "x").status == 4


def test_a_case_is_withdrawn_with_its_code_and_not_without(
    run: Run, bank: Path, case: tuple[Path, str, Path], tmp_path: Path
) -> None:
    """The code comes from a file or a pipe; a wrong one and a wrong number look the same."""
    path, number, code_file = case
    run("bank", "intake", bank, path)
    wrong = tmp_path / "wrong"
    wrong.write_text("2222-2222-2222-2222")
    answers = {
        run("bank", "withdraw", bank, one, "--code-file", wrong).err for one in (number, "Q" * 8)
    }
    assert answers == {"hashguard: no case has this number and this code; look again at both\n"}
    for _ in range(4):
        run("bank", "withdraw", bank, "7777-7777", "--code-file", wrong)
    for _ in range(2):
        ran = run("bank", "withdraw", bank, "7777-7777", "--code-file", wrong)
    assert "too many wrong codes" in ran.err
    ran = run("bank", "withdraw", bank, number, "--code-file", code_file)
    assert (ran.status, ran.out) == (0, "withdrawn: platforms are told to drop it\n")
    piped = process(
        "bank", "withdraw", bank, number, "--code-file", "-", stdin=code_file.read_bytes()
    )
    assert (piped.status, piped.out) == (
        0,
        "this case had ended before; there is nothing left to do\n",
    )


@pytest.mark.parametrize("secret", ["WXYZ-2345-6789-ABCD", "wxyz23456789abcd", "0f" * 32])
@pytest.mark.parametrize("command", ["withdraw", "accept", "delete", "show"])
def test_a_secret_among_the_arguments_is_refused_and_not_repeated(
    run: Run, bank: Path, command: str, secret: str
) -> None:
    """Other users of the machine can see arguments, and logs keep errors."""
    ran = run("bank", command, bank, secret)
    assert ran.status == 2
    assert secret not in ran.err


def test_delete_says_how_far_it_went(run: Run, bank: Path, case: tuple[Path, str, Path]) -> None:
    """Tombstones first, or at once and untold."""
    path, number, _ = case
    run("bank", "intake", bank, path)
    ran = run("bank", "delete", bank, number)
    assert ran.out.startswith("deleted; 0 hashes erased; 2 hashes kept")
    ran = run("bank", "delete", bank, number, "--at-once-and-untold")
    assert ran.out == "deleted; 2 hashes erased\n"
    assert run("bank", "delete", bank, "ZZZZ-ZZZZ").status == 4
    assert "0 hashes erased" in run("bank", "tidy", bank).out


def test_show_tells_of_a_case_and_of_disputes(
    run: Run, bank: Path, case: tuple[Path, str, Path]
) -> None:
    path, number, _ = case
    run("bank", "intake", bank, path)
    with Bank.open(bank) as opened:
        for source, said in (("A", Feedback.BLOCKED), ("B", Feedback.NOT_BLOCKED)):
            opened.give_feedback(a_hash(1), source=source, feedback=said, now=NOW)
    ran = run("bank", "show", bank)
    assert ran.lines[-1].endswith(": A Blocked, B NotBlocked")
    assert list(json.loads(run("bank", "show", bank, "--json").out)["disputed"].values()) == [
        {"A": "Blocked", "B": "NotBlocked"}
    ]
    ran = run("bank", "show", bank, number)
    assert "picture 1: active, quality 90, A Blocked, B NotBlocked" in ran.lines
    fields = json.loads(run("bank", "show", bank, number, "--json").out)
    assert fields["pictures"][0]["answers"] == {"A": "Blocked", "B": "NotBlocked"}
    assert a_hash(1).hex[:16] not in ran.out + json.dumps(fields)


def test_a_receipt_is_private_and_replaces_nothing_unasked(
    run: Run, bank: Path, case: tuple[Path, str, Path], tmp_path: Path
) -> None:
    path, number, _ = case
    run("bank", "intake", bank, path)
    sheet = tmp_path / "sheet.html"
    assert run("bank", "receipt", bank, number, "-o", sheet, "--language", "fr").status == 0
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    assert "Relevé de dossier" in sheet.read_text(encoding="utf-8")
    assert run("bank", "receipt", bank, number, "-o", sheet).status == 4
    assert run("bank", "receipt", bank, number, "-o", sheet, "--force").status == 0
    assert "Case record" in sheet.read_text(encoding="utf-8")
    assert run("bank", "receipt", bank, "ZZZZ-ZZZZ", "-o", tmp_path / "none").status == 4
    assert not (tmp_path / "none").exists()


def test_stats_as_text_json_and_plot(run: Run, bank: Path, tmp_path: Path) -> None:
    """The cases came in the month in which the samples were made, which is over."""
    with Bank.open(bank) as opened:
        for number in range(7):
            opened.intake(a_case(number)[0], source="x", now=NOW)
    ran = run("bank", "stats", bank)
    assert "7 cases; no count below 5" in ran.lines[0]
    assert "by outcome" in ran.lines
    found = json.loads(run("bank", "stats", bank, "--json").out)
    assert found["cases"] == 7
    assert run("bank", "stats", bank, "--plot", tmp_path / "f.svg").status == 0
    assert b"<svg" in (tmp_path / "f.svg").read_bytes()
    assert run("bank", "stats", bank, "--plot", tmp_path / "f.pdf").status == 2


def test_the_log_is_verified_against_noted_heads(
    run: Run, bank: Path, case: tuple[Path, str, Path], tmp_path: Path
) -> None:
    ran = run("bank", "audit", "verify", bank)
    noted = tmp_path / "noted"
    noted.write_text(ran.lines[-1] + "\n\n")
    run("bank", "intake", bank, case[0])
    assert run("bank", "audit", "verify", bank, "--heads", noted).status == 0
    noted.write_text("1:" + "0" * 64)
    ran = run("bank", "audit", "verify", bank, "--heads", noted)
    assert ran.status == 4
    assert "not the one whose digest was noted" in ran.err
    noted.write_text("nonsense")
    assert run("bank", "audit", "verify", bank, "--heads", noted).status == 4


def test_backup_and_restore(
    run: Run, bank: Path, case: tuple[Path, str, Path], tmp_path: Path
) -> None:
    """Over the bank, what ended stays ended; into a new folder, a warning says what to repeat."""
    path, number, code_file = case
    run("bank", "intake", bank, path)
    assert run("bank", "backup", bank, tmp_path / "copy").status == 0
    assert run("bank", "backup", bank, tmp_path / "copy").status == 4
    run("bank", "withdraw", bank, number, "--code-file", code_file)
    ran = run("bank", "restore", bank, tmp_path / "copy")
    assert "ended since, and ended again: 1 case;" in ran.out
    assert "status    withdrawn" in run("bank", "show", bank, number).lines
    ran = run("bank", "restore", tmp_path / "new", tmp_path / "copy")
    assert ran.status == 0
    assert "is active again" in ran.err
    assert run("bank", "restore", tmp_path / "other", tmp_path / "code").status == 4


@pytest.mark.parametrize(
    "words", [("queue",), ("show",), ("tidy",), ("stats",), ("audit", "verify"), ("settings",)]
)
def test_where_there_is_no_bank_the_error_says_how_to_make_one(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    ran = run("bank", *words, tmp_path / "gone")
    assert ran.status == 4
    assert ran.err.endswith("make one with `hashguard bank init`\n")


def test_a_name_that_cannot_be_logged_is_wrong_usage(
    run: Run, bank: Path, case: tuple[Path, str, Path]
) -> None:
    """A case number as source would stay in the log."""
    ran = run("bank", "intake", bank, case[0], "--source", case[1])
    assert ran.status == 2
    assert case[1] not in ran.err
