"""Every Python example in the documentation runs, and every link leads somewhere."""

import re
import shutil
from pathlib import Path

import pytest

from hashguard import Algorithm, Entry, HashList
from hashguard.hashers.pdq import hash_pixels

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "CHANGELOG.md"]
PAGES += [ROOT / "fixtures" / "README.md", ROOT / "benchmarks" / "README.md"]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_python_examples_run(page, tmp_path, monkeypatch, photographs, photo_paths):
    """The blocks of a page run in order, in a folder that has the files the examples name."""
    entry = Entry(id="case-1", hash=hash_pixels(photographs["cat.png"]).hash)
    HashList.from_entries([entry], algorithm=Algorithm.PDQ).save(tmp_path / "ncii.hgl")
    shutil.copy(photo_paths["rocket.jpg"], tmp_path / "holiday.jpg")
    monkeypatch.chdir(tmp_path)
    names = {"upload_bytes": photo_paths["cat.png"].read_bytes(), "__name__": "example"}
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        exec(compile(block, named(page), "exec"), names)  # noqa: S102 - our own documentation


def test_the_readme_example_finds_its_match(
    tmp_path, monkeypatch, photographs, photo_paths, capsys
):
    test_python_examples_run(ROOT / "README.md", tmp_path, monkeypatch, photographs, photo_paths)
    assert "hold back: 0 bits from entry case-1" in capsys.readouterr().out


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_to_files_that_exist(page):
    for target, _ in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target
