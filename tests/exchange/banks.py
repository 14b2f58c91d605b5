"""A bank in a folder, and our server over it: run for real, on this machine."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from hashguard.bank import Bank
from hashguard.exchange.app import create_app
from hashguard.exchange.credentials import Secret, StopNciiKeys
from hashguard.exchange.platforms import Endpoint, Issued, KeyFile, Platforms
from hashguard.exchange.rates import Rates
from hashguard.exchange.serving import config_of
from tests.bank.samples import NOW, a_bank, a_case, a_hash

EVERYTHING = frozenset(Endpoint)


@dataclass
class Served:
    """A server that runs, with the keys of the platform `example`.

    codes: numbers and withdrawal codes of the cases in the bank.
    """

    url: str
    bank: Bank
    file: KeyFile
    issued: Issued
    codes: list[tuple[str, str]]

    @property
    def keys(self) -> StopNciiKeys:
        return StopNciiKeys(
            Secret(self.issued.subscription),
            fetch=Secret(self.issued.endpoints[Endpoint.FETCH]),
            submit=Secret(self.issued.endpoints[Endpoint.SUBMIT]),
            feedback=Secret(self.issued.endpoints[Endpoint.FEEDBACK]),
        )


@contextlib.contextmanager
def served(
    folder: Path, *, count: int = 0, per_case: int = 10, rates: Rates | None = None
) -> Iterator[Served]:
    """A bank with the hashes 0 to count, a case each second, behind our server."""
    a_bank(folder)
    file = KeyFile(folder / "keys")
    platforms, issued = Platforms().issuing("example", endpoints=EVERYTHING)
    file.save(platforms)
    with Bank.open(folder / "bank") as bank:
        codes = []
        for n in range(0, count, per_case):
            hashes = [a_hash(one) for one in range(n, min(n + per_case, count))]
            case, code = a_case(n, hashes)
            bank.intake(case, source="a hotline", now=NOW + n // per_case)
            codes.append((case.case, code))
        app = create_app(
            bank,
            keys=file,
            secret=b"s" * 32,
            now=time.time,
            rates=rates or Rates(per_second=1e6, burst=1e6),
        )
        server = uvicorn.Server(config_of(app, host="127.0.0.1", port=0))
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            yield Served(f"http://127.0.0.1:{port}", bank, file, issued, codes)
        finally:
            server.should_exit = True
            thread.join()
