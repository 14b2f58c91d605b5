"""Writing, opening and spoiling small folders of arrays."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hashguard.arrays import ArrayFolder, open_arrays, write_arrays
from hashguard.errors import IndexFileError

KIND = "example-arrays"
FACTS: dict[str, Any] = {"deep": [{"a": None}, True, -(2**53) + 1], "n": 3, "note": "Žlutý"}
DIGEST = "0" * 64


def write(folder: Path, /, **arrays: np.ndarray) -> str:
    return write_arrays(folder, kind=KIND, version=1, facts=FACTS, arrays=arrays)


def reopen(folder: Path, *, verify: bool = True) -> ArrayFolder:
    return open_arrays(folder, kind=KIND, version=1, verify=verify)


def refusal(folder: Path, *, verify: bool = False) -> str:
    """The message of the error; another exception, or none, is a failure."""
    with pytest.raises(IndexFileError) as caught:
        reopen(folder, verify=verify)
    message = str(caught.value)
    assert str(folder) not in message
    return message


def reseal(folder: Path, **changed: Any) -> None:
    """Write the manifest again with other fields and a digest that fits, as another writer may."""
    path = folder / "manifest.json"
    fields = {**json.loads(path.read_bytes()), **changed, "digest": DIGEST}
    fields = {key: value for key, value in fields.items() if value is not Ellipsis}
    text = json.dumps(fields, sort_keys=True, separators=(",", ":")) + "\n"
    digest = hashlib.sha256(text.encode("ascii")).hexdigest()
    path.write_text(text.replace(f'"digest":"{DIGEST}"', f'"digest":"{digest}"'), "ascii")


def reseal_array(folder: Path, name: str = "codes", /, **changed: Any) -> None:
    arrays = json.loads((folder / "manifest.json").read_bytes())["arrays"]
    reseal(folder, arrays={**arrays, name: {**arrays[name], **changed}})
