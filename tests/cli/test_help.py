"""Help teaches with examples, errors are one line, and the names match the library's."""

import errno
from pathlib import Path

import pytest
import typer

from hashguard.cli import ending
from hashguard.cli.app import app
from hashguard.cli.hash import AlgorithmName, SamplingName
from hashguard.cli.list_files import entries_text
from hashguard.cli.status import Status
from hashguard.errors import MissingExtraError
from hashguard.hashers.pdq import Sampling
from hashguard.hashes import Algorithm
from hashguard.printable import shown
from tests.cli.conftest import Run


def commands() -> list[tuple[str, ...]]:
    """The words of every command and group."""
    found: list[tuple[str, ...]] = []
    waiting: list[tuple[tuple[str, ...], object]] = [((), typer.main.get_command(app))]
    while waiting:
        words, command = waiting.pop()
        found.append(words)
        children = getattr(command, "commands", {})
        waiting += [((*words, name), child) for name, child in children.items()]
    return sorted(found)


@pytest.mark.parametrize("words", commands())
def test_help_shows_an_example_that_can_be_copied(
    run: Run, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """80 columns are enough for all of it, and examples are whole at 40."""
    pages = {}
    for width in ("80", "40"):
        monkeypatch.setenv("COLUMNS", width)
        ran = run(*words, "--help")
        assert (ran.status, ran.err) == (0, "")
        pages[width] = ran.lines
    assert max(map(len, pages["80"])) <= 80
    examples = [line for line in pages["80"] if line.startswith("   ") and "hashguard " in line]
    assert examples
    assert set(examples) <= set(pages["40"])
    assert any(" ".join(("hashguard", *words)) in line for line in examples)


def test_examples_of_help_name_options_that_exist(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every example in a page is understood as far as its files exist."""
    for number, words in enumerate(commands()):
        # Some make something, which the next one must not find.
        (tmp_path / str(number)).mkdir()
        monkeypatch.chdir(tmp_path / str(number))
        for line in run(*words, "--help").lines:
            if not line.startswith("   hashguard"):
                continue
            for one in line.split("|"):
                call = one.split(">")[0].split()[1:]
                if "calibrate" in call:
                    continue  # it would measure for a minute; see test_index.py
                ran = run(
                    *[word for word in call if word != "-"], *(["gone"] if "-" in call else [])
                )
                assert ran.status in (Status.ERROR, Status.FINE), (line, ran.err)


def test_no_command_shows_help(run: Run) -> None:
    """A stranger types the bare name first."""
    assert run().out == run("--help").out


@pytest.mark.parametrize(
    "words", [("frob",), ("hash", "--frob"), ("list",), ("list", "frob"), ("match",)]
)
def test_wrong_usage_is_one_line_that_points_to_help(run: Run, words: tuple[str, ...]) -> None:
    """Status 2, nothing on standard output."""
    ran = run(*words)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("hashguard: ")
    assert ran.err.endswith(" --help\n")
    assert ran.err.count("\n") == 1


def test_names_of_options_are_the_names_of_the_library() -> None:
    """They are written twice so that help need not import NumPy."""
    assert [one.value for one in AlgorithmName] == [one.value for one in Algorithm]
    assert [one.value for one in SamplingName] == [one.value for one in Sampling]


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (KeyboardInterrupt(), 130, ""),
        (MissingExtraError("install\nthis"), 4, "hashguard: install this\n"),
        (OSError(errno.EIO, "Input/output error", "secret"), 4, "hashguard: Input/output error\n"),
        (MemoryError("secret"), 4, "hashguard: not enough memory"),
        (ZeroDivisionError("secret"), 4, "hashguard: a bug in hashguard (ZeroDivisionError at "),
    ],
)
def test_no_error_leaks_what_it_was_about(
    capfd: pytest.CaptureFixture[str], error: BaseException, status: int, said: str
) -> None:
    """One line, without the name or value that Python's own message has."""
    assert ending(error) == status
    told = capfd.readouterr()
    assert told.out == ""
    assert told.err.startswith(said)
    assert told.err.count("\n") == bool(said)
    assert "secret" not in told.err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plain été 漢字.png", "plain été 漢字.png"),
        ("a\nb\x7f", "a\\x0ab\\x7f"),
        ("a\u202egnp.exe\ufeff", "a\\u202egnp.exe\\ufeff"),
        ("a\udce9", "a\\xe9"),
        ("a\U000e0001", "a\\U000e0001"),
    ],
)
def test_names_are_shown_on_one_line(name: str, text: str) -> None:
    """Nothing in a name can end, hide or turn round the line it stands in."""
    assert shown(name) == text


def test_one_is_singular() -> None:
    """Small words are read most."""
    assert [entries_text(count) for count in (0, 1, 2)] == ["0 entries", "1 entry", "2 entries"]
