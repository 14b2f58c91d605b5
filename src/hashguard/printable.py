"""Text from elsewhere as it may stand in a line or a page. Pure."""

from __future__ import annotations


def shown(text: str) -> str:
    r"""A name as it may stand in a line: what is not printable is escaped.

    Bytes that are no UTF-8 become `\xNN`, so do controls; invisible and
    direction-changing characters become `\uNNNN`.
    """
    return "".join(one if one.isprintable() else _escaped(one) for one in text)


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # how Python carries a byte that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else character.encode("unicode_escape").decode("ascii")
