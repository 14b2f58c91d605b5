"""`hashguard match`: every upload has one line, and the status never hides a match."""

import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from hashguard import HashList, policies
from hashguard.cli.matching import PolicyName
from tests.cli.conftest import PHOTOS, Run


def test_a_match_names_distance_entry_and_probe(run: Run, listed: Path, photos: Path) -> None:
    """What a person needs to look further."""
    ran = run("match", photos / "coffee.png", "--list", listed)
    assert ran.out == f"{photos / 'coffee.png'}: MATCH  distance 0 of 256, entry 2, as uploaded\n"
    assert (ran.status, ran.err) == (1, "")


def test_the_worst_outcome_that_needs_a_hand_decides(
    run: Run, listed: Path, photos: Path, blank: Path
) -> None:
    """Match before error before undecided before no match, in whatever order they come."""
    uploads = [photos / "cat.png", photos / "gone.png", blank, PHOTOS / "rocket.jpg"]
    statuses = [1, 4, 3, 0]
    for count in (1, 2, 3, 4):
        for chosen in combinations(range(4), count):
            words = [uploads[place] for place in reversed(chosen)]
            assert run("match", *words, "--list", listed).status == statuses[min(chosen)]


def test_lines_come_in_the_order_of_uploads(run: Run, listed: Path, photos: Path) -> None:
    """Errors and skipped files in between do not shift a verdict to another name."""
    gone, text = photos / "gone.png", photos / "read me.txt"
    words = [gone, photos, gone, PHOTOS / "rocket.jpg", text, photos / "cat.png", gone]
    ran = run("match", *words, "--list", listed, "--json")
    rows = [json.loads(line) for line in ran.lines]
    assert [(Path(row["file"]).name, row.get("outcome", "error")) for row in rows] == [
        ("gone.png", "error"),
        ("cat.png", "match"),
        ("coffee.png", "match"),
        ("gone.png", "error"),
        ("rocket.jpg", "no_match"),
        ("read me.txt", "undecided"),
        ("cat.png", "match"),
        ("gone.png", "error"),
    ]
    assert ran.err.splitlines()[-1] == "hashguard: skipped 1 file that is no picture"


def test_json_says_everything_but_the_hash(run: Run, listed: Path, photos: Path) -> None:
    """Verdicts are logged and hashes must not be."""
    ran = run("match", photos / "cat.png", "--list", listed, "--json")
    row = json.loads(ran.out)
    assert 0 < row["matches"][0].pop("wrong_per_million") < 0.01
    odds = row["matches"][0].pop("odds")
    assert odds.startswith("by chance, an unrelated picture comes this near at most about once in ")
    assert row["matches"] == [
        {
            "distance": 0,
            "weighed": None,
            "entry": "1",
            "status": "active",
            "source": "",
            "tags": [],
            "probe": "as uploaded",
            "frame": 0,
            "framing": {"left": 0.0, "top": 0.0, "right": 1.0, "bottom": 1.0, "tilt": 0.0},
            "grade": "certain",
        }
    ]
    assert row["policy"] == "PDQ_STRICT"
    assert row["list"] == {"origin": "tests", "version": 1}
    assert set(row["ms"]) == {"decode", "hash", "search", "total"}
    for entry in HashList.load(listed).entries():
        assert entry.hash.hex not in ran.out


def test_a_policy_with_a_budget_says_how_sure_a_match_is(
    run: Run, listed: Path, photos: Path
) -> None:
    """First of all, for that is what is to be done with it; with a fixed radius it is not said."""
    words = ("match", photos / "cat.png", "--list", listed, "--policy")
    assert "MATCH  certain, distance 0 of 256, entry 1" in run(*words, "PDQ_STANDARD").out
    assert "MATCH  distance 0 of 256, entry 1" in run(*words, "PDQ_STRICT").out


def test_undecided_is_told_with_its_reason(run: Run, listed: Path, blank: Path) -> None:
    """And never as clean."""
    ran = run("match", blank, "--list", listed)
    assert ran.out == f"{blank}: UNDECIDED  quality 0 is below 50\n"
    assert ran.status == 3


def test_every_preset_can_be_chosen_in_either_case(run: Run, listed: Path, photos: Path) -> None:
    """The names that the command knows are those of the library."""
    assert {one.value for one in PolicyName} == set(policies.PRESETS)
    for name in policies.PRESETS:
        words = ("match", photos / "cat.png", "--list", listed, "--json", "--policy", name.lower())
        assert json.loads(run(*words).out)["policy"] == name


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"pdq " + b"ab" * 32 + b"\n", "it is plain hashes"),
        (b"\x89PNG\r\n\x1a\n", "it is a PNG picture"),
        (b"", "the file is empty"),
    ],
)
def test_a_file_that_is_no_list_is_told(
    run: Run, tmp_path: Path, photos: Path, data: bytes, reason: str
) -> None:
    """One line that names the file and never quotes it; no upload is touched."""
    (tmp_path / "odd").write_bytes(data)
    ran = run("match", photos, "--list", tmp_path / "odd")
    assert (ran.status, ran.out) == (4, "")
    assert ran.err.startswith(f"hashguard: {tmp_path / 'odd'}: line 1: ")
    assert reason in ran.err
    assert "abab" not in ran.err
    assert ran.err.count("\n") == 1


def test_a_list_of_another_algorithm_is_refused(run: Run, tmp_path: Path, photos: Path) -> None:
    """Presets match PDQ."""
    (tmp_path / "h").write_text("phash:0123456789abcdef\n")
    target = tmp_path / "p.hgl"
    run("list", "build", tmp_path / "h", "-o", target, "--algorithm", "phash")
    ran = run("match", photos, "--list", target)
    assert ran.status == 4
    assert ran.err == "hashguard: the policy matches pdq, the list holds phash\n"


def test_an_expired_list_still_matches_and_is_complained_about(
    run: Run, listed: Path, photos: Path
) -> None:
    """Refusing it would let through everything it holds."""
    replace(HashList.load(listed), expires=1).save(listed)
    ran = run("match", photos / "cat.png", "--list", listed)
    assert ran.status == 1
    assert ran.err.startswith(f"hashguard: {listed}: has expired and is used all the same")


def test_a_list_without_active_entries_is_complained_about(
    run: Run, listed: Path, photos: Path
) -> None:
    """Nothing can match, which is not the same as nothing did."""
    run("list", "remove", listed, "1", "2", "--withdraw")
    ran = run("match", photos / "cat.png", "--list", listed)
    assert ran.status == 0
    assert ran.err == f"hashguard: {listed}: has no active entry, so nothing can match\n"
