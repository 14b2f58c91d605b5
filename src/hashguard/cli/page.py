"""`hashguard page`: the page on which people hash pictures on their own device."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hashguard.cli.inputs import STDIN
from hashguard.cli.status import CliError, OutputError, UsageError
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

EPILOG = """Examples:

  hashguard page -o page.html
  hashguard page --digest

The page is one file that needs no server and no internet; --serve shows it at
once. Before you publish it for others, read docs/hosting-the-page.md."""

_LARGEST_PORT = 65535


def page_command(
    *,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Write the page; - prints it.")
    ] = "",
    as_digest: Annotated[
        bool, typer.Option("--digest", metavar="", help="Print the SHA-256 of the page.")
    ] = False,
    as_headers: Annotated[
        bool, typer.Option("--headers", metavar="", help="Print the headers to serve it with.")
    ] = False,
    serve: Annotated[
        bool, typer.Option("--serve", metavar="", help="Open it in a browser, from 127.0.0.1.")
    ] = False,
    port: Annotated[
        int, typer.Option(metavar="N", help="With --serve: the port; 0 takes a free one.")
    ] = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", metavar="", help="With --serve: open no browser.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="With -o: overwrite the file.")
    ] = False,
) -> int:
    """Get the page on which people hash pictures on their own device."""
    if bool(output) + as_digest + as_headers + serve != 1:
        raise UsageError("give one of -o, --digest, --headers and --serve")
    if not 0 <= port <= _LARGEST_PORT:
        raise UsageError(f"--port: {port} is not between 0 and {_LARGEST_PORT}")
    from hashguard import web

    terminal = Terminal()
    if as_digest:
        terminal.line(web.digest())
    elif as_headers:
        for name, value in web.headers().items():
            terminal.line(f"{name}: {value}")
    elif serve:
        _serve(terminal, port, open_browser=not no_browser)
    elif output == STDIN:
        _print(web.page())
    else:
        _write(web.page(), output, force=force)
        terminal.line(f"{shown(output)}: sha256 {web.digest()}")
    return 0


def _write(page: bytes, output: str, *, force: bool) -> None:
    try:
        with Path(output).open("wb" if force else "xb") as file:
            file.write(page)
    except FileExistsError as error:
        raise CliError(f"{shown(output)} is there already; overwrite it with --force") from error
    except OSError as error:
        raise CliError(f"{shown(output)}: {error.strerror or 'it cannot be written'}") from error


def _print(page: bytes) -> None:
    import sys

    try:
        sys.stdout.buffer.write(page)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError.of(error) from error


def _serve(terminal: Terminal, port: int, *, open_browser: bool) -> None:
    from hashguard.web.serve import ADDRESS, PageServer

    try:
        server = PageServer(port)
    except OSError as error:
        reason = error.strerror or "the operating system refused"
        raise CliError(f"port {port} of {ADDRESS}: {reason}; give another --port") from error
    with server:
        terminal.line(f"{server.url} is open to this machine only; end it with Ctrl-C")
        if open_browser:
            import webbrowser

            webbrowser.open(server.url)
        server.serve_forever()
