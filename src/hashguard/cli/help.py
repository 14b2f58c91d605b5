"""Help pages whose examples are printed as they are written.

Typer's own way of showing an epilog joins and wraps its lines, by version and by width;
an example that was wrapped can no longer be copied.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    _Base = TyperCommand
else:
    _Base = object


class _Help(_Base):
    """Mixed into typer's commands and groups."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The usual page, then the epilog untouched."""
        from typer import rich_utils

        # Typer believes that every log of a CI system wants colours.
        rich_utils.FORCE_TERMINAL = None
        epilog, self.epilog = self.epilog, None
        try:
            super().format_help(ctx, formatter)
        finally:
            self.epilog = epilog
        if epilog:
            typer.echo(textwrap.indent(epilog, " ") + "\n")

    def get_help_option(self, ctx: Any) -> Any:
        """--help without a type: it takes no value."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.metavar = ""
        return option


class Command(_Help, TyperCommand):
    """A command of ours."""


class Group(_Help, TyperGroup):
    """Commands of ours."""


class ServeGroup(Group):
    """`serve BANK` without a word between: what is no command of the group is a bank."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The words of the command, "bank" put before them where it was left out."""
        if args and args[0] not in (*self.commands, "--help"):
            args = ["bank", *args]
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed
