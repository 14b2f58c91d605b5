"""What the robustness commands share: the folder of results, and telling what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, TypeAlias

import typer

from hashguard.cli.status import CliError
from hashguard.errors import ResultsError
from hashguard.printable import shown

ResultsArgument: TypeAlias = Annotated[
    str, typer.Argument(metavar="FOLDER", help="Results of hashguard robustness run.")
]


@contextmanager
def telling(folder: str) -> Iterator[None]:
    """Turn what is wrong with results into CliError, which names their folder."""
    try:
        yield
    except ResultsError as error:
        raise CliError(f"{shown(folder)}: {error}") from error
    except OSError as error:
        # Of the folder of results: what cannot be read of the pictures is noted in it instead.
        raise CliError(f"{shown(folder)}: {error.strerror or 'it cannot be written'}") from error
