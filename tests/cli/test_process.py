"""The command as a process among others: statuses, pipes, signals, strange names, terminals."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import PHOTOS, Run, environment, process

COMMAND = [sys.executable, "-m", "hashguard"]
ODD_NAME = b"caf\xe9\n\x1b[31m.png"  # Latin-1, a line break and a colour


def test_the_process_ends_with_the_status_of_the_command(listed: Path, photos: Path) -> None:
    """0, 1, 2 and 4 here; when which of them comes is tested in this process, where it is fast."""
    assert process("list", "show", listed).status == 0
    assert process("match", photos / "cat.png", "--list", listed).status == 1
    assert process("match", photos / "cat.png").status == 2
    assert process("match", photos / "cat.png", "--list", photos / "gone").status == 4


def test_pictures_and_hashes_go_through_pipes(tmp_path: Path) -> None:
    """`-` is standard input for a picture, for hashes, and for an upload."""
    picture = (PHOTOS / "cat.png").read_bytes()
    hashed = process("hash", "-", stdin=picture)
    assert hashed.status == 0
    built = process("list", "build", "-", "-o", "l.hgl", stdin=hashed.out.encode(), cwd=tmp_path)
    assert built.out == "l.hgl: version 1, 1 entry\n"
    matched = process("match", "-", "--list", "l.hgl", stdin=picture, cwd=tmp_path)
    assert matched.out == "-: MATCH  distance 0 of 256, entry 1, as uploaded\n"


def test_a_reader_that_goes_away_is_no_error_to_talk_about(photos: Path) -> None:
    """141, as of any tool that SIGPIPE ended, and not a word."""
    running = subprocess.Popen(  # noqa: S603 (our own command)
        [*COMMAND, "hash", *[photos] * 30],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.readline()
    running.stdout.close()
    assert running.wait(30) == 141
    assert running.stderr.read() == b""
    running.stderr.close()


def test_ctrl_c_ends_quietly(photos: Path) -> None:
    """130, no traceback; what was printed before stays."""
    with subprocess.Popen(  # noqa: S603 (our own command)
        [*COMMAND, "hash", *[photos] * 500],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith(b"pdq:")
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=30)
    assert running.returncode == 130
    assert errors == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_is_told(photos: Path) -> None:
    """Results that were not written are never reported as fine."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(  # noqa: S603 (our own command)
            [*COMMAND, "hash", photos],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
        )
    assert done.returncode == 4
    assert done.stderr == b"hashguard: cannot write to standard output: No space left on device\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_closed_streams_end_in_a_status(photos: Path, closed: str) -> None:
    """A daemon may start us without any of the three; that is an error or none, never a crash."""
    done = subprocess.run(  # noqa: S603 (our own command)
        [
            "/bin/sh",
            "-c",
            f'exec "{sys.executable}" -m hashguard hash - "$1" {closed}',
            "sh",
            photos,
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(),
        check=False,
    )
    assert done.returncode == 4
    assert b"Traceback" not in done.stderr
    if closed == ">&-":
        assert done.stderr.startswith(b"hashguard: standard output is closed")


def test_names_that_are_no_text_stay_on_their_line(run: Run, tmp_path: Path) -> None:
    """Bytes, breaks and colours in a name are escaped; JSON has the name exactly."""
    name = os.fsencode(tmp_path) + b"/" + ODD_NAME
    Path(os.fsdecode(name)).write_bytes((PHOTOS / "cat.png").read_bytes())
    shown = "caf\\xe9\\x0a\\x1b[31m.png"
    text = process("hash", name, LC_ALL="C", PYTHONUTF8="0")
    assert text.lines == [text.out.rstrip("\n")]
    assert text.out.endswith(f"/{shown}\n")
    table = run("hash", tmp_path, "--csv")
    assert len(table.lines) == 2
    assert f"/{shown},pdq:" in table.lines[1]
    found = json.loads(run("hash", os.fsdecode(name), "--json").out)
    assert os.fsencode(found["file"]) == name
    gone = run("hash", os.fsdecode(name + b"x"))
    assert gone.err == f"hashguard: {tmp_path}/{shown}x: No such file or directory\n"


def test_output_is_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    """`list build` reads what `hash` prints, so neither may depend on the machine."""
    (tmp_path / "été.png").write_bytes((PHOTOS / "cat.png").read_bytes())
    ran = process("hash", "été.png", cwd=tmp_path, PYTHONIOENCODING="latin-1", LC_ALL="C")
    assert ran.out.endswith("  été.png\n")


def on_a_terminal(*words: str | Path, out_too: bool) -> tuple[int, bytes, bytes]:
    """Status, what the terminal got, and what standard output got if that is a pipe."""
    terminal, side = pty.openpty()
    with subprocess.Popen(  # noqa: S603 (our own command)
        [*COMMAND, *words],
        stdin=subprocess.DEVNULL,
        stdout=side if out_too else subprocess.PIPE,
        stderr=side,
        env=environment(TERM="xterm", COLUMNS="100"),
    ) as running:
        os.close(side)
        shown, piped = b"", b""
        watched = [terminal] if running.stdout is None else [terminal, running.stdout.fileno()]
        ends = time.monotonic() + 60
        while watched and time.monotonic() < ends:
            for one in select.select(watched, [], [], 1)[0]:
                try:
                    data = os.read(one, 65536)
                except OSError:  # how Linux says that nobody holds the terminal any more
                    data = b""
                if not data:
                    watched.remove(one)
                elif one == terminal:
                    shown += data
                else:
                    piped += data
    os.close(terminal)
    return running.returncode, shown, piped


def test_progress_is_shown_on_the_terminal_and_nowhere_else(photos: Path) -> None:
    """Long work shows a bar on standard error; the JSON lines beside it stay whole."""
    status, shown, piped = on_a_terminal("hash", *[photos] * 240, "--json", out_too=False)
    assert status == 0
    assert b"hashing" in shown
    assert "\u2501".encode() in shown
    assert b"pdq:" not in shown
    assert [json.loads(line)["quality"] for line in piped.splitlines()] == [100] * 480


def test_a_terminal_sees_colour_and_whole_lines(listed: Path, photos: Path) -> None:
    """The verdict stands out; a long name is not wrapped by us."""
    long = photos / ("n" * 150 + ".png")
    long.write_bytes((photos / "cat.png").read_bytes())
    status, shown, _ = on_a_terminal("match", long, "--list", listed, out_too=True)
    assert status == 1
    assert b"\x1b[1;31mMATCH\x1b[0m" in shown
    assert f"{'n' * 150}.png: ".encode() in shown
    assert shown.count(b"\n") == 1


def test_no_colour_without_a_terminal(listed: Path, run: Run, photos: Path) -> None:
    """A pipe gets text; so does the log of a CI system, where typer would see a terminal."""
    assert "\x1b" not in run("match", photos, "--list", listed).out
    help_page = process("--help", GITHUB_ACTIONS="true").out
    assert "hashguard hash" in help_page
    assert "\x1b" not in help_page


def test_nothing_heavy_is_imported_to_show_help(run: Run) -> None:
    """`--help` answers at once: no NumPy, no Pillow, no FAISS."""
    script = (
        "import sys; from hashguard.cli import main; status = main(['match', '--help']);"
        "sys.exit(status or ' '.join({'numpy', 'PIL', 'faiss'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-c", script], capture_output=True, env=environment(), check=False
    )
    assert done.returncode == 0, done.stderr
    assert run("--version").out.startswith("hashguard ")
