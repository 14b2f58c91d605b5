"""What the README says of robustness is what was measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.robustness.quote import BEGIN, EDITS, END, SYSTEMS, quoted, read, replaced

README = Path(__file__).parents[1] / "README.md"


def test_the_readme_quotes_the_benchmark():
    """To the letter: whoever changes one of the two has to make the other anew."""
    text = README.read_text(encoding="utf-8")
    assert replaced(text, quoted()) == text


def test_the_benchmark_is_of_enough_pictures():
    """At least 300 photographs and 4,000 unrelated pictures, every setting with its interval."""
    rows = read("results.csv")
    assert {row["n"] for row in rows} == {rows[0]["n"]}
    assert int(rows[0]["n"]) >= 300
    for row in rows:
        low, value, high = (float(row[name]) for name in ("low", "recall", "high"))
        assert low <= value <= high
        assert high - low > 0
        assert float(row["recall"]) == pytest.approx(int(row["found"]) / int(row["n"]), abs=1e-4)
    costs = read("false-matches.csv")
    assert {row["system"] for row in costs} == {row["system"] for row in rows} > set(SYSTEMS)
    assert min(int(row["uploads"]) for row in costs) >= 3900  # some are too plain for a system


def test_every_number_of_the_quote_is_in_the_table():
    """Read back from the README, row by row."""
    table = README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    for text, attack, strength in EDITS:
        (line,) = (one for one in table.splitlines() if one.startswith(f"| {text} |"))
        cells = [cell.strip() for cell in line.strip("|").split("|")][1:]
        for system, cell in zip(SYSTEMS, cells, strict=True):
            row = next(
                row
                for row in read("results.csv")
                if (row["system"], row["attack"], row["strength"]) == (system, attack, strength)
            )
            assert cell.startswith(f"{float(row['recall']):.2f} (")
