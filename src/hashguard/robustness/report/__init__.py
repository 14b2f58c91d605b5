"""The stage `report`: scores in, a page, a table and a text out.

Entry points: `write_report`, and `write_verdicts_report` for what policies decided. The pages open
from disk: no network, no script.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from hashguard.errors import MissingExtraError, ResultsError
from hashguard.files import replace_file
from hashguard.robustness.report.verdict_words import verdicts_text
from hashguard.robustness.results import RUN, read_run
from hashguard.robustness.scores import read_scores
from hashguard.robustness.verdicts.records import VERDICTS

PAGE, MARKDOWN = "index.html", "results.md"
VERDICTS_PAGE, VERDICTS_MARKDOWN = "verdicts.html", "verdicts.md"
CSV, FALSE_MATCHES = "results.csv", "false-matches.csv"
_LIBRARIES = ("jinja2", "matplotlib")


def write_report(folder: Path, *, pictures: bool = True) -> Path:
    """Write the page, two tables and a text from what is in `folder`; the path of the page.

    pictures: show some, read again from where they were measured; without, neither pictures nor
    names of theirs are in what is written. All files are private. Raises ResultsError,
    MissingExtraError if a library is not installed, and OSError if a file cannot be written.
    """
    _refuse_missing(_LIBRARIES)
    from hashguard.robustness.attacks import ATTACKS
    from hashguard.robustness.report.joined import join
    from hashguard.robustness.report.page import page_text
    from hashguard.robustness.report.tables import csv_text, false_matches_text, markdown_text
    from hashguard.robustness.report.thumbnails import Gallery
    from hashguard.robustness.score import scores_for

    scores = scores_for(folder)
    if scores is None:
        # None there, or not to be read: that says so. Else they are sound, and not of this run.
        read_scores(folder)
        raise ResultsError("the scores are of another run; `hashguard robustness score` makes new")
    joined = join(read_run(folder), scores)
    gallery = Gallery(joined.run, ATTACKS) if pictures else None
    texts = {
        CSV: csv_text(joined),
        FALSE_MATCHES: false_matches_text(joined),
        MARKDOWN: markdown_text(joined),
        PAGE: page_text(joined, gallery, verdicts=has_verdicts(folder)),
    }
    _write(folder, texts)
    return folder / PAGE


def write_verdicts_report(folder: Path, *, pictures: bool = True) -> Path:
    """Write the page and the text of the verdicts in `folder`; the path of the page.

    pictures, errors: as `write_report`.
    """
    _refuse_missing(_LIBRARIES[:1])
    from hashguard.robustness.attacks import ATTACKS
    from hashguard.robustness.report.thumbnails import Gallery
    from hashguard.robustness.report.verdicts_page import LIMIT, page_text
    from hashguard.robustness.verdicts.records import read_verdicts

    verdicts = read_verdicts(folder)
    gallery = Gallery(verdicts.asked.run, ATTACKS, limit=LIMIT) if pictures else None
    linked = (folder / RUN).exists()
    page = page_text(verdicts, gallery, linked=linked)
    _write(folder, {VERDICTS_PAGE: page, VERDICTS_MARKDOWN: verdicts_text(verdicts)})
    return folder / VERDICTS_PAGE


def has_verdicts(folder: Path) -> bool:
    """Whether policies were asked in this folder."""
    return (folder / VERDICTS).exists()


def _refuse_missing(libraries: Sequence[str]) -> None:
    for library in libraries:
        if find_spec(library) is None:
            raise MissingExtraError(f"reports need {library}: pip install 'hashguard[robustness]'")


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        replace_file(folder / name, text.encode("utf-8", "backslashreplace"))
