"""What a file is that was handed over by mistake, told from its first bytes. Pure."""

from __future__ import annotations

import re

BOM = b"\xef\xbb\xbf"
_ENCODED = (
    (b"\xff\xfe", "it is UTF-16 text: save it as UTF-8"),
    (b"\xfe\xff", "it is UTF-16 text: save it as UTF-8"),
    (b"\x1f\x8b", "it is a gzip file: unpack it first"),
    (b"PK\x03\x04", "it is a zip file: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "it is a zstd file: unpack it first"),
    (b"\xff\xd8\xff", "it is a JPEG picture"),
    (b"\x89PNG", "it is a PNG picture"),
    (b"GIF8", "it is a GIF picture"),
    (b"SQLite format 3", "it is an SQLite database"),
)
_PAGE = "it is an HTML or XML page, perhaps an error page in place of the list"
_PLAIN_HASHES = re.compile(rb"\s*(?:[a-z_]{2,16}[ :])?[0-9a-fA-F]{16}")


def not_text(data: bytes) -> str:
    """What these bytes are if they are no text to read hashes from; "" if they may be."""
    for magic, meaning in _ENCODED:
        if data.startswith(magic):
            return meaning
    return _PAGE if data[:512].lstrip(BOM + b" \t\r\n").startswith(b"<") else ""


def not_a_list(data: bytes) -> str:
    """What these bytes are instead of a list file; "" if that cannot be told."""
    if meaning := not_text(data):
        return meaning
    if data.startswith(BOM):
        return "it begins with a byte order mark: an editor has changed the file"
    if data[:512].lstrip().startswith((b"{", b"[")):
        return "it is JSON: make a list of it with `hashguard list build`"
    if _PLAIN_HASHES.match(data[:512]):
        return "it is plain hashes: make a list of them with `hashguard list build`"
    return ""
