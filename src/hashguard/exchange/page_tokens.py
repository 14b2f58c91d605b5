"""Tokens that lead to the next page: opaque, bound to who asked for what, soon worthless. Pure.

A token is JSON and its HMAC-SHA256, in URL-safe base64. It holds no hash: it stands in addresses.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json

from hashguard.errors import ExchangeError
from hashguard.strict_json import is_whole

LIFETIME = 3_600  # seconds; following a million records takes minutes
MAX_TOKEN = 2_048  # characters
_TAG_BYTES = 32


def make_token(after: str, *, since: int, platform: str, now: int, secret: bytes) -> str:
    """A token for the page that begins at `after`. now: unix seconds."""
    said = json.dumps([after, now + LIFETIME], separators=(",", ":")).encode("ascii")
    tag = _tag(said, since=since, platform=platform, secret=secret)
    return base64.urlsafe_b64encode(tag + said).decode("ascii")


def read_token(token: str, *, since: int, platform: str, now: int, secret: bytes) -> str:
    """The `after` of a token of ours, for the same platform and start. Raises ExchangeError."""
    if len(token) > MAX_TOKEN:
        raise ExchangeError("this is no page token of this server")
    try:
        whole = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise ExchangeError("this is no page token of this server") from None
    # 1. Ours, and for this question. 2. Only then is it read.
    tag, said = whole[:_TAG_BYTES], whole[_TAG_BYTES:]
    if not hmac.compare_digest(tag, _tag(said, since=since, platform=platform, secret=secret)):
        raise ExchangeError("this is no page token of this server, or one for another request")
    after, until = json.loads(said)
    if not isinstance(after, str) or not is_whole(until, now, now + LIFETIME):
        raise ExchangeError("the page token has expired; begin again at your last checkpoint")
    return after


def _tag(said: bytes, *, since: int, platform: str, secret: bytes) -> bytes:
    bound = json.dumps([platform, since]).encode("ascii") + b"\n" + said
    return hmac.digest(secret, bound, hashlib.sha256)
