"""A bank for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hashguard.bank import Bank
from tests.bank.samples import a_bank


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return a_bank(tmp_path)


@pytest.fixture
def bank(folder: Path) -> Iterator[Bank]:
    with Bank.open(folder) as opened:
        yield opened
