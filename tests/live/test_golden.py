"""A live folder of format 1 loads for ever, and is written today as it was then."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from fixtures.live.make_version_1 import FOLDER, golden_list
from hashguard.live import LiveIndex

NAMES = ["case-0", "case-1", "case-4", "case-5", "case-7"]


@pytest.fixture
def folder(tmp_path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "live"))


def test_the_golden_folder_holds_what_was_put_into_it(folder):
    hash_list, changes = golden_list()
    entries = {one.id: one for one in hash_list.entries()}
    for change in changes:
        entries |= {one.id: one for one in change.add}
    with LiveIndex.open(folder, verify=True, follow=False) as live:
        view = live.view()
        assert (len(view), view.version, view.origin) == (5, 20, "Příklad")
        found = {}
        for name in sorted(entries):
            codes = np.array([entries[name].hash.code])
            for row in view.range_search(codes, 31).rows.tolist():
                found[view.entry(row).id] = view.entry(row)
        assert found == {name: entries[name] for name in NAMES}


def test_the_golden_folder_can_be_changed_and_compacted(folder):
    with LiveIndex.open(folder, follow=False) as live:
        assert live.withdraw(["case-0"]).version == 21
        assert live.compact()
        assert len(live.view()) == len(live.view().base) == 4


def test_the_same_changes_make_the_same_files(tmp_path):
    hash_list, changes = golden_list()
    LiveIndex.create(tmp_path / "again", hash_list, max_distance=31)
    with LiveIndex.open(tmp_path / "again", follow=False, compact=False) as live:
        for change in changes:
            live.apply(change)
    for path in (path for path in FOLDER.rglob("*") if path.is_file()):
        again = tmp_path / "again" / path.relative_to(FOLDER)
        assert again.read_bytes() == path.read_bytes(), path.name
