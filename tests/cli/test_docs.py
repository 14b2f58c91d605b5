"""docs/cli.md is what happens: its examples are run in their order, in one folder."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from hashguard.case_file import CaseFile, Picture, withdrawal_digest
from hashguard.hashers.pdq import hash_pixels
from hashguard.hashes import Algorithm, Hash
from tests.cli.conftest import PHOTOS, Ran, Run, environment

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """The folder that the examples talk about, made without lossy encoders."""
    cat = Image.open(PHOTOS / "cat.png").convert("RGB")
    (tmp_path / "photos").mkdir()
    for name in ("cat.png", "coffee.png"):
        shutil.copy(PHOTOS / name, tmp_path / "photos")
    (tmp_path / "others").mkdir()
    for name in ("camera.png", "rocket.jpg"):
        shutil.copy(PHOTOS / name, tmp_path / "others")
    shutil.copy(PHOTOS / "mountains.jpg", tmp_path / "holiday.jpg")
    (tmp_path / "notes.txt").write_text("milk\n")
    (tmp_path / "photos" / "notes.txt").write_text("milk\n")
    Image.new("RGB", (320, 200), (120, 170, 230)).save(tmp_path / "sky.png")
    cat.reduce(2).save(tmp_path / "upload.png")
    ImageOps.mirror(cat).save(tmp_path / "mirrored.png")
    frames = [Image.open(PHOTOS / "camera.png").rotate(90 * turn) for turn in range(3)]
    frames[0].save(tmp_path / "party.gif", save_all=True, append_images=frames[1:])
    # A case with a number and a code that the page can name; one picture shows very little.
    hashed = [
        hash_pixels(np.asarray(Image.open(PHOTOS / name))) for name in ("cat.png", "coffee.png")
    ]
    pictures = [Picture(one.hash, one.quality or 1) for one in hashed]
    pictures.append(Picture(Hash(Algorithm.PDQ, b"\x55" * 32), 21))
    case = CaseFile("4UDZ-XVK2", withdrawal_digest("WXYZ-2345-6789-ABCD"), tuple(pictures))
    case.save(tmp_path / "codes-4UDZ-XVK2.json")
    (tmp_path / "their-code.txt").write_text("wxyz 2345 6789 abcd\n")
    # The command as a shell finds it, whatever is installed on this machine.
    command = tmp_path / "bin" / "hashguard"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hashguard "$@"\n')
    command.chmod(0o755)
    return tmp_path


def streams(expected: str) -> tuple[str, str]:
    """Output and errors, told apart by how errors begin; a page shows them as they come."""
    lines = expected.strip("\n").split("\n")
    errors = [line for line in lines if line.startswith("hashguard: ")]
    return "\n".join(line for line in lines if line not in errors), "\n".join(errors)


def matches(expected: str, said: str) -> bool:
    """Whether a command said that; `...` stands for any text."""
    pattern = ".*".join(re.escape(part) for part in expected.split("..."))
    return re.fullmatch(pattern, said.rstrip("\n"), re.DOTALL) is not None


def test_every_example_of_the_page_does_what_it_says(
    scene: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Output and errors of each command are those below it; `...` stands for any text."""
    monkeypatch.chdir(scene)

    def in_place(command: str) -> Ran:
        program, *words = shlex.split(command)
        assert program == "hashguard"
        return run(*words)

    def in_a_shell(command: str) -> Ran:
        done = subprocess.run(  # noqa: S603 (our own page)
            ["/bin/sh", "-c", f"({command}) 2>stderr"],
            capture_output=True,
            env=environment(PATH=f"{scene / 'bin'}:/usr/bin:/bin"),
            check=False,
            timeout=60,
        )
        errors = (scene / "stderr").read_text(encoding="utf-8")
        return Ran(done.returncode, done.stdout.decode(), errors)

    ran = 0
    status = 0
    for block in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        for example in block.split("\n$ "):
            command, _, expected = example.removeprefix("$ ").partition("\n")
            if command == "echo $?":
                assert f"{status}\n" == expected.rstrip("\n") + "\n"
                continue
            ran_one = (in_a_shell if set(command) & set("|>") else in_place)(command)
            status, out, errors = ran_one.status, ran_one.out, ran_one.err
            wanted_out, wanted_errors = streams(expected)
            assert matches(wanted_out, out), (command, out)
            assert matches(wanted_errors, errors), (command, errors)
            ran += 1
    assert ran >= 20


def test_the_page_names_every_option() -> None:
    """An option that the page does not mention is an option that nobody finds."""
    import typer

    from hashguard.cli.app import app

    page = PAGE.read_text(encoding="utf-8")
    groups = [typer.main.get_command(app)]
    options = set()
    while groups:
        command = groups.pop()
        groups += getattr(command, "commands", {}).values()
        options |= {name for one in command.params for name in one.opts if name.startswith("--")}
    missing = sorted(option for option in options - {"--help"} if option not in page)
    assert not missing
