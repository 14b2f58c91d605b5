"""A list that changes while it is searched, in a folder that several processes share."""

from hashguard.live.changes import Applied, Changes
from hashguard.live.index import LiveIndex
from hashguard.live.view import View

__all__ = ["Applied", "Changes", "LiveIndex", "View"]
