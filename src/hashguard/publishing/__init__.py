"""Publishing lists that others can verify: keys, signed metadata, full lists and deltas.

The folder that is published is described in docs/publishing.md. Needs the extra `sync`.
"""

from __future__ import annotations

from hashguard.publishing.keys import Key, Keys, new_key, read_keys, write_key
from hashguard.publishing.repository import Published, Repository

__all__ = ["Key", "Keys", "Published", "Repository", "new_key", "read_keys", "write_key"]
