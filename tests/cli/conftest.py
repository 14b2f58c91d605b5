"""How the command line is run: as a real process, or in this one where that is faster."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from hashguard.cli import main

PHOTOS = Path(__file__).parents[2] / "fixtures" / "photos"


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


Run = Callable[..., Ran]
VARIABLES = ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERM")
"""What changes the looks of the output; the tests decide it themselves."""


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process: fast, and without stdin."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def call(*words: str | Path) -> Ran:
        capfd.readouterr()
        status = main([str(word) for word in words])
        said = capfd.readouterr()
        return Ran(int(status), said.out, said.err)

    return call


def environment(**more: str) -> dict[str, str]:
    """Ours, without VARIABLES, and with warnings as errors."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return {**kept, "PYTHONWARNINGS": "error", **more}


def process(
    *words: str | bytes | Path, stdin: bytes = b"", cwd: Path | None = None, **more: str
) -> Ran:
    """Run a command as a process of its own. more: environment variables."""
    done = subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-m", "hashguard", *words],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env=environment(**more),
        check=False,
        timeout=60,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with two small photographs and a file that is no picture."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("cat.png", "coffee.png"):
        (folder / name).write_bytes((PHOTOS / name).read_bytes())
    (folder / "read me.txt").write_text("no picture\n")
    return folder


@pytest.fixture
def listed(tmp_path: Path, photos: Path, run: Run) -> Path:
    """A list of the two photographs, made by the command line itself."""
    hashes = tmp_path / "hashes.jsonl"
    hashes.write_text(run("hash", photos, "--json").out)
    target = tmp_path / "ncii.hgl"
    assert run("list", "build", hashes, "-o", target, "--origin", "tests").status == 0
    return target


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    """A picture that shows nothing."""
    target = tmp_path / "sky.png"
    Image.new("RGB", (320, 200), (120, 170, 230)).save(target)
    return target
