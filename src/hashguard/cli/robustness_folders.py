"""What the robustness commands share: their options, and telling what is wrong with results."""

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
PhotosArgument: TypeAlias = Annotated[
    str, typer.Argument(metavar="PHOTOS", help="A folder of photographs to list and attack.")
]
OutOption: TypeAlias = Annotated[
    str, typer.Option(metavar="FOLDER", help="Where results go; made if it is not there.")
]
AttackOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Only this attack or family; may be repeated."),
]
MaxSideOption: TypeAlias = Annotated[
    int, typer.Option(metavar="PIXELS", help="Larger photographs are shrunk before attacks.")
]
SeedOption: TypeAlias = Annotated[int, typer.Option(metavar="N", help="Of all that is random.")]
WorkersOption: TypeAlias = Annotated[
    int | None, typer.Option(metavar="N", help="Processes; default: one for each core.")
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
