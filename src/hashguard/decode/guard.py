"""Whatever goes wrong while an upload is opened is the upload's fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hashguard.decode.limits import Format
from hashguard.errors import CorruptError, DecodeError, OverLimitError


@contextmanager
def guarded(format_: Format) -> Iterator[None]:
    """Let nothing but a DecodeError out."""
    try:
        yield
    except DecodeError:
        raise
    except MemoryError:
        raise OverLimitError(f"not enough memory for this {format_.value}") from None
    # Codecs and plugins raise OSError, SyntaxError, ValueError, struct.error, EOFError,
    # OverflowError, KeyError, RuntimeError, warnings and more, and differ by version: of a
    # hostile upload none of them may get past this door. Their words may hold bytes of the
    # file, so only the kind is passed on; the cause stays attached.
    except Exception as error:
        kind = type(error).__name__
        raise CorruptError(f"this {format_.value} cannot be decoded ({kind})") from error
