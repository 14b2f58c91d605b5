"""`hashguard index`: a folder says what its list says, and one line tells what is wrong with it."""

import json
import stat
import tempfile
from pathlib import Path

import pytest

from hashguard import Algorithm, HashList, LiveIndex, Status, policies
from hashguard.cli.index_calibrate import LARGEST, SMALLEST, _table
from hashguard.cli.index_folders import size_text
from hashguard.cli.index_update import _apply
from hashguard.cli.status import CliError
from hashguard.cli.terminal import Terminal
from hashguard.index import Costs
from hashguard.index.calibrate import SIZES
from hashguard.index.costs import DEFAULT_COSTS
from hashguard.live.difference import difference
from hashguard.live.locks import compact_lock
from tests.cli.conftest import PHOTOS, Run
from tests.live.samples import content, entry, made, reopened
from tests.live.samples import listed as numbered
from tests.live.test_disk import read_only


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A live folder of entries id-0 to id-4, made of `five.hgl` beside it."""
    numbered(range(5)).save(tmp_path / "five.hgl")
    LiveIndex.create(tmp_path / "live", numbered(range(5)), max_distance=31)
    return tmp_path / "live"


@pytest.fixture
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder beside `live` and `five.hgl`, for names without a path."""
    monkeypatch.chdir(folder.parent)
    return folder.parent


@pytest.fixture
def photo_folder(run: Run, listed: Path) -> Path:
    """A live folder of the two photographs, made by the command line itself."""
    target = listed.parent / "ncii.live"
    assert run("index", "build", listed, "-o", target).status == 0
    return target


def settings(folder: Path) -> tuple[int, int]:
    with LiveIndex.open(folder, follow=False) as live:
        index = live.view().base.index
        return index.max_distance, index.probes


def test_build_takes_the_active_entries_and_says_what_it_left(run: Run, tmp_path: Path) -> None:
    """Of the list as it is; the folder has its origin and version."""
    numbered(range(5)).withdrawing(["id-1", "id-2"]).save(tmp_path / "l.hgl")
    target = tmp_path / "l.live"
    ran = run("index", "build", tmp_path / "l.hgl", "-o", target)
    assert (ran.status, ran.err) == (0, "")
    assert ran.lines[0] == (
        f"{target}: version 8, 3 entries; left out: 2 not active; readable by its owner only"
    )
    assert ran.lines[1].startswith(f"{target}: exact up to 31 bits; 1 probe at once: ")
    assert reopened(target) == {"id-0": 0, "id-3": 3, "id-4": 4}


def test_a_folder_is_private(photo_folder: Path) -> None:
    """0700 and 0600, all of it."""
    for one in [photo_folder, *photo_folder.rglob("*")]:
        assert stat.S_IMODE(one.stat().st_mode) == (0o700 if one.is_dir() else 0o600), one.name


@pytest.mark.parametrize("name", policies.PRESETS)
def test_a_policy_sets_what_its_matcher_asks_for(run: Run, folder: Path, name: str) -> None:
    """Distance and probes; each can be set by itself."""
    words = ("index", "build", folder.parent / "five.hgl", "--policy", name.lower(), "-o")
    policy = policies.PRESETS[name]
    assert run(*words, folder.parent / "a").status == 0
    assert settings(folder.parent / "a") == (policy.max_distance, policy.probe_count)
    run(*words, folder.parent / "b", "--max-distance", "40")
    assert settings(folder.parent / "b") == (40, policy.probe_count)
    run(*words, folder.parent / "c", "--probes", "3")
    assert settings(folder.parent / "c") == (policy.max_distance, 3)


