"""The report is safe to open and to pass on, and can be read by all."""

from __future__ import annotations

import csv
import io
import re
import stat
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from hashguard.robustness import score
from hashguard.robustness.report import write_report
from hashguard.robustness.results import Run
from hashguard.robustness.scores import Scores
from tests.robustness.report_reading import Page, inert, report
from tests.robustness.report_samples import SMALL, sample, write

BOUND = 5_000_000  # bytes of a page


@pytest.fixture(scope="module")
def small():
    return sample(SMALL)


@pytest.fixture(scope="module")
def small_folder(tmp_path_factory, small) -> Path:
    folder = write(tmp_path_factory.mktemp("report") / "small", *small)
    write_report(folder)
    return folder


@pytest.fixture(scope="module")
def small_page(small_folder) -> Page:
    return Page((small_folder / "index.html").read_text(encoding="utf-8"))


HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>|&amp;\u202egpj.exe\x07{{ 7*7 }}$x$"
)


def _hostile(run: Run, scored: Scores) -> tuple[Run, Scores]:
    attacks = tuple(
        replace(one, name=f"={HOSTILE}{n}", family=HOSTILE, about=HOSTILE, unit=HOSTILE)
        for n, one in enumerate(run.attacks)
    )
    named = dict(zip((one.name for one in run.attacks), (one.name for one in attacks), strict=True))
    pictures = tuple(replace(one, name=f"{HOSTILE}/{one.name}") for one in run.pictures)
    systems = tuple(
        replace(one, name=f"+{HOSTILE}{one.name}", source=HOSTILE) for one in run.systems
    )
    scores = []
    for record, one in zip(systems, scored.systems, strict=True):
        pairs = tuple(replace(pair, query=HOSTILE, attack="") for pair in one.closest)
        settings = tuple(
            replace(setting, attack=named[setting.attack], reasons={HOSTILE: 1})
            for setting in one.settings
        )
        scores.append(replace(one, name=record.name, closest=pairs, settings=settings))
    hostile = replace(
        run,
        attacks=attacks,
        pictures=pictures,
        systems=systems,
        machine=HOSTILE,
        versions={HOSTILE: HOSTILE},
        unreadable=tuple(replace(one, name=HOSTILE, reason=HOSTILE) for one in run.unreadable),
        left_out=tuple(replace(one, name=HOSTILE, reason=HOSTILE) for one in run.left_out),
    )
    same = ((HOSTILE, HOSTILE),)
    return hostile, replace(scored, systems=tuple(scores), same=same, run=score._key(hostile))


def test_names_are_inert_wherever_they_stand(tmp_path, small):
    page = report(tmp_path / "r", *_hostile(*small))
    inert(page)
    assert "img" not in page.tags
    assert "alert(1)</script>" in page.text
    assert "{{ 7*7 }}" in page.text
    assert all(one.isprintable() or one == "\n" for one in page.source)
    table = (tmp_path / "r" / "results.csv").read_text(encoding="utf-8")
    for row in csv.reader(io.StringIO(table)):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@"))]
    lines = (tmp_path / "r" / "results.md").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if re.search(r"(?<!\\)[<\[`]", line)]
    bars = [len(re.findall(r"(?<!\\)\|", line)) for line in lines if line.startswith("|")]
    assert set(bars) == {1 + len(small[0].systems) + 1, 6}


def test_without_pictures_there_are_neither_pictures_nor_names(tmp_path, small):
    run, scored = small
    same = ((run.pictures[0].name, run.pictures[1].name),)
    page = report(tmp_path / "r", run, replace(scored, same=same), pictures=False)
    inert(page)
    assert "img" not in page.tags
    for text in (one.read_text(encoding="utf-8") for one in (tmp_path / "r").glob("*.[hcm]*")):
        for name in [*(one.name for one in (*run.pictures, *run.unreadable)), run.photos]:
            assert name not in text
    assert "1 file: it ends too early" in page.text
    assert "1 pair that the user listed" in page.text


def test_it_may_load_and_run_nothing(small_page):
    inert(small_page)
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert ("meta", "content", policy) in small_page.attributes
    assert "://" not in small_page.source


def test_every_plot_says_what_it_is(small_page):
    assert small_page.tags.count("svg") > 3
    for attributes in re.findall(r"<svg([^>]*)>", small_page.source):
        assert 'role="img" aria-labelledby=' in attributes or 'aria-hidden="true"' in attributes


def test_all_files_are_private_and_the_same_every_time(small_folder, tmp_path, small):
    again = write(tmp_path / "again", *small)
    write_report(again)
    for name in ("index.html", "results.csv", "results.md"):
        assert stat.S_IMODE((small_folder / name).stat().st_mode) == 0o600
        assert (again / name).read_bytes() == (small_folder / name).read_bytes()


def test_a_full_run_fits_into_a_page_that_can_be_sent(tmp_path):
    page = report(tmp_path / "r", *sample())
    inert(page)
    assert len(page.source.encode()) < BOUND - 1_000_000  # what pictures take, at most


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_numbers_of_the_heat_map_can_be_read_on_their_colours(theme):
    """At least 4.5 : 1, as WCAG 2 asks of text."""
    css = resources.files("hashguard.robustness.report").joinpath("page.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", blocks[theme]))
    for number in range(11):
        ink = colours["on-low" if number < 6 else "on-high"]
        assert _contrast(ink, colours[f"h{number}"]) >= 4.5, number
    for name in ("ink", "quiet", "link"):
        assert _contrast(colours[name], colours["paper"]) >= 4.5
    for number in range(8):
        assert _contrast(colours[f"line-{number}"], colours["paper"]) >= 3


def _contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
