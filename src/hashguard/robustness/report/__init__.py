"""The stage `report`: scores in, a page, a table and a text out.

Entry point: `write_report`. The page opens from disk: no network, no script.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from hashguard.errors import MissingExtraError, ResultsError
from hashguard.files import replace_file
from hashguard.robustness.results import read_run
from hashguard.robustness.scores import read_scores

PAGE, MARKDOWN = "index.html", "results.md"
CSV, FALSE_MATCHES = "results.csv", "false-matches.csv"
_LIBRARIES = ("jinja2", "matplotlib")


def write_report(folder: Path, *, pictures: bool = True) -> Path:
    """Write the page, two tables and a text from what is in `folder`; the path of the page.

    pictures: show some, read again from where they were measured; without, neither pictures nor
    names of theirs are in what is written. All files are private. Raises ResultsError,
    MissingExtraError if a library is not installed, and OSError if a file cannot be written.
    """
    for library in _LIBRARIES:
        if find_spec(library) is None:
            raise MissingExtraError(f"reports need {library}: pip install 'hashguard[robustness]'")
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
        PAGE: page_text(joined, gallery),
    }
    for name, text in texts.items():
        replace_file(folder / name, text.encode("utf-8", "backslashreplace"))
    return folder / PAGE