def test_the_settings_of_the_policies_are_those_of_the_help_and_the_page(run: Run) -> None:
    """They are written down for people, who would not notice that they changed."""
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    told = " ".join(run("index", "build", "--help").out.split())
    for name, one in policies.PRESETS.items():
        assert f"| `{name}` | {one.max_distance} | {one.probe_count} |\n" in page
        said = f"looks up {one.probe_count} variant" if name == "PDQ_STRICT" else one.probe_count
        assert f"{name} {said}" in told


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("-o", "live"), 4, "live is there already; bring it up to date with"),
        (("-o", "five.hgl"), 4, "five.hgl is there already; "),
        (("-o", "none/x"), 4, "cannot write none/x: the folder to put it in is not there"),
        (("-o", "-"), 2, "a live folder is a private folder; name one with -o"),
        (("-o", "f" * 64), 2, "a hash was given as an argument"),
        (("-o", "x", "--probes", "0"), 2, "--probes: must be 1 to 10000, not 0"),
        (("-o", "x", "--probes", "10001"), 2, "--probes: must be 1 to 10000, not 10001"),
        (("-o", "x", "--memory", "0"), 2, "--memory: must be 1 to "),
        (("-o", "x", "--max-distance", "-1"), 2, "--max-distance: must be 0 to 255 bits, not -1"),
        (("-o", "x", "--max-distance", "256"), 2, "--max-distance: must be 0 to 255 bits, not 256"),
        (("-o", "x", "--costs", "gone.json"), 4, "gone.json: No such file or directory"),
        (("-o", "x", "--costs", "long"), 4, "long: too long for the costs of a search"),
        (("-o", "x", "--costs", "odd"), 4, "odd: foreign: these are not the costs of a search"),
    ],
)
def test_build_refuses_in_one_line_and_leaves_nothing(
    run: Run, here: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    """What is there stays as it was."""
    (here / "long").write_text(" " * 20_000)
    (here / "odd").write_text("{}")
    before = sorted(here.iterdir())
    ran = run("index", "build", "five.hgl", *words)
    assert (ran.status, ran.out) == (status, "")
    assert ran.err.startswith(f"hashguard: {said}")
    assert ran.err.count("\n") == 1
    assert sorted(here.iterdir()) == before
    assert reopened(here / "live") == {f"id-{n}": n for n in range(5)}


def test_lists_without_a_policy_need_a_distance(run: Run, tmp_path: Path) -> None:
    """31 bits of 64 would match nearly anything."""
    (tmp_path / "h").write_text("phash:0123456789abcdef\n")
    run("list", "build", tmp_path / "h", "-o", tmp_path / "p.hgl", "--algorithm", "phash")
    words = ("index", "build", tmp_path / "p.hgl", "-o", tmp_path / "p.live")
    ran = run(*words)
    assert ran.status == 2
    assert ran.err.startswith("hashguard: --max-distance: say how many bits of 64 ")
    assert run(*words, "--max-distance", "64").status == 2
    assert run(*words, "--max-distance", "7").status == 0
    assert settings(tmp_path / "p.live") == (7, 1)
    ran = run("match", PHOTOS / "cat.png", "--list", tmp_path / "p.live")
    assert ran.err == "hashguard: the policy matches pdq, the list holds phash\n"


def test_an_expired_or_empty_list_is_complained_about_and_built(run: Run, tmp_path: Path) -> None:
    """A folder may be made before the first entry comes."""
    empty = HashList.from_entries([], algorithm=Algorithm.PDQ, expires=1)
    empty.save(tmp_path / "l.hgl")
    ran = run("index", "build", tmp_path / "l.hgl", "-o", tmp_path / "l.live")
    assert ran.status == 0
    assert "has expired and is used all the same" in ran.err
    assert "has no active entry, so nothing can match" in ran.err
    assert "has expired" in run("index", "update", tmp_path / "l.live", tmp_path / "l.hgl").err
    ran = run("match", PHOTOS / "cat.png", "--list", tmp_path / "l.live")
    assert ran.status == 0
    assert ran.err == (
        f"hashguard: {tmp_path / 'l.live'}: has no active entry, so nothing can match\n"
    )


def test_info_counts_and_shows_no_hash(run: Run, folder: Path) -> None:
    """What is in the base, what came, and what went; JSON has the same numbers."""
    with LiveIndex.open(folder, follow=False) as live:
        live.add([entry("new", 10), entry("id-1", 11)])
        live.withdraw(["id-0"])
    text, row = run("index", "info", folder), json.loads(run("index", "info", folder, "--json").out)
    assert "entries    5: 5 in the base, 2 added since, 2 withdrawn or replaced since" in text.lines
    assert text.lines[-1].endswith("until: hashguard index compact")
    assert row["entries"] == row["in_base"] + row["added_since"] - row["gone_since"] == 5
    assert row["disk_bytes"] == sum(
        one.stat().st_size for one in folder.rglob("*") if one.is_file()
    )
    assert (row["origin"], row["version"], row["algorithm"]) == ("Žlutý", 9, "pdq")
    assert (row["max_distance"], row["probes"], row["format"]) == (31, 1, 1)
    for number in (*range(5), 10, 11):
        assert entry("x", number).hash.hex not in text.out + json.dumps(row)


def test_verify_names_the_file_of_every_altered_byte(run: Run, folder: Path) -> None:
    """In the base, in its log and in CURRENT: status 4 and one line."""
    with LiveIndex.open(folder, follow=False) as live:
        live.add([entry("new", 10)])
    assert run("index", "verify", folder).out == f"{folder}: whole; pdq, version 8, 6 entries\n"
    for one in sorted(folder.rglob("*")):
        good = one.read_bytes() if one.is_file() else b""
        for place in {0, len(good) // 2, len(good) - 1} if good else ():
            one.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
            ran = run("index", "verify", folder)
            assert (ran.status, ran.out) == (4, ""), (one.name, place)
            assert ran.err.startswith(f"hashguard: {folder}: ")
            assert ran.err.count("\n") == 1
            named = one.name in ran.err
            # A changed word of its format makes a file another program's, which is told instead.
            assert named or "foreign" in ran.err, (one.name, place, ran.err)
            told = json.loads(run("index", "verify", folder, "--json").out)
            assert told["whole"] is False
        if good:
            one.write_bytes(good)
    told = json.loads(run("index", "verify", folder, "--json").out)
    assert told == {"folder": str(folder), "whole": True, "version": 8, "entries": 6}


@pytest.mark.parametrize(
    "words",
    [
        ("index", "info", "{}"),
        ("index", "verify", "{}"),
        ("index", "compact", "{}"),
        ("index", "update", "{}", "five.hgl"),
        ("match", "cat.png", "--list", "{}"),
    ],
)
def test_what_is_no_live_folder_is_told_in_one_line(
    run: Run, here: Path, words: tuple[str, ...]
) -> None:
    """A folder of somebody else's, one that is gone, a list file, and one of another time."""
    (here / "other").mkdir()
    (here / "newer").mkdir()
    line = (here / "live" / "CURRENT").read_text().replace('"version":1', '"version":2')
    (here / "newer" / "CURRENT").write_text(line)
    for name, said in (
        ("other", "foreign: no live folder, for it holds no CURRENT; make a folder of a list"),
        ("newer", "newer: written by a newer hashguard: version 2, this one reads 1; upgrade"),
        ("gone", "missing: there is no such folder; make a folder of a list with"),
        ("five.hgl", "foreign: this is a file, not a live folder; make a folder"),
    ):
        if words[0] == "match" and name in ("gone", "five.hgl"):
            continue  # a list file is expected then, and told about as before
        ran = run(*[word.replace("{}", name) for word in words])
        assert (ran.status, ran.out) == (4, "")
        assert ran.err.startswith(f"hashguard: {name}: {said}")
        assert ran.err.count("\n") == 1


def test_update_makes_the_folder_say_what_the_list_says(run: Run, folder: Path) -> None:
    """Counted by kind; the second time there is nothing to do, and nothing is written."""
    five = folder.parent / "five.hgl"
    wanted = [entry("id-0", 0), entry("id-1", 21), entry("id-2", 2, Status.WITHDRAWN)]
    wanted += [entry("new", 30), entry("newer", 31)]
    HashList.from_entries(wanted, algorithm=Algorithm.PDQ, origin="Žlutý", version=9).save(five)
    ran = run("index", "update", folder, five)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == f"{folder}: version 9, 4 entries: 2 added, 1 replaced, 3 withdrawn\n"
    assert reopened(folder) == {"id-0": 0, "id-1": 21, "new": 30, "newer": 31}
    size = (folder / "log-000001").stat().st_size
    ran = run("index", "update", folder, five)
    assert ran.out == f"{folder}: unchanged, it has version 9 of the list already\n"
    assert (folder / "log-000001").stat().st_size == size


def test_update_refuses_a_list_that_does_not_follow(run: Run, folder: Path) -> None:
    """Another origin, an older version, another algorithm; the folder stays as it was."""
    other = folder.parent / "other.hgl"
    numbered(range(2), version=6).save(other)
    ran = run("index", "update", folder, other)
    assert ran.status == 4
    assert ran.err.startswith(f"hashguard: {folder}: version 6 of the list is older than 7, ")
    HashList.from_entries(
        [entry("x", 1)], algorithm=Algorithm.PDQ, origin="b\u00e9", version=8
    ).save(other)
    ran = run("index", "update", folder, other)
    assert ran.status == 4
    assert "holds a list of Žlutý, not of bé; nothing was changed; " in ran.err
    (folder.parent / "h").write_text("phash:0123456789abcdef\n")
    words = ("list", "build", folder.parent / "h", "--algorithm", "phash", "--origin", "Žlutý")
    run(*words, "-o", folder.parent / "p.hgl")
    ran = run("index", "update", folder, folder.parent / "p.hgl")
    assert (ran.status, ran.err.count("\n")) == (4, 1)
    assert "the folder holds pdq, the list phash; nothing was changed" in ran.err
    assert reopened(folder) == {f"id-{n}": n for n in range(5)}
    assert run("index", "update", folder, other, "--any-origin").status == 0
    assert reopened(folder) == {"x": 1}
    assert json.loads(run("index", "info", folder, "--json").out)["origin"] == "Žlutý"


def test_update_tells_that_another_process_was_faster(folder: Path) -> None:
    """Nothing of an older version is written over a newer one."""
    with LiveIndex.open(folder, follow=False) as live:
        found = difference(live.view(), numbered(range(4), version=8))
        with LiveIndex.open(folder, follow=False) as faster:
            faster.add([entry("x", 20)])
            faster.add([entry("y", 21)])
        with pytest.raises(CliError, match="another process changed it meanwhile; update it again"):
            _apply("live", live, found, Terminal())
        assert content(live.view()) == {**{f"id-{n}": n for n in range(5)}, "x": 20, "y": 21}


def test_update_compacts_a_log_that_has_grown_long(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where only updates change a folder, nobody else would ever do it."""
    monkeypatch.setattr("hashguard.live.compaction.COMPACT_AT", 3)
    five = folder.parent / "five.hgl"
    numbered(range(8), version=8).save(five)
    assert "compacted" not in run("index", "update", folder, five).out
    numbered(range(9), version=9).save(five)
    ran = run("index", "update", folder, five)
    assert ran.lines[1:] == [f"{folder}: compacted, for its log had become long"]
    with LiveIndex.open(folder, follow=False) as live:
        assert len(live.view().base) == len(live.view()) == 9


def test_a_long_update_keeps_what_waits_short(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every process that follows has in memory what was not compacted yet."""
    monkeypatch.setattr("hashguard.live.difference.MAX_AT_ONCE", 2)
    monkeypatch.setattr("hashguard.cli.index_update._MAX_WAITING", 5)
    five = folder.parent / "five.hgl"
    numbered(range(3, 15), version=8).save(five)
    ran = run("index", "update", folder, five)
    assert ran.out == f"{folder}: version 8, 12 entries: 10 added, 0 replaced, 3 withdrawn\n"
    assert reopened(folder) == {f"id-{n}": n for n in range(3, 15)}
    with LiveIndex.open(folder, follow=False) as live:
        assert 0 < len(live.view().codes) < 5
        assert len(live.view().base) > 5


def test_compact_leaves_nothing_but_what_is_matched(run: Run, folder: Path) -> None:
    """No file holds a withdrawn hash; the second time there is nothing to do."""
    with LiveIndex.open(folder, follow=False) as live:
        live.add([entry("new", 10), entry("id-1", 11)])
        live.withdraw(["id-0"])
    ran = run("index", "compact", folder)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == (
        f"{folder}: compacted to 5 entries: 2 added, 2 withdrawn or replaced since the last time\n"
    )
    for one in folder.rglob("*.npy"):
        assert entry("id-0", 0).hash.packed not in one.read_bytes()
    assert run("index", "compact", folder).out == f"{folder}: compact already, 5 entries\n"
    assert reopened(folder) == {"id-1": 11, "id-2": 2, "id-3": 3, "id-4": 4, "new": 10}


def test_compact_tells_that_another_process_is_at_it(run: Run, folder: Path) -> None:
    """Status 4: what was asked for was not done."""
    with compact_lock(folder) as alone:
        assert alone
        ran = run("index", "compact", folder)
    assert (ran.status, ran.out) == (4, "")
    assert (
        ran.err == f"hashguard: {folder}: another process is compacting it already; let it finish\n"
    )


def test_a_folder_gives_the_lines_and_statuses_of_its_list(
    run: Run, listed: Path, photo_folder: Path, photos: Path, blank: Path
) -> None:
    """Text and JSON, but for the time it took."""
    words = ("match", photos, blank, PHOTOS / "rocket.jpg", photos / "gone.png", "--list")
    assert run(*words, photo_folder) == run(*words, listed)
    for options in (("--json",), ("--json", "--policy", "PDQ_STRICT_ORIENTED")):
        of_folder, of_list = run(*words, photo_folder, *options), run(*words, listed, *options)
        rows = [[json.loads(line) for line in ran.lines] for ran in (of_folder, of_list)]
        for row in (*rows[0], *rows[1]):
            row.pop("ms", None)
        assert rows[0] == rows[1]
        assert (of_folder.status, of_folder.err) == (of_list.status, of_list.err)


def test_a_policy_that_reaches_farther_is_refused_with_what_to_do(
    run: Run, photo_folder: Path, photos: Path
) -> None:
    """One line; what it says to do then serves the policy."""
    words = ("match", photos / "cat.png", "--policy", "PDQ_WIDE", "--list")
    ran = run(*words, photo_folder)
    assert (ran.status, ran.out) == (4, "")
    assert ran.err == (
        f"hashguard: {photo_folder}: does not reach the 47 bits of PDQ_WIDE; "
        "make another with --policy PDQ_WIDE, by hashguard index build or hashguard sync\n"
    )
    listed, wide = photo_folder.parent / "ncii.hgl", photo_folder.parent / "wide.live"
    run("index", "build", listed, "-o", wide, "--policy", "PDQ_WIDE")
    assert run(*words, wide).status == 1
    assert run("match", photos / "cat.png", "--list", wide).status == 1


def test_damage_met_while_matching_names_the_folder(
    run: Run, photo_folder: Path, photos: Path
) -> None:
    """Opening looks at lengths; a row is checked when it is read."""
    target = photo_folder / "base-000001" / "entries_qualities.npy"
    good = target.read_bytes()
    target.write_bytes(good[:-4] + b"\x7f" * 4)
    ran = run("match", photos / "cat.png", "--list", photo_folder)
    assert ran.status == 4
    assert ran.err == (
        f"hashguard: {photo_folder}: altered: row 0 is not an entry; "
        "restore the folder or build it again\n"
    )


def test_a_folder_that_may_not_be_written_is_searched_and_not_changed(run: Run) -> None:
    """info, verify and match need no right to write; the others say what they lack."""
    with tempfile.TemporaryDirectory() as place:
        folder = made(Path(place), 3)
        numbered(range(4), version=8).save(folder / "four.hgl")
        with read_only(folder):
            assert run("index", "info", folder).status == 0
            assert run("index", "verify", folder).status == 0
            assert run("match", PHOTOS / "rocket.jpg", "--list", folder).status == 0
            for words in (("compact",), ("update", folder / "four.hgl")):
                ran = run("index", words[0], folder, *words[1:])
                assert (ran.status, ran.out) == (4, "")
                assert ran.err.startswith(f"hashguard: {folder}: read-only: ")
                assert ran.err.count("\n") == 1
        assert reopened(folder) == {"id-0": 0, "id-1": 1, "id-2": 2}


def test_calibrate_writes_costs_that_build_takes(run: Run, folder: Path) -> None:
    """The file and the JSON are the same, and the folder keeps them."""
    target = folder.parent / "costs.json"
    ran = run("index", "calibrate", "--largest", "1000", "--json", "-o", target)
    assert ran.status == 0
    assert ran.err == "hashguard: measuring, up to a minute; what else runs meanwhile spoils it\n"
    assert target.read_text() == ran.out
    assert [one.codes for one in Costs.loads(ran.out).rates] == [1000]
    words = ("index", "build", folder.parent / "five.hgl", "-o", folder.parent / "tuned")
    assert run(*words, "--costs", target).status == 0
    assert (folder.parent / "tuned" / "costs.json").read_text() == ran.out


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("-o", "five.hgl"), 4, "five.hgl is there already and holds no costs; name another file"),
        (("-o", "live"), 4, "cannot write live: Is a directory"),
        (("-o", "none/x"), 4, "cannot write none/x: the folder to put it in is not there"),
        (("-o", "-"), 2, "-o names a file; for standard output there is --json"),
        (("--largest", "999"), 2, "--largest: must be at least 1000 hashes, not 999"),
    ],
)
def test_calibrate_refuses_before_it_spends_a_minute(
    run: Run, here: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    """Nothing but costs is overwritten."""
    ran = run("index", "calibrate", *words)
    assert (ran.status, ran.out, ran.err) == (status, "", f"hashguard: {said}\n")
    assert len(HashList.load(here / "five.hgl")) == 5


def test_the_table_of_costs_lines_up() -> None:
    """Three numbers of probes for each size of list, and what each way would take."""
    lines = list(_table(DEFAULT_COSTS))
    assert lines[2].split() == ["hashes", "probes", "flat", "scan", "multi-index"]
    assert len({len(line) for line in lines[2:]}) == 1
    assert len(lines[3:]) == 3 * len(DEFAULT_COSTS.rates)


def test_numbers_of_options_are_those_of_the_library() -> None:
    """They are written twice so that help need not import NumPy."""
    assert (SIZES[0], SIZES[-1]) == (SMALLEST, LARGEST)


def test_sizes_are_told_in_the_unit_that_fits() -> None:
    assert [size_text(n) for n in (0, 999, 1000, 999_949, 10**6, 1_234_567_890)] == [
        "0 bytes",
        "999 bytes",
        "1.0 kB",
        "999.9 kB",
        "1.0 MB",
        "1,234.6 MB",
    ]
