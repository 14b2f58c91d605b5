"""Banks: cases and their hashes, from a person's file to every follower, and back.

SQLite in a private folder. What a bank holds is sensitive: see docs/bank.md.
"""

from __future__ import annotations

from hashguard.bank.audit import Head
from hashguard.bank.bank import Bank
from hashguard.bank.settings import Acceptance, Settings
from hashguard.bank.stats import Row, Statistics, Table
from hashguard.bank.values import (
    CaseState,
    Decision,
    Erasure,
    Feedback,
    Finding,
    Given,
    Intake,
    Looked,
    Overview,
    Page,
    PictureState,
    Record,
    Restored,
    Waiting,
    Withdrawal,
)

__all__ = [
    "Acceptance",
    "Bank",
    "CaseState",
    "Decision",
    "Erasure",
    "Feedback",
    "Finding",
    "Given",
    "Head",
    "Intake",
    "Looked",
    "Overview",
    "Page",
    "PictureState",
    "Record",
    "Restored",
    "Row",
    "Settings",
    "Statistics",
    "Table",
    "Waiting",
    "Withdrawal",
]
