"""Following lists that others publish: verified, applied to a live folder, never older.

docs/sync.md says how to run it. Needs the extra `sync`.
"""

from __future__ import annotations

from hashguard.sync.source import Credentials, FolderSource, HttpSource, Retrying, Source
from hashguard.sync.state import Health, health, list_age
from hashguard.sync.subscription import Reach, Subscription, Update

__all__ = [
    "Credentials",
    "FolderSource",
    "Health",
    "HttpSource",
    "Reach",
    "Retrying",
    "Source",
    "Subscription",
    "Update",
    "health",
    "list_age",
]
