"""Our server as a process: uvicorn, without a log of who asked for what; the one door to it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from hashguard.errors import MissingExtraError

try:
    import uvicorn
except ImportError as error:
    raise MissingExtraError("the server needs: pip install 'hashguard[server]'") from error

if TYPE_CHECKING:
    from starlette.applications import Starlette

_AT_ONCE = 200  # connections; above, the answer is 503
_IDLE = 15  # seconds that a connection may wait for its next request
_MAX_HEAD_BYTES = 16_384  # of a request that has not come whole
_END_WITHIN = 10  # seconds for what is being answered when the server is told to end


def config_of(
    app: Starlette,
    *,
    host: str,
    port: int,
    certificate: str | os.PathLike[str] | None = None,
    private_key: str | os.PathLike[str] | None = None,
) -> uvicorn.Config:
    """How the application is served. certificate, private_key: PEM files; None for plain http."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        ssl_certfile=certificate,
        ssl_keyfile=private_key,
        access_log=False,  # addresses hold page tokens, and who asked when
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="off",
        limit_concurrency=_AT_ONCE,
        timeout_keep_alive=_IDLE,
        timeout_graceful_shutdown=_END_WITHIN,
        h11_max_incomplete_event_size=_MAX_HEAD_BYTES,
        http="h11",
    )


def run(config: uvicorn.Config, *, tell: Callable[[str], None]) -> None:
    """Serve until a signal ends it. tell: is given the address once it can be asked.

    Raises OSError if the certificate cannot be read or the address not be taken (its `filename`
    is None then).
    """
    config.load()
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.create_server((config.host, config.port), family=family, backlog=2048) as listening:
        host, port = listening.getsockname()[:2]
        scheme = "https" if config.is_ssl else "http"
        tell(f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}")
        uvicorn.Server(config).run([listening])
