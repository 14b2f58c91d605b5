"""Pages as StopNCII's interface shapes them, made here: no real hash is in the clone."""

import json
from typing import Any

from tests.bank.samples import a_hash


def hex_of(number: int) -> str:
    """64 hex digits, different for each number, that look like a hash."""
    return a_hash(number).hex


def record(number: int, **changed: Any) -> dict[str, Any]:
    """A record with everything in it; None leaves a key out."""
    whole = {
        "lastModtimestamp": 1_625_167_804 + number,
        "signalType": "ImagePDQ",
        "hashValue": hex_of(number),
        "hashStatus": "Active",
        "caseNumbers": {"cc2a0d2e-5b1c-4a2b-9e7a-000000000001": "Active"},
        "CSPFeedbacks": [
            {"source": "Example", "feedbackValue": "Blocked", "tags": ["nude", "adult"]}
        ],
        "hashRegions": ["UK"],
    }
    return {key: value for key, value in (whole | changed).items() if value is not None}


def page(*records: Any, **changed: Any) -> bytes:
    """A page that holds them and is the last."""
    whole = {
        "count": len(records),
        "nextSetTimestamp": 1_625_175_071,
        "nextPageToken": None,
        "hasMoreRecords": False,
        "hashRecords": list(records),
    }
    return json.dumps(whole | changed).encode()
